"""Problem to coordinate 协调事项: raised by a unit that works on a task, answered by the office, then settled."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import Part, Problem
from models.states import PartRole, PartState
from tests.people import Cast, add, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotFound, NotPermitted, NotReady, ReasonRequired, WrongState

TEXT = "审计经费尚未落实。"
OFFICE = {"role": "supervisor", "office": True}


def problem_row(services: Services) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Problem.__table__)).one()


def join(services: Services, cast: Cast, role: PartRole) -> None:
    """Petra's unit takes part."""
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=role, ordinal=3, state=PartState.ASSIGNED)


def test_the_lead_raises_one_outside_of_reports(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": TEXT})
    found = problem_row(services)
    assert (found.task_id, found.unit_id, found.report_id) == (cast.task, cast.lead, None)
    assert (found.text, found.state, found.raised_by) == (TEXT, "raised", cast.olga)
    assert found.raised_at == services.clock()
    assert seen.events == [
        ("task", "raise_problem", "assigned", cast.olga),
        ("problem", "raise", "raised", cast.olga),
    ]
    assert seen.letters == [("problem_raised", OFFICE)]


def test_so_does_a_contributor_for_itself_and_for_no_other(services: Services, cast: Cast) -> None:
    join(services, cast, PartRole.CONTRIBUTOR)
    do(services, "task", cast.task, "raise_problem", cast.petra, details={"text": TEXT})
    assert problem_row(services).unit_id == cast.other
    with refused(services, NotReady) as error:
        asked = {"text": TEXT, "unit_id": cast.lead}
        do(services, "task", cast.task, "raise_problem", cast.petra, details=asked)
    assert [(lack.code, lack.facts["field"]) for lack in error.value.missing] == [
        ("reporting_unit", "unit_id")
    ]


def test_a_unit_that_is_only_informed_has_nothing_to_coordinate(services: Services, cast: Cast) -> None:
    with refused(services, NotFound):
        do(services, "task", cast.task, "raise_problem", cast.petra, details={"text": TEXT})
    join(services, cast, PartRole.INFORMED)
    with refused(services, NotPermitted):
        do(services, "task", cast.task, "raise_problem", cast.petra, details={"text": TEXT})


@pytest.mark.parametrize("text", ["", "难" * 2001])
def test_a_problem_is_said_in_words(services: Services, cast: Cast, text: str) -> None:
    with refused(services, Malformed) as error:
        do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": text})
    assert error.value.missing[0].facts["field"] == "text"


def test_a_suspended_task_may_have_problems_a_finished_one_not(services: Services, cast: Cast) -> None:
    a.a_suspended_task(services, cast)
    do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": TEXT})
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    with refused(services, WrongState):
        do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": TEXT})


def test_the_answer_is_kept_and_told_to_who_asked(services: Services, cast: Cast) -> None:
    problem = a.a_raised_problem(services, cast)
    with watching(services) as seen:
        do(services, "problem", problem, "answer", cast.amira, details={"text": "已商市财政局。"})
    found = problem_row(services)
    assert (found.state, found.answer, found.answered_by) == ("answered", "已商市财政局。", cast.amira)
    assert found.answered_at == services.clock()
    assert seen.events == [("problem", "answer", "answered", cast.amira)]
    assert seen.letters == [("problem_answered", {"role": "owner", "unit_id": cast.lead})]


@pytest.mark.parametrize("details", [None, {}, {"text": ""}])
def test_an_answer_says_something(services: Services, cast: Cast, details: Any) -> None:
    problem = a.a_raised_problem(services, cast)
    with refused(services, Malformed):
        do(services, "problem", problem, "answer", cast.amira, details=details)


@pytest.mark.parametrize("who", ["olga", "amira"])
def test_the_unit_or_the_office_says_that_it_is_settled(services: Services, cast: Cast, who: str) -> None:
    problem = a.an_answered_problem(services, cast)
    with watching(services) as seen:
        do(services, "problem", problem, "settle", getattr(cast, who))
    assert problem_row(services).state == "settled"
    assert seen.events == [("problem", "settle", "settled", getattr(cast, who))]


def test_nothing_is_settled_without_an_answer(services: Services, cast: Cast) -> None:
    problem = a.a_raised_problem(services, cast)
    for who in (cast.olga, cast.amira):
        with refused(services, WrongState):
            do(services, "problem", problem, "settle", who)


def test_an_answer_that_does_not_help_is_asked_again_with_a_reason(services: Services, cast: Cast) -> None:
    problem = a.an_answered_problem(services, cast)
    with refused(services, ReasonRequired):
        do(services, "problem", problem, "reopen", cast.olga)
    with refused(services, NotPermitted):
        do(services, "problem", problem, "reopen", cast.amira, reason="不解决。")
    with watching(services) as seen:
        do(services, "problem", problem, "reopen", cast.olga, reason="经费仍未到账。")
    found = problem_row(services)
    assert (found.state, found.answer) == ("raised", "已商市财政局。")
    assert seen.letters == [("problem_raised", OFFICE)]
