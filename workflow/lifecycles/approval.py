"""Approval 审批: one round of signatures over one submission."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pydantic import Field
from sqlalchemy import and_

from models import Approval, Seat
from models.states import ApprovalState as A
from models.states import SeatState
from workflow.acts import Act, mark
from workflow.facts import ApprovalStanding
from workflow.law import Action, Details, Lifecycle, Reason, Telling, system
from workflow.marking import MARKS, PointMark, mark_points, marks_given
from workflow.needs import definitions_settled
from workflow.permissions import seat_of, signs
from workflow.route import Outcome
from workflow.signing import about, decide, sign, unchanged
from workflow.standings import load_approvals


class Opinion(Details):
    """What a signer writes beside the signature (审核意见)."""

    opinion: str | None = Field(default=None, max_length=2000, examples=["材料齐全，同意。"])
    marks: list[PointMark] = MARKS


def sign_and_conclude(act: Act[ApprovalStanding]) -> None:
    mark_points(act)
    if sign(act) is Outcome.THROUGH:
        act.follow("approval", act.subject_id, "conclude", _signed(act))


def _signed(act: Act[ApprovalStanding]) -> ApprovalStanding:
    """The standing after the signature: the seat is signed, and the version has moved by one."""
    approval, mine = act.standing.approval, seat_of(act.standing)
    seats = tuple(replace(s, state=SeatState.SIGNED) if s == mine else s for s in approval.seats)
    return replace(act.standing, approval=replace(approval, version=approval.version + 1, seats=seats))


def lapse_seats(act: Act[ApprovalStanding]) -> None:
    """Seats that nobody need sign any more: they leave the inboxes."""
    unsigned = (SeatState.WAITING, SeatState.OPEN)
    if any(seat.state in unsigned for seat in act.standing.approval.seats):
        mark(act, Seat, SeatState.LAPSED, and_(Seat.approval_id == act.subject_id, Seat.state.in_(unsigned)))


def accept_milestone(act: Act[ApprovalStanding]) -> None:
    act.follow("milestone", act.standing.milestone.id, "accept", act.standing.milestone)


def return_milestone(act: Act[ApprovalStanding]) -> None:
    decide(act, "return", act.reason)
    act.follow(
        "milestone", act.standing.milestone.id, "return_for_rework", act.standing.milestone, reason=act.reason
    )


def the_opener(topic: str) -> Callable[[Act[ApprovalStanding]], Iterator[Telling]]:
    def tell(act: Act[ApprovalStanding]) -> Iterator[Telling]:
        yield Telling(
            topic, {"person_id": act.standing.approval.opened_by}, {**about(act), "reason": act.reason}
        )

    return tell


APPROVAL = Lifecycle(
    "approval",
    table=Approval,
    states=A,
    root=("task", "task_id"),
    load=load_approvals,
    actions=[
        Action("approve", A.OPEN, may=signs, takes=Opinion, needs=[unchanged, definitions_settled],
               checks=[marks_given], then=[sign_and_conclude]),
        Action("return", A.OPEN, to=A.RETURNED, may=signs, reason=Reason.REQUIRED,
               sets=lambda act: {"closed_at": act.now}, then=[return_milestone, lapse_seats],
               tells=[the_opener("returned")]),
        Action("conclude", A.OPEN, to=A.APPROVED, may=system, sets=lambda act: {"closed_at": act.now},
               then=[lapse_seats, accept_milestone]),
        Action("withdraw", A.OPEN, to=A.WITHDRAWN, may=system, sets=lambda act: {"closed_at": act.now},
               then=[lapse_seats]),
        Action("void", A.OPEN, to=A.VOIDED, may=system, reason=Reason.REQUIRED,
               sets=lambda act: {"closed_at": act.now}, then=[lapse_seats]),
    ],
)  # fmt: skip
