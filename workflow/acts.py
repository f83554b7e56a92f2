"""An act is one function, one transaction, one instant. Here, and nowhere else, a state changes.

The order is always the same: lock the root, read the facts, judge, write. Whoever reads `perform` and the row
of the action sees every consequence: no hooks, no signals.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Generic

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Update, bindparam, insert, select, update
from sqlalchemy.sql import Select
from sqlalchemy.sql.dml import ReturningInsert

from models import OutboxRow
from workflow import audit
from workflow.actors import SYSTEM, Actor
from workflow.civil import day_of
from workflow.errors import Malformed, Missing, NotFound, Stale
from workflow.law import LAWS, Action, Details, Lifecycle, S, Simplify, Telling, as_typed

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request or tick an act belongs to: the same in log, audit event and mail."""

INSERT_OUTBOX = insert(OutboxRow).inline()


@dataclass(frozen=True, slots=True)
class Event:
    """What a performed act leaves to know: where it stands in its root's chain, and the states."""

    root_kind: str
    root_id: int
    seq: int
    subject_kind: str
    subject_id: int
    action: str
    from_state: str | None
    to_state: str | None
    at: datetime


@dataclass(slots=True)
class Journal:
    """What one transaction writes under one root: its chain and who must be told."""

    chain: audit.Chain
    tellings: list[dict[str, Any]] = field(default_factory=list)

    def write(self, tx: Connection) -> None:
        audit.write(tx, self.chain)
        if self.tellings:
            tx.execute(INSERT_OUTBOX, self.tellings if len(self.tellings) > 1 else self.tellings[0])
            self.tellings = []


@dataclass(slots=True)
class Act(Generic[S]):
    """An act under way: what effects may read, and the ways they may go on."""

    tx: Connection
    law: Lifecycle[S]
    subject_id: int
    action: Action[S]
    standing: S
    actor: Actor
    now: datetime
    reason: str | None
    details: Any
    journal: Journal
    cause: int | None = None
    """The event in the same chain that this act follows from."""

    @property
    def today(self) -> date:
        """The civil day of the act."""
        return day_of(self.now)

    def follow(
        self, kind: str, subject_id: int, action: str, standing: Any = None, *, reason: str | None = None,
        details: Mapping[str, Any] | Details | None = None,
    ) -> None:  # fmt: skip
        """Let the system perform what follows, under the same lock and in the same transaction.

        Without a `standing` the facts are read again, as this act has left them. `details` are not checked
        again: whoever gives them has judged them.
        """
        law = LAWS[kind]
        row = law.action(action)
        standing = (
            facts(self.tx, law, subject_id, None, self.now) if standing is None else as_system(standing)
        )
        cause = self.journal.chain.seq
        given = read_details(row, details)
        act = Act(
            self.tx, law, subject_id, row, standing, SYSTEM, self.now, reason, given, self.journal, cause
        )
        _apply(act, law.admit(row, standing))

    def created(
        self, kind: str, subject_id: int, action: str, to_state: str | None, facts: Mapping[str, Any]
    ) -> None:
        """Record that this act made a further subject under the same root (a row without a life: no state)."""
        self.journal.chain.record(_event(self, kind, subject_id, action, None, to_state, facts=dict(facts)))

    def make(self, model: Any, **values: Any) -> int:
        """Insert a row that belongs to this act's root: its id."""
        return int(self.tx.execute(_insert(model.__table__), values).scalar_one())

    def tell(self, telling: Telling) -> None:
        chain = self.journal.chain
        self.journal.tellings.append(
            {
                "topic": telling.topic,
                "audience": dict(telling.audience),
                "facts": {**telling.facts, "request": request_id.get()},
                "root_kind": chain.root_kind,
                "root_id": chain.root_id,
                "written_at": self.now,
            }
        )


def as_system(standing: Any) -> Any:
    """The same facts, judged for the system."""
    return replace(standing, actor=SYSTEM)


def perform(
    tx: Connection,
    law: Lifecycle[S],
    subject_id: int,
    action: str,
    actor_id: int | None,
    now: datetime,
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | Details | None = None,
    seen: int | None = None,
    simplify: Simplify = as_typed,
) -> Event:
    """Let `actor_id` (None: the system) do `action` to the subject at `now`.

    `seen`: the version the person looked at; another one now is Stale. `simplify`: how the door brings names into one
    script, for actions that find rows by name. Raises NotFound (unseen), NotPermitted,
    WrongState, NotReady (with everything missing), ReasonRequired, Malformed. A refusal writes nothing.
    """
    row = law.action(action)
    chain = lock(tx, law, subject_id)
    standing = facts(tx, law, subject_id, actor_id, now)
    if seen is not None and standing.seen and seen != standing.version:
        raise Stale(kind=law.kind, seen=seen, version=standing.version)
    target = law.admit(row, standing)
    given = read_details(row, details)
    if row.reads is not None:
        standing = row.reads(tx, standing, given, simplify, now)
    law.judge(row, standing, given, reason, now)
    act = Act(tx, law, subject_id, row, standing, standing.actor, now, reason, given, Journal(chain))
    event = _apply(act, target)
    act.journal.write(tx)
    return event


