"""The office's own settings: what is printed on its notices."""

from __future__ import annotations

from fastapi import APIRouter

from api.callers import SignedIn
from api.errors import refusals
from api.transactions import Look, Now, Tx
from workflow.directory.letterhead import enter_letterhead
from workflow.errors import NotFound
from workflow.offices import Office, office

router = APIRouter(prefix="/office", tags=["directory"])


@router.get("", responses=refusals(401, 404))
def show(caller: SignedIn, tx: Look) -> Office:
    """The settings in force; 404 while nobody has entered them."""
    settled = office(tx)
    if settled is None:
        raise NotFound(kind="office")
    return settled


@router.put("", responses=refusals(401, 403, 409, 422))
def enter(given: Office, caller: SignedIn, tx: Tx, now: Now) -> Office:
    """Enter or replace them. Papers that were issued keep what they were issued with."""
    enter_letterhead(tx, given, caller.person_id, now)
    return given
