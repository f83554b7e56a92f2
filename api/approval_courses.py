"""One approval: its route so far and still to come, everything said and done on it, and its diagram."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import Connection, select

from api.actions import Id
from api.approval_rows import read_approval
from api.approval_views import (
    ApprovalCourse,
    ApprovalView,
    CommentView,
    DefinitionName,
    HolderName,
    MoveView,
    PartyView,
    RoundView,
    SeatView,
    StepView,
)
from api.callers import SignedIn
from api.errors import refusals
from api.transactions import Look, Now
from api.views import PersonName
from models import (
    Approval,
    ApprovalComment,
    ApprovalDefinition,
    ApprovalParty,
    AuditEvent,
    Person,
)
from models.states import SeatState, Verdict
from workflow import visibility
from workflow.acts import facts
from workflow.approvals.days import stops_of
from workflow.approvals.diagram import Told, draw
from workflow.approvals.holders import Holder, holders_of
from workflow.approvals.steps import Clock, Signed, Step, steps_of
from workflow.calendar import working_calendar
from workflow.errors import NotFound
from workflow.facts import ApprovalStanding
from workflow.lifecycles import APPROVAL
from workflow.sentences import sentence

router = APIRouter(tags=["approvals"])


@router.get("/approvals/{id}", operation_id="get_approval", responses=refusals(401, 404))
def get_approval(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ApprovalCourse:
    """One approval: its seats with who could sign them, the steps gone and still to come with their working days,
    every move, what was said, and the text under the digest."""
    read = _read(tx, id, caller.person_id, now)
    response.headers["ETag"] = read.approval.etag
    return _course(tx, read, caller.person_id, now, caller.language)


@router.get(
    "/approvals/{id}/diagram", operation_id="get_approval_diagram", response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": "flowchart LR\n"}}, "description": "A Mermaid flowchart"},
        **refusals(401, 404),
    },
)  # fmt: skip
def get_diagram(id: Id, caller: SignedIn, tx: Look, now: Now) -> Response:
    """The route as a Mermaid flowchart, in the reader's language: a box per step, its seats coloured by state."""
    read = _read(tx, id, caller.person_id, now)
    told = _told(read, caller.language)
    return PlainTextResponse(draw(read.steps, read.standing.approval.seats, told))


@dataclass(frozen=True, slots=True)
class Read:
    """An approval as the caller sees it, and what its course is made of."""

    approval: ApprovalView
    standing: ApprovalStanding
    moves: list[Any]
    steps: list[Step]


def _read(tx: Connection, id: int, person_id: int, now: datetime) -> Read:
    bound = visibility.bound(person_id, now)
    approval = read_approval(tx, bound, Approval.id == id)
    if approval is None:
        raise NotFound(kind="approval")
    standing = facts(tx, APPROVAL, id, person_id, now)
    moves = list(tx.execute(MOVES.where(AuditEvent.subject_id == id)))
    clock = Clock(
        working_calendar(tx), stops_of(tx, approval.task.id, bound["today"]), _removals(moves),
        approval.closed_at, now,
    )  # fmt: skip
    steps = steps_of(standing.approval, {seat.id: _signed(seat) for seat in approval.seats}, clock)
    return Read(approval, standing, moves, list(steps))


def _signed(seat: SeatView) -> Signed:
    decision = seat.decision
    at, verdict = (decision.decided_at, decision.verdict) if decision else (None, None)
    return Signed(seat.id, seat.opened_at, at, verdict)


def _removals(moves: Iterable[Any]) -> dict[int, datetime]:
    """When each signer was taken off 减签."""
    told = ((json.loads(move.text).get("details") or {}, move) for move in moves)
    return {d["seat_id"]: move.at for d, move in told if move.action == "remove_signer"}


def _course(tx: Connection, read: Read, person_id: int, now: datetime, language: str) -> ApprovalCourse:
    approval = read.approval
    holders = holders_of(tx, read.standing, now)
    own = {name: getattr(approval, name) for name in ApprovalView.model_fields if name != "seats"}
    return ApprovalCourse(
        **own,
        seats=[_with_holders(seat, holders.get(seat.id)) for seat in approval.seats],
        definition=_definition(tx, read.standing),
        steps=[_step(step, language) for step in read.steps],
        moves=list(_moves(tx, read.moves, language)),
        comments=list(_comments(tx, approval.id)),
        parties=_parties(tx, approval.id),
        earlier_rounds=_rounds(tx, approval, visibility.bound(person_id, now)),
    )


# Seats and steps


def _with_holders(seat: SeatView, holders: tuple[Holder, ...] | None) -> SeatView:
    if holders is None:
        return seat
    return seat.model_copy(update={"may_sign": [_holder(holder) for holder in holders]})


def _holder(holder: Holder) -> HolderName:
    absent = holder.substitute_for
    stead = PersonName(id=absent, name=holder.absent_name or "—") if absent is not None else None
    return HolderName(id=holder.person_id, name=holder.name, substitute_for=stead)


def _definition(tx: Connection, standing: ApprovalStanding) -> DefinitionName:
    own = ApprovalDefinition.id == standing.approval.definition_id
    row = tx.execute(select(ApprovalDefinition.key, ApprovalDefinition.edition).where(own)).one()
    return DefinitionName(key=row.key, edition=row.edition)


def _step(step: Step, language: str) -> StepView:
    return StepView(
        number=step.number, key=step.key, label=_called(step, language), mode=step.mode, quorum=step.quorum,
        state=step.state, opened_at=step.opened_at, ended_at=step.ended_at, working_days=step.working_days,
        provisional=step.provisional,
    )  # fmt: skip


def _called(step: Step, language: str) -> str:
    return sentence(f"step.{step.key}", language, {}) or step.key


# What was done and said

MOVES = (
    select(AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.actor_id, AuditEvent.text)
    .where(AuditEvent.subject_kind == "approval")
    .order_by(AuditEvent.seq)
)
UNSAID = (Verdict.CARRIED, Verdict.NO_OBJECTION)
"""Verdicts that nobody gave in the seat itself."""
NAMING = ("person_id", "people", "mentions")
"""Fields of details that name people."""


def _moves(tx: Connection, moves: Iterable[Any], language: str) -> Iterator[MoveView]:
    read = [(move, json.loads(move.text)) for move in moves]
    names = _names(tx, {id for move, event in read for id in (*_named_in(event), move.actor_id) if id})
    for move, event in read:
        yield MoveView(
            seq=move.seq, at=move.at, action=move.action, reason=event.get("reason"),
            label=sentence(f"approval.{move.action}", language, {}) or move.action,
            actor=names.get(move.actor_id), details=event.get("details"),
            people=[names[id] for id in _named_in(event) if id in names],
        )  # fmt: skip


def _named_in(event: Mapping[str, Any]) -> list[int]:
    details = event.get("details") or {}
    given = [details[name] for name in NAMING if details.get(name)]
    named = [id for each in given for id in (each if isinstance(each, list) else [each])]
    return named + [each["person_id"] for each in details.get("signatures", ())]


def _names(tx: Connection, ids: Iterable[int]) -> dict[int, PersonName]:
    statement = select(Person.id, Person.name).where(Person.id.in_(sorted(set(ids))))
    return {row.id: PersonName(id=row.id, name=row.name) for row in tx.execute(statement)}


def _comments(tx: Connection, approval_id: int) -> Iterator[CommentView]:
    statement = select(ApprovalComment.__table__).where(ApprovalComment.approval_id == approval_id)
    rows = tx.execute(statement.order_by(ApprovalComment.id)).all()
    names = _names(tx, {id for row in rows for id in (*row.mentions, row.said_by)})
    for row in rows:
        yield CommentView(
            id=row.id, text=row.text, said_by=names[row.said_by], said_at=row.said_at,
            mentions=[names[id] for id in row.mentions if id in names],
        )  # fmt: skip


def _parties(tx: Connection, approval_id: int) -> list[PartyView]:
    statement = (
        select(ApprovalParty.person_id, Person.name, ApprovalParty.because, ApprovalParty.since_at)
        .join(Person, Person.id == ApprovalParty.person_id)
        .where(ApprovalParty.approval_id == approval_id)
        .order_by(ApprovalParty.id)
    )
    return [
        PartyView(
            person=PersonName(id=row.person_id, name=row.name), because=row.because, since_at=row.since_at
        )
        for row in tx.execute(statement)
    ]


def _rounds(tx: Connection, approval: ApprovalView, bound: Mapping[str, Any]) -> list[RoundView]:
    """The rounds before it over the same subject."""
    columns = (Approval.id, Approval.round, Approval.state, Approval.opened_at, Approval.closed_at)
    statement = visibility.approvals(*columns).where(
        Approval.subject_kind == approval.subject_kind, Approval.subject_id == approval.subject_id,
        Approval.round < approval.round,
    )  # fmt: skip
    return [RoundView(**row._mapping) for row in tx.execute(statement.order_by(Approval.round), bound)]


# The diagram's words


def _told(read: Read, language: str) -> Told:
    approval = read.approval
    return Told(
        begins=approval.opened_by.name,
        ends=sentence(f"approval.state.{approval.state}", language, {}) or approval.state,
        steps={step.number: _step_words(step, language) for step in read.steps},
        seats={seat.id: _seat_words(seat, language) for seat in approval.seats},
    )  # fmt: skip


def _step_words(step: Step, language: str) -> str:
    """`2. 会签 · 全部签署`."""
    mode = sentence(f"step_mode.{step.mode}", language, {}) or step.mode
    return f"{step.number}. {_called(step, language)} · {mode}"


def _seat_words(seat: SeatView, language: str) -> str:
    """Whose it is, and where it stands: `市教委 单位审核人 · 已签 钟军`. Who signed is named where it is another."""
    role = sentence(f"role.{seat.role}", language, {}) if seat.role and not seat.person else None
    whose = [seat.unit.name if seat.unit else "", seat.person.name if seat.person else role or ""]
    signer = seat.decision.decided_by if seat.decision else None
    named = signer.name if signer and not (seat.person and seat.person.id == signer.id) else ""
    return " ".join(each for each in (*whose, "·", _stands(seat, language), named) if each)


def _stands(seat: SeatView, language: str) -> str:
    """A signature that carried over, and a limit that passed in silence, are told from what somebody signed here."""
    verdict = seat.decision.verdict if seat.decision and seat.state == SeatState.SIGNED else None
    key = f"verdict.{verdict}" if verdict in UNSAID else f"seat.state.{seat.state}"
    return sentence(key, language, {}) or seat.state
