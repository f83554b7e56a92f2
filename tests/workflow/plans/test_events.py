"""Named events: awaited from the confirming on, dated by a supervisor, followed by the milestones that name them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from models import AuditEvent, Card, DueMove, Milestone, NamedEvent, OutboxRow, Part, Share, Task
from models.states import DueBasis, EventState, PartRole, PartState
from schedules.events import follow_events
from schedules.relay import relay
from schedules.watch import raise_cards
from tests.people import Cast, HandClock, add, add_unit, approval_of, do
from tests.schedules.mailroom import mails
from tests.schedules.test_direction_letters import text_of
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import dump, refused, watching
from tests.workflow.plans.test_confirming import confirm, rule_all
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired
from workflow.named_events import awaited_event

WEEK = {"from_on": "2022-06-13", "upto_on": "2022-06-19", "source": "发改环资〔2022〕100号"}
FRIDAY = date(2022, 6, 17)
"""The last working day of that week: the 19th is a Sunday."""
YEAR_END = date(2022, 12, 30)


@pytest.fixture
def event(services: Services, cast: Cast) -> int:
    """The cast's first milestone waits for the event of 2022."""
    with services.transaction() as tx:
        first = Milestone.id == cast.milestone
        tx.execute(update(Milestone).where(first).values(event="宣传周", due_basis=DueBasis.EVENT))
        return add(
            tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2022, state=EventState.PENDING,
            ask_on=date(2022, 3, 1),
        )  # fmt: skip


def set_dates(services: Services, cast: Cast, event: int, **instead: str) -> None:
    do(services, "event", event, "set_dates", cast.amira, details={**WEEK, **instead})


def run(services: Services) -> int:
    outcome = follow_events(services, services.clock())
    assert outcome["failed"] == 0
    return int(outcome["moved"])


def milestone(services: Services, cast: Cast) -> Any:
    with services.reading() as tx:
        statement = select(Milestone.__table__, awaited_event()).where(Milestone.id == cast.milestone)
        return tx.execute(statement).one()


def moves(services: Services, cast: Cast) -> list[Any]:
    with services.reading() as tx:
        statement = (
            select(DueMove.__table__).where(DueMove.milestone_id == cast.milestone).order_by(DueMove.id)
        )
        return list(tx.execute(statement))


# Confirming


def test_confirming_awaits_the_event_of_each_year(services: Services, plan: int, amira: int) -> None:
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    with services.reading() as tx:
        events = tx.execute(select(NamedEvent.__table__).order_by(NamedEvent.year)).all()
        waiting = tx.execute(
            select(Task.number, Milestone.year, Milestone.event, Milestone.due_on, awaited_event())
            .join(Task)
            .where(Milestone.event.is_not(None))
            .order_by(Milestone.year)
        ).all()
        told = tx.execute(
            select(OutboxRow.audience, OutboxRow.facts)
            .where(OutboxRow.topic == "event_awaited")
            .order_by(OutboxRow.id)
        ).all()
        recorded = tx.execute(
            select(AuditEvent.action, AuditEvent.root_kind).where(AuditEvent.subject_kind == "event")
        ).all()
    assert [(e.name, e.year, e.state, e.ask_on) for e in events] == [
        ("宣传周", 2022, "pending", date(2022, 3, 1)), ("宣传周", 2023, "pending", date(2023, 3, 1)),
    ]  # fmt: skip
    assert [tuple(row) for row in waiting] == [
        (10, 2022, "宣传周", YEAR_END, "宣传周"), (10, 2023, "宣传周", date(2023, 12, 29), "宣传周"),
    ]  # fmt: skip
    assert [row.audience for row in told] == [{"role": "supervisor", "office": True}] * 2
    assert told[0].facts["item"] == "宣传周 2022"
    assert [tuple(row) for row in recorded] == [("expect", "plan")] * 2


def test_a_late_confirming_asks_at_once(services: Services, plan: int, amira: int, clock: HandClock) -> None:
    rule_all(services, plan, amira)
    clock.go_to(2022, 4, 1)
    confirm(services, plan, amira)
    with services.reading() as tx:
        asked = tx.execute(select(NamedEvent.ask_on).order_by(NamedEvent.year)).scalars().all()
    assert asked == [date(2022, 4, 1), date(2023, 3, 1)]


def test_the_supervisor_is_asked_for_the_dates_of_events(services: Services, plan: int, amira: int) -> None:
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    relay(services, services.clock())
    asked = [mail for mail in mails(services) if "活动日期待填报" in mail["Subject"]]
    assert sorted(str(mail["Subject"]) for mail in asked) == [
        "【活动日期待填报】宣传周 2022",
        "【活动日期待填报】宣传周 2023",
    ]
    assert all("amira" in mail["To"] for mail in asked)
    assert all("2022年3月1日" in str(mail) or "2023年3月1日" in str(mail) for mail in map(text_of, asked))


# Entering its dates


