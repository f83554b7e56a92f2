"""The working-day calendar as data: its years have a life, every edition of a notice stays, dates are reckoned again.

Revision ID: notices
Revises: 0004

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops triggers and CHECK constraints in silence, so the moves of due dates are copied by hand on
SQLite, and are append-only again afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notices"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

BASES = ("printed", "year_end", "event", "ruling", "adjustment", "suspension", "extension")
MOVE_BASES = (*BASES, "calendar")
KEPT = ("id", "milestone_id", "share_id", "from_on", "to_on", "basis", "reason", "moved_at")
STATE = (
    "state VARCHAR(32) DEFAULT 'provisional' NOT NULL "
    "CONSTRAINT ck_calendar_year_known_calendaryearstate CHECK (state IN ('provisional', 'noticed'))"
)
ONE_SUBJECT = "(milestone_id IS NULL) = (subject_kind IS NOT NULL)"


def upgrade() -> None:
    widen_years()
    create_editions()
    let_go_append_only()
    if on_sqlite():
        remake_moves(_basis(MOVE_BASES, "movebasis"), *_widened())
    else:
        _widen_moves()
    op.create_index("ix_due_move_subject", "due_move", ["subject_kind", "subject_id"])
    keep_append_only()
    op.add_column(
        "share", sa.Column("due_with_above", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("work_plan", sa.Column("asked_on", sa.Date(), nullable=True))
    op.add_column("work_plan", sa.Column("days", ID, nullable=True))


def downgrade() -> None:
    for table, name in (("work_plan", "days"), ("work_plan", "asked_on"), ("share", "due_with_above")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    let_go_append_only()
    op.drop_index("ix_due_move_subject", table_name="due_move")
    op.execute("DELETE FROM due_move WHERE milestone_id IS NULL")
    op.execute("UPDATE due_move SET basis = 'ruling' WHERE basis = 'calendar'")
    if on_sqlite():
        remake_moves(_basis(BASES, "duebasis"))
    else:
        _narrow_moves()
    keep_append_only()
    op.drop_table("calendar_edition")
    for name in ("version", "chain_head", "chain_seq", "state"):
        op.execute(f"ALTER TABLE calendar_year DROP COLUMN {name}")


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


# Years and their editions


def widen_years() -> None:
    op.execute(f"ALTER TABLE calendar_year ADD COLUMN {STATE}")
    for column in (
        sa.Column("chain_seq", ID, server_default="0", nullable=False),
        sa.Column("chain_head", sa.String(length=64), server_default="", nullable=False),
        sa.Column("version", ID, server_default="1", nullable=False),
    ):
        op.add_column("calendar_year", column)
    op.execute("UPDATE calendar_year SET state = 'noticed' WHERE notice IS NOT NULL")


def create_editions() -> None:
    """Each year's notice so far is its first edition, by which every date was made."""
    op.create_table(
        "calendar_edition",
        sa.Column("id", ID, nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("edition", ID, nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("days_off", JSON, nullable=False),
        sa.Column("days_worked", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("entered_at", INSTANT, nullable=True),
        sa.Column("entered_by", ID, nullable=True),
        sa.Column("followed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["year"], ["calendar_year.year"], name=op.f("fk_calendar_edition_year")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_calendar_edition_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edition")),
        sa.UniqueConstraint("year", "edition", name=op.f("uq_calendar_edition_year_edition")),
    )
    edition = sa.table(
        "calendar_edition", sa.column("year"), sa.column("edition"), sa.column("notice"), sa.column("source"),
        sa.column("verified", sa.Boolean()), sa.column("days_off", JSON), sa.column("days_worked", JSON),
        sa.column("followed_at", INSTANT),
    )  # fmt: skip
    if rows := list(_first_editions()):
        op.bulk_insert(edition, rows)


def _first_editions() -> list[dict[str, Any]]:
    year = sa.table(
        "calendar_year", *map(sa.column, ("year", "notice", "source")), sa.column("verified", sa.Boolean())
    )
    day = sa.table(
        "calendar_day", sa.column("day_on", sa.Date()), sa.column("year"), sa.column("working", sa.Boolean())
    )
    tx = op.get_bind()
    days = tx.execute(sa.select(day.c.year, day.c.working, day.c.day_on).order_by(day.c.day_on)).all()
    now: Any = datetime.now(UTC)
    if on_sqlite():
        now = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return [
        {
            "year": row.year, "edition": 1, "notice": row.notice, "source": row.source, "verified": row.verified,
            "days_off": [d.day_on.isoformat() for d in days if d.year == row.year and not d.working],
            "days_worked": [d.day_on.isoformat() for d in days if d.year == row.year and d.working],
            "followed_at": now,
        }
        for row in tx.execute(sa.select(year).where(year.c.notice.is_not(None)).order_by(year.c.year))
    ]  # fmt: skip


# Moves of due dates


def _basis(bases: tuple[str, ...], name: str) -> sa.Column[Any]:
    check = op.f(f"ck_due_move_known_{name}")
    kind = sa.Enum(*bases, name=check, native_enum=False, create_constraint=True, length=32)
    return sa.Column("basis", kind, nullable=False)


def _known(bases: tuple[str, ...], name: str) -> str:
    listed = ", ".join(f"'{basis}'" for basis in bases)
    return f"CONSTRAINT ck_due_move_known_{name} CHECK (basis IN ({listed}))"


def _widened() -> tuple[sa.Column[Any] | sa.Constraint, ...]:
    return (
        sa.Column("subject_kind", sa.String(length=20), nullable=True),
        sa.Column("subject_id", ID, nullable=True),
        sa.Column("edition_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["calendar_edition.id"], name=op.f("fk_due_move_edition_id")),
        sa.CheckConstraint(ONE_SUBJECT, name=op.f("ck_due_move_of_one_subject")),
    )


def remake_moves(basis: sa.Column[Any], *more: sa.Column[Any] | sa.Constraint) -> None:
    """SQLite cannot let a column be empty that was not: a new table, and all rows copied."""
    op.create_table(
        "new_due_move",
        sa.Column("id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=bool(more)),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=False),
        basis,
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_due_move_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_move")),
        *more,
    )
    reference = "share_id INTEGER CONSTRAINT fk_due_move_share_id REFERENCES share (id)"
    op.execute(f"ALTER TABLE new_due_move ADD COLUMN {reference}")
    kept = ", ".join(KEPT)
    op.execute(f"INSERT INTO new_due_move ({kept}) SELECT {kept} FROM due_move")  # noqa: S608
    op.drop_table("due_move")
    op.rename_table("new_due_move", "due_move")
    op.create_index("ix_due_move_milestone_id", "due_move", ["milestone_id"])
    op.create_index("ix_due_move_share_id", "due_move", ["share_id"])


def _widen_moves() -> None:
    for change in (
        "ALTER COLUMN milestone_id DROP NOT NULL",
        "ADD COLUMN subject_kind VARCHAR(20)",
        "ADD COLUMN subject_id BIGINT",
        "ADD COLUMN edition_id BIGINT CONSTRAINT fk_due_move_edition_id REFERENCES calendar_edition (id)",
        f"ADD CONSTRAINT ck_due_move_of_one_subject CHECK ({ONE_SUBJECT})",
        "DROP CONSTRAINT ck_due_move_known_duebasis",
        f"ADD {_known(MOVE_BASES, 'movebasis')}",
    ):
        op.execute(f"ALTER TABLE due_move {change}")


def _narrow_moves() -> None:
    for change in (
        "DROP CONSTRAINT ck_due_move_known_movebasis",
        f"ADD {_known(BASES, 'duebasis')}",
        "DROP CONSTRAINT ck_due_move_of_one_subject",
        "DROP COLUMN edition_id",
        "DROP COLUMN subject_id",
        "DROP COLUMN subject_kind",
        "ALTER COLUMN milestone_id SET NOT NULL",
    ):
        op.execute(f"ALTER TABLE due_move {change}")


def keep_append_only() -> None:
    if not on_sqlite():
        op.execute(
            "CREATE TRIGGER due_move_append_only BEFORE UPDATE OR DELETE ON due_move "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER due_move_no_truncate BEFORE TRUNCATE ON due_move "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER due_move_no_{verb.lower()} BEFORE {verb} ON due_move "
            "BEGIN SELECT RAISE(ABORT, 'due_move is append-only'); END"
        )


def let_go_append_only() -> None:
    if on_sqlite():
        op.execute("DROP TRIGGER due_move_no_update")
        op.execute("DROP TRIGGER due_move_no_delete")
    else:
        op.execute("DROP TRIGGER due_move_append_only ON due_move")
        op.execute("DROP TRIGGER due_move_no_truncate ON due_move")
