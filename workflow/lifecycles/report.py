"""Periodic report 定期报告: called for when a period has ended, filed by the unit; its figures fill themselves in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from models import Report
from models.states import ReportState as R
from models.states import Role
from workflow.acts import Act
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.conduct_dates import NewDueDate, record_suspension
from workflow.facts import ReportStanding
from workflow.law import Action, Details, Lifecycle, Reason, system
from workflow.needs import not_cancelled
from workflow.problems import ProblemText, record_problem
from workflow.report_figures import figures_of
from workflow.standings import load_reports


class ReportFiling(Details):
    """What only people know: figures are not taken."""

    done: str = Field(min_length=1, max_length=10000, examples=["本月完成20家能源审计。"])
    next_steps: str = Field(min_length=1, max_length=10000, examples=["下月完成剩余15家。"])
    problems: list[ProblemText] = Field(
        default_factory=list, max_length=20, examples=[["部分高校审计经费尚未落实。"]]
    )


def owner_of_report(standing: ReportStanding) -> bool:
    """An owner (经办人) in the unit that is to report."""
    return standing.actor.holds(Role.OWNER, standing.unit_id)


def filed(act: Act[ReportStanding]) -> Mapping[str, Any]:
    """What was said, beside the figures as they stand now."""
    return {
        "done": act.details.done, "next_steps": act.details.next_steps, "filed_at": act.now,
        "filed_by": act.actor.person_id, "figures": figures_of(act.tx, act.standing.task.id, act.now),
    }  # fmt: skip


def raise_problems(act: Act[ReportStanding]) -> None:
    """Effect: each problem stands on the office's list by itself."""
    for text in act.details.problems:
        record_problem(act, text, act.standing.unit_id, act.standing.unit_name, act.subject_id)


REPORT = Lifecycle(
    "report",
    table=Report,
    states=R,
    root=("task", "task_id"),
    load=load_reports,
    actions=[
        Action("file", R.DUE, to=R.FILED, may=owner_of_report, takes=ReportFiling, needs=[not_cancelled],
               sets=filed, then=[raise_problems]),
        Action("redate", R.DUE, may=system, takes=NewDueDate, sets=lambda act: act.details.model_dump(),
               then=[record_suspension]),
        Action("follow_calendar", R.DUE, may=system, takes=CalendarDate, reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning],
               tells=[whose_date("reckoned_again")], own_route=True),
    ],
)  # fmt: skip