def test_a_supervisor_enters_the_dates_and_amends_them(services: Services, cast: Cast, event: int) -> None:
    with watching(services) as seen:
        set_dates(services, cast, event)
        set_dates(services, cast, event, upto_on="2022-06-20")
    assert seen.events == [("event", "set_dates", "dated", cast.amira)] * 2
    with services.reading() as tx:
        row = tx.execute(select(NamedEvent.__table__)).one()
    assert (row.from_on, row.upto_on, row.source) == (date(2022, 6, 13), date(2022, 6, 20), WEEK["source"])
    assert (row.dated_by, row.dated_at) == (cast.amira, services.clock())


@pytest.mark.parametrize("who", ["olga", "lena", "sven", "karl", "petra"])
def test_nobody_else_does(services: Services, cast: Cast, event: int, who: str) -> None:
    with refused(services, NotPermitted):
        do(services, "event", event, "set_dates", getattr(cast, who), details=WEEK)


@pytest.mark.parametrize(
    ("from_on", "upto_on", "wrong"),
    [
        ("2021-12-30", "2022-01-03", [("event_year", "from_on")]),
        ("2022-12-30", "2023-01-03", [("event_year", "upto_on")]),
        ("2022-06-19", "2022-06-13", [("event_order", "upto_on")]),
    ],
)
def test_both_days_lie_in_its_year_in_order(
    services: Services, cast: Cast, event: int, from_on: str, upto_on: str, wrong: list[tuple[str, str]]
) -> None:
    with refused(services, NotReady) as error:
        set_dates(services, cast, event, from_on=from_on, upto_on=upto_on)
    assert [(m.code, m.facts["field"]) for m in error.value.missing] == wrong


# Following


def test_until_it_is_dated_the_year_end_stands_in(services: Services, cast: Cast, event: int) -> None:
    assert run(services) == 0
    row = milestone(services, cast)
    assert (row.due_on, row.due_awaits_event) == (YEAR_END, "宣传周")


def test_a_milestone_is_due_on_the_last_working_day_of_its_event(
    services: Services, cast: Cast, event: int
) -> None:
    set_dates(services, cast, event)
    with watching(services) as seen:
        assert run(services) == 1
    assert seen.events == [("milestone", "follow_event", "planned", None)]
    assert seen.letters == [("redated", {"role": "owner", "unit_id": cast.lead})]
    row = milestone(services, cast)
    assert (row.due_on, row.due_basis, row.due_rule, row.due_provisional) == (
        FRIDAY,
        "event",
        "preceding",
        False,
    )
    assert row.due_awaits_event is None
    (move,) = moves(services, cast)
    assert (move.from_on, move.to_on, move.basis) == (YEAR_END, FRIDAY, "event")
    assert move.reason == "宣传周（2022-06-13 – 2022-06-19）：发改环资〔2022〕100号"


def test_a_second_run_finds_nothing_and_a_late_one_everything(
    services: Services, cast: Cast, event: int, clock: HandClock
) -> None:
    set_dates(services, cast, event)
    set_dates(services, cast, event, upto_on="2022-06-24")
    clock.go_to(2022, 9, 1)
    assert [run(services), run(services)] == [1, 0]
    before = dump(services)
    assert run(services) == 0
    assert dump(services) == before
    assert [move.to_on for move in moves(services, cast)] == [date(2022, 6, 24)]


def test_amended_dates_are_followed_again(services: Services, cast: Cast, event: int) -> None:
    set_dates(services, cast, event)
    run(services)
    set_dates(services, cast, event, from_on="2022-08-22", upto_on="2022-08-26")
    assert run(services) == 1
    assert milestone(services, cast).due_on == date(2022, 8, 26)


def test_a_submitted_milestone_is_redated_and_stays_with_its_signers(
    services: Services, cast: Cast, event: int
) -> None:
    a.a_submitted_milestone(services, cast)
    set_dates(services, cast, event)
    assert run(services) == 1
    row = milestone(services, cast)
    assert (row.state, row.due_on) == ("submitted", FRIDAY)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)
    assert milestone(services, cast).state == "accepted"


@pytest.mark.parametrize("done", [a.an_accepted_milestone, a.a_cancelled_task])
def test_what_is_over_follows_no_event(services: Services, cast: Cast, event: int, done: Any) -> None:
    done(services, cast)
    set_dates(services, cast, event)
    assert run(services) == 0
    assert milestone(services, cast).due_on == YEAR_END


@pytest.mark.parametrize("dated_first", [True, False])
def test_a_supervisors_own_date_stands(
    services: Services, cast: Cast, event: int, clock: HandClock, dated_first: bool
) -> None:
    if dated_first:
        set_dates(services, cast, event)
        run(services)
    redate(services, cast, "2022-07-01", "ruling")
    clock.go_to(2022, 5, 20)
    set_dates(services, cast, event, upto_on="2022-06-24")
    assert run(services) == 0
    row = milestone(services, cast)
    assert (row.due_on, row.due_awaits_event) == (date(2022, 7, 1), None)


def test_redating_by_the_event_gives_it_back(services: Services, cast: Cast, event: int) -> None:
    redate(services, cast, "2022-07-01", "ruling")
    set_dates(services, cast, event)
    redate(services, cast, "2022-07-04", "event")
    assert run(services) == 1
    assert milestone(services, cast).due_on == FRIDAY


