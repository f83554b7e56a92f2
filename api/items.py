"""Lists 清单: the named items behind figures, read by who may, and entered by workbooks."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Key, claim
from api.names import person, person_name, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from api.views import PersonName, TaskName, UnitName, Version
from api.workbooks import WORKBOOK, Workbook, send_workbook
from models import Indicator, Institution, ListItem, Person
from models.states import ItemState
from workflow import visibility
from workflow.acts import Event, facts
from workflow.adapters.editions import to_simplified
from workflow.errors import NotFound
from workflow.figures import plain
from workflow.law import LAWS
from workflow.lists.intake import enter_sheet, listed_indicator

router = APIRouter(tags=["items"])
ORDER = Order(ListItem.id, {"true_on": ListItem.true_on, "institution": ListItem.institution_id})
OWN = (
    "id", "milestone_id", "share_id", "indicator_id", "entry_id", "true_on", "note", "evidence_id", "state",
    "struck_reason", "struck_at", "entered_at", "version",
)  # fmt: skip


class ListedInstitution(BaseModel):
    """The institution that an item names."""

    id: int = Field(examples=[7])
    code: str | None = Field(examples=["12310000425006117P"])
    name: str = Field(examples=["青浦区第一小学"])
    district: str = Field(examples=["青浦区"])


class ItemView(BaseModel):
    """One institution that counts, or that was struck."""

    id: int = Field(examples=[51])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    share_id: int | None = Field(examples=[3])
    indicator_id: int = Field(examples=[11])
    metric: str = Field(examples=["能源审计"])
    institution: ListedInstitution
    unit: UnitName
    quantity: str = Field(description="In reported units.", examples=["1"])
    true_on: date = Field(examples=["2022-06-30"])
    note: str | None = Field(examples=[None])
    evidence_id: int | None = Field(examples=[5])
    entry_id: int = Field(description="The report in which it was first counted.", examples=[31])
    state: str = Field(examples=["counted"])
    struck_reason: str | None = Field(examples=[None])
    struck_at: datetime | None = Field(examples=[None])
    struck_by: PersonName | None
    entered_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    entered_by: PersonName
    version: Version


class ItemFilter(BaseModel):
    """Which items of those the caller sees."""

    task: Number | None = None
    milestone: Number | None = None
    share: Number | None = None
    indicator: Number | None = None
    institution: Number | None = None
    unit: Number | None = None
    state: ItemState | None = None


class ItemsEntered(BaseModel):
    """What was entered; with `check` what would be, and nothing was kept."""

    items: int = Field(examples=[20])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    seq: int = Field(description="The act's place in its task's chain.", examples=[9])
    kept: bool = Field(examples=[True])


COLUMNS = {
    "task": ListItem.task_id, "milestone": ListItem.milestone_id, "share": ListItem.share_id,
    "indicator": ListItem.indicator_id, "institution": ListItem.institution_id, "unit": ListItem.unit_id,
    "state": ListItem.state,
}  # fmt: skip


def _statement() -> Any:
    metric = select(Indicator.metric).where(Indicator.id == ListItem.indicator_id).correlate(ListItem)
    striker = select(Person.name).where(Person.id == ListItem.struck_by).correlate(ListItem)
    return visibility.items(
        *(getattr(ListItem, name) for name in OWN), ListItem.quantity, ListItem.unit_id, ListItem.struck_by,
        ListItem.entered_by, *task_columns(ListItem.task_id, ListItem), unit_name(ListItem.unit_id, ListItem),
        person_name(ListItem.entered_by, ListItem), striker.scalar_subquery().label("striker"),
        metric.scalar_subquery().label("metric"), Institution.id.label("institution_id"), Institution.code,
        Institution.name.label("institution_name"), Institution.district,
    ).join(Institution, Institution.id == ListItem.institution_id)  # fmt: skip


def _view(row: Any) -> ItemView:
    institution = ListedInstitution(
        id=row.institution_id, code=row.code, name=row.institution_name, district=row.district
    )
    return ItemView(
        **{name: row._mapping[name] for name in OWN}, task=task(row), metric=row.metric, institution=institution,
        unit=unit(row.unit_id, row.unit_name), quantity=plain(row.quantity),
        struck_by=person(row.struck_by, row.striker), entered_by=person(row.entered_by, row.person_name),
    )  # fmt: skip


@router.get("/items", operation_id="list_items", responses=refusals(401, 422))
def list_items(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ItemFilter, Query()]
) -> Page[ItemView]:
    """The items that the caller sees, struck ones as well. Orders: id, true_on, institution."""
    given = wanted.model_dump(exclude_none=True)
    statement = _statement().where(*(COLUMNS[name] == value for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _view)
    return Page[ItemView](**found)


@router.get("/items/{id}", operation_id="get_item", responses=refusals(401, 404))
def get_item(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ItemView:
    bound = visibility.bound(caller.person_id, now)
    row = tx.execute(_statement().where(ListItem.id == id), bound).one_or_none()
    if row is None:
        raise NotFound(kind="item")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)


def items_router(kind: str, noun: str) -> APIRouter:
    """The list of a milestone or a share by workbook: its template, and taking it in."""
    law, own = LAWS[kind], APIRouter(prefix=f"/{noun}", tags=[noun])

    @own.get("/{id}/items/template", operation_id=f"get_{kind}_items_template", responses=refusals(401, 404))
    def template(id: Id, caller: SignedIn, tx: Look, now: Now) -> Response:
        """An empty workbook with the headings of a list, in the reader's language."""
        from workflow.adapters.item_sheets import items_template  # openpyxl takes a while to load

        if not facts(tx, law, id, caller.person_id, now).seen:
            raise NotFound(kind=kind)
        return send_workbook(items_template(caller.language), f"duban-items-{kind}-{id}.xlsx")

    @own.post("/{id}/items", operation_id=f"enter_{kind}_items", status_code=201, response_model=ItemsEntered,
              openapi_extra=WORKBOOK, responses=refusals(401, 403, 404, 409, 413, 422))  # fmt: skip
    def take_in(
        id: Id, request: Request, caller: SignedIn, data: Workbook, services: ServicesHere, now: Now,
        indicator: Annotated[Number | None, Query(description="Its list; the only one by default.")] = None,
        check: Annotated[bool, Query(description="Only look: nothing is kept.")] = False, key: Key = None,
    ) -> Response:  # fmt: skip
        """Enter the items of a workbook: all rows, or none with every bad cell named."""
        from workflow.adapters.item_sheets import read_items_book

        with services.reading() as tx:
            standing = facts(tx, law, id, caller.person_id, now)
            law.admit(law.action("enter_items"), standing)
        indicator_id = listed_indicator(standing, indicator)
        sheet, sha256 = read_items_book(data), hashlib.sha256(data).hexdigest()
        with services.transaction() as tx, tx.begin_nested() as trial:
            asked = hashlib.sha256(request.url.query.encode() + b"\n" + data).hexdigest()
            taken = (
                claim(tx, caller.person_id, request.url.path, key, asked, now) if key is not None else None
            )
            event = enter_sheet(
                tx, law, id, sheet, indicator_id, sha256, caller.person_id, now, to_simplified
            )
            response = _entered(event, len(sheet.lines), sha256, kept=not check)
            if taken is not None:
                taken.keep(response)
            if check:
                trial.rollback()
        return response

    return own


def _entered(event: Event, count: int, sha256: str, *, kept: bool) -> Response:
    done = ItemsEntered(items=count, sha256=sha256, seq=event.seq, kept=kept)
    return JSONResponse(done.model_dump(), status_code=201)


for kind, noun in (("milestone", "milestones"), ("share", "shares")):
    router.include_router(items_router(kind, noun))
