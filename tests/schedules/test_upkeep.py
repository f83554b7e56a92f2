"""Night work: what is kept for a time goes, what a row names stays, and a change behind our back is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from models import AuditEvent, KeptAnswer, ScheduleRun
from schedules.upkeep import keep_house, seal, verify
from tests.people import START, Cast, add, do, file
from tests.workflow.scan.clockwork import morning
from workflow.attachments import Attachment
from workflow.bootstrap import Services
from workflow.evidence_files import StoredFile

LATER = datetime(2199, 1, 1, tzinfo=UTC)
"""Long after anything that the tests store: files carry the machine's time."""


def keep(services: Services, content: bytes) -> StoredFile:
    with services.store.receive() as incoming:
        incoming.write(content)
        return incoming.finish("材料.txt")


def attach(services: Services, cast: Cast, stored: StoredFile) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    details = Attachment(**{**file().model_dump(), "sha256": stored.sha256, "store_key": stored.key})
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=details)


def test_answers_are_kept_for_a_day(services: Services) -> None:
    row = {"person_id": 1, "route": "/x", "request_sha256": "", "status": 200, "headers": {}, "body": b""}
    with services.transaction() as tx:
        tx.execute(insert(KeptAnswer), [
            {**row, "key": "old", "kept_at": START - timedelta(hours=24, seconds=1)},
            {**row, "key": "new", "kept_at": START - timedelta(hours=23)},
        ])  # fmt: skip
    assert keep_house(services, START)["answers"] == 1
    with services.reading() as tx:
        assert tx.execute(select(KeptAnswer.key)).scalars().all() == ["new"]


def test_old_ticks_go(services: Services) -> None:
    with services.transaction() as tx:
        for days in (29, 31):
            at = START - timedelta(days=days)
            add(tx, ScheduleRun, job="relay", due_at=at, leased_until=at, started_at=at, finished_at=at)
    assert keep_house(services, START)["ticks"] == 1


def test_bytes_without_a_row_go_after_a_day_and_evidence_stays(services: Services, cast: Cast) -> None:
    attach(services, cast, keep(services, "已完成三百家审计".encode()))
    stray = keep(services, "没有人认领".encode())
    assert keep_house(services, datetime.now(UTC))["orphans"] == 0, "young bytes may still get their row"
    assert keep_house(services, LATER)["orphans"] == 1
    (held,) = services.store.keys()
    assert held.key != stray.key


def test_what_holds_is_found_sound(services: Services, cast: Cast) -> None:
    attach(services, cast, keep(services, "已完成三百家审计".encode()))
    seal(services, morning(2022, 1, 20))
    found = verify(services, morning(2022, 1, 23))
    assert found == {
        "sound": True, "events": 6, "seals": 6, "files": 1, "approvals": 0, "broken": None, "broken_seal": None,
        "unproved": None, "damaged": [],
    }  # fmt: skip


def test_a_changed_file_is_named(services: Services, cast: Cast) -> None:
    stored = keep(services, "已完成三百家审计".encode())
    attach(services, cast, stored)
    (Path(services.settings.store) / stored.key).write_bytes("已完成六百家审计".encode())
    found = verify(services, START)
    assert (found["sound"], found["damaged"]) == (
        False,
        [{"kind": "evidence", "id": 1, "condition": "altered"}],
    )


def test_a_changed_event_is_named(services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "task", cast.task, "start", cast.olga)
    with services.transaction() as tx:
        if services.database.is_sqlite:
            tx.exec_driver_sql("DROP TRIGGER audit_event_no_update")
        else:
            tx.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER USER")
        tx.exec_driver_sql("UPDATE audit_event SET action = 'start' WHERE seq = 1")
    found = verify(services, START)
    assert found["sound"] is False
    assert found["broken"] == {"root": f"task {cast.task}", "seq": 1, "what": "action"}
    with services.reading() as tx:
        assert tx.execute(select(AuditEvent.seq).order_by(AuditEvent.seq)).scalars().all() == [1, 2, 3]
