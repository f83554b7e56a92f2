"""What may be seen: the rule over rows and the rule over a standing agree, for everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

import workflow.lifecycles  # noqa: F401
from models import (
    Approval,
    Attestation,
    Card,
    Criteria,
    Evidence,
    Extension,
    Grant,
    Instruction,
    NamedEvent,
    Notice,
    Part,
    Problem,
    Report,
    Share,
    Waiver,
    Webhook,
)
from models.states import (
    AttestationState,
    CardColour,
    CardState,
    CriteriaState,
    EventState,
    InstructionState,
    NoticeKind,
    NoticeState,
    PartRole,
    PartState,
    ProblemState,
    ReportState,
    RequestState,
    Role,
    ShareState,
    WebhookState,
)
from tests.people import START, Cast, add, add_person, add_unit, do, round_of, submit
from tests.workflow.lifecycles import situations as a
from workflow import visibility
from workflow.approvals.boxes import Box, in_box, read_viewer
from workflow.approvals.rights import right_of
from workflow.bootstrap import Services
from workflow.law import LAWS
from workflow.standings import actor, load_approvals

PEOPLE = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
TODAY = START.date()


def others(tx: Connection, cast: Cast) -> dict[str, int]:
    """People at the edges of the rule."""
    department = add_unit(
        tx, "JGJ-1", "市机管局一处", kind="department", parent_id=cast.lead, organ_id=cast.lead
    )
    district, other_district = (
        add_unit(tx, code, name, is_district=True)
        for code, name in (("QP", "青浦区机管局"), ("CM", "崇明区机管局"))
    )
    for ordinal, (unit, role) in enumerate(
        ((district, PartRole.CONTRIBUTOR), (other_district, PartRole.INFORMED)), 3
    ):
        add(tx, Part, task_id=cast.task, unit_id=unit, role=role, ordinal=ordinal, state=PartState.ASSIGNED)
    past = add_person(tx, "past", "前任")
    later = add_person(tx, "later", "后任")
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    add(tx, Grant, person_id=past, role=Role.OWNER, unit_id=cast.lead, from_on=yesterday, to_on=yesterday)
    add(tx, Grant, person_id=later, role=Role.SUPERVISOR, unit_id=cast.office, from_on=tomorrow)
    return {
        "past": past, "later": later,
        "last_day": _last_day(tx, cast),
        "in_department": add_person(tx, "dept", "处员", (Role.OWNER, department)),
        "district": add_person(tx, "qingpu", "青浦", (Role.OWNER, district)),
        "other_district": add_person(tx, "chongming", "崇明", (Role.REVIEWER, other_district)),
        "everywhere": add_person(tx, "super", "总督", (Role.SUPERVISOR, None)),
        "admin": add_person(tx, "admin", "管理", (Role.ADMIN, None)),
        "office_leader": add_person(tx, "chief", "主任", (Role.LEADER, cast.office)),
        "office_owner": add_person(tx, "clerk", "职员", (Role.OWNER, cast.office)),
        "without": add_person(tx, "none", "无岗"),
    }  # fmt: skip


def _last_day(tx: Connection, cast: Cast) -> int:
    person = add_person(tx, "last", "末日")
    add(tx, Grant, person_id=person, role=Role.OWNER, unit_id=cast.joint, from_on=TODAY, to_on=TODAY)
    return person


def everybody(tx: Connection, cast: Cast) -> dict[str, int]:
    return {name: getattr(cast, name) for name in PEOPLE} | others(tx, cast)


def hang(tx: Connection, cast: Cast) -> None:
    """One of everything on the task; an event of the plan."""
    of_milestone = {"task_id": cast.task, "milestone_id": cast.milestone}
    add(tx, Criteria, **of_milestone, state=CriteriaState.DRAFTED, drafted_at=START, drafted_by=cast.olga)
    add(
        tx, Attestation, **of_milestone, indicator_id=cast.indicator, unit_id=cast.lead, from_on=TODAY, upto_on=TODAY,
        due_on=TODAY, state=AttestationState.DUE,
    )  # fmt: skip
    add(
        tx, Instruction, task_id=cast.task, unit_id=cast.lead, text="请报送计划。", due_on=TODAY,
        state=InstructionState.ISSUED, issued_at=START, issued_by=cast.sven,
    )  # fmt: skip
    add(
        tx,
        Webhook,
        name="市大数据中心",
        url="https://x.example/",
        topics=[],
        state=WebhookState.ACTIVE,
        salt="s",
    )
    add(tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2022, state=EventState.PENDING, ask_on=TODAY)
    report = add(
        tx, Report, task_id=cast.task, unit_id=cast.lead, from_on=TODAY, upto_on=TODAY, due_on=TODAY,
        state=ReportState.DUE,
    )  # fmt: skip
    add(
        tx, Problem, task_id=cast.task, report_id=report, unit_id=cast.lead, text="请协调。",
        state=ProblemState.RAISED, raised_at=START, raised_by=cast.olga,
    )  # fmt: skip
    _notice(tx, cast, cast.lead, _card(tx, cast, cast.lead, None))
    asked = {"state": RequestState.REFUSED, "reason": "-", "requested_at": START, "requested_by": cast.olga}
    add(tx, Extension, **of_milestone, **asked, from_on=TODAY, due_on=TODAY + timedelta(days=1), progress="-")
    add(tx, Waiver, **of_milestone, **asked)


def hang_on_shares(tx: Connection, cast: Cast) -> int:
    """A card and its notice on another unit's share, and on its department's part of that: who is in the department."""
    department = add_unit(
        tx, "SWJ-1", "市水务局一处", kind="department", parent_id=cast.other, organ_id=cast.other
    )
    share = _share(tx, cast, cast.other)
    for unit, late in ((cast.other, share), (department, _share(tx, cast, department, share))):
        _notice(tx, cast, unit, _card(tx, cast, unit, late))
    return add_person(tx, "sub", "水务处员", (Role.OWNER, department))


def _card(tx: Connection, cast: Cast, unit: int, share: int | None) -> int:
    return add(
        tx, Card, task_id=cast.task, milestone_id=cast.milestone, unit_id=unit, share_id=share, rung="late",
        colour=CardColour.RED, episode=1, earned_on=TODAY, state=CardState.RAISED, working={}, raised_at=START,
    )  # fmt: skip


def _share(tx: Connection, cast: Cast, unit: int, parent: int | None = None) -> int:
    return add(
        tx, Share, task_id=cast.task, milestone_id=cast.milestone, unit_id=unit, parent_id=parent, text="20家",
        due_on=TODAY, state=ShareState.ISSUED, issued_at=START,
    )  # fmt: skip


def _notice(tx: Connection, cast: Cast, unit: int, card: int) -> None:
    add(
        tx, Notice, task_id=cast.task, milestone_id=cast.milestone, card_id=card, unit_id=unit,
        kind=NoticeKind.RED_CARD, state=NoticeState.DRAFTED, reply_on=TODAY, drafted_at=START,
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(visibility.SELECTS))
def test_a_row_is_listed_exactly_when_its_standing_is_seen(services: Services, cast: Cast, kind: str) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        hang(tx, cast)
        people = everybody(tx, cast)
        people["in_sub_unit"] = hang_on_shares(tx, cast)
        table: Any = LAWS[kind].table
        ids = list(tx.execute(select(table.c.id)).scalars())
        for name, person in people.items():
            bound = visibility.bound(person, START)
            listed = set(tx.execute(visibility.SELECTS[kind](table.c.id), bound).scalars())
            standings = LAWS[kind].load(tx, ids, person, START)
            assert listed == {id for id, standing in standings.items() if standing.seen}, name


def test_the_inbox_holds_exactly_what_the_person_may_sign(services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        people = everybody(tx, cast)
    told = [_inboxes(services, people, approval)]
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
        told.append(_inboxes(services, people, approval))
    assert told == [["rashid"], ["jun"], ["amira", "office_leader"]]


def _inboxes(services: Services, people: dict[str, int], approval: int) -> list[str]:
    """Who finds the approval in the inbox; the same people whose seat it is."""
    with services.reading() as tx:
        boxes = {name for name, person in people.items() if _inbox(tx, person)}
        signers = {
            name
            for name, person in people.items()
            if right_of(load_approvals(tx, [approval], person, START)[approval])
        }
    assert boxes == signers
    return sorted(boxes)


def test_an_adjustment_waits_for_whoever_signs_for_the_office(services: Services, cast: Cast) -> None:
    """A signatory as well; nobody of the lead, whose owner proposed it, and never the proposer."""
    adjustment = a.propose(
        services, cast, "retarget", {"quantity": "280"}, cast.olga, indicator_id=cast.indicator
    )
    with services.transaction() as tx:
        people = everybody(tx, cast)
        add(tx, Grant, person_id=cast.olga, role=Role.SIGNATORY, unit_id=cast.office, from_on=TODAY)
    found = _inboxes(services, people, round_of(services, "adjustment", adjustment))
    assert found == ["amira", "office_leader", "sven"]


def test_a_signatory_accepts_no_milestone_and_no_work_plan(services: Services, cast: Cast) -> None:
    plan = a.a_submitted_work_plan(services, cast)
    with services.transaction() as tx:
        people = everybody(tx, cast)
    assert _inboxes(services, people, round_of(services, "work_plan", plan)) == ["amira", "office_leader"]


def _inbox(tx: Connection, person: int) -> list[int]:
    mine = in_box(read_viewer(tx, person, START), Box.TO_SIGN)
    statement = visibility.approvals(Approval.id).where(mine)
    return list(tx.execute(statement, visibility.bound(person, START)).scalars())


def test_nobody_finds_their_own_submission_in_the_inbox(services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        add(tx, Grant, person_id=cast.olga, role=Role.REVIEWER, unit_id=cast.lead, from_on=TODAY)
    assert _inboxes(services, {"olga": cast.olga, "rashid": cast.rashid}, approval) == ["rashid"]


def test_the_department_that_submitted_does_not_accept(services: Services, cast: Cast) -> None:
    """The office leads a task of its own: only another of its departments finds it to be accepted."""
    approval = submit(services, cast)
    do(services, "approval", approval, "approve", cast.rashid)
    do(services, "approval", approval, "approve", cast.jun)
    with services.transaction() as tx:
        table: Any = LAWS["approval"].table
        tx.execute(update(table).where(table.c.id == approval).values(opened_unit_id=cast.office))
    assert _inboxes(services, {"amira": cast.amira}, approval) == []


def test_a_contributor_sees_the_task_but_only_its_own_files(services: Services, cast: Cast) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        people = everybody(tx, cast)
        district = tx.execute(select(Part.unit_id).where(Part.role == PartRole.CONTRIBUTOR)).scalar_one()
        row = dict(tx.execute(select(Evidence.__table__)).one()._mapping)
        own = {**row, "id": 99, "unit_id": district, "sha256": "1" * 64}
        tx.execute(insert(Evidence), own)
        seen = {
            name: sorted(
                tx.execute(visibility.evidence(Evidence.id), visibility.bound(people[name], START)).scalars()
            )
            for name in ("olga", "jun", "amira", "karl", "district", "petra", "past")
        }
    both = [row["id"], 99]
    assert seen == {
        "olga": both,
        "jun": both,
        "amira": both,
        "karl": both,
        "district": [99],
        "petra": [],
        "past": [],
    }


def test_who_keeps_house_and_who_audits(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        people = everybody(tx, cast)
        actors = {name: actor(tx, person, START) for name, person in people.items()}
    assert {n for n, who in actors.items() if visibility.keeps_house(who)} == {"amira", "everywhere", "admin"}
    assert {n for n, who in actors.items() if visibility.audits(who)} == {
        "amira",
        "everywhere",
        "admin",
        "karl",
    }


def test_a_district_knows_nothing_of_the_card_of_another(services: Services, cast: Cast) -> None:
    """Its own card and notice, and those of its departments; the lead and the signers see all of them."""
    with services.transaction() as tx:
        hang(tx, cast)
        hang_on_shares(tx, cast)
        people = everybody(tx, cast)
        seen = {}
        for name, person in (("petra", cast.petra), ("district", people["district"]), ("jun", cast.jun)):
            bound = visibility.bound(person, START)
            cards = tx.execute(visibility.cards(Card.unit_id), bound).scalars()
            seen[name] = (len(set(cards)), len(tx.execute(visibility.notices(Notice.id), bound).all()))
    assert seen == {"petra": (2, 2), "district": (0, 0), "jun": (3, 3)}
