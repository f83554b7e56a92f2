"""The record cannot be changed unnoticed: the database refuses, and what gets past it is found and named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from models import AuditEvent, Person, Task
from tests.databases import POSTGRESQL
from tests.people import Cast, HandClock, accept, do
from workflow import audit, sealing
from workflow.bootstrap import Services
from workflow.civil import day_of
from workflow.sealing import seal_days

APPEND_ONLY = ("audit_event", "seal", "decision", "progress_entry", "due_move")
EVENT = AuditEvent.__table__
FORGED: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(100, 200),
    "subject_kind": st.sampled_from(["notice", "plan"]),
    "subject_id": st.integers(100, 200),
    "action": st.sampled_from(["waive", "cancel", "lift"]),
    "from_state": st.sampled_from(["waived", "closed", None]),
    "to_state": st.sampled_from(["waived", "closed", None]),
    "actor_id": st.integers(100, 200),
    "at": st.timedeltas(timedelta(microseconds=1), timedelta(days=400)),
    "text": st.sampled_from([" ", "\n", ","]),
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}


@pytest.fixture
def record(services: Services, cast: Cast) -> int:
    """A milestone's whole way, a moved due date and a sealed day: how many events the task has."""
    accept(services, cast)
    do(
        services,
        "milestone",
        cast.second,
        "redate",
        cast.amira,
        reason="议定。",
        details={"due_on": "2023-12-01"},
    )
    with services.transaction() as tx:
        seal_days(tx, services.clock() + timedelta(days=1))
        return int(tx.execute(select(Task.chain_seq)).scalar_one())


class _UndoError(Exception):
    """Ends a transaction whose changes are not to stay."""


@contextmanager
def unguarded(services: Services) -> Iterator[Connection]:
    """A transaction in which the triggers are gone; nothing of it stays."""
    with suppress(_UndoError), services.transaction() as tx:
        if POSTGRESQL:
            tx.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        else:
            for verb in ("update", "delete"):
                tx.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
        yield tx
        raise _UndoError


def event_at(tx: Connection, seq: int) -> Any:
    return tx.execute(select(EVENT).where(EVENT.c.root_kind == "task", EVENT.c.seq == seq)).one()


def forge(tx: Connection, place: int, values: dict[str, Any]) -> None:
    tx.execute(update(AuditEvent).where(EVENT.c.root_kind == "task", EVENT.c.seq == place).values(values))


def broken(tx: Connection) -> tuple[str, int, str]:
    """Where the record does not hold: the root's kind, the event's place, and what is wrong there."""
    _, fault = audit.verify(tx)
    assert fault is not None, "tampering was not noticed"
    return fault.root_kind, fault.seq, fault.what


def test_an_untouched_record_holds(services: Services, cast: Cast, record: int) -> None:
    with services.reading() as tx:
        assert audit.verify(tx) == (record, None)
        stored = [json.loads(row.text) for row in tx.execute(select(EVENT).order_by(EVENT.c.seq))]
    assert [event["seq"] for event in stored] == list(range(1, record + 1))
    assert all(event["root_kind"] == "task" and event["root_id"] == cast.task for event in stored)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_field_of_any_event_is_found_and_named(
    services: Services, record: int, data: st.DataObject
) -> None:
    seq = data.draw(st.integers(1, record), "seq")
    column = data.draw(st.sampled_from(sorted(FORGED)), "column")
    drawn = data.draw(FORGED[column], "value")
    with unguarded(services) as tx:
        event = event_at(tx, seq)
        value = {"at": lambda: event.at + drawn, "text": lambda: event.text + drawn}.get(
            column, lambda: drawn
        )()
        if value == getattr(event, column):
            return
        forge(tx, seq, {column: value})
        root, place, what = broken(tx)
        assert root == "task"
        if column == "seq":
            assert (place, what) in {(seq + 1, "sequence"), (drawn, "sequence")}
        else:
            assert (place, what) == (seq, "hash" if column == "text" else column)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_story_told_anew_with_its_own_hash_breaks_at_the_next_event(
    services: Services, record: int, data: st.DataObject
) -> None:
    """Somebody who can hash rewrites one event in itself; what was hashed after it gives it away."""
    seq = data.draw(st.integers(1, record), "seq")
    with unguarded(services) as tx:
        told = json.loads(event_at(tx, seq).text)
        before = event_at(tx, seq - 1).hash if seq > 1 else ""
        anew = audit.canonical({**told, "reason": "从未说过的理由"})
        forge(tx, seq, {"text": anew, "hash": audit.link(before, anew)})
        expected = ("task", seq, "head") if seq == record else ("task", seq + 1, "hash")
        assert broken(tx) == expected


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_missing_event_is_found(services: Services, record: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, record), "seq")
    with unguarded(services) as tx:
        tx.execute(delete(AuditEvent).where(EVENT.c.root_kind == "task", EVENT.c.seq == seq))
        expected = ("task", record, "head") if seq == record else ("task", seq + 1, "sequence")
        assert broken(tx) == expected


