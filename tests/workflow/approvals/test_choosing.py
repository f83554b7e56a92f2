"""Which definition holds: of those in force the narrowest, of two as narrow the one entered later."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from models import ApprovalDefinition, Indicator, Milestone, Plan, Programme, Task
from models.states import DueBasis, IndicatorKind, MilestoneState, Origin, Purpose, TaskState
from tests.people import START, Cast, add
from workflow.approvals.choosing import choose, holding
from workflow.approvals.definitions import Definition, Scope
from workflow.approvals.editions import all_in_force, enter, enter_shipped, lock_definitions, supersede
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotReady

PLAN = {"plan": "shanghai-2022"}
SCOPES: dict[str, dict[str, Any]] = {
    "everywhere": {},
    "plan": PLAN,
    "kind": {"kind": "count"},
    "kind_of_plan": {**PLAN, "kind": "count"},
    "programme": {**PLAN, "programme": 1},
    "kind_of_programme": {**PLAN, "programme": 1, "kind": "count"},
    "task": {**PLAN, "task": 4},
    "kind_of_task": {**PLAN, "task": 4, "kind": "count"},
    "task_of_programme": {**PLAN, "programme": 1, "task": 4},
    "all": {**PLAN, "programme": 1, "task": 4, "kind": "count"},
}
"""From the widest to the narrowest."""
LAST = {"key": "accept", "role": "supervisor", "of": "office"}


def entered(tx: Connection, key: str, scope: dict[str, Any], purpose: Purpose = Purpose.ACCEPTANCE) -> int:
    body = {"key": key, "purpose": purpose, "holds_for": scope, "steps": [LAST]}
    return enter(tx, Definition.model_validate(body), START).id


def chosen(tx: Connection, cast: Cast, milestone: int | None = None) -> str:
    return choose(tx, Purpose.ACCEPTANCE, cast.task, milestone or cast.milestone).definition.key


def in_programme(tx: Connection, cast: Cast) -> None:
    """The cast's task stands in the plan's first programme."""
    found = tx.execute(select(Task.programme_id).where(Task.id == cast.task)).scalar_one()
    assert tx.execute(select(Programme.ordinal).where(Programme.id == found)).scalar_one() == 1


@pytest.mark.parametrize("later", ["wide", "narrow"])
@pytest.mark.parametrize(("wide", "narrow"), list(combinations(SCOPES, 2)))
def test_the_narrower_of_two_is_taken_whichever_was_entered_later(
    services: Services, cast: Cast, wide: str, narrow: str, later: str
) -> None:
    with services.transaction() as tx:
        in_programme(tx, cast)
        for key in (wide, narrow) if later == "narrow" else (narrow, wide):
            entered(tx, key, SCOPES[key])
        assert chosen(tx, cast) == narrow


def test_all_that_hold_are_told_the_narrowest_first(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        ids = {key: entered(tx, key, scope) for key, scope in SCOPES.items()}
        found = holding(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone)
        assert found[:-1] == [ids[key] for key in reversed(SCOPES)], "and last the shipped one"
        assert found[0] == choose(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone).id


@pytest.mark.parametrize("scope", SCOPES)
def test_of_two_for_the_same_the_one_entered_later_is_taken(
    services: Services, cast: Cast, scope: str
) -> None:
    with services.transaction() as tx:
        for key in ("first", "second"):
            entered(tx, key, SCOPES[scope])
        assert chosen(tx, cast) == "second"
        changed = {"key": "first", "purpose": "acceptance", "holds_for": SCOPES[scope], "same_person": "carry_over",
                   "steps": [LAST]}  # fmt: skip
        enter(tx, Definition.model_validate(changed), START)
        assert chosen(tx, cast) == "first", "a new edition is entered later than both"


def test_what_is_superseded_holds_no_more(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "plan", PLAN)
        entered(tx, "task", SCOPES["task"])
        lock_definitions(tx)
        own = next(each for each in all_in_force(tx) if each.key == "task")
        supersede(tx, own, "恢复一般流程。", cast.amira, START)
        assert chosen(tx, cast) == "plan"
        assert entered(tx, "task", SCOPES["task"]) != own.id, "entered again, it is another edition"
        assert chosen(tx, cast) == "task"


def test_an_edition_with_another_scope_leaves_the_former_one(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "own", SCOPES["task"])
        entered(tx, "own", {**PLAN, "kind": "rate"})
        assert chosen(tx, cast) == "milestone"


def test_the_scope_of_another_plan_programme_task_or_kind_is_not_ones_own(
    services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        other = add_plan(tx)
        programme = add(tx, Programme, plan_id=cast.plan, ordinal=2, name="二", printed_name="二")
        add_task(tx, cast.plan, 5, programme)
        for key, scope in (
            ("other_plan", {"plan": other}), ("other_task_4", {"plan": other, "task": 4}),
            ("other_programme_1", {"plan": other, "programme": 1}), ("programme_2", {**PLAN, "programme": 2}),
            ("task_5", {**PLAN, "task": 5}), ("kind_rate", {"kind": "rate"}), ("kind_judged", {"kind": "judged"}),
            ("kind_of_other", {"plan": other, "kind": "count"}),
        ):  # fmt: skip
            entered(tx, key, scope)
        assert chosen(tx, cast) == "milestone"


def add_plan(tx: Connection) -> str:
    """Another plan, in which everything is numbered alike: its code."""
    row = dict(tx.execute(select(Plan.__table__)).one()._mapping)
    row.pop("id")
    plan = add(tx, Plan, **{**row, "code": "shanghai-2024", "chain_seq": 0, "chain_head": ""})
    add_task(tx, plan, 4, add(tx, Programme, plan_id=plan, ordinal=1, name="一", printed_name="一"))
    return "shanghai-2024"


def add_task(tx: Connection, plan: int, number: int, programme: int) -> int:
    return add(
        tx, Task, plan_id=plan, number=number, programme_id=programme, name="别的任务", printed_name="別的任務",
        goal="-", printed_goal="-", state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=START,
    )  # fmt: skip


def test_another_purpose_is_another_matter(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "own", SCOPES["all"], Purpose.EXTENSION)
        assert chosen(tx, cast) == "milestone"
        assert choose(tx, Purpose.EXTENSION, cast.task, cast.milestone).definition.key == "own"


def test_a_milestone_has_every_kind_that_one_of_its_indicators_has(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "of_rates", {"kind": "rate"})
        assert chosen(tx, cast) == "milestone"
        row = dict(
            tx.execute(select(Indicator.__table__).where(Indicator.id == cast.indicator)).one()._mapping
        )
        row.pop("id")
        add(tx, Indicator, **{**row, "ordinal": 2, "kind": IndicatorKind.RATE})
        assert chosen(tx, cast) == "of_rates"
        assert chosen(tx, cast, cast.second) == "milestone", "not that of the other year"


def test_a_milestone_without_indicators_is_judged(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "of_judged", {"kind": "judged"})
        bare = add(
            tx, Milestone, task_id=cast.task, year=2024, text="机制健全", printed_text="機制健全",
            state=MilestoneState.PLANNED, due_on=START.date(), due_basis=DueBasis.YEAR_END, due_rule="preceding",
        )  # fmt: skip
        assert chosen(tx, cast, bare) == "of_judged"
        assert chosen(tx, cast) == "milestone"


@pytest.mark.parametrize("kind", ["judged", "count"])
def test_a_task_as_a_whole_is_of_no_kind(services: Services, cast: Cast, kind: str) -> None:
    with services.transaction() as tx:
        entered(tx, "whole", PLAN, Purpose.WAIVER)
        entered(tx, "of_kind", {**PLAN, "kind": kind}, Purpose.WAIVER)
        assert choose(tx, Purpose.WAIVER, cast.task, None).definition.key == "whole"


def test_a_task_outside_of_every_programme_has_none(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        entered(tx, "programme", SCOPES["programme"])
        tx.execute(update(Task.__table__).where(Task.__table__.c.id == cast.task).values(programme_id=None))  # type: ignore[arg-type]
        found = choose(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone)
        assert (found.definition.key, found.programme) == ("milestone", None)


def test_without_any_definition_nothing_is_chosen(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(delete(ApprovalDefinition.__table__))  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            choose(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone)


@pytest.mark.parametrize(
    ("scope", "field"),
    [({"plan": "nowhere"}, "holds_for.plan"), ({**PLAN, "programme": 77}, "holds_for.programme"),
     ({**PLAN, "task": 77}, "holds_for.task")],
)  # fmt: skip
def test_a_scope_that_names_nothing_is_refused(
    services: Services, cast: Cast, scope: dict[str, Any], field: str
) -> None:
    with services.transaction() as tx, pytest.raises(NotReady) as refused:
        entered(tx, "own", scope)
    assert [lack.facts["field"] for lack in refused.value.missing] == [field]


def test_what_ships_gives_way_to_an_office_and_stays_away_when_withdrawn(
    services: Services, cast: Cast
) -> None:
    """`duban migrate` enters what ships at every release; it never overrules an office."""
    ships = Definition.model_validate({"key": "ships", "purpose": "acceptance", "steps": [LAST]})
    newer = ships.model_copy(update={"holds_for": Scope(kind=IndicatorKind.COUNT)})
    with services.transaction() as tx:
        enter_shipped(tx, ships, START)
        enter_shipped(tx, newer, START)
        assert [(e.key, e.narrowness) for e in all_in_force(tx) if e.key == "ships"] == [("ships", 2)]
        own = next(each for each in all_in_force(tx) if each.key == "ships")
        supersede(tx, own, "不需要。", cast.amira, START)
        enter_shipped(tx, newer, START)
        enter_shipped(tx, ships, START)
        assert [each for each in all_in_force(tx) if each.key == "ships"] == []
