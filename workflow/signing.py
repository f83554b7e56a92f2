"""What is signed: the digest that binds an approval to bytes, and the moves of its seats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field
from sqlalchemy import bindparam, insert, select

from models import Approval, ApprovalDefinition, Decision, Seat
from models.states import ApprovalState, SeatState
from workflow.acts import Act, mark
from workflow.audit import canonical
from workflow.criteria import proofs
from workflow.errors import Missing, NotReady
from workflow.facts import ApprovalStanding, EntryFact, IndicatorFact, MilestoneStanding, SeatFact
from workflow.law import Details, Telling
from workflow.permissions import seat_of
from workflow.route import Definition, Outcome, Place, after, seats_for
from workflow.worked import Worked

INSERT_SEAT = insert(Seat).inline()
INSERT_DECISION = insert(Decision).inline()
LATEST_DEFINITION = (
    select(ApprovalDefinition.id, ApprovalDefinition.body)
    .where(ApprovalDefinition.key == bindparam("key"))
    .order_by(ApprovalDefinition.edition.desc())
    .limit(1)
)


class Submission(Details):
    """The words under which a milestone is submitted (报送说明)."""

    text: str = Field(min_length=1, max_length=5000, examples=["2022年度目标已完成，佐证材料附后。"])

    without_shares: str | None = Field(
        default=None, max_length=2000, description="Why it is submitted before every share was accepted.",
        examples=[None],
    )  # fmt: skip


def reason_without(standing: MilestoneStanding, details: Submission) -> str | None:
    """Why it is submitted although shares are missing; None where none is, or nothing is said."""
    reason = (details.without_shares or "").strip()
    return reason if reason and standing.missing_units else None


def signed_facts(standing: MilestoneStanding, text: str | None, without_shares: str | None = None) -> str:
    """The canonical text that is signed: targets, figures by entry, evidence by hash, the submission's words.

    Accepted shares stand in it by the digest of what was accepted of them, definition cards by theirs, criteria with
    the evidence tied to them, and the reason why it is submitted without some shares. Not in it: due dates, comments,
    units, shares that do not count. They may change without asking the signers again.
    """
    facts = {"milestone": standing.id, **signed_work(standing), "text": text}
    if counted := [share for share in standing.portions if share.counts]:
        facts["shares"] = [[share.id, share.digest] for share in counted]
    if without_shares is not None:
        facts["without_shares"] = without_shares
    if standing.criteria:
        facts["criteria"] = [[c.id, c.text] for c in standing.criteria]
        facts["ties"] = sorted([tie.criterion_id, tie.evidence_id] for tie in proofs(standing))
    return canonical(facts)


def signed_work(standing: Worked) -> dict[str, Any]:
    """What was asked, reported and attached, as it is signed: of a milestone, or of a share."""
    return {
        "targets": [_target(indicator) for indicator in _by_id(standing.indicators)],
        "figures": [_figure(entry) for entry in _by_id(standing.entries)],
        "evidence": [[e.id, e.sha256] for e in _by_id(standing.evidence)],
    }


def _target(indicator: IndicatorFact) -> list[Any]:
    target = [indicator.id, indicator.metric, indicator.quantity, indicator.unit, indicator.comparator]
    return [*target, digest(indicator.definition)] if indicator.definition else target


def _figure(entry: EntryFact) -> list[Any]:
    figure: list[Any] = [entry.id, entry.indicator_id, entry.quantity]
    return (
        figure
        if entry.base is None and entry.corrects_id is None
        else [*figure, entry.base, entry.corrects_id]
    )


def _by_id(facts: Iterable[Any]) -> list[Any]:
    return sorted(facts, key=lambda fact: fact.id)


def digest(text: str) -> str:
    """SHA-256 (hex) of the text that is signed."""
    return hashlib.sha256(text.encode()).hexdigest()


def open_approval(act: Act[MilestoneStanding]) -> None:
    """Effect of submitting: a new round with all its seats, those of the first step open."""
    definition_id, body = act.tx.execute(LATEST_DEFINITION, {"key": "milestone"}).one()
    places = seats_for(Definition.model_validate(body), act.standing)
    text = signed_facts(act.standing, act.details.text, reason_without(act.standing, act.details))
    values = {
        "task_id": act.standing.task.id, "milestone_id": act.subject_id, "purpose": "acceptance",
        "round": act.standing.round + 1, "state": ApprovalState.OPEN, "definition_id": definition_id,
        "digest": digest(text), "signed_facts": text, "opened_at": act.now, "opened_by": act.actor.person_id,
    }  # fmt: skip
    approval_id = act.make(Approval, **values)
    act.tx.execute(INSERT_SEAT, [_seat(place, approval_id, places[0].step, act) for place in places])
    act.created("approval", approval_id, "open", ApprovalState.OPEN, {"digest": values["digest"]})
    for place in places:
        if place.step == places[0].step:
            act.tell(to_sign(act, place.role, place.unit_id, approval_id))


def _seat(place: Place, approval_id: int, first: int, act: Act[Any]) -> dict[str, Any]:
    is_open = place.step == first
    return {
        **place.model_dump(), "approval_id": approval_id,
        "state": SeatState.OPEN if is_open else SeatState.WAITING, "opened_at": act.now if is_open else None,
    }  # fmt: skip


def to_sign(act: Act[Any], role: str, unit_id: int, approval_id: int) -> Telling:
    return Telling("to_sign", {"role": role, "unit_id": unit_id}, {**about(act), "approval_id": approval_id})


def about(act: Act[Any]) -> Mapping[str, Any]:
    """What every letter about a milestone names; of a share, or of an item behind one, the share's own words."""
    worked = getattr(act.standing, "worked", act.standing)
    standing = getattr(worked, "milestone", worked)
    facts = {
        "task_id": standing.task.id, "task_number": standing.task.number, "task_name": standing.task.name,
        "milestone_id": standing.id, "year": standing.year, "milestone": standing.text,
        "due_on": standing.due_on.isoformat(),
    }  # fmt: skip
    share = getattr(worked, "share", None)
    if share is None:
        return facts
    own = {"milestone": worked.text, "due_on": share.due_on.isoformat()}
    return facts | {"share_id": share.id, "unit": share.unit_name, **own}


