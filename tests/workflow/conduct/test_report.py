"""Periodic report 定期报告: the unit says what only people know; the figures fill themselves in and are kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import Part, Problem, Report, Share
from models.states import PartRole, PartState, Role
from tests.people import Cast, HandClock, add, add_person, add_unit, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, WrongState
from workflow.report_figures import figures_of


def row(services: Services, model: Any) -> Any:
    with services.reading() as tx:
        return tx.execute(select(model.__table__)).one()


def figures(services: Services, cast: Cast) -> list[dict[str, Any]]:
    with services.reading() as tx:
        return figures_of(tx, cast.task, services.clock())


def districts(services: Services, cast: Cast, *names: str) -> dict[str, tuple[int, int]]:
    """Contributors, each with an owner: (unit, owner) by name."""
    found = {}
    with services.transaction() as tx:
        for n, name in enumerate(names, 3):
            unit = add_unit(tx, f"D{n}", name, is_district=True)
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR, ordinal=n,
                state=PartState.ASSIGNED)  # fmt: skip
            found[name] = (unit, add_person(tx, f"d{n}", name, (Role.OWNER, unit)))
    return found


def break_down(
    services: Services, cast: Cast, units: dict[str, tuple[int, int]], quantity: str
) -> dict[str, int]:
    """The first milestone in equal shares: the share of each by name."""
    target = [{"indicator_id": cast.indicator, "quantity": quantity}]
    portions = [{"unit_id": unit, "targets": target} for unit, _ in units.values()]
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    with services.reading() as tx:
        shares = {unit: share for share, unit in tx.execute(select(Share.id, Share.unit_id))}
    return {name: shares[unit] for name, (unit, _) in units.items()}


def bring(services: Services, cast: Cast, share: int, owner: int, quantity: str) -> None:
    """A share from issued to accepted."""
    do(services, "share", share, "acknowledge", owner)
    do(services, "share", share, "start", owner)
    do(services, "share", share, "report", owner, details=a.progress(cast.indicator, quantity))
    do(services, "share", share, "attach", owner, details=file(sha256=f"{share:064d}"))
    do(services, "share", share, "submit", owner, details={"text": "已完成。"})
    do(services, "share", share, "accept", cast.olga)


def test_a_call_is_a_report_that_is_due_and_told(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    period = {"from_on": "2022-01-14", "upto_on": "2022-01-31", "due_on": "2022-02-11"}
    with watching(services) as seen:
        do(services, "task", cast.task, "call_report", None, details=period)
    found = row(services, Report)
    assert (found.state, found.unit_id, found.task_id) == ("due", cast.lead, cast.task)
    assert (found.from_on, found.upto_on, found.due_on) == (
        date(2022, 1, 14),
        date(2022, 1, 31),
        date(2022, 2, 11),
    )
    assert seen.events == [("task", "call_report", "acknowledged", None), ("report", "call", "due", None)]
    assert seen.letters == [("report_called", {"role": "owner", "unit_id": cast.lead})]


def test_filing_keeps_the_words_and_the_figures_as_they_stand(services: Services, cast: Cast) -> None:
    report = a.a_due_report(services, cast)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "180"))
    with watching(services) as seen:
        do(services, "report", report, "file", cast.olga, details=a.told())
    found = row(services, Report)
    assert (found.state, found.done, found.next_steps) == ("filed", "完成20家。", "下月完成15家。")
    assert (found.filed_by, found.filed_at) == (cast.olga, services.clock())
    assert [(f["year"], f["metric"], f["reached"], f["target"], f["unit"]) for f in found.figures] == [
        (2022, "能源审计", "180", "300", "家"),
        (2023, "能源审计", None, "300", "家"),
    ]
    assert seen.events == [("report", "file", "filed", cast.olga)]
    assert seen.letters == []
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "20"))
    assert row(services, Report).figures == found.figures
    assert figures(services, cast)[0]["reached"] == "200"


def test_of_what_was_broken_down_it_says_who_is_in_and_who_is_missing(services: Services, cast: Cast) -> None:
    report = a.a_due_report(services, cast)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    units = districts(services, cast, "青浦区机管局", "崇明区机管局", "金山区机管局")
    shares = break_down(services, cast, units, "100")
    bring(services, cast, shares["青浦区机管局"], units["青浦区机管局"][1], "100")
    do(services, "share", shares["金山区机管局"], "waive", cast.olga, reason="已并入崇明。")
    do(services, "report", report, "file", cast.olga, details=a.told())
    first, second = row(services, Report).figures
    assert (first["reached"], first["met"]) == ("100", False)
    assert (first["shares_in"], first["shares_missing"]) == (["青浦区机管局"], ["崇明区机管局"])
    assert (second["shares_in"], second["shares_missing"]) == ([], [])


def test_each_problem_of_a_report_stands_on_the_offices_list(services: Services, cast: Cast) -> None:
    report = a.a_due_report(services, cast)
    with watching(services) as seen:
        do(services, "report", report, "file", cast.olga, details=a.told("缺经费。", "缺人员。"))
    with services.reading() as tx:
        columns = (Problem.text, Problem.report_id, Problem.unit_id, Problem.state, Problem.raised_by)
        found = [tuple(each) for each in tx.execute(select(*columns).order_by(Problem.id))]
    assert found == [(text, report, cast.lead, "raised", cast.olga) for text in ("缺经费。", "缺人员。")]
    assert seen.acts == ["report.file", "problem.raise", "problem.raise"]
    assert seen.letters == [("problem_raised", {"role": "supervisor", "office": True})] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"figures": [{"indicator_id": 2, "quantity": "300"}]},
        {"done": ""},
        {"next_steps": None},
        {"problems": [""]},
        {"problems": ["难"] * 21},
    ],
    ids=["figures", "done", "next", "empty problem", "too many"],
)
def test_what_the_system_knows_is_not_taken_and_what_only_people_know_is_asked(
    services: Services, cast: Cast, wrong: dict[str, Any]
) -> None:
    report = a.a_due_report(services, cast)
    with refused(services, Malformed) as error:
        do(services, "report", report, "file", cast.olga, details=a.told() | wrong)
    assert error.value.missing[0].facts["field"].split(".")[0] in wrong


def test_a_report_is_filed_once_by_the_unit_that_is_to_report(services: Services, cast: Cast) -> None:
    report = a.a_due_report(services, cast)
    for other in (cast.rashid, cast.jun, cast.amira):
        with refused(services, NotPermitted):
            do(services, "report", report, "file", other, details=a.told())
    do(services, "report", report, "file", cast.olga, details=a.told())
    with refused(services, WrongState):
        do(services, "report", report, "file", cast.olga, details=a.told())


def test_nobody_reports_on_a_cancelled_task(services: Services, cast: Cast) -> None:
    report = a.a_due_report(services, cast)
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    with refused(services, NotReady) as error:
        do(services, "report", report, "file", cast.olga, details=a.told())
    assert [lack.code for lack in error.value.missing] == ["not_cancelled"]


def test_a_suspension_moves_what_is_still_due(services: Services, cast: Cast, clock: HandClock) -> None:
    """Suspended on Monday 7 February 2022 and resumed on Monday the 14th: five working days."""
    a.a_due_report(services, cast)
    clock.go_to(2022, 2, 7)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 2, 14)
    with watching(services) as seen:
        do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert row(services, Report).due_on == date(2022, 2, 18)
    assert seen.acts == ["task.resume", "work_plan.redate", "report.redate"]


def test_a_suspension_moves_no_report_that_was_filed(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_filed_report(services, cast)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 1, 24)
    do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert row(services, Report).due_on == date(2022, 2, 11)
