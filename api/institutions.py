"""The register of public institutions 公共机构: a list, one, and what keeps it up: by hand and by sheets."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, or_, select

from api.actions import PREFIX, Id, IfMatch, seen_version
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Acting, ActRoute
from api.names import unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere, Tx
from api.views import UnitName, Version
from api.workbooks import WORKBOOK, Workbook, send_workbook
from models import Institution, Unit
from workflow import visibility
from workflow.adapters.editions import to_simplified
from workflow.civil import day_of
from workflow.errors import NotFound
from workflow.figures import plain
from workflow.institutions import register
from workflow.institutions.intake import import_institutions, permit_import
from workflow.institutions.names import fold, spell_code

router = APIRouter(tags=["institutions"])
acts = APIRouter(tags=["institutions"], route_class=ActRoute)
"""Routes whose answers may be kept under an Idempotency-Key."""
ORDER = Order(Institution.id, {"name": Institution.name, "district": Institution.district})
NAMED = (
    Institution.id, Institution.code, Institution.name, Institution.district, Institution.ended_on,
    Institution.version,
)  # fmt: skip
KEPT = (Institution.sort, Institution.floor_area, Institution.users, Institution.unit_id)
WHOLE = visibility.whole_institution()


class InstitutionView(BaseModel):
    """An institution; what is not for the caller is null, and `whole` says so."""

    id: int = Field(examples=[7])
    code: str | None = Field(examples=["12310000425006117P"])
    name: str = Field(examples=["青浦区第一小学"])
    district: str = Field(examples=["青浦区"])
    ended_on: date | None = Field(description="The first day on which it is no more.", examples=[None])
    whole: bool = Field(description="Whether the caller sees all that the register has.", examples=[True])
    sort: str | None = Field(examples=["学校"])
    unit: UnitName | None
    floor_area: str | None = Field(description="m².", examples=["12500.5"])
    users: int | None = Field(examples=[860])
    version: Version


class InstitutionFilter(BaseModel):
    """Which institutions. `unit` finds only those that the caller sees whole."""

    q: str | None = Field(
        default=None, max_length=100, description="Part of the name or code, however typed."
    )
    district: str | None = Field(default=None, max_length=40, examples=["青浦区"])
    unit: Number | None = Field(default=None, description="Of that unit or its departments.")
    ended: bool = Field(default=False, description="Those that have ended as well.")


class InstitutionEnding(register.InstitutionEnd):
    reason: str = Field(min_length=1, max_length=2000, examples=["撤并，职能并入青浦区第二小学。"])


class InstitutionResuming(BaseModel):
    reason: str = Field(min_length=1, max_length=2000, examples=["误录终止。"])


class ImportDone(BaseModel):
    """What was counted; with `check` what would be, and nothing was kept."""

    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    counts: dict[str, int] = Field(examples=[{"added": 120, "changed": 3, "unchanged": 0}])
    kept: bool = Field(examples=[True])


CONDITIONS: dict[str, Any] = {
    "q": lambda v: or_(
        Institution.folded_name.contains(fold(v, to_simplified), autoescape=True),
        Institution.code.contains(spell_code(v), autoescape=True),
    ),
    "district": lambda v: Institution.district == fold(v, to_simplified),
    "unit": lambda v: and_(WHOLE, Institution.unit_id.in_(_within(v))),
}


def _within(unit_id: int) -> Select[Any]:
    """A unit and its departments."""
    return select(Unit.id).where(or_(Unit.id == unit_id, Unit.organ_id == unit_id))


def _statement() -> Select[Any]:
    name = unit_name(Institution.unit_id, Institution)
    return visibility.institutions(*NAMED, *KEPT, name, WHOLE.label("whole"))


def _view(row: Any) -> InstitutionView:
    named = {column.key: row._mapping[column.key] for column in NAMED}
    if not row.whole:
        return InstitutionView(**named, whole=False, sort=None, unit=None, floor_area=None, users=None)
    return InstitutionView(
        **named, whole=True, sort=row.sort, users=row.users,
        unit=None if row.unit_id is None else UnitName(id=row.unit_id, name=row.unit_name),
        floor_area=None if row.floor_area is None else plain(row.floor_area),
    )  # fmt: skip


@router.get("/institutions", operation_id="list_institutions", responses=refusals(401, 422))
def list_institutions(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[InstitutionFilter, Query()]
) -> Page[InstitutionView]:
    """The register. Orders: id, name, district."""
    given = wanted.model_dump(exclude_none=True, exclude={"ended"})
    statement = _statement().where(*(CONDITIONS[name](value) for name, value in given.items()))
    if not wanted.ended:
        present = or_(Institution.ended_on.is_(None), Institution.ended_on > day_of(now))
        statement = statement.where(present)
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _view)
    return Page[InstitutionView](**found)


@router.get("/institutions/template", operation_id="get_institutions_template", responses=refusals(401))
def template(caller: SignedIn) -> Response:
    """An empty workbook with the headings, in the reader's language."""
    from workflow.adapters.institution_sheets import institutions_template  # openpyxl takes a while to load

    return send_workbook(institutions_template(caller.language), "duban-institutions-template.xlsx")


