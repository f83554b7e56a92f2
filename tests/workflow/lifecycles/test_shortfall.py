"""Rulings on what falls short and what goes beyond: the sum over the years stays, a goal falls only with a waiver."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Approval, Indicator, Milestone, TargetMove
from models.states import TargetBasis
from tests.people import Cast, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired, WrongState

D = Decimal


def reached(services: Services, cast: Cast, quantity: str) -> None:
    """The first year is under way and has come so far."""
    a.a_started_milestone(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "report",
        cast.olga,
        details=a.progress(cast.indicator, quantity),
    )


def rule(services: Services, cast: Cast, take: str, who: int | None = None, **more: Any) -> None:
    details = {"indicator_id": cast.indicator, "take": take, **more}
    do(
        services,
        "milestone",
        cast.milestone,
        "rule_shortfall",
        who or cast.amira,
        reason=a.REASON,
        details=details,
    )


def carry_surplus(services: Services, cast: Cast) -> None:
    details = {"indicator_id": cast.indicator}
    do(services, "milestone", cast.milestone, "carry_surplus", cast.amira, reason=a.REASON, details=details)


def accepted_with(services: Services, cast: Cast, quantity: str) -> int:
    """The first year accepted: its approval."""
    a.an_acknowledged_task(services, cast)
    a.carry(services, cast, cast.milestone, cast.indicator, quantity)
    return approval_of(services, cast.milestone)


def targets(services: Services, cast: Cast) -> tuple[Any, ...]:
    """This year's, the next year's, the goal's."""
    with services.reading() as tx:
        found = {row.id: row.quantity for row in tx.execute(select(Indicator.id, Indicator.quantity))}
    return found[cast.indicator], found[cast.second_indicator], found[cast.goal]


def moves(services: Services) -> list[tuple[Any, ...]]:
    columns = (TargetMove.indicator_id, TargetMove.from_quantity, TargetMove.to_quantity, TargetMove.basis,
               TargetMove.other_id)  # fmt: skip
    with services.reading() as tx:
        return [tuple(row) for row in tx.execute(select(*columns).order_by(TargetMove.id))]


def set_rows(services: Services, model: Any, row_id: int, **values: Any) -> None:
    with services.transaction() as tx:
        tx.execute(update(model.__table__).where(model.__table__.c.id == row_id).values(**values))


def codes(error: Any) -> list[str]:
    return [lack.code for lack in error.value.missing]


def test_what_is_short_is_carried_to_the_next_year(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    with watching(services) as seen:
        rule(services, cast, "carry_over", meeting_id=a.a_meeting(services, cast), decision=1)
    assert targets(services, cast) == (285, 315, 600)
    assert moves(services) == [
        (cast.indicator, 300, 285, TargetBasis.CARRY_OVER, cast.second_indicator),
        (cast.second_indicator, 300, 315, TargetBasis.CARRY_OVER, cast.indicator),
    ]
    assert seen.acts[1:] == ["milestone.rule_shortfall", "target_move.move_target", "target_move.move_target"]
    assert seen.topics == ["shortfall_ruled"]
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None


def test_what_was_carried_over_is_submitted_and_the_goal_still_holds(services: Services, cast: Cast) -> None:
    """285 of 300 carried: the first year is accepted with 285, the second wants 315, and 600 close the task."""
    reached(services, cast, "285")
    with pytest.raises(NotReady):
        submit(services, cast, cast.milestone)
    rule(services, cast, "carry_over")
    submit(services, cast, cast.milestone)
    sign(services, cast, cast.milestone)
    a.carry(services, cast, cast.second, cast.second_indicator, "315")
    do(services, "task", cast.task, "close_out", cast.amira)


def submit(services: Services, cast: Cast, milestone: int) -> None:
    do(services, "milestone", milestone, "attach", cast.olga, details=file())
    do(services, "milestone", milestone, "submit", cast.olga, details={"text": "完成285家，其余结转。"})


def sign(services: Services, cast: Cast, milestone: int) -> None:
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, milestone), "approve", signer)


