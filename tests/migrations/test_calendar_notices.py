"""Years, days and moves from before calendar notices were kept: all stay on the way up, and on the way back."""

from __future__ import annotations

from sqlalchemy import text

from tests.migrations.test_migrations import OLD_ROWS, VERBS, database, go, triggers, write
from workflow.adapters.database import Database

__all__ = ["database"]
ROWS = """
INSERT INTO calendar_year (year, notice, source, verified)
VALUES (2023, '国办发明电〔2022〕16号', '通知', TRUE), (2027, NULL, NULL, FALSE);
INSERT INTO calendar_day (day_on, year, working) VALUES ('2023-01-28', 2023, TRUE), ('2022-12-31', 2023, FALSE);
INSERT INTO due_move (milestone_id, from_on, to_on, basis, reason, moved_at)
VALUES (3, '2022-12-30', '2023-01-13', 'suspension', 'R', '2022-12-01T00:00:00.000000Z')
"""
ONLY_SINCE = """
INSERT INTO due_move (milestone_id, from_on, to_on, basis, reason, moved_at, edition_id)
VALUES (3, '2023-01-13', '2023-01-12', 'calendar', 'N', '2022-12-02T00:00:00.000000Z', 1);
INSERT INTO due_move (subject_kind, subject_id, from_on, to_on, basis, reason, moved_at)
VALUES ('report', 1, '2023-01-13', '2023-01-12', 'suspension', 'R', '2022-12-02T00:00:00.000000Z')
"""


def test_years_days_and_moves_are_kept_both_ways(database: Database) -> None:
    go(database, "0002")
    write(database, OLD_ROWS)
    go(database, "0004")
    write(database, ROWS)
    go(database, "notices")
    with database.reading() as tx:
        states = tx.execute(text("SELECT year, state, version FROM calendar_year ORDER BY year")).all()
        assert [tuple(row) for row in states] == [(2023, "noticed", 1), (2027, "provisional", 1)]
        said = "SELECT year, edition, notice, CAST(days_off AS TEXT), CAST(days_worked AS TEXT) FROM calendar_edition"
        (edition,) = tx.execute(text(said)).all()
        assert tuple(edition) == (2023, 1, "国办发明电〔2022〕16号", '["2022-12-31"]', '["2023-01-28"]')
        followed = text("SELECT count(*) FROM calendar_edition WHERE followed_at IS NULL")
        assert tx.execute(followed).scalar_one() == 0
        assert {("due_move", verb) for verb in VERBS} <= triggers(tx)
    write(database, ONLY_SINCE)
    go(database, "0004")
    with database.reading() as tx:
        kept = tx.execute(text("SELECT milestone_id, basis, reason FROM due_move ORDER BY id")).all()
        assert [tuple(row) for row in kept] == [(3, "suspension", "R"), (3, "ruling", "N")]
        assert tx.execute(text("SELECT count(*) FROM calendar_day")).scalar_one() == 2
        assert {("due_move", verb) for verb in VERBS} <= triggers(tx)
