"""Cards and extensions: asked for in time it holds them until it is decided; if refused, the old date counts.

The first milestone is due on Friday 30 December 2022. The first working day late is Tuesday 3 January 2023, the
fifteenth Saturday 28 January, which is worked after the Spring Festival week.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from models import Milestone
from schedules.watch import light, raise_cards
from tests.people import Cast, HandClock, do, round_of, sign
from tests.workflow.lifecycles import situations as a
from tests.workflow.scan.clockwork import cards, morning
from workflow.bootstrap import Services
from workflow.histories import histories
from workflow.ladder import Mark


def asked_on_the_last_day(
    services: Services, cast: Cast, clock: HandClock, due_on: str = "2023-02-10"
) -> int:
    a.a_started_milestone(services, cast)
    clock.go_to(2022, 12, 30)
    return a.request_extension(services, cast, due_on)


def raised(services: Services) -> list[tuple[str, date, int]]:
    return [(card.rung, card.earned_on, card.working["days_late"]) for card in cards(services)]


def refuse(services: Services, cast: Cast, extension: int) -> None:
    approval = round_of(services, "extension", extension)
    do(services, "approval", approval, "return", cast.rashid, reason="请按期完成。")


def test_while_it_is_undecided_no_card_is_raised(services: Services, cast: Cast, clock: HandClock) -> None:
    asked_on_the_last_day(services, cast, clock)
    assert raise_cards(services, morning(2023, 3, 1))["raised"] == 0
    light(services, morning(2023, 3, 1))
    with services.reading() as tx:
        assert (
            tx.execute(select(Milestone.light).where(Milestone.id == cast.milestone)).scalar_one() == "blue"
        )


def test_refused_after_the_due_date_the_card_has_its_days_from_the_old_date(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Five working days were late by 9 January; the card comes on the next one, with six."""
    extension = asked_on_the_last_day(services, cast, clock)
    clock.go_to(2023, 1, 9)
    assert raise_cards(services, clock())["raised"] == 0
    refuse(services, cast, extension)
    assert raise_cards(services, clock())["raised"] == 0, "the day was judged as it began"
    assert raise_cards(services, morning(2023, 1, 10))["raised"] == 1
    (card,) = cards(services)
    assert (card.rung, card.earned_on) == ("late-1", date(2023, 1, 10))
    assert (card.working["due_on"], card.working["late_from"]) == ("2022-12-30", "2023-01-03")
    assert (card.working["days_late"], card.working["days_not_counted"]) == (6, 0)


def test_refused_late_enough_the_red_card_comes_alone(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    extension = asked_on_the_last_day(services, cast, clock)
    clock.go_to(2023, 2, 6)
    refuse(services, cast, extension)
    raise_cards(services, morning(2023, 2, 7))
    assert raised(services) == [("late-15", date(2023, 2, 7), 23)]
    assert raise_cards(services, morning(2023, 3, 7))["raised"] == 0


def test_refused_before_the_due_date_nothing_is_other_than_it_was(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_started_milestone(services, cast)
    clock.go_to(2022, 12, 20)
    refuse(services, cast, a.request_extension(services, cast))
    raise_cards(services, morning(2023, 1, 3))
    assert raised(services) == [("late-1", date(2023, 1, 3), 1)]


def test_granted_it_is_late_from_the_new_date(services: Services, cast: Cast, clock: HandClock) -> None:
    extension = asked_on_the_last_day(services, cast, clock)
    clock.go_to(2023, 1, 16)
    sign(services, "extension", extension, cast.rashid, cast.amira)
    assert raise_cards(services, morning(2023, 2, 10))["raised"] == 0
    assert raise_cards(services, morning(2023, 2, 13))["raised"] == 1
    (card,) = cards(services)
    assert (card.rung, card.earned_on, card.working["due_on"]) == ("late-1", date(2023, 2, 13), "2023-02-10")


def test_withdrawn_after_the_due_date_it_counts_as_if_it_had_never_been(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    extension = asked_on_the_last_day(services, cast, clock)
    clock.go_to(2023, 1, 9)
    do(services, "extension", extension, "withdraw", cast.olga)
    raise_cards(services, morning(2023, 1, 10))
    assert raised(services) == [("late-1", date(2023, 1, 10), 6)]


def test_one_that_lapses_holds_nothing_any_more(services: Services, cast: Cast, clock: HandClock) -> None:
    """The date was drawn nearer by a ruling before it was due: late from that one on."""
    a.a_started_milestone(services, cast)
    clock.go_to(2022, 12, 1)
    a.request_extension(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason=a.REASON,
        details={"due_on": "2022-12-15"},
    )
    raise_cards(services, morning(2022, 12, 16))
    assert raised(services) == [("late-1", date(2022, 12, 16), 1)]


def test_asked_for_anew_at_one_instant_it_is_held_by_the_last(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """What was recorded at one instant stands in the order of the chain."""
    extension = asked_on_the_last_day(services, cast, clock)
    do(services, "extension", extension, "withdraw", cast.olga)
    a.request_extension(services, cast)
    with services.reading() as tx:
        history = histories(tx, [cast.milestone, cast.second])
    asked = [entry.mark for entry in history[cast.milestone].entries if entry.mark is not Mark.DUE]
    assert asked == [Mark.EXTENSION_REQUESTED, Mark.EXTENSION_DECIDED, Mark.EXTENSION_REQUESTED]
    assert [entry.mark for entry in history[cast.second].entries] == [Mark.DUE], "and of no other milestone"
    assert raise_cards(services, morning(2023, 3, 1))["raised"] == 0


def test_a_waiver_that_is_asked_for_holds_nothing(services: Services, cast: Cast, clock: HandClock) -> None:
    a.a_started_milestone(services, cast)
    clock.go_to(2022, 12, 30)
    do(services, "milestone", cast.milestone, "request_waiver", cast.olga, reason=a.WHY)
    raise_cards(services, morning(2023, 1, 3))
    assert raised(services) == [("late-1", date(2023, 1, 3), 1)]
