"""The directory: units, groups, people and their grants; by hand and by sheets.

Answers that hold an activation code are never kept: they come by routes that honour no Idempotency-Key.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.actions import PREFIX, Id, IfMatch, actions_router, seen_version
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Acting, ActRoute
from api.paging import Number, Order, Page, Paging, fetch
from api.sign_in import NO_STORE, GrantHeld
from api.transactions import Look, Now, ServicesHere, Tx
from api.workbooks import WORKBOOK, Workbook, send_workbook
from models import Person
from workflow.activation import Slip, issue_slip
from workflow.adapters.slips import PrintedSlip, print_slips
from workflow.bootstrap import Services
from workflow.civil import day_of
from workflow.directory import listing, people, units
from workflow.directory.intake import import_directory, permit_sheets
from workflow.directory.snapshot import to_rows
from workflow.lifecycles.person import PERSON
from workflow.standings import actor

router = APIRouter(tags=["directory"])
acts = APIRouter(tags=["directory"], route_class=ActRoute)
"""Routes whose answers may be kept under an Idempotency-Key."""


class MemberView(BaseModel):
    unit_id: int
    confirmed: bool = Field(description="False: proposed, to be confirmed by the office.")


class UnitView(BaseModel):
    """An organ, one of its departments, or a group."""

    id: int = Field(examples=[2])
    code: str = Field(examples=["JGJ"])
    name: str = Field(examples=["市机管局"])
    printed_name: str | None = Field(examples=["市機管局"])
    aliases: list[str]
    kind: str = Field(examples=["organ"])
    parent_id: int | None
    organ_id: int | None
    is_office: bool
    is_district: bool
    ended_on: date | None
    version: int
    members: list[MemberView]


class Units(BaseModel):
    items: list[UnitView]


class UnitEnding(units.UnitEnd):
    """The first day on which the unit is no more, and why."""

    reason: str = Field(min_length=1, max_length=2000, examples=["机构改革，职责并入市机管局。"])


class PersonRow(BaseModel):
    id: int = Field(examples=[21])
    login: str = Field(examples=["olga"])
    name: str = Field(examples=["欧文洁"])
    state: str = Field(examples=["active"])
    email: str | None
    phone: str | None
    language: str = Field(examples=["zh-Hans"])
    unit_id: int | None
    unit: str | None = Field(examples=["市机管局"])
    locked_until: datetime | None
    version: int


class PersonView(PersonRow):
    """A person with all grants, those that have ended as well, and who is above them today."""

    superior_id: int | None
    grants: list[GrantHeld]


class Invited(BaseModel):
    id: int = Field(examples=[21])


class SlipView(BaseModel):
    """The only answer that shows the code."""

    person_id: int
    login: str
    name: str
    unit: str | None
    code: str = Field(examples=["7KQM-2VXP-9RTD-HJ4W"])
    expires_at: datetime


class ImportDone(BaseModel):
    """What was counted, and the slips of people who are new; `Accept: text/html` gives the slips as a page to print."""

    sha256: str
    counts: dict[str, dict[str, int]] = Field(
        examples=[{"people": {"added": 2, "changed": 0, "unchanged": 40}}]
    )
    slips: list[SlipView]


def _shown(tx: Connection, unit_id: int, response: Response) -> UnitView:
    unit = UnitView(**listing.unit(tx, unit_id))
    response.headers["ETag"] = f'"{unit.version}"'
    return unit


@router.get("/units", responses=refusals(401))
def list_units(
    who: SignedIn, tx: Look, now: Now,
    ended: Annotated[bool, Query(description="Units that have ended as well.")] = False,
) -> Units:  # fmt: skip
    """All units with their members; names of units are no secret, they stand on the plan."""
    current = None if ended else day_of(now)
    return Units(items=[UnitView(**unit) for unit in listing.units(tx, current=current)])


@router.get("/units/{id}", responses=refusals(401, 404))
def show_unit(id: Id, who: SignedIn, tx: Look, response: Response) -> UnitView:
    """One unit."""
    return _shown(tx, id, response)


@acts.post("/units", status_code=201, responses=refusals(401, 403, 422))
def create_unit(given: units.NewUnit, who: SignedIn, tx: Acting, now: Now, response: Response) -> UnitView:
    """A new organ, department or group."""
    unit_id = units.create(tx, given, who.person_id, now)
    response.headers["Location"] = f"{PREFIX}/units/{unit_id}"
    return _shown(tx, unit_id, response)


@router.patch("/units/{id}", responses=refusals(401, 403, 404, 412, 422))
def amend_unit(
    id: Id,
    given: units.UnitChange,
    who: SignedIn,
    tx: Tx,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> UnitView:
    """Rename a unit or correct its other names; a former name stays as one of them."""
    units.amend(tx, id, given, who.person_id, now, seen=seen_version(if_match))
    return _shown(tx, id, response)


@router.put("/units/{id}/members", responses=refusals(401, 403, 404, 409, 412, 422))
def set_members(
    id: Id,
    given: units.Members,
    who: SignedIn,
    tx: Tx,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> UnitView:
    """Which organs a group stands for."""
    units.set_members(tx, id, given, who.person_id, now, seen=seen_version(if_match))
    return _shown(tx, id, response)


@acts.post("/units/{id}/end", responses=refusals(401, 403, 404, 409, 412, 422))
def end_unit(
    id: Id,
    given: UnitEnding,
    who: SignedIn,
    tx: Acting,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> UnitView:
    """End a unit from a date. What still hangs on it is named."""
    end = units.UnitEnd(ended_on=given.ended_on)
    units.end(tx, id, end, who.person_id, now, reason=given.reason, seen=seen_version(if_match))
    return _shown(tx, id, response)


PEOPLE = Order(Person.id, {"name": Person.name, "login": Person.login})


@router.get("/people", responses=refusals(401, 422))
def list_people(
    who: SignedIn, tx: Look, now: Now, wanted: Paging,
    unit_id: Annotated[Number | None, Query(description="A unit with its departments.")] = None,
    name: Annotated[str | None, Query(max_length=80, description="Part of a name or login.")] = None,
) -> Page[PersonRow]:  # fmt: skip
    """People that the caller may know of: colleagues; all, for those who see or administer the whole plan."""
    statement = people.search(actor(tx, who.person_id, now), unit_id=unit_id, name=name)
    found = fetch(tx, statement, PEOPLE, wanted, {}, _person_row)
    return Page[PersonRow](**found)


def _person_row(row: Any) -> PersonRow:
    return PersonRow(**{field: row._mapping[field] for field in PersonRow.model_fields})


@router.get("/people/{id}", responses=refusals(401, 404))
def show_person(id: Id, who: SignedIn, tx: Look, now: Now, response: Response) -> PersonView:
    """A person with their grants."""
    person = PersonView(**people.one(tx, actor(tx, who.person_id, now), id, now))
    response.headers["ETag"] = f'"{person.version}"'
    return person


@acts.post("/people", status_code=201, responses=refusals(401, 403, 422))
def invite(given: people.Invitation, who: SignedIn, tx: Acting, now: Now, response: Response) -> Invited:
    """A new person, who cannot sign in before a slip is issued and used."""
    person_id = people.invite(tx, given, who.person_id, now)
    response.headers["Location"] = f"{PREFIX}/people/{person_id}"
    return Invited(id=person_id)


@router.post("/people/{id}/slips", status_code=201, responses=refusals(401, 403, 404, 409))
def hand_out_slip(
    id: Id,
    who: SignedIn,
    tx: Tx,
    now: Now,
    services: ServicesHere,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """A new activation slip; earlier ones are spoilt. `Accept: text/html` gives a page to print."""
    slips = _slips(tx, [issue_slip(tx, id, who.person_id, now)])
    if "text/html" in (accept or ""):
        return _printed(slips, services, who.language)
    return Response(slips[0].model_dump_json(), 201, NO_STORE, "application/json")


@router.get("/directory/template", responses=refusals(401))
def template(who: SignedIn) -> Response:
    """An empty workbook with the sheets and headings, in the reader's language."""
    from workflow.adapters.directory_sheets import write_workbook  # openpyxl takes a while to load

    return send_workbook(write_workbook({}, who.language), "duban-directory-template.xlsx")


