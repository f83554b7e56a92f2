"""The working-day calendar 工作日历: by year its State Council notice, its days, and every edition of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.callers import Caller, SignedIn
from api.errors import refusals
from api.names import person, person_name
from api.transactions import Look, Now
from api.views import PersonName, Version
from models import CalendarEdition, CalendarYear, Task
from workflow import visibility
from workflow.calendar import working_calendar
from workflow.calendar_notices.courses import Moved
from workflow.calendar_notices.entering import CalendarNotice
from workflow.calendar_notices.previewing import preview
from workflow.calendar_notices.recounting import Root
from workflow.deadlines import DAY, WorkingCalendar
from workflow.errors import NotFound

router = APIRouter(prefix="/calendar", tags=["calendar"])
Year = Annotated[int, Path(ge=1, le=2**62, description="The year.", examples=[2027])]
SHOWN = 500
"""Moves that a preview names; the others it counts."""


class CalendarYearRow(BaseModel):
    """A year: as its notice has it, or of the week alone while it is `provisional`."""

    id: int = Field(description="The year.", examples=[2027])
    state: str = Field(examples=["noticed"])
    notice: str | None = Field(description="The notice's number.", examples=["国办发明电〔2022〕16号"])
    source: str | None = Field(examples=["国务院办公厅关于2023年部分节假日安排的通知"])
    verified: bool = Field(description="Whether the number was compared with its source.", examples=[True])
    working_days: int = Field(examples=[249])
    version: Version


class EditionView(BaseModel):
    """A year's notice as it was entered, or corrected. Editions stay; the latest holds."""

    edition: int = Field(examples=[1])
    notice: str = Field(examples=["国办发明电〔2022〕16号"])
    source: str | None = Field(examples=["国务院办公厅关于2023年部分节假日安排的通知"])
    verified: bool = Field(examples=[True])
    days_off: list[date] = Field(examples=[["2023-01-01", "2023-01-02"]])
    days_worked: list[date] = Field(examples=[["2023-01-28"]])
    reason: str | None = Field(
        description="Why it corrects the one before it.", examples=["补录调休上班日。"]
    )
    entered_at: datetime | None = Field(
        description="null: before editions were kept.", examples=["2022-12-08T03:00:00Z"]
    )
    entered_by: PersonName | None = Field(description="null: it ships with Duban.")
    followed_at: datetime | None = Field(
        description="When every due date had been reckoned again by it; null: that is under way.",
        examples=["2022-12-08T03:20:00Z"],
    )


class CalendarYearView(CalendarYearRow):
    """A year with its days, and every edition of its notice, the latest first."""

    days_off: list[date] = Field(
        description="Days that the notice takes off.", examples=[["2023-01-01", "2023-01-02"]]
    )
    days_worked: list[date] = Field(description="Weekend days worked.", examples=[["2023-01-28"]])
    editions: list[EditionView]


class WouldMove(BaseModel):
    """A due date that the notice would move."""

    kind: str = Field(examples=["milestone"])
    id: int = Field(examples=[7])
    root_kind: str = Field(examples=["task"])
    root_id: int = Field(examples=[4])
    task: str | None = Field(
        description="Number and name of the task, where the caller sees it.", examples=["4 推进能源审计"]
    )
    from_on: date = Field(examples=["2027-12-31"])
    to_on: date = Field(examples=["2027-12-30"])


class NoticePreview(BaseModel):
    """What would move if the notice were entered."""

    total: int = Field(examples=[36])
    counts: dict[str, int] = Field(description="How many of each kind.", examples=[{"milestone": 36}])
    moves: list[WouldMove] = Field(description=f"The first {SHOWN}.")


@router.get("", operation_id="list_calendar", responses=refusals(401))
def list_calendar(caller: SignedIn, tx: Look) -> list[CalendarYearRow]:
    """Every year that is known, and the one whose notice is awaited: few, so never paged."""
    calendar = working_calendar(tx)
    rows = tx.execute(select(CalendarYear.__table__).order_by(CalendarYear.id))
    return [CalendarYearRow(**_own(row, calendar)) for row in rows]


@router.get("/{id}", operation_id="get_calendar_year", responses=refusals(401, 404))
def get_calendar_year(id: Year, caller: SignedIn, tx: Look, response: Response) -> CalendarYearView:
    """One year: its days, and every edition of its notice with its reason."""
    row = tx.execute(select(CalendarYear.__table__).where(CalendarYear.id == id)).one_or_none()
    if row is None:
        raise NotFound(kind="calendar_year")
    response.headers["ETag"] = f'"{row.version}"'
    calendar = working_calendar(tx)
    year = calendar.years[id]
    return CalendarYearView(
        **_own(row, calendar), days_off=sorted(year.off), days_worked=sorted(year.work), editions=_editions(tx, id)
    )  # fmt: skip


@router.post(
    "/{id}/preview", operation_id="preview_calendar_notice", responses=refusals(401, 403, 404, 409, 422)
)
def preview_notice(id: Year, body: CalendarNotice, caller: SignedIn, tx: Look, now: Now) -> NoticePreview:
    """What would move if this notice were entered, or corrected so; nothing is written. For admins of the office. It is
    refused as the act would be, with every fault by its day."""
    found = preview(tx, id, body, caller.person_id, now, SHOWN)
    names = _names(tx, [root.id for root, _ in found.moves if root.kind == "task"], caller, now)
    moves = [_would_move(root, moved, names) for root, moved in found.moves]
    return NoticePreview(total=sum(found.counts.values()), counts=dict(found.counts), moves=moves)


def _own(row: Any, calendar: WorkingCalendar) -> dict[str, Any]:
    before = date(row.id, 1, 1) - DAY
    own = {name: row._mapping[name] for name in ("state", "notice", "source", "verified", "version")}
    return {"id": row.id, **own, "working_days": calendar.between(before, date(row.id, 12, 31))}


def _editions(tx: Connection, year: int) -> list[EditionView]:
    names = tuple(name for name in EditionView.model_fields if name != "entered_by")
    columns = (
        *(getattr(CalendarEdition, name) for name in names), CalendarEdition.entered_by.label("enterer_id"),
        person_name(CalendarEdition.entered_by, CalendarEdition),
    )  # fmt: skip
    own = select(*columns).where(CalendarEdition.year == year).order_by(CalendarEdition.edition.desc())
    return [
        EditionView(
            **{name: row._mapping[name] for name in names}, entered_by=person(row.enterer_id, row.person_name)
        )
        for row in tx.execute(own)
    ]


def _names(tx: Connection, ids: Sequence[int], caller: Caller, now: datetime) -> dict[int, str]:
    statement = visibility.tasks(Task.id, Task.number, Task.name).where(Task.id.in_(set(ids)))
    rows = tx.execute(statement, visibility.bound(caller.person_id, now))
    return {row.id: f"{row.number} {row.name}" for row in rows}


def _would_move(root: Root, moved: Moved, names: dict[int, str]) -> WouldMove:
    task = names.get(root.id) if root.kind == "task" else None
    return WouldMove(
        kind=moved.kind, id=moved.id, root_kind=root.kind, root_id=root.id, task=task, from_on=moved.from_on,
        to_on=moved.to_on,
    )  # fmt: skip
