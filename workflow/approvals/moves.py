"""Moves of signers that decide nothing yet: hand a seat on, ask others as well, take one off, urge, copy, comment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, insert, select, update

from models import ApprovalComment, Person, Seat
from models.states import ApprovalState, PersonState, Relation, SeatState
from workflow.actors import Actor
from workflow.acts import Act, mark
from workflow.approvals.letters import audience_of, enter_parties
from workflow.approvals.rights import fits, is_substitute, right_of, signs, signs_by_right
from workflow.approvals.route import OUT, UNDECIDED, Tree, with_state
from workflow.approvals.signatures import AtSeat, go_on, seat_open, taken
from workflow.errors import Missing, NotReady
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import Details, RowId, Simplify, Telling
from workflow.permissions import supervisor
from workflow.signing import about
from workflow.standings.columns import actor

A = Act[ApprovalStanding]
SEATS: Any = Seat.__table__
COMMENTS: Any = ApprovalComment.__table__
MOST_PEOPLE = 50


# What moves take


class ToPerson(AtSeat):
    """To whom a seat goes."""

    person_id: RowId = Field(examples=[7])


class Signers(AtSeat):
    """Who signs as well, and when: before, beside or after one's own signature."""

    people: list[RowId] = Field(min_length=1, max_length=MOST_PEOPLE, examples=[[7]])
    place: Relation = Field(examples=["before"])


class OneSeat(Details):
    seat_id: RowId = Field(examples=[3])


class GivenBack(AtSeat):
    """What the delegate found."""

    opinion: str = Field(min_length=1, max_length=2000, examples=["数据核对无误，建议同意。"])


class Copies(Details):
    people: list[RowId] = Field(min_length=1, max_length=MOST_PEOPLE, examples=[[7]])


class Comment(Details):
    """What is said without deciding; who is mentioned is told, and sees the approval."""

    text: str = Field(min_length=1, max_length=5000, examples=["请核对第三季度数据。"])
    mentions: list[RowId] = Field(default_factory=list, max_length=MOST_PEOPLE, examples=[[7]])


# Whom they name


def read_people(
    tx: Connection, standing: ApprovalStanding, details: Any, simplify: Simplify, now: datetime
) -> ApprovalStanding:
    """The people named, each with what they hold today."""
    ids = named_in(details)
    here = select(Person.id).where(Person.id.in_(ids), Person.state != PersonState.DEPARTED)
    found = sorted(tx.execute(here).scalars()) if ids else []
    return replace(standing, others=tuple(actor(tx, person, now) for person in found))


def named_in(details: Any) -> list[int]:
    if isinstance(details, ToPerson):
        return [details.person_id]
    return list(details.mentions if isinstance(details, Comment) else details.people)


def known_people(standing: ApprovalStanding, details: Any, now: datetime) -> Iterable[Missing]:
    """Everybody named is a person who is still there, and named once."""
    known = {other.person_id for other in standing.others}
    ids = named_in(details)
    for place, person in enumerate(ids):
        if person not in known or person in ids[:place]:
            yield Missing("known_person", {"field": _field(details, place), "person_id": person})


def _field(details: Any, place: int) -> str:
    if isinstance(details, ToPerson):
        return "person_id"
    return f"{'mentions' if isinstance(details, Comment) else 'people'}.{place}"


# Who may, and what is needed


def oversees(standing: ApprovalStanding) -> bool:
    """A supervisor of the office, other than who submitted, and not of the submitting department."""
    submitted_from = standing.approval.opened_unit_id
    own = submitted_from is not None and any(g.unit_id == submitted_from for g in standing.actor.grants)
    return supervisor(standing) and not own and standing.actor.person_id != standing.approval.opened_by


def signs_or_oversees(standing: ApprovalStanding) -> bool:
    return signs(standing) or oversees(standing)


def opened_or_oversees(standing: ApprovalStanding) -> bool:
    return standing.actor.person_id == standing.approval.opened_by or oversees(standing)