def test_an_event_put_in_afterwards_is_found(services: Services, record: int) -> None:
    with unguarded(services) as tx:
        last = event_at(tx, record)
        told = {**json.loads(last.text), "seq": record + 1, "action": "close_out"}
        forged = audit.canonical(told)
        values = {c.name: getattr(last, c.name) for c in EVENT.c if c.name != "id"}
        values |= {
            "seq": record + 1,
            "action": "close_out",
            "text": forged,
            "hash": audit.link(last.hash, forged),
        }
        tx.execute(insert(AuditEvent), values)
        assert broken(tx) == ("task", record, "head")


@pytest.mark.parametrize("column", ["chain_seq", "chain_head"])
def test_a_head_that_was_moved_is_found(services: Services, record: int, column: str) -> None:
    with unguarded(services) as tx:
        tx.execute(update(Task).values({column: 3 if column == "chain_seq" else "0" * 64}))
        assert broken(tx)[2] == "head"


def test_a_chain_that_vanished_whole_is_found(services: Services, record: int) -> None:
    with unguarded(services) as tx:
        tx.execute(delete(AuditEvent))
        assert broken(tx) == ("task", record, "head")


def test_a_root_without_events_that_claims_some_is_found(services: Services, cast: Cast, record: int) -> None:
    with unguarded(services) as tx:
        mine = Person.__table__.c.id == cast.olga
        tx.execute(update(Person).where(mine).values(chain_seq=1, chain_head="1" * 64))
        assert broken(tx) == ("person", 1, "head")


@pytest.mark.parametrize(("kind", "root_id"), [("task", 999), ("ghost", 1)])
def test_a_chain_under_a_root_that_does_not_exist_is_found(
    services: Services, record: int, kind: str, root_id: int
) -> None:
    """A story beside the plan: every hash holds, but nothing holds its head."""
    with unguarded(services) as tx:
        told = {**json.loads(event_at(tx, 1).text), "root_kind": kind, "root_id": root_id}
        forged = audit.canonical(told)
        values = {c.name: getattr(event_at(tx, 1), c.name) for c in EVENT.c if c.name != "id"}
        values |= {"root_kind": kind, "root_id": root_id, "text": forged, "hash": audit.link("", forged)}
        tx.execute(insert(AuditEvent), values)
        assert audit.verify(tx) == (record + 1, audit.Break(kind, root_id, 1, "root"))


@pytest.mark.parametrize("written", ["no JSON", "[1]", "null", "{", "[" * 100_000, "NaN", "1" * 5000])
def test_a_text_that_tells_nothing_is_named_though_its_hash_holds(
    services: Services, record: int, written: str
) -> None:
    with unguarded(services) as tx:
        before = event_at(tx, record - 1).hash
        forge(tx, record, {"text": written, "hash": audit.link(before, written)})
        assert broken(tx) == ("task", record, "text")


def test_a_text_that_keeps_a_field_to_itself_is_named(services: Services, record: int) -> None:
    with unguarded(services) as tx:
        told = json.loads(event_at(tx, record).text)
        del told["to_state"]
        silent = audit.canonical(told)
        forge(tx, record, {"text": silent, "hash": audit.link(event_at(tx, record - 1).hash, silent)})
        assert broken(tx) == ("task", record, "to_state")


