"""Carrying conserves: over any life of rulings the years' targets add up, and every original can be told again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from models import Adjustment, Indicator, Milestone, Part, TargetMove, Task
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    IndicatorKind,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    TaskState,
)
from tests.people import START, Cast, HandClock, add, approval_of, do, file, sign
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services
from workflow.carrying import carry_shortfall, carry_surplus, reached_target, surplus
from workflow.errors import NotReady, WrongState
from workflow.facts import IndicatorFact
from workflow.figures import Tally, is_met

AMOUNTS = st.decimals(0, 10**9, places=4)
YEARS = (2022, 2023, 2024)


def amount(id: int, quantity: Decimal) -> IndicatorFact:
    return IndicatorFact(
        id,
        id,
        "节能改造",
        quantity,
        "万平方米",
        Comparator.AT_LEAST,
        Basis.ANNUAL_INCREMENT,
        IndicatorKind.AMOUNT,
        9,
    )


@given(target=AMOUNTS, later=AMOUNTS, reached=AMOUNTS)
def test_what_leaves_one_year_comes_to_the_other(target: Decimal, later: Decimal, reached: Decimal) -> None:
    own, other, found = amount(1, target), amount(2, later), Tally(reached)
    if surplus(own, found) < 0:
        to, onward = carry_shortfall(own, found, other)
        assert to == reached
    else:
        to, onward = carry_surplus(own, found, other)
        assert target <= to <= reached
        assert 0 <= onward <= later
    assert to + onward == target + later
    assert is_met(amount(1, to), found)


@given(numerator=st.integers(0, 10**6), denominator=st.integers(1, 10**6))
def test_a_target_that_is_let_down_is_reached_and_no_lower_than_need_be(
    numerator: int, denominator: int
) -> None:
    card = (
        '{"kind":"rate","formula":"x","measured":"ratio","numerator":"x","denominator":"y","scale":"100",'
        '"aggregation":"ratio"}'
    )
    rate = IndicatorFact(1, 1, "达标率", Decimal(100), "%", Comparator.AT_LEAST, Basis.LEVEL, IndicatorKind.RATE,
                         definition=card)  # fmt: skip
    found = Tally(Decimal(numerator), Decimal(denominator))
    to = reached_target(rate, found)
    assert to is not None
    assert surplus(IndicatorFact(**{**_fields(rate), "quantity": to}), found) >= 0
    assert surplus(IndicatorFact(**{**_fields(rate), "quantity": to + Decimal("0.00000001")}), found) < 0


def _fields(fact: IndicatorFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__slots__}


class Rulings(RuleBasedStateMachine):
    """One task of three years and a goal: adjusted, reported, carried, waived, accepted in any order."""

    services: ClassVar[Services]
    cast: ClassVar[Cast]
    numbers: ClassVar[Iterator[int]]

    @initialize(asked=st.integers(1, 40))
    def assign(self, asked: int) -> None:
        self.target, self.moved, self.goal_moved, self.waived = asked, Decimal(0), Decimal(0), Decimal(0)
        with self.services.transaction() as tx:
            self.task, self.goal, self.years = assign_task(tx, self.cast, next(self.numbers), Decimal(asked))
        do(self.services, "task", self.task, "acknowledge", self.cast.olga)

    @rule(place=st.integers(0, 2), quantity=st.integers(1, 30))
    def report(self, place: int, quantity: int) -> None:
        milestone, indicator = self.years[place]
        if self.state(milestone) == MilestoneState.PLANNED:
            do(self.services, "milestone", milestone, "start", self.cast.olga)
        self.attempt(
            "milestone", milestone, "report", self.cast.olga, details=a.progress(indicator, str(quantity))
        )

    @rule(place=st.integers(0, 2))
    def accept(self, place: int) -> None:
        """Where what is asked was reached."""
        milestone, _ = self.years[place]
        self.attempt("milestone", milestone, "attach", self.cast.olga, details=file())
        if self.attempt("milestone", milestone, "submit", self.cast.olga, details={"text": "完成"}):
            for signer in (self.cast.rashid, self.cast.amira):
                do(self.services, "approval", approval_of(self.services, milestone), "approve", signer)

    @rule(place=st.integers(0, 3), quantity=st.integers(0, 60))
    def retarget(self, place: int, quantity: int) -> None:
        indicator = self.goal if place == 3 else self.years[place][1]
        before = self.targets()[indicator]
        details = {
            "kind": "retarget",
            "meeting_id": 1,
            "indicator_id": indicator,
            "change": {"quantity": quantity},
        }
        if self.attempt("task", self.task, "propose_adjustment", self.cast.amira, details=details):
            adjustment = a.latest(self.services, Adjustment)
            sign(self.services, "adjustment", adjustment, self.cast.sven)
            by = Decimal(quantity) - before
            self.moved, self.goal_moved = (
                (self.moved, self.goal_moved + by) if place == 3 else (self.moved + by, self.goal_moved)
            )

    @rule(place=st.integers(0, 2), take=st.sampled_from(["carry_over", "waive", "leave_late"]))
    def rule_on(self, place: int, take: str) -> None:
        milestone, indicator = self.years[place]
        before = self.targets()
        details = {"indicator_id": indicator, "take": take}
        done = self.attempt("milestone", milestone, "rule_shortfall", self.cast.amira, details=details)
        if not (done and take == "waive"):
            return
        after = self.targets()
        let_down = before[indicator] - after[indicator]
        self.waived += let_down
        self.goal_moved -= min(let_down, before[self.goal])

    @rule(place=st.integers(0, 2))
    def carry(self, place: int) -> None:
        milestone, indicator = self.years[place]
        details = {"indicator_id": indicator}
        self.attempt("milestone", milestone, "carry_surplus", self.cast.amira, details=details)

    def attempt(self, kind: str, subject: int, action: str, who: int, **more: Any) -> bool:
        """Whether it was done; refused, it leaves every target as it was."""
        before = self.targets()
        try:
            do(self.services, kind, subject, action, who, reason=a.REASON, **more)
        except (NotReady, WrongState):
            assert self.targets() == before
            return False
        return True

    def state(self, milestone: int) -> str:
        return a.state_of(self.services, Milestone, milestone)

    def targets(self) -> dict[int, Decimal]:
        with self.services.reading() as tx:
            found = select(Indicator.id, Indicator.quantity).where(Indicator.task_id == self.task)
            return {row.id: row.quantity for row in tx.execute(found)}

    @invariant()
    def the_years_add_up(self) -> None:
        """Carried over or taken off, the total stays: only adjustments and waivers change it."""
        targets = self.targets()
        total = sum(targets[indicator] for _, indicator in self.years)
        assert total == 3 * self.target + self.moved - self.waived
        assert targets[self.goal] == 3 * self.target + self.goal_moved
        assert min(targets.values()) >= 0

    @invariant()
    def every_original_is_recovered(self) -> None:
        """Each move goes on from the one before; the first begins with what the plan asked."""
        now = {indicator: Decimal(self.target) for _, indicator in self.years}
        now |= {self.goal: Decimal(3 * self.target)}
        with self.services.reading() as tx:
            moves = tx.execute(
                select(TargetMove.__table__).where(TargetMove.task_id == self.task).order_by(TargetMove.id)
            ).all()
        for move in moves:
            assert now[move.indicator_id] == move.from_quantity
            now[move.indicator_id] = move.to_quantity
        assert now == self.targets()


def assign_task(tx: Any, cast: Cast, number: int, target: Decimal) -> tuple[int, int, list[tuple[int, int]]]:
    """A task of three years, each a third of its goal: its id, the goal, and (milestone, indicator) of each year."""
    task = add(
        tx, Task, plan_id=cast.plan, number=number, name=f"任务{number}", printed_name="-", goal="-", printed_goal="-",
        state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=START,
    )  # fmt: skip
    add(tx, Part, task_id=task, unit_id=cast.lead, role=PartRole.LEAD, ordinal=1, state=PartState.ASSIGNED)
    counted = {"metric": "能源审计", "unit": "家", "comparator": Comparator.AT_LEAST, "kind": IndicatorKind.COUNT,
               "basis": Basis.ANNUAL_INCREMENT, "task_id": task, "ordinal": 1}  # fmt: skip
    goal = add(tx, Indicator, quantity=3 * target, **counted)
    years = []
    for year in YEARS:
        milestone = add(
            tx, Milestone, task_id=task, year=year, text="审计", printed_text="审计", state=MilestoneState.PLANNED,
            due_on=date(year, 12, 30), due_basis=DueBasis.YEAR_END, due_rule="preceding",
        )  # fmt: skip
        years.append(
            (milestone, add(tx, Indicator, milestone_id=milestone, goal_id=goal, quantity=target, **counted))
        )
    return task, goal, years


def test_any_life_of_rulings_conserves_the_total(services: Services, cast: Cast, clock: HandClock) -> None:
    a.a_meeting(services, cast)
    Rulings.services, Rulings.cast, Rulings.numbers = services, cast, iter(range(100, 10**6))
    run_state_machine_as_test(
        Rulings, settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )
