"""The witness of the kills is heard against itself: each truth fails when the record is made untrue by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.databases import fresh_database
from tests.end_to_end.ground import lay_ground
from tests.end_to_end.kills import Play, Played
from tests.end_to_end.tellings import verify

pytestmark = pytest.mark.soak_on("postgresql")

UNTRUE = (
    ("UPDATE milestone SET state = 'accepted' WHERE id = :idle", "last event"),
    ("UPDATE task SET chain_head = '0' WHERE chain_seq > 0", "chain broken"),
    ("UPDATE part SET state = 'acknowledged' WHERE role = 'lead' AND task_id = :idle_task", "of the lead"),
    ("UPDATE milestone SET round = round + 1", "round"),
    ("UPDATE seat SET state = 'signed' WHERE state <> 'signed'", "decisions for"),
    ("UPDATE seat SET state = 'open'", "open steps"),
    ("UPDATE approval SET digest = '0'", "digest"),
    ("UPDATE evidence SET size = size + 1", "size"),
    ("UPDATE evidence SET sha256 = '0'", "bytes"),
    ("UPDATE number_counter SET last = last + 1", "numbers of"),
    ("UPDATE card SET colour = 'yellow' WHERE colour = 'red'", "1 notices"),
    ("UPDATE notice SET facts_sha256 = '0' WHERE facts IS NOT NULL", "facts and digest"),
    ("UPDATE notice SET printed_at = NULL WHERE printed_at IS NOT NULL", "never printed"),
    ("UPDATE notice SET pdf_sha256 = '0' WHERE printed_at IS NOT NULL", "paper not in the store"),
    ("DELETE FROM reminder WHERE subject_id = :idle AND NOT overtaken", "told and not recorded"),
    ("UPDATE reminder SET rung = 'after-99' WHERE subject_id = :idle AND rung = 'day-0'", "expected"),
    ("UPDATE outbox SET topic = 'nothing' WHERE topic = 'card_raised'", "tellings card_raised"),
    ("DELETE FROM delivery WHERE id = (SELECT max(id) FROM delivery)", "addressed to"),
    ("UPDATE delivery SET state = 'waiting'", "waiting"),
    ("UPDATE kept_answer SET status = 0", "kept answer"),
    ("UPDATE schedule_run SET error = 'broken'", "tick"),
)
"""What is done to the record, and what the witness must say."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Played]:
    """A short load that nobody disturbed."""
    folder = tmp_path_factory.mktemp("witness")
    with fresh_database(folder, templates) as url:
        yield Play(lay_ground(url, folder), ("http+jobs",), seed=7, pace=6).run((), days=6)


def hear(played: Played, sql: str | None = None) -> str:
    """What the witness says, after a statement that is rolled back."""
    services = played.ground.open()
    idle = next(iter(played.ground.untouched))
    with services.reading() as tx:
        if sql:
            bound = {"idle": idle, "idle_task": played.ground.tasks[idle]}
            used = {name: value for name, value in bound.items() if f":{name} " in f"{sql} "}
            assert tx.execute(text(sql), used).rowcount > 0, sql
        said = "\n".join(verify(tx, services.store, played))
    services.close()
    return said


def test_the_witness_names_every_untruth(played: Played) -> None:
    assert hear(played) == ""
    silent = [sql for sql, word in UNTRUE if word not in hear(played, sql)]
    assert silent == []


def test_the_witness_counts_the_mails(played: Played) -> None:
    folder = played.ground.folder / "mail" / "new"
    letter = next(iter(sorted(folder.iterdir())))
    content = letter.read_bytes()
    letter.unlink()
    lost = hear(played)
    letter.write_bytes(content[: len(content) // 2])
    cut = hear(played)
    letter.write_bytes(content)
    twin = letter.with_name(f"again-{letter.name}")
    shutil.copyfile(letter, twin)
    doubled = hear(played)
    twin.unlink()
    assert "mail: lost" in lost
    assert "cut off" in cut
    assert "nobody's" in doubled
    assert hear(played) == ""


def test_the_witness_knows_what_everybody_was_told(played: Played) -> None:
    done = next(answer for answer in played.log.answers if answer.done)
    without = replace(
        played, log=replace(played.log, answers=[a for a in played.log.answers if a is not done])
    )
    refused = replace(done, status=409)
    denied = [refused if answer is done else answer for answer in played.log.answers]
    assert "nobody was told" in hear(without)
    assert "not recorded as that" in hear(replace(played, log=replace(played.log, answers=denied)))
    assert "went wrong" in hear(replace(played, log=replace(played.log, faults=["went wrong"])))