def takes_part(standing: ApprovalStanding) -> bool:
    """Who submitted, signs, oversees or was asked; auditors read and change nothing."""
    return opened_or_oversees(standing) or signs(standing) or standing.is_party or has_delegated(standing)


def may_remove(standing: ApprovalStanding) -> bool:
    """Who added a signer takes them off again; a supervisor takes off anyone."""
    return oversees(standing) or any(_has_added(standing, seat) for seat in standing.approval.seats)


def _has_added(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """Whether the actor added a signer to a seat that could be theirs still, or theirs in whose stead they sign: rights
    are those of today."""
    on = next((each for each in standing.approval.seats if each.id == seat.added_to), None)
    if on is None or standing.actor.is_system or seat.added_by != standing.actor.person_id:
        return False
    return any(fits(standing, who, on) for who in (standing.actor, *standing.stand_ins))


def has_seat_to_return(standing: ApprovalStanding) -> bool:
    """To whom a seat was delegated 委派."""
    return bool(_delegated_to(standing))


def has_delegated(standing: ApprovalStanding) -> bool:
    return bool(_delegated_by(standing))


def _delegated_to(standing: ApprovalStanding) -> list[SeatFact]:
    mine = standing.actor.person_id
    return [s for s in standing.open_seats if s.delegated_by is not None and s.person_id == mine]


def _delegated_by(standing: ApprovalStanding) -> list[SeatFact]:
    """What the actor delegated, or those in whose stead they sign."""
    whose = {standing.actor.person_id, *(absent.person_id for absent in standing.stand_ins)} - {None}
    return [seat for seat in standing.open_seats if seat.delegated_by in whose]


def absent_delegator(act: A) -> int | None:
    """In whose stead a seat is taken back."""
    delegator = _named(act, _delegated_by(act.standing)).delegated_by
    return None if delegator == act.actor.person_id else delegator


def a_seat_to_move(standing: ApprovalStanding) -> Missing | None:
    """A seat of one's own is open, or one oversees and names any."""
    return None if oversees(standing) else seat_open(standing)


def moved_seat(standing: ApprovalStanding, details: AtSeat) -> SeatFact | None:
    """The actor's own open seat; for who oversees, any that is open or waits."""
    own = right_of(standing, details.seat_id)
    if own is not None or not oversees(standing):
        return own.seat if own else None
    return next((s for s in undecided(standing) if s.id == details.seat_id), None)


def undecided(standing: ApprovalStanding) -> list[SeatFact]:
    if standing.approval.state != ApprovalState.OPEN:
        return []
    return [seat for seat in standing.approval.seats if seat.state in UNDECIDED]


def receivable(standing: ApprovalStanding, details: ToPerson, now: datetime) -> Iterable[Missing]:
    """The seat is there to be moved, and could be the receiver's: of the seat's unit, not who submitted, and without
    another seat in the step."""
    seat = moved_seat(standing, details)
    if seat is None:
        yield Missing("own_seat", {"field": "seat_id", "seat_id": details.seat_id})
        return
    for other in standing.others:
        yield from receives(standing, seat, other)


def receives(
    standing: ApprovalStanding, seat: SeatFact, other: Actor, mover: int | None = None
) -> Iterable[Missing]:
    """`mover`: who moves it, where the system does so on their word. Nobody takes a seat that is not theirs to sign."""
    about_them = {"field": "person_id", "person_id": other.person_id}
    if other.person_id == standing.approval.opened_by:
        yield Missing("not_the_submitter", about_them)
    elif not fits(standing, other, seat):
        yield Missing("fits_seat", about_them)
    elif sits_in(standing, seat.step, other.person_id, but=seat.id):
        yield Missing("seated_once", about_them)
    elif other.person_id == standing.actor.person_id and is_substitute(standing, seat):
        yield Missing("not_to_the_substitute", about_them)
    elif other.person_id == (mover or standing.actor.person_id) and not signs_by_right(standing, other, seat):
        yield Missing("not_to_oneself", about_them)


def sits_in(standing: ApprovalStanding, step: int, person_id: int | None, *, but: int | None = None) -> bool:
    """Whether somebody has a seat of their own in a step, or one that comes back to them 委派 (`but` that one)."""
    seats = [seat for seat in standing.approval.seats if seat.step == step and seat.state not in OUT]
    comes_back = any(seat.delegated_by == person_id for seat in seats if seat.id != but)
    return comes_back or any(seat.person_id == person_id for seat in seats)


def addable(standing: ApprovalStanding, details: Signers, now: datetime) -> Iterable[Missing]:
    """Who is added did not submit, serves somewhere, and has no seat of their own in the step."""
    right = right_of(standing, details.seat_id)
    if right is None:
        yield Missing("own_seat", {"field": "seat_id", "seat_id": details.seat_id})
        return
    for place, other in enumerate(standing.others):
        about_them = {"field": f"people.{place}", "person_id": other.person_id}
        if other.person_id == standing.approval.opened_by:
            yield Missing("not_the_submitter", about_them)
        elif not other.grants:
            yield Missing("fits_seat", about_them)
        elif (
            sits_in(standing, right.seat.step, other.person_id) or other.person_id == standing.actor.person_id
        ):
            yield Missing("seated_once", about_them)


def removable(standing: ApprovalStanding, details: OneSeat, now: datetime) -> Iterable[Missing]:
    """An undecided seat that one may take off, not the last of its step nor one that a vote needs."""
    seat = next((s for s in undecided(standing) if s.id == details.seat_id), None)
    about_it = {"field": "seat_id", "seat_id": details.seat_id}
    if seat is None or not (oversees(standing) or _has_added(standing, seat)):
        yield Missing("own_seat", about_it)
    elif seat.added_to is None and not _others_sign(standing, seat):
        yield Missing("last_signer", about_it)
    elif _loses_vote(standing, seat):
        yield Missing("vote_winnable", about_it)


def _others_sign(standing: ApprovalStanding, seat: SeatFact) -> bool:
    base = (s for s in standing.approval.seats if s.step == seat.step and s.added_to is None)
    return any(s.id != seat.id and s.state not in OUT for s in base)


def _loses_vote(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """Without its voter a vote would be lost that nobody voted on so: such an approval is returned, not run dry."""
    left = [
        s for s in standing.approval.seats if s.step == seat.step and s.state not in OUT and s.id != seat.id
    ]
    return Tree(left).is_lost


# What follows


def transfer_seat(act: A) -> None:
    """Effect 转办: the seat is the receiver's alone; who had it is out of it."""
    _hand(act, _moved(act), act.details.person_id, None, "seat_transferred", in_group=False)


def delegate_seat(act: A) -> None:
    """Effect 委派: the seat goes to the receiver and comes back with what they found; to the absent, where their
    substitute delegates it: an absence may be over by then."""
    right = taken(act)
    delegator = right.substitute_for or act.actor.person_id
    _hand(act, right.seat, act.details.person_id, delegator, "seat_delegated")


def give_back(act: A) -> None:
    """Effect: the delegate's opinion is recorded, and the seat is its holder's again."""
    seat = _named(act, _delegated_to(act.standing))
    _comment(act, act.details.opinion, [])
    _hand(act, seat, int(seat.delegated_by or 0), None, "seat_given_back")


def take_back(act: A) -> None:
    seat = _named(act, _delegated_by(act.standing))
    if seat.person_id is not None:
        act.tell(Telling("seat_taken_back", {"person_id": seat.person_id}, _facts(act)))
    _hand(act, seat, int(seat.delegated_by or 0), None, None)


def _moved(act: A) -> SeatFact:
    seat = moved_seat(act.standing, act.details)
    if seat is None:
        raise NotReady(kind="approval", action=act.action.name, missing=[Missing("seat_open")])
    return seat


def _named(act: A, seats: Sequence[SeatFact]) -> SeatFact:
    wanted = act.details.seat_id if act.details else None
    found = next((seat for seat in seats if wanted in (None, seat.id)), None)
    if found is None:
        raise NotReady(kind="approval", action=act.action.name, missing=[Missing("seat_open")])
    return found


def _hand(
    act: A, seat: SeatFact, to: int, delegated_by: int | None, topic: str | None, *, in_group: bool = True
) -> None:
    """`in_group`: whether it stays one that its holder has as a member of their group."""
    holder = {"person_id": to, "delegated_by": delegated_by, "group_id": seat.group_id if in_group else None}
    act.tx.execute(update(SEATS).where(SEATS.c.id == seat.id).values(holder))
    held = [each for each in (to, seat.person_id, act.actor.person_id) if each is not None]
    enter_parties(act, act.subject_id, held, "named")
    if topic is not None:
        act.tell(Telling(topic, {"person_id": to}, _facts(act)))


def _facts(act: A) -> dict[str, Any]:
    return {**about(act), "approval_id": act.subject_id, "reason": act.reason}


def add_signers(act: A) -> None:
    """Effect 加签: seats next to the signer's own; before it, it waits until they have signed."""
    seat, place = taken(act).seat, act.details.place
    seats = act.standing.approval.seats
    if place is Relation.BEFORE:
        mark(act, Seat, SeatState.WAITING, id=seat.id)
        seats = with_state(seats, [seat.id], SeatState.WAITING)
    added = tuple(_add(act, seat, place, person) for person in act.details.people)
    enter_parties(act, act.subject_id, act.details.people, "named")
    go_on(act, (*seats, *added))


def _add(act: A, seat: SeatFact, place: Relation, person_id: int) -> SeatFact:
    own: dict[str, Any] = {
        "step": seat.step, "step_key": seat.step_key, "mode": seat.mode, "turn": seat.turn, "quorum": seat.quorum,
        "person_id": person_id, "added_to": seat.id, "relation": place, "added_by": act.actor.person_id,
        "state": SeatState.WAITING,
    }  # fmt: skip
    seat_id = act.make(Seat, approval_id=act.subject_id, **own)
    return SeatFact(id=seat_id, role=None, unit_id=None, **own)


def remove_signer(act: A) -> None:
    """Effect 减签: the seat, and those that hang on it, are signed by nobody any more."""
    gone = _with_hanging(act.standing.approval.seats, act.details.seat_id)
    mark(act, Seat, SeatState.REMOVED, Seat.id.in_([seat.id for seat in gone]))
    for seat in gone:
        if seat.state == SeatState.OPEN:
            act.tell(Telling("seat_removed", audience_of(seat), _facts(act)))
    go_on(act, with_state(act.standing.approval.seats, [seat.id for seat in gone], SeatState.REMOVED))


def _with_hanging(seats: Sequence[SeatFact], seat_id: int) -> list[SeatFact]:
    """The seat, and of all that hangs on it, near or far, what is undecided."""
    tree = [seat for seat in seats if seat.id == seat_id]
    for seat in tree:
        tree += [each for each in seats if each.added_to == seat.id]
    return [seat for seat in tree if seat.state in UNDECIDED]


def copy_to(act: A) -> None:
    """Effect 抄送: they see it from now on."""
    enter_parties(act, act.subject_id, act.details.people, "copied")
    for person in act.details.people:
        act.tell(Telling("copied", {"person_id": person}, _facts(act)))


def comment(act: A) -> None:
    """Effect: the words are kept; who is mentioned is told."""
    _comment(act, act.details.text, act.details.mentions)
    enter_parties(act, act.subject_id, act.details.mentions, "mentioned")
    for person in act.details.mentions:
        act.tell(Telling("mentioned", {"person_id": person}, {**_facts(act), "text": act.details.text}))


def _comment(act: A, text: str, mentions: Sequence[int]) -> None:
    said = {"text": text, "mentions": list(mentions), "said_by": act.actor.person_id, "said_at": act.now}
    act.tx.execute(insert(COMMENTS), {"approval_id": act.subject_id, **said})