@router.get("/directory/export", responses=refusals(401, 403))
def export(who: SignedIn, tx: Look, now: Now) -> Response:
    """The whole directory as a workbook. Taken in again, it changes nothing."""
    from workflow.adapters.directory_sheets import write_workbook

    permit_sheets(tx, who.person_id, now)
    rows = to_rows(tx, day_of(now), who.language)
    return send_workbook(write_workbook(rows, who.language), f"duban-directory-{day_of(now)}.xlsx")


@router.post("/directory/imports", status_code=201, openapi_extra=WORKBOOK, response_model=ImportDone,
             responses=refusals(401, 403, 413, 422))  # fmt: skip
def import_sheets(
    who: SignedIn, data: Workbook, services: ServicesHere, now: Now,
    accept: Annotated[str | None, Header()] = None,
) -> Response:  # fmt: skip
    """Take in units, groups, people and grants: all rows, or none with every bad cell named."""
    from workflow.adapters.directory_sheets import read_workbook

    with services.reading() as tx:
        permit_sheets(tx, who.person_id, now)
    sheets, sha256 = read_workbook(data), hashlib.sha256(data).hexdigest()
    with services.transaction() as tx:
        imported = import_directory(tx, sheets, sha256, who.person_id, now)
        slips = _slips(tx, [issue_slip(tx, person, who.person_id, now) for person in imported.invited])
    if "text/html" in (accept or ""):
        return _printed(slips, services, who.language)
    counts = {sheet: dict(counted) for sheet, counted in imported.counts.items()}
    done = ImportDone(sha256=sha256, counts=counts, slips=slips)
    return Response(done.model_dump_json(), 201, NO_STORE, "application/json")


def _slips(tx: Connection, issued: list[Slip]) -> list[SlipView]:
    named = people.names(tx, [slip.person_id for slip in issued])
    return [
        SlipView(
            person_id=slip.person_id, code=slip.code, expires_at=slip.expires_at, **named[slip.person_id]
        )
        for slip in issued
    ]


def _printed(slips: list[SlipView], services: Services, language: str) -> Response:
    printed = [PrintedSlip(slip.name, slip.unit, slip.login, slip.code, slip.expires_at) for slip in slips]
    return HTMLResponse(print_slips(printed, services.settings.address, language), 201, NO_STORE)


router.include_router(acts)
router.include_router(actions_router(PERSON.kind, "people"))