def test_a_date_given_by_hand_is_awaited_no_more(services: Services, cast: Cast, event: int) -> None:
    redate(services, cast, "2022-06-17", "event")
    assert milestone(services, cast).due_awaits_event is None


def redate(services: Services, cast: Cast, due_on: str, basis: str) -> None:
    do(services, "milestone", cast.milestone, "redate", cast.amira, reason="经研究",
       details={"due_on": due_on, "basis": basis})  # fmt: skip


def pause(services: Services, cast: Cast, clock: HandClock) -> date:
    """Suspended for the working days of a week: the new date."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "task", cast.task, "suspend", cast.amira, reason="疫情")
    clock.go_to(2022, 4, 8)
    do(services, "task", cast.task, "resume", cast.amira, reason="恢复")
    moved: date = milestone(services, cast).due_on
    return moved


def test_a_suspension_moves_what_the_event_had_dated(
    services: Services, cast: Cast, event: int, clock: HandClock
) -> None:
    clock.go_to(2022, 3, 30)
    set_dates(services, cast, event)
    run(services)
    clock.go_to(2022, 4, 1)
    moved = pause(services, cast, clock)
    assert moved > FRIDAY
    assert run(services) == 0
    clock.go_to(2022, 4, 11)
    set_dates(services, cast, event, upto_on="2022-06-24")
    assert run(services) == 1
    assert milestone(services, cast).due_on == date(2022, 6, 24)


def test_an_event_dated_after_a_suspension_is_followed(
    services: Services, cast: Cast, event: int, clock: HandClock
) -> None:
    clock.go_to(2022, 4, 1)
    assert pause(services, cast, clock) > YEAR_END
    assert milestone(services, cast).due_awaits_event == "宣传周"
    clock.go_to(2022, 4, 11)
    set_dates(services, cast, event)
    assert run(services) == 1
    assert milestone(services, cast).due_on == FRIDAY


def test_shares_come_along_but_for_those_that_are_due_before(
    services: Services, cast: Cast, event: int
) -> None:
    """Of three: due with the milestone, due before the event, and due between the two dates."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    with services.transaction() as tx:
        first, third = (add_unit(tx, code, f"{code}区机管局") for code in ("QP", "CM"))
        for n, unit in enumerate((first, third)):
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR, ordinal=9 + n,
                state=PartState.ASSIGNED)  # fmt: skip
    due = {first: "2022-12-30", cast.joint: "2022-05-31", third: "2022-09-30"}
    portions = [{"unit_id": unit, "text": "发出倡议", "due_on": on} for unit, on in due.items()]
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    set_dates(services, cast, event)
    with watching(services) as seen:
        run(services)
    with services.reading() as tx:
        dates = tx.execute(select(Share.due_on, Share.version).order_by(Share.id)).all()
        recorded = tx.execute(
            select(DueMove.from_on, DueMove.to_on).where(DueMove.share_id.is_not(None)).order_by(DueMove.id)
        ).all()
    assert [tuple(row) for row in dates] == [(FRIDAY, 2), (date(2022, 5, 31), 1), (FRIDAY, 2)]
    assert [tuple(row) for row in recorded] == [(YEAR_END, FRIDAY), (date(2022, 9, 30), FRIDAY)]
    told = [audience["unit_id"] for topic, audience in seen.letters if topic == "share_amended"]
    assert told == [first, third]


def test_a_ruling_stands_through_a_suspension(
    services: Services, cast: Cast, event: int, clock: HandClock
) -> None:
    redate(services, cast, "2022-07-01", "ruling")
    clock.go_to(2022, 4, 1)
    moved = pause(services, cast, clock)
    clock.go_to(2022, 4, 11)
    set_dates(services, cast, event)
    assert run(services) == 0
    assert milestone(services, cast).due_on == moved


def test_an_event_of_another_plan_or_year_moves_nothing(services: Services, cast: Cast, event: int) -> None:
    with services.transaction() as tx:
        tx.execute(update(NamedEvent).values(year=2023))
    set_dates(services, cast, event, from_on="2023-06-12", upto_on="2023-06-18")
    assert run(services) == 0


def test_only_the_clock_lets_it_follow(services: Services, cast: Cast, event: int) -> None:
    details = {"event_id": event, "due_on": FRIDAY, "due_provisional": False}
    with refused(services, NotPermitted):
        do(services, "milestone", cast.milestone, "follow_event", cast.amira, reason="-", details=details)
    with refused(services, ReasonRequired):
        do(services, "milestone", cast.milestone, "follow_event", None, details=details)


def test_a_task_with_an_event_is_late_by_its_date(
    services: Services, cast: Cast, event: int, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    set_dates(services, cast, event)
    clock.go_to(2022, 5, 20)
    run(services)
    clock.go_to(2022, 7, 20)
    raise_cards(services, clock())
    with services.reading() as tx:
        assert tx.execute(select(Card.colour).order_by(Card.id)).scalars().all() == ["yellow", "red"]