@router.post("/institutions/imports", operation_id="import_institutions", status_code=201, openapi_extra=WORKBOOK,
             responses=refusals(401, 403, 409, 412, 413, 422))  # fmt: skip
def take_in(
    caller: SignedIn, data: Workbook, services: ServicesHere, now: Now,
    check: Annotated[bool, Query(description="Only look: nothing is kept.")] = False,
) -> ImportDone:  # fmt: skip
    """Take in the register's rows: all, or none with every bad cell named."""
    from workflow.adapters.institution_sheets import read_institutions_book

    with services.reading() as tx:
        permit_import(tx, caller.person_id, now)
    sheet, sha256 = read_institutions_book(data), hashlib.sha256(data).hexdigest()
    with services.transaction() as tx, tx.begin_nested() as trial:
        imported = import_institutions(tx, sheet, sha256, caller.person_id, now, to_simplified)
        if check:
            trial.rollback()
    return ImportDone(sha256=sha256, counts=dict(imported.counts), kept=not check)


def _shown(tx: Any, institution_id: int, caller: SignedIn, now: Any, response: Response) -> InstitutionView:
    statement = _statement().where(Institution.id == institution_id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="institution")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)


@router.get("/institutions/{id}", operation_id="get_institution", responses=refusals(401, 404))
def get_institution(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> InstitutionView:
    """One institution."""
    return _shown(tx, id, caller, now, response)


@acts.post(
    "/institutions", operation_id="enter_institution", status_code=201, responses=refusals(401, 403, 409, 422)
)
def enter_institution(
    given: register.NewInstitution, caller: SignedIn, tx: Acting, now: Now, response: Response
) -> InstitutionView:
    """A new institution."""
    institution_id = register.enter(tx, given, caller.person_id, now, to_simplified)
    response.headers["Location"] = f"{PREFIX}/institutions/{institution_id}"
    return _shown(tx, institution_id, caller, now, response)


@router.patch(
    "/institutions/{id}", operation_id="amend_institution", responses=refusals(401, 403, 404, 409, 412, 422)
)
def amend_institution(
    id: Id, given: register.InstitutionChange, caller: SignedIn, tx: Tx, now: Now, response: Response,
    if_match: IfMatch = None,
) -> InstitutionView:  # fmt: skip
    """Correct what the register says."""
    register.amend(tx, id, given, caller.person_id, now, to_simplified, seen=seen_version(if_match))
    return _shown(tx, id, caller, now, response)


@acts.post(
    "/institutions/{id}/end", operation_id="end_institution", responses=refusals(401, 403, 404, 409, 412, 422)
)
def end_institution(
    id: Id, given: InstitutionEnding, caller: SignedIn, tx: Acting, now: Now, response: Response,
    if_match: IfMatch = None,
) -> InstitutionView:  # fmt: skip
    """It is no more from a day on."""
    ending = register.InstitutionEnd(ended_on=given.ended_on)
    seen = seen_version(if_match)
    register.end(tx, id, ending, caller.person_id, now, reason=given.reason, seen=seen)
    return _shown(tx, id, caller, now, response)


@acts.post(
    "/institutions/{id}/resume",
    operation_id="resume_institution",
    responses=refusals(401, 403, 404, 409, 412, 422),
)
def resume_institution(
    id: Id, given: InstitutionResuming, caller: SignedIn, tx: Acting, now: Now, response: Response,
    if_match: IfMatch = None,
) -> InstitutionView:  # fmt: skip
    """It was ended by mistake."""
    register.resume(tx, id, caller.person_id, now, reason=given.reason, seen=seen_version(if_match))
    return _shown(tx, id, caller, now, response)


router.include_router(acts)
