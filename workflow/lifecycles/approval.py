"""Approval 审批: one round of signatures over one submission. Moves keep it open; its route says where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import Field
from sqlalchemy import and_, select

from models import Approval, Seat
from models.states import ApprovalState as A
from models.states import SeatState
from workflow.acts import Act, facts, mark
from workflow.approvals.carryover import CarriedOver
from workflow.approvals.handing_over import HandedSeat, hand_seat_over, handed, read_receiver
from workflow.approvals.letters import audience_of, difference
from workflow.approvals.limits import MetLimit, meet_limit
from workflow.approvals.moves import (
    Comment,
    Copies,
    GivenBack,
    OneSeat,
    Signers,
    ToPerson,
    a_seat_to_move,
    absent_delegator,
    add_signers,
    addable,
    comment,
    copy_to,
    delegate_seat,
    give_back,
    has_delegated,
    has_seat_to_return,
    known_people,
    may_remove,
    opened_or_oversees,
    read_people,
    receivable,
    removable,
    remove_signer,
    signs_or_oversees,
    take_back,
    takes_part,
    transfer_seat,
)
from workflow.approvals.returning import (
    Returning,
    ReturningToStep,
    resumable,
    return_seat,
    return_to_step,
    returnable,
    returned_columns,
    with_definition,
)
from workflow.approvals.rights import signs, signs_by_vote
from workflow.approvals.route import UNDECIDED
from workflow.approvals.signatures import (
    AtSeat,
    absent_of,
    carry_over,
    oppose,
    own_seat,
    seat_open,
    sign,
    subject_fits,
    unchanged,
)
from workflow.approvals.subjects import DECIDED
from workflow.approvals.urging import last_working_day, not_urged_today, urge_signers
from workflow.facts import ApprovalStanding
from workflow.law import LAWS, Action, Lifecycle, Reason, Telling, system
from workflow.marking import MARKS, PointMark, mark_points, marks_given
from workflow.needs import definitions_settled, seat_votes, settled_for_seat
from workflow.signing import about
from workflow.standings import load_approvals

S = ApprovalStanding
EVER = tuple(A)


class Opinion(AtSeat):
    """What a signer writes beside the signature (审核意见)."""

    opinion: str | None = Field(default=None, max_length=2000, examples=["材料齐全，同意。"])
    marks: list[PointMark] = MARKS


def closed(act: Act[S]) -> dict[str, Any]:
    return {"closed_at": act.now}


def lapse_seats(act: Act[S]) -> None:
    """Seats that nobody need sign any more: they leave the inboxes."""
    if any(seat.state in UNDECIDED for seat in act.standing.approval.seats):
        mark(act, Seat, SeatState.LAPSED, and_(Seat.approval_id == act.subject_id, Seat.state.in_(UNDECIDED)))


def grant_subject(act: Act[S]) -> None:
    _follow(act, DECIDED[act.standing.approval.purpose].granted)


def refuse_subject(act: Act[S]) -> None:
    _follow(act, DECIDED[act.standing.approval.purpose].refused)


def _follow(act: Act[S], action: str) -> None:
    approval = act.standing.approval
    act.follow(approval.subject_kind, approval.subject_id, action, act.standing.subject, reason=act.reason)


def the_opener(topic: str) -> Callable[[Act[S]], Iterator[Telling]]:
    """Who submitted a milestone; of anything else, its own law tells who asked."""

    def tell(act: Act[S]) -> Iterator[Telling]:
        if act.standing.milestone is not None:
            yield Telling(topic, {"person_id": act.standing.approval.opened_by}, _facts(act))

    return tell


def signers(topic: str, *states: SeatState) -> Callable[[Act[S]], Iterator[Telling]]:
    """Who has signed, or was asked to, and what changed since: their signature is void with the approval."""

    def tell(act: Act[S]) -> Iterator[Telling]:
        changed = {**_facts(act), "changed": _changed(act)}
        seats = [seat for seat in act.standing.approval.seats if seat.state in states]
        for audience in {json.dumps(audience_of(seat), sort_keys=True) for seat in seats}:
            yield Telling(topic, json.loads(audience), changed)

    return tell


def _changed(act: Act[S]) -> list[str]:
    """What of the signed facts is another now: the subject is read again, as the change has left it."""
    approval = act.standing.approval
    signed = act.tx.execute(select(Approval.signed_facts).where(Approval.id == act.subject_id)).scalar_one()
    now = facts(act.tx, LAWS[approval.subject_kind], approval.subject_id, None, act.now)
    return difference(signed, DECIDED[approval.purpose].facts(now))


def _facts(act: Act[S]) -> dict[str, Any]:
    return {**about(act), "approval_id": act.subject_id, "reason": act.reason}


APPROVAL = Lifecycle(
    "approval",
    table=Approval,
    states=A,
    root=("task", "task_id"),
    load=load_approvals,
    actions=[
        Action("approve", A.OPEN, may=signs, takes=Opinion,
               needs=[seat_open, unchanged, subject_fits, definitions_settled],
               checks=[own_seat, settled_for_seat, marks_given], in_stead=absent_of, then=[mark_points, sign]),
        Action("oppose", A.OPEN, may=signs_by_vote, takes=AtSeat, needs=[seat_open, unchanged],
               checks=[own_seat, seat_votes], reason=Reason.REQUIRED, in_stead=absent_of, then=[oppose]),
        Action("return", A.OPEN, to=A.RETURNED, may=signs, takes=Returning, needs=[seat_open], reads=with_definition,
               checks=[own_seat, resumable], reason=Reason.REQUIRED, sets=returned_columns,
               in_stead=absent_of, then=[return_seat, refuse_subject, lapse_seats], tells=[the_opener("returned")]),
        Action("return_to_step", A.OPEN, may=signs, takes=ReturningToStep, needs=[seat_open], reads=with_definition,
               checks=[own_seat, resumable, returnable], reason=Reason.REQUIRED, in_stead=absent_of,
               then=[return_to_step]),
        Action("transfer", A.OPEN, may=signs_or_oversees, takes=ToPerson, needs=[a_seat_to_move], reads=read_people,
               checks=[known_people, receivable], reason=Reason.REQUIRED, in_stead=absent_of, then=[transfer_seat]),
        Action("delegate", A.OPEN, may=signs, takes=ToPerson, needs=[seat_open], reads=read_people,
               checks=[own_seat, known_people, receivable], in_stead=absent_of, then=[delegate_seat]),
        Action("give_back", A.OPEN, may=has_seat_to_return, takes=GivenBack, then=[give_back]),
        Action("take_back", A.OPEN, may=has_delegated, takes=AtSeat, in_stead=absent_delegator, then=[take_back]),
        Action("add_signers", A.OPEN, may=signs, takes=Signers, needs=[seat_open], reads=read_people,
               checks=[own_seat, known_people, addable], in_stead=absent_of, then=[add_signers]),
        Action("remove_signer", A.OPEN, may=may_remove, takes=OneSeat, checks=[removable], reason=Reason.REQUIRED,
               then=[remove_signer]),
        Action("urge", A.OPEN, may=opened_or_oversees, takes=AtSeat, reads=last_working_day, checks=[not_urged_today],
               then=[urge_signers]),
        Action("copy", EVER, may=takes_part, takes=Copies, reads=read_people, checks=[known_people], then=[copy_to]),
        Action("comment", EVER, may=takes_part, takes=Comment, reads=read_people, checks=[known_people],
               then=[comment]),
        Action("hand_over", A.OPEN, may=system, takes=HandedSeat, reads=read_receiver, checks=[handed],
               reason=Reason.REQUIRED, then=[hand_seat_over], own_route=True),
        Action("meet_limit", A.OPEN, may=system, takes=MetLimit, then=[meet_limit], own_route=True),
        Action("carry_over", A.OPEN, may=system, takes=CarriedOver, then=[carry_over], own_route=True),
        Action("conclude", A.OPEN, to=A.APPROVED, may=system, sets=closed, then=[lapse_seats, grant_subject]),
        Action("lose", A.OPEN, to=A.RETURNED, may=system, sets=closed, then=[refuse_subject, lapse_seats],
               tells=[the_opener("returned")]),
        Action("withdraw", A.OPEN, to=A.WITHDRAWN, may=system, sets=closed, then=[lapse_seats],
               tells=[signers("approval_withdrawn", SeatState.OPEN)]),
        Action("void", A.OPEN, to=A.VOIDED, may=system, reason=Reason.REQUIRED, sets=closed, then=[lapse_seats],
               tells=[signers("approval_voided", SeatState.OPEN, SeatState.SIGNED)]),
    ],
)  # fmt: skip
