"""The years' figures as the task's goal."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.workflow.definitions.samples import AUDITS, SCHOOLS, TURNOVER, indicator
from workflow.facts import IndicatorFact
from workflow.figures import goal_value


def goal(body: dict[str, Any] | None, target: str) -> IndicatorFact:
    return indicator(body, target, id=9, milestone_id=None)


def year(
    n: int, body: dict[str, Any] | None, reached: str | None, base: str | None = None, **more: Any
) -> IndicatorFact:
    return indicator(
        body, "1", id=n, goal_id=9, reached=None if reached is None else Decimal(reached),
        reached_base=None if base is None else Decimal(base), **more,
    )  # fmt: skip


def test_increments_add_up_over_the_years() -> None:
    assert goal_value(goal(AUDITS, "600"), [year(1, AUDITS, "285"), year(2, AUDITS, "315")]) == 600


def test_a_level_is_the_last_years() -> None:
    years = [year(2, SCHOOLS, "70", "100"), year(1, SCHOOLS, "65", "100")]
    assert goal_value(goal(SCHOOLS, "70"), years) == 70


def test_a_year_without_a_report_is_left_out() -> None:
    assert goal_value(goal(SCHOOLS, "70"), [year(1, SCHOOLS, "65", "100"), year(2, SCHOOLS, None)]) == 65
    assert goal_value(goal(AUDITS, "600"), [year(1, AUDITS, None)]) is None
    assert (
        goal_value(goal(AUDITS, "600"), [indicator(AUDITS, "300", id=1, goal_id=8, reached=Decimal(300))])
        is None
    )


def test_three_per_cent_twice_is_six_added_and_six_point_nought_nine_compounded() -> None:
    def turned(to: str) -> dict[str, Any]:
        return {"quantity": to, "base": "100", "year": 2021, "source": "年报"}

    first = {**TURNOVER, "baseline": turned("100")}
    second = {**TURNOVER, "baseline": turned("103")}
    years = [year(1, first, "103", "100"), year(2, second, "106.09", "100")]
    assert goal_value(goal({**TURNOVER, "over_years": "added"}, "6"), years) == 6
    assert goal_value(goal({**TURNOVER, "over_years": "compounded"}, "6"), years) == Fraction(609, 100)


def test_points_add_up_over_the_years() -> None:
    points = {**TURNOVER, "change_in": "points"}
    assert goal_value(goal(points, "6"), [year(1, points, "43", "100"), year(2, points, "43", "100")]) == 6


def test_a_goal_whose_years_come_together_in_an_unsettled_way_has_no_value() -> None:
    unsettled = {**TURNOVER, "gaps": [{"field": "over_years", "question": "相加还是连乘？"}]}
    assert goal_value(goal(unsettled, "6"), [year(1, TURNOVER, "43", "100")]) is None
    assert goal_value(goal(None, "6"), [year(1, unsettled, "43", "100")]) is None


def test_a_goal_without_a_card_follows_its_years() -> None:
    assert goal_value(goal(None, "600"), [year(1, None, "285"), year(2, None, "300")]) == 585
    assert goal_value(goal(None, "70"), [year(1, SCHOOLS, "60", "100"), year(2, SCHOOLS, "71", "100")]) == 71