def decide(act: Act[ApprovalStanding], verdict: str, opinion: str | None) -> Any:
    """Take the actor's seat: the decision over the digest that is signed. Returns the seat."""
    seat = seat_of(act.standing)
    if seat is None:
        raise NotReady(missing=[Missing("seat")])
    act.tx.execute(
        INSERT_DECISION,
        {
            "approval_id": act.subject_id, "seat_id": seat.id, "verdict": verdict, "opinion": opinion,
            "digest": act.standing.approval.digest, "decided_by": act.actor.person_id, "decided_at": act.now,
        },
    )  # fmt: skip
    state = SeatState.SIGNED if verdict == "approve" else SeatState.RETURNED
    mark(act, Seat, state, id=seat.id)
    return seat


def unchanged(standing: ApprovalStanding) -> Missing | None:
    """What is signed is still what was submitted."""
    milestone = standing.milestone
    now = digest(signed_facts(milestone, milestone.submission, milestone.without_shares))
    return None if now == standing.approval.digest else Missing("unchanged")


def lapse_beside(act: Act[ApprovalStanding], signed: SeatFact, seats: Iterable[SeatFact]) -> None:
    """Where one of several may sign, the others need not any more."""
    if any(s.step == signed.step and s.id != signed.id and s.state == SeatState.OPEN for s in seats):
        mark(act, Seat, SeatState.LAPSED, approval_id=act.subject_id, step=signed.step, state=SeatState.OPEN)


def sign(act: Act[ApprovalStanding]) -> Outcome:
    """Effect of approving: the seat is signed, and the next step opens when this one is through."""
    seat = decide(act, "approve", act.details.opinion if act.details else None)
    seats = act.standing.approval.seats
    outcome = after(seats, seat)
    if outcome is not Outcome.WAITS:
        lapse_beside(act, seat, seats)
    if outcome is Outcome.MOVES:
        step = min(s.step for s in seats if s.step > seat.step)
        mark(act, Seat, SeatState.OPEN, approval_id=act.subject_id, step=step)
        for following in seats:
            if following.step == step:
                act.tell(to_sign(act, following.role, following.unit_id, act.subject_id))
    return outcome