@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL keeps nothing in a column that is not of its type")
@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("at", "'yesterday'", "unreadable"),
        ("text", "CAST(x'ff80' AS TEXT)", "unreadable"),
        ("text", "x'ff80'", "hash"),
        ("hash", "x'00'", "hash"),
        ("subject_id", "'seven'", "subject_id"),
        ("action", "CAST(x'ff' AS TEXT)", "unreadable"),
    ],
)
def test_what_no_column_should_hold_is_named(
    services: Services, record: int, column: str, value: str, what: str
) -> None:
    """SQLite keeps any bytes anywhere; a verdict is owed all the same."""
    with unguarded(services) as tx:
        tx.execute(text(f"UPDATE audit_event SET {column} = {value} WHERE root_kind = 'task' AND seq = 3"))
        assert broken(tx) == ("task", 3, what)


@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL keeps nothing in a column that is not of its type")
@pytest.mark.parametrize("column", ["seq", "root_id", "root_kind"])
def test_an_event_whose_place_is_rubbish_is_found(services: Services, record: int, column: str) -> None:
    with unguarded(services) as tx:
        tx.execute(text(f"UPDATE audit_event SET {column} = x'ff' WHERE root_kind = 'task' AND seq = 3"))
        assert audit.verify(tx)[1] is not None


def test_the_same_acts_at_the_same_time_make_the_same_chain(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    accept(services, cast)
    with services.reading() as tx:
        texts = tx.execute(select(EVENT.c.text).order_by(EVENT.c.seq)).scalars().all()
        head = tx.execute(select(Task.chain_head)).scalar_one()
    link = ""
    for told in texts:
        link = audit.link(link, told)
    assert link == head


def test_a_tail_cut_off_with_its_head_moved_is_given_away_by_the_seal(
    services: Services, cast: Cast, clock: HandClock, record: int
) -> None:
    """What the chain alone cannot show: it ends earlier, and says so. The sealed day remembers."""
    with unguarded(services) as tx:
        _cut_tail(tx, record)
        assert audit.verify(tx) == (record - 1, None)
        assert sealing.verify(tx).broken_on == day_of(clock())


def test_a_cut_after_the_last_seal_cannot_be_shown(
    services: Services, cast: Cast, clock: HandClock, record: int
) -> None:
    """Said plainly in the documents: until the day is sealed, its tail is only as safe as the database."""
    clock.now += timedelta(days=2)
    do(
        services,
        "milestone",
        cast.second,
        "redate",
        cast.amira,
        reason="再议。",
        details={"due_on": "2023-12-08"},
    )
    with unguarded(services) as tx:
        _cut_tail(tx, record + 1)
        assert audit.verify(tx) == (record, None)
        assert sealing.verify(tx).broken_on is None


def _cut_tail(tx: Connection, last: int) -> None:
    before = event_at(tx, last - 1)
    tx.execute(delete(AuditEvent).where(EVENT.c.root_kind == "task", EVENT.c.seq == last))
    tx.execute(update(Task).values(chain_seq=before.seq, chain_head=before.hash))


def _attacks() -> list[tuple[str, str]]:
    """Every table of the record with every statement of this database that changes or empties it."""
    return [(table, statement) for table in APPEND_ONLY for statement in _statements(table)]


def _statements(table: str) -> list[str]:
    key = "sealed_on" if table == "seal" else "id"
    again = f"INTO {table} SELECT * FROM {table} WHERE true"
    own = (
        [f"TRUNCATE {table} CASCADE", "TRUNCATE seat, milestone, task CASCADE"]
        if POSTGRESQL
        else [f"INSERT OR REPLACE {again}"]
    )
    return [
        f"UPDATE {table} SET {key} = {key}",
        f"DELETE FROM {table}",
        f"INSERT {again} ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key}",
        *own,
    ]


@pytest.mark.parametrize(("table", "statement"), _attacks())
def test_the_database_refuses_to_change_the_record(
    services: Services, record: int, table: str, statement: str
) -> None:
    with services.reading() as tx:
        before = tx.execute(text(f"SELECT * FROM {table}")).all()
    assert before, "there is something to lose"
    with pytest.raises(DatabaseError, match="append-only"), services.transaction() as tx:
        tx.execute(text(statement))
    with services.reading() as tx:
        assert tx.execute(text(f"SELECT * FROM {table}")).all() == before
