"""Boxes: rows are in a person's box exactly when the rules over one approval say so, for random people and seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from models import (
    Absence,
    Approval,
    ApprovalDefinition,
    ApprovalParty,
    Decision,
    Grant,
    Milestone,
    Seat,
    SignerGroup,
    SignerGroupMember,
    Task,
)
from models.states import (
    ApprovalState,
    DueBasis,
    MilestoneState,
    Purpose,
    Role,
    SeatState,
    StepMode,
    TaskState,
    Verdict,
)
from tests.people import START, Cast, add, add_person, add_unit
from workflow import visibility
from workflow.adapters.calendars import read_calendar
from workflow.approvals.boxes import Box, Viewer, count_boxes, in_box, is_over, read_viewer
from workflow.approvals.days import limit_of
from workflow.approvals.rights import right_of
from workflow.bootstrap import Services
from workflow.facts import ApprovalStanding
from workflow.standings import load_approvals

TODAY = START.date()
CALENDAR = read_calendar()
ROLES = (Role.OWNER, Role.REVIEWER, Role.LEADER, Role.SUPERVISOR, Role.SIGNATORY, Role.AUDITOR)
DAYS = st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n))
PEOPLE = 5
UNITS = 6
PURPOSES = st.sampled_from((Purpose.ACCEPTANCE, Purpose.ACCEPTANCE, Purpose.ADJUSTMENT))
person, unit = st.integers(0, PEOPLE - 1), st.integers(0, UNITS - 1)
maybe = st.none() | person


@dataclass(frozen=True)
class SeatOf:
    role: Role | None
    unit: int | None
    person: int | None
    delegated_by: int | None
    state: SeatState
    opened_days_ago: int
    limit: int | None
    lost: int
    signed_by: int | None
    signed_for: int | None
    in_group: bool


@dataclass(frozen=True)
class World:
    """Who holds what, who is away, and what waits; people and units by their place."""

    grants: list[tuple[int, Role, int | None, date, date | None]]
    absences: list[tuple[int, int, date, date, bool]]
    approvals: list[tuple[int, int | None, ApprovalState, Purpose, list[SeatOf]]]
    parties: list[tuple[int, int, str]]
    members: set[int]
    """Of the one group of signers."""
    suspended: bool


def _seat_of(whose: tuple[Any, Any, Any], *more: Any) -> SeatOf:
    return SeatOf(*whose, *more)


def _seat() -> st.SearchStrategy[SeatOf]:
    named = st.builds(
        lambda role, unit, person: (role, unit, person),
        st.sampled_from(ROLES) | st.none(), unit | st.none(), maybe,
    ).filter(lambda s: s[2] is not None or (s[0] is not None and s[1] is not None))  # fmt: skip
    return st.builds(
        _seat_of,
        named, st.none() | st.none() | person, st.sampled_from(SeatState), st.integers(0, 12),
        st.none() | st.integers(1, 8), st.integers(0, 2), maybe, maybe, st.booleans(),
    )  # fmt: skip


SEATS = st.lists(_seat(), min_size=1, max_size=4)
WORLDS = st.builds(
    World,
    grants=st.lists(
        st.tuples(person, st.sampled_from(ROLES), unit | st.none(), DAYS, st.none() | DAYS).filter(
            lambda g: g[4] is None or g[4] >= g[3]
        ),
        min_size=3, max_size=10,
    ),
    absences=st.lists(
        st.tuples(person, person, DAYS, DAYS, st.booleans()).filter(lambda a: a[0] != a[1] and a[2] <= a[3]),
        max_size=4,
    ),
    approvals=st.lists(
        st.tuples(person, unit | st.none(), st.sampled_from(ApprovalState), PURPOSES, SEATS),
        min_size=1, max_size=4,
    ),
    parties=st.lists(
        st.tuples(st.integers(0, 3), person, st.sampled_from(("named", "copied", "mentioned", "substitute"))),
        unique=True, max_size=4,
    ),
    members=st.sets(person),
    suspended=st.booleans(),
)  # fmt: skip


@dataclass(frozen=True)
class Laid:
    people: list[int]
    approvals: list[int]


def lay(tx: Connection, cast: Cast, world: World) -> Laid:
    """The world as rows: the office with a department, the lead with one, and two other units."""
    parent = {"kind": "department"}
    office = add_unit(
        tx, "LB-1", "办公室一处", parent_id=cast.office, organ_id=cast.office, is_office=True, **parent
    )
    section = add_unit(tx, "JGJ-1", "机管局一处", parent_id=cast.lead, organ_id=cast.lead, **parent)
    units = [cast.office, office, cast.lead, section, cast.joint, cast.other]
    people = [add_person(tx, f"p{n}", f"人{n}") for n in range(PEOPLE)]
    for who, role, where, from_on, to_on in world.grants:
        unit_id = None if where is None else units[where]
        add(tx, Grant, person_id=people[who], role=role, unit_id=unit_id, from_on=from_on, to_on=to_on)
    for who, substitute, from_on, to_on, ended in world.absences:
        add(tx, Absence, person_id=people[who], substitute_id=people[substitute], from_on=from_on, to_on=to_on,
            ended_at=START if ended else None)  # fmt: skip
    if world.suspended:
        table: Any = Task.__table__
        suspended = {"state": TaskState.SUSPENDED, "suspended_on": TODAY}
        tx.execute(update(table).where(table.c.id == cast.task).values(**suspended))
    group = add(tx, SignerGroup, code="experts", name="专家组")
    for who in sorted(world.members):
        add(tx, SignerGroupMember, group_id=group, person_id=people[who], ordinal=who)
    approvals = [
        _approval(tx, cast, units, people, n, *told, group) for n, told in enumerate(world.approvals)
    ]
    for place, who, because in world.parties:
        if place < len(approvals):
            add(
                tx,
                ApprovalParty,
                approval_id=approvals[place],
                person_id=people[who],
                because=because,
                since_at=START,
            )
    return Laid([*people, cast.olga, cast.jun, cast.amira, cast.petra], approvals)


def _approval(
    tx: Connection, cast: Cast, units: list[int], people: list[int], n: int, opener: int, submitted_from: int | None,
    state: ApprovalState, purpose: Purpose, seats: list[SeatOf], group: int,
) -> int:  # fmt: skip
    milestone = add(
        tx, Milestone, task_id=cast.task, year=2030 + n, text="-", printed_text="-", state=MilestoneState.SUBMITTED,
        due_on=TODAY, due_basis=DueBasis.YEAR_END, due_rule="preceding",
    )  # fmt: skip
    definition = tx.execute(select(ApprovalDefinition.id).limit(1)).scalar_one()
    approval = add(
        tx, Approval, task_id=cast.task, milestone_id=milestone, subject_kind="milestone", subject_id=milestone,
        purpose=purpose, round=1, state=state, definition_id=definition, digest="0" * 64,
        signed_facts="{}", opened_at=START, opened_by=people[opener],
        opened_unit_id=None if submitted_from is None else units[submitted_from],
    )  # fmt: skip
    for step, seat in enumerate(seats, 1):
        _lay_seat(tx, units, people, approval, step, seat, group)
    return approval


def _lay_seat(
    tx: Connection, units: list[int], people: list[int], approval: int, step: int, seat: SeatOf, group: int
) -> None:
    ids = {
        "person_id": None if seat.person is None else people[seat.person],
        "delegated_by": None if seat.delegated_by is None else people[seat.delegated_by],
        "unit_id": None if seat.unit is None else units[seat.unit],
        "group_id": group if seat.in_group and seat.person is not None else None,
    }
    opened_at = START - timedelta(days=seat.opened_days_ago)
    made = add(
        tx, Seat, approval_id=approval, step=step, step_key=f"s{step}", mode=StepMode.ANY, role=seat.role, **ids,
        state=seat.state, opened_at=opened_at, limit_days=seat.limit, days_lost=seat.lost,
    )  # fmt: skip
    if seat.signed_by is not None and seat.state == SeatState.SIGNED:
        stead = None if seat.signed_for is None else people[seat.signed_for]
        add(tx, Decision, approval_id=approval, seat_id=made, verdict=Verdict.APPROVE, digest="0" * 64,
            decided_by=people[seat.signed_by], substitute_for=stead, decided_at=START)  # fmt: skip


def found(tx: Connection, person_id: int, *where: Any) -> set[int]:
    statement = visibility.approvals(Approval.id).where(*where)
    return set(tx.execute(statement, visibility.bound(person_id, START)).scalars())


def expected(standing: ApprovalStanding, box: Box) -> bool:
    """The box by the rules over one approval."""
    actor = standing.actor.person_id
    given = [seat for seat in standing.open_seats if seat.delegated_by is not None]
    match box:
        case Box.TO_SIGN:
            return right_of(standing) is not None
        case Box.SIGNED:
            return any(decision.decided_by == actor for decision in standing.decisions)
        case Box.OPENED:
            return bool(standing.approval.opened_by == actor)
        case Box.DELEGATED:
            return any(seat.person_id == actor for seat in given)
        case Box.DELEGATED_BY_ME:
            return any(seat.delegated_by == actor for seat in given)
    raise ValueError(box)


RULED = [box for box in Box if box is not Box.COPIED]


@settings(
    max_examples=15,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=WORLDS)
def test_an_approval_is_in_a_box_exactly_when_the_rules_say_so(
    services: Services, cast: Cast, world: World
) -> None:
    with services.transaction() as tx:
        nested = tx.begin_nested()
        laid = lay(tx, cast, world)
        for who in laid.people[:: 2 + world.suspended]:
            standings = load_approvals(tx, laid.approvals, who, START)
            seen = {id for id, standing in standings.items() if standing.seen}
            assert found(tx, who) == seen, (laid.people.index(who), found(tx, who), seen)
            viewer = read_viewer(tx, who, START)
            for box in RULED:
                mine = {id for id, standing in standings.items() if expected(standing, box)}
                assert box is Box.OPENED or mine <= seen, "what is in a box is seen"
                assert found(tx, who, in_box(viewer, box)) == mine & seen, box
            _counts_and_limits(tx, who, viewer)
        nested.rollback()


def _counts_and_limits(tx: Connection, who: int, viewer: Viewer) -> None:
    late = {row.approval_id for row in tx.execute(select(Seat.__table__)) if _is_late(tx, row)}
    assert found(tx, who, is_over(viewer)) == found(tx, who) & late
    counts = count_boxes(tx, viewer, START)
    for box in (Box.TO_SIGN, Box.OPENED, Box.COPIED):
        everything, over = found(tx, who, in_box(viewer, box)), found(tx, who, in_box(viewer, box, over=True))
        assert found(tx, who, in_box(viewer, box, over=False)) == everything - over
        assert counts[box] == (len(everything), len(over))
        assert over <= late


def _is_late(tx: Connection, seat: Any) -> bool:
    if seat.state != SeatState.OPEN or seat.limit_days is None:
        return False
    suspended = select(Task.suspended_on).join(Approval).where(Approval.id == seat.approval_id)
    suspended_on = tx.execute(suspended).scalar_one()
    return limit_of(CALENDAR, seat.opened_at, seat.limit_days + seat.days_lost, suspended_on, TODAY).over


@pytest.mark.parametrize("because", ["copied", "mentioned"])
def test_copies_and_mentions_are_in_the_box_of_copies(services: Services, cast: Cast, because: str) -> None:
    with services.transaction() as tx:
        seat = SeatOf(Role.OWNER, 2, None, None, SeatState.OPEN, 0, None, 0, None, None, in_group=False)
        parties = [(0, 1, because), (0, 2, "named")]
        asked = (0, None, ApprovalState.OPEN, Purpose.ACCEPTANCE, [seat])
        world = World([], [], [asked], parties, set(), suspended=False)
        laid = lay(tx, cast, world)
        boxes = [found(tx, who, in_box(read_viewer(tx, who, START), Box.COPIED)) for who in laid.people[:3]]
    assert boxes == [set(), set(laid.approvals), set()]