def test_nothing_reported_carries_the_whole(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    rule(services, cast, "carry_over")
    assert targets(services, cast) == (0, 600, 600)


def test_parts_of_a_unit_are_carried_exactly(services: Services, cast: Cast) -> None:
    """0.1 and 0.2 of 万平方米 do not drift."""
    for indicator, quantity in (
        (cast.indicator, D("0.3")),
        (cast.second_indicator, D("0.3")),
        (cast.goal, D("0.6")),
    ):
        set_rows(services, Indicator, indicator, quantity=quantity, kind="amount", unit="万平方米")
    reached(services, cast, "0.1")
    rule(services, cast, "carry_over")
    assert targets(services, cast) == (D("0.1"), D("0.5"), D("0.6"))


def test_a_later_year_that_lies_with_its_signers_is_recalled(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    do(services, "milestone", cast.second, "start", cast.olga)
    do(
        services,
        "milestone",
        cast.second,
        "report",
        cast.olga,
        details=a.progress(cast.second_indicator, "310"),
    )
    submit(services, cast, cast.second)
    with watching(services) as seen:
        rule(services, cast, "carry_over")
    assert seen.acts[-2:] == ["milestone.recall", "approval.void"]
    assert set(seen.topics) == {"approval_voided", "recalled", "shortfall_ruled"}


def test_a_waiver_lets_the_goal_down_by_the_same(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    rule(services, cast, "waive")
    assert targets(services, cast) == (285, 300, 585)
    assert moves(services) == [
        (cast.indicator, 300, 285, TargetBasis.WAIVER, None),
        (cast.goal, 600, 585, TargetBasis.WAIVER, cast.indicator),
    ]
    submit(services, cast, cast.milestone)
    sign(services, cast, cast.milestone)
    a.carry(services, cast, cast.second, cast.second_indicator, "300")
    do(services, "task", cast.task, "close_out", cast.amira)


def test_a_quotient_that_never_ends_is_let_down_to_what_is_reached(services: Services, cast: Cast) -> None:
    """2 of 3, in per cent: the target becomes 66.66666666, which 66.6… does reach; the goal is the last year's."""
    card = {"kind": "rate", "formula": "达标率", "measured": "ratio", "numerator": "达标", "denominator": "全部",
            "scale": "100", "aggregation": "ratio"}  # fmt: skip
    for indicator in (cast.indicator, cast.second_indicator):
        set_rows(
            services,
            Indicator,
            indicator,
            quantity=D(80),
            kind="rate",
            basis="level",
            unit="%",
            definition=card,
        )
    set_rows(services, Indicator, cast.goal, quantity=D(80), kind="rate", basis="level", unit="%")
    a.a_started_milestone(services, cast)
    figures = a.progress(cast.indicator, "2")
    figures["figures"][0]["base"] = "3"
    do(services, "milestone", cast.milestone, "report", cast.olga, details=figures)
    with refused(services, NotReady) as error:
        rule(services, cast, "carry_over")
    assert codes(error) == ["carriable"]
    rule(services, cast, "waive")
    assert targets(services, cast) == (D("66.66666666"), 80, 80)
    submit(services, cast, cast.milestone)


def test_a_rate_that_nobody_reported_is_not_waived(services: Services, cast: Cast) -> None:
    set_rows(services, Indicator, cast.indicator, kind="rate", basis="level")
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        rule(services, cast, "waive")
    assert codes(error) == ["progress"]


def test_left_late_is_recorded_and_nothing_moves(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    with watching(services) as seen:
        rule(services, cast, "leave_late")
    assert seen.acts == ["milestone.rule_shortfall"]
    assert targets(services, cast) == (300, 300, 600)


def test_only_a_supervisor_rules_and_with_a_reason(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    for who in (cast.olga, cast.rashid, cast.sven, cast.karl):
        with refused(services, NotPermitted):
            rule(services, cast, "waive", who)
    with refused(services, ReasonRequired):
        details = {"indicator_id": cast.indicator, "take": "waive"}
        do(services, "milestone", cast.milestone, "rule_shortfall", cast.amira, details=details)


def test_what_is_reached_is_not_ruled_on(services: Services, cast: Cast) -> None:
    reached(services, cast, "300")
    with refused(services, NotReady) as error:
        rule(services, cast, "waive")
    assert codes(error) == ["something_short"]


def test_a_planned_year_is_not_ruled_on(services: Services, cast: Cast) -> None:
    with refused(services, WrongState):
        rule(services, cast, "waive")


def test_anothers_indicator_is_none_of_its_own(services: Services, cast: Cast) -> None:
    reached(services, cast, "285")
    with refused(services, NotReady) as error:
        rule(services, cast, "carry_over", indicator_id=cast.second_indicator)
    assert codes(error) == ["own_indicator"]


@pytest.mark.parametrize("state", ["accepted", "waived"])
def test_without_an_open_later_year_nothing_is_carried(services: Services, cast: Cast, state: str) -> None:
    reached(services, cast, "285")
    set_rows(services, Milestone, cast.second, state=state)
    with refused(services, NotReady) as error:
        rule(services, cast, "carry_over")
    assert codes(error) == ["later_year_open"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"goal_id": None}, "carry_later"),
        ({"unit": "个"}, "carry_alike"),
        ({"quantity": None}, "carry_alike"),
    ],
)
def test_a_later_year_that_is_not_alike_takes_nothing_over(
    services: Services, cast: Cast, values: dict[str, Any], code: str
) -> None:
    reached(services, cast, "285")
    set_rows(services, Indicator, cast.second_indicator, **values)
    with refused(services, NotReady) as error:
        rule(services, cast, "carry_over")
    assert codes(error) == [code]


@pytest.mark.parametrize(
    "values", [{"basis": "level"}, {"comparator": "at_most"}, {"goal_id": None}, {"kind": "rate"}]
)
def test_only_counts_and_amounts_that_add_up_are_carried(
    services: Services, cast: Cast, values: dict[str, Any]
) -> None:
    set_rows(services, Indicator, cast.indicator, **values)
    reached(services, cast, "285" if "comparator" not in values else "310")
    with refused(services, NotReady) as error:
        rule(services, cast, "carry_over")
    assert codes(error) == ["carriable"]


def test_a_surplus_comes_off_the_next_year(services: Services, cast: Cast) -> None:
    approval = accepted_with(services, cast, "320")
    with services.reading() as tx:
        signed = tx.execute(select(Approval.__table__).where(Approval.id == approval)).one()
    with watching(services) as seen:
        carry_surplus(services, cast)
    assert targets(services, cast) == (320, 280, 600)
    assert moves(services)[0] == (cast.indicator, 300, 320, TargetBasis.SURPLUS, cast.second_indicator)
    assert seen.topics == ["surplus_carried"]
    with services.reading() as tx:
        assert tx.execute(select(Approval.__table__).where(Approval.id == approval)).one() == signed
        assert (
            tx.execute(select(Milestone.state).where(Milestone.id == cast.milestone)).scalar_one()
            == "accepted"
        )
        assert audit.verify(tx)[1] is None
    with refused(services, NotReady) as error:
        carry_surplus(services, cast)
    assert codes(error) == ["something_over"], "what was carried is not carried again"


def test_a_surplus_takes_no_more_than_there_is(services: Services, cast: Cast) -> None:
    """1000 reached of 300: the next year falls to nothing, not below, and the sum stays."""
    accepted_with(services, cast, "1000")
    carry_surplus(services, cast)
    assert targets(services, cast) == (600, 0, 600)
    with refused(services, NotReady) as error:
        carry_surplus(services, cast)
    assert codes(error) == ["carry_room"]


def test_a_surplus_needs_a_year_that_is_open(services: Services, cast: Cast) -> None:
    accepted_with(services, cast, "320")
    do(services, "milestone", cast.second, "waive", None, reason=a.REASON)
    with refused(services, NotReady) as error:
        carry_surplus(services, cast)
    assert codes(error) == ["later_year_open"]


def test_only_what_is_accepted_has_a_surplus_to_carry(services: Services, cast: Cast) -> None:
    reached(services, cast, "320")
    with refused(services, WrongState):
        carry_surplus(services, cast)