def lock(tx: Connection, law: Lifecycle[Any], subject_id: int) -> audit.Chain:
    """Lock the subject's root. Only the locked row's own columns may be trusted from this statement."""
    row = tx.execute(_lock_statement(law), {"b_id": subject_id}).one_or_none()
    if row is None:
        raise NotFound(kind=law.kind)
    return audit.Chain(law.root_kind, row.id, row.chain_seq, row.chain_head)


@cache
def _lock_statement(law: Lifecycle[Any]) -> Select[Any]:
    root = audit.ROOTS[law.root_kind].__table__
    columns = select(root.c.id, root.c.chain_seq, root.c.chain_head)
    if law.table is root:
        return columns.where(root.c.id == bindparam("b_id")).with_for_update()
    owner = select(law.table.c[law.root_column]).where(law.table.c.id == bindparam("b_id"))
    return columns.where(root.c.id == owner.scalar_subquery()).with_for_update()


def facts(tx: Connection, law: Lifecycle[S], subject_id: int, actor_id: int | None, now: datetime) -> S:
    """The standing of one subject for one actor; NotFound where there is no such row."""
    found = law.load(tx, [subject_id], actor_id, now)
    if subject_id not in found:
        raise NotFound(kind=law.kind)
    return found[subject_id]


def read_details(action: Action[Any], details: Mapping[str, Any] | Details | None) -> Details | None:
    """The details as the action's own model; Malformed names each field that is off."""
    if action.takes is None:
        if details:
            raise Malformed(missing=[Missing("no_details", {"action": action.name})])
        return None
    if isinstance(details, action.takes):
        return details
    try:
        return action.takes.model_validate(details or {})
    except ValidationError as error:
        raise Malformed(missing=lacks(error)) from None


def lacks(error: ValidationError) -> list[Missing]:
    """Each field that a model refuses: code `field.<sort>`, facts `field` and what the sort needs."""
    return [
        Missing(
            f"field.{fault['type']}",
            {
                "field": ".".join(map(str, fault["loc"])) or "body",
                **fault.get("ctx", {}),
                "message": fault["msg"],
            },
        )
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _apply(act: Act[Any], target: str) -> Event:
    """Write state, event, effects and tellings, in this order."""
    standing, action = act.standing, act.action
    changes = dict(action.sets(act)) if action.sets else {}
    _move(act.tx, act.law, act.subject_id, standing.version, {"state": target, **changes})
    from_state = standing.state
    record = _event(act, act.law.kind, act.subject_id, action.name, from_state, target, reason=act.reason)
    if act.cause is not None:
        record["because"] = act.cause
    if act.details is not None:
        record["details"] = act.details.model_dump(mode="json")
    if action.before is not None:
        record["before"] = dict(action.before(act))
    if action.in_stead is not None and (absent := action.in_stead(act)) is not None:
        record["for_id"] = absent
    seq = act.journal.chain.record(record)
    for effect in action.then:
        effect(act)
    for recipients in action.tells:
        for telling in recipients(act):
            act.tell(telling)
    chain = act.journal.chain
    return Event(
        chain.root_kind, chain.root_id, seq, act.law.kind, act.subject_id, action.name, from_state, target, act.now
    )  # fmt: skip


def _event(
    act: Act[Any], kind: str, subject_id: int, action: str, from_state: str | None, to_state: str | None, **more: Any
) -> dict[str, Any]:  # fmt: skip
    return {
        "subject_kind": kind,
        "subject_id": subject_id,
        "action": action,
        "from_state": from_state,
        "to_state": to_state,
        "actor_id": act.actor.person_id,
        "at": act.now,
        "request": request_id.get(),
        **more,
    }


def _move(tx: Connection, law: Lifecycle[Any], subject_id: int, version: int, values: dict[str, Any]) -> None:
    """The one place where a stored state changes; a writer who saw an older version is refused."""
    statement = _update(law.table, tuple(values))
    bound = {"b_id": subject_id, "b_version": version, **values}
    if tx.execute(statement, bound).rowcount != 1:
        raise Stale(kind=law.kind, seen=version, version=None)


def mark(
    act: Act[Any], model: Any, to: str, /, *where: ColumnElement[bool], also: Mapping[str, Any] | None = None,
    **equal: Any,
) -> int:  # fmt: skip
    """Bring dependent rows (seats, evidence, parts) along with their subject: how many.

    Which rows: by the values of their columns (`equal`), or by any condition. `also`: what changes with the state.
    """
    changed = also or {}
    statement = _mark(model.__table__, tuple(equal), tuple(changed))
    bound = {"state": to, **changed, **{f"b_{name}": value for name, value in equal.items()}}
    return act.tx.execute(statement.where(*where) if where else statement, bound).rowcount


@cache
def _mark(table: Any, columns: tuple[str, ...], changed: tuple[str, ...]) -> Update:
    equal = [table.c[name] == bindparam(f"b_{name}") for name in columns]
    return update(table).where(*equal).values(state=bindparam("state"), **{n: bindparam(n) for n in changed})


@cache
def _insert(table: Any) -> ReturningInsert[int]:
    return insert(table).returning(table.c.id)


@cache
def _update(table: Any, columns: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"))
        .values(version=table.c.version + 1, **{name: bindparam(name) for name in columns})
    )
