"""Breaking down by workbook: a milestone into units' shares, a share into those of the unit's own sub-units."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.actions import Done, Id, done
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Key, claim
from api.transactions import Look, Now, ServicesHere
from api.workbooks import WORKBOOK, Workbook, send_workbook
from workflow.acts import facts
from workflow.breakdown_sheet import break_down_by_sheet, places
from workflow.errors import NotFound, NotPermitted
from workflow.facts import MilestoneStanding
from workflow.law import LAWS

router = APIRouter(tags=["shares"])


def breakdown_router(kind: str, noun: str) -> APIRouter:
    """`GET /{noun}/{id}/breakdown.xlsx` and `POST /{noun}/{id}/breakdown` for what may be broken down."""
    law, own = LAWS[kind], APIRouter(prefix=f"/{noun}", tags=[noun])

    @own.get("/{id}/breakdown.xlsx", operation_id=f"get_{kind}_breakdown", responses=refusals(401, 403, 404))
    def give_out(id: Id, caller: SignedIn, tx: Look, now: Now) -> Response:
        """A row for each unit that may be given a share, with what it was given already; to be filled in further."""
        from workflow.adapters.breakdown_sheets import write_breakdown  # openpyxl takes a while to load

        standing = facts(tx, law, id, caller.person_id, now)
        if not standing.seen:
            raise NotFound(kind=kind)
        if isinstance(standing, MilestoneStanding) and not standing.reads_whole:
            raise NotPermitted(kind=kind, action="break_down")
        data = write_breakdown(places(tx, standing), standing.indicators, caller.language)
        return send_workbook(data, f"duban-breakdown-{kind}-{id}.xlsx")

    @own.post("/{id}/breakdown", operation_id=f"break_{kind}_down", status_code=201, response_model=Done,
              openapi_extra=WORKBOOK, responses=refusals(401, 403, 404, 409, 413, 422))  # fmt: skip
    def take_in(
        id: Id, request: Request, caller: SignedIn, data: Workbook, services: ServicesHere, now: Now, key: Key = None
    ) -> Response:  # fmt: skip
        """Issue the shares of a workbook: all rows, or none with every bad cell named."""
        from workflow.adapters.breakdown_sheets import read_breakdown

        with services.reading() as tx:
            standing = facts(tx, law, id, caller.person_id, now)
            law.admit(law.action("break_down"), standing)
        sheet, sha256 = read_breakdown(data, standing.indicators), hashlib.sha256(data).hexdigest()
        with services.transaction() as tx:
            taken = (
                claim(tx, caller.person_id, request.url.path, key, sha256, now) if key is not None else None
            )
            event = break_down_by_sheet(tx, law, id, sheet, standing, sha256, caller.person_id, now)
            response = JSONResponse(done(tx, law, event).model_dump(mode="json"), status_code=201)
            if taken is not None:
                taken.keep(response)
        return response

    return own


for kind, noun in (("milestone", "milestones"), ("share", "shares")):
    router.include_router(breakdown_router(kind, noun))
