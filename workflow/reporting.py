"""Periodic reports 定期报告: which periods are to be reported on, and the call for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import Field

from models import Report
from models.states import Reporting, ReportState
from workflow.acts import Act
from workflow.audiences import about_task, owners_of
from workflow.deadlines import DAY
from workflow.facts import TaskStanding
from workflow.law import Details, Telling
from workflow.periods import Period, period_of

REPORT_DAYS = 5
"""Working days after a period's end in which its report is to be filed."""


class ReportingInterval(Details):
    """How often reports are called for."""

    interval: Reporting = Field(examples=["monthly"])


class CalledReport(Details):
    """A period that has ended, and the day by which it is to be reported on."""

    from_on: date
    upto_on: date
    due_on: date


def ended_periods(interval: Reporting, covered_upto: date, since: date, today: date) -> Iterator[Period]:
    """The periods that ended from `since` to yesterday and reach beyond `covered_upto`, oldest first.

    Each begins where what was reported on ends, so that a change of the interval, or a time without one, leaves no day
    out and asks for none twice.
    """
    if interval is Reporting.NONE:
        return
    end = period_end(interval, since)
    while end < today:
        if end > covered_upto:
            yield Period(covered_upto + DAY, end)
            covered_upto = end
        end = period_end(interval, end + DAY)


def period_end(interval: Reporting, on: date) -> date:
    """The last day of the month or quarter that a day lies in."""
    return period_of(on, interval).upto_on


def reporting_columns(act: Act[Any]) -> Mapping[str, Any]:
    """The interval, of a task or of a plan, and the day since which it holds."""
    return {"reporting": act.details.interval, "reporting_from_on": act.today}


def open_report(act: Act[TaskStanding]) -> None:
    """Effect of calling: a report is due from the lead unit, and its owners are told."""
    details: CalledReport = act.details
    unit_id, period = act.standing.lead_id, details.model_dump()
    report_id = act.make(
        Report, task_id=act.subject_id, unit_id=unit_id, state=ReportState.DUE, **period
    )  # fmt: skip
    said = details.model_dump(mode="json")
    act.created("report", report_id, "call", ReportState.DUE, {**said, "unit_id": unit_id})
    facts = {**about_task(act), **said, "report_id": report_id}
    act.tell(Telling("report_called", owners_of(unit_id), facts))
