"""Periodic reports 定期报告: a list, and one with its figures; while it is due they fill themselves in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, UnitName, Version
from models import Problem, Report
from models.states import ReportState
from workflow import visibility
from workflow.errors import NotFound
from workflow.report_figures import figures_of

router = APIRouter(tags=["reports"])
OWN = ("id", "state", "from_on", "upto_on", "due_on", "version")
COLUMNS = (
    *(getattr(Report, name) for name in OWN), Report.unit_id, *task_columns(Report.task_id, Report),
    unit_name(Report.unit_id, Report),
)  # fmt: skip
MORE = ("done", "next_steps", "filed_at")
ORDER = Order(Report.id, {"due_on": Report.due_on})


class ReportRow(BaseModel):
    """A periodic report in a list."""

    id: int = Field(examples=[1])
    task: TaskName
    unit: UnitName
    from_on: date = Field(examples=["2022-02-01"])
    upto_on: date = Field(examples=["2022-02-28"])
    due_on: date = Field(examples=["2022-03-07"])
    state: str = Field(examples=["due"])
    version: Version


class ReportedFigure(BaseModel):
    """What an indicator has reached: by now while the report is due, else as it stood when it was filed."""

    year: int = Field(examples=[2022])
    milestone_id: int = Field(examples=[7])
    indicator_id: int = Field(examples=[11])
    metric: str = Field(examples=["能源审计"])
    reached: str | None = Field(description="null: nothing reported yet.", examples=["180"])
    target: str | None = Field(examples=["300"])
    unit: str | None = Field(examples=["家"])
    met: bool = Field(examples=[False])
    not_applicable: bool = Field(description="0/0: there is nothing to measure by.", examples=[False])
    shares_in: list[str] = Field(description="Units whose share is accepted.", examples=[["青浦区机管局"]])
    shares_missing: list[str] = Field(description="Units whose share is not.", examples=[["崇明区机管局"]])


class ReportedProblem(BaseModel):
    """A problem that the report raised."""

    id: int = Field(examples=[1])
    text: str = Field(examples=["部分高校审计经费尚未落实。"])
    state: str = Field(examples=["raised"])


class ReportView(ReportRow):
    """A periodic report with all that its page shows."""

    done: str | None = Field(examples=["本月完成20家能源审计。"])
    next_steps: str | None = Field(examples=["下月完成剩余15家。"])
    filed_at: datetime | None = Field(examples=["2022-03-04T02:00:00Z"])
    filed_by: PersonName | None
    figures: list[ReportedFigure]
    problems: list[ReportedProblem]


class ReportFilter(BaseModel):
    """Which reports of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    unit: Number | None = Field(default=None, description="The unit that is to report.")
    state: list[ReportState] = Field(default_factory=list, description="Any of these.")


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Report.task_id == v,
    "unit": lambda v: Report.unit_id == v,
    "state": lambda v: Report.state.in_(v),
}


def _row(row: Any) -> dict[str, Any]:
    named = {"task": task(row), "unit": unit(row.unit_id, row.unit_name)}
    return {**named, **{name: row._mapping[name] for name in OWN}}


@router.get("/reports", operation_id="list_reports", responses=refusals(401, 422))
def list_reports(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ReportFilter, Query()]
) -> Page[ReportRow]:
    """The caller's units' reports, and those on tasks that they lead or sign. Orders: id, due_on."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.reports(*COLUMNS)
    statement = statement.where(*(CONDITIONS[name](value) for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[ReportRow].model_validate(found)


@router.get("/reports/{id}", operation_id="get_report", responses=refusals(401, 404))
def get_report(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ReportView:
    """One report. While it is due, `figures` are a draft of what filing will keep: what has been reached by now."""
    more = (*(getattr(Report, name) for name in MORE), Report.figures, Report.filed_by)
    statement = visibility.reports(*COLUMNS, *more, person_name(Report.filed_by, Report))
    row = tx.execute(statement.where(Report.id == id), visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="report")
    response.headers["ETag"] = f'"{row.version}"'
    figures = row.figures if row.state == ReportState.FILED else figures_of(tx, row.task_id, now)
    return ReportView(
        **_row(row), **{name: row._mapping[name] for name in MORE}, figures=figures,
        filed_by=person(row.filed_by, row.person_name), problems=_problems(tx, id),
    )  # fmt: skip


def _problems(tx: Connection, id: int) -> list[ReportedProblem]:
    statement = select(Problem.id, Problem.text, Problem.state).where(Problem.report_id == id)
    return [ReportedProblem(**row._mapping) for row in tx.execute(statement.order_by(Problem.id))]
