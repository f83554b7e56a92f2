"""Leaving, for a while or for good: a person's absences, and all that waits for them handed over by one request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.bulk import Bulk, ItemAnswer
from api.callers import Caller, SignedIn
from api.errors import Problem, refusals
from api.idempotency import Key, Replayed, claim
from api.names import person
from api.transactions import Look, Now, ServicesHere
from api.views import PersonName
from models import Absence, Person
from workflow.acts import facts, perform
from workflow.approvals.handing_over import held_seats
from workflow.civil import day_of
from workflow.directory.absences import seen_absences, to_end
from workflow.directory.orders import HandOver
from workflow.errors import NotFound
from workflow.law import RowId
from workflow.lifecycles import APPROVAL, PERSON

router = APIRouter(prefix="/people", tags=["directory"])


class AbsenceView(BaseModel):
    """Days, the first and the last one included, on which the substitute may sign."""

    id: int = Field(examples=[3])
    substitute: PersonName
    from_on: date = Field(examples=["2022-07-04"])
    to_on: date = Field(examples=["2022-07-15"])
    reason: str | None = Field(description="Not told to the substitute.", examples=["年休假"])
    ended_at: datetime | None = Field(description="When it was taken back early.", examples=[None])


class Absences(BaseModel):
    """A person's absences, the latest first."""

    items: list[AbsenceView]


@router.get("/{id}/absences", operation_id="list_absences", responses=refusals(401, 404))
def list_absences(id: Id, caller: SignedIn, tx: Look, now: Now) -> Absences:
    """Announced by the action `announce_absence`, ended by `end_absence`. All of them for oneself, who keeps the
    account, supervisors and auditors; for a substitute those in which they are it."""
    standing = facts(tx, PERSON, id, caller.person_id, now)
    if not standing.seen:
        raise NotFound(kind="person")
    statement = (
        select(Absence.__table__, Person.name.label("person_name"))
        .join(Person, Person.id == Absence.substitute_id)
        .where(seen_absences(standing))
        .order_by(Absence.from_on.desc(), Absence.id.desc())
    )
    return Absences(items=[_view(row, caller) for row in tx.execute(statement)])


def _view(row: Any, caller: Caller) -> AbsenceView:
    told = None if row.substitute_id == caller.person_id else row.reason
    return AbsenceView(
        id=row.id, substitute=person(row.substitute_id, row.person_name), from_on=row.from_on, to_on=row.to_on,
        reason=told, ended_at=row.ended_at,
    )  # fmt: skip


class HandingOver(BaseModel):
    """To whom everything goes, and why."""

    to_id: RowId = Field(examples=[8])
    reason: str = Field(min_length=1, max_length=2000, examples=["工作调动。"])


@dataclass(frozen=True, slots=True)
class Item:
    """What waits for somebody: a seat of an approval, or an absence of a person whose substitute they are."""

    kind: Literal["seat", "absence"]
    id: int
    of: int


class HandedItem(BaseModel):
    """What became of one thing that waited."""

    kind: Literal["seat", "absence"] = Field(
        description="A seat goes over; an absence ends.", examples=["seat"]
    )
    id: int = Field(examples=[41])
    approval_id: int | None = Field(description="The seat's.", examples=[2])
    person_id: int | None = Field(description="Who is absent.", examples=[None])
    ok: bool = Field(examples=[True])
    problem: Problem | None = Field(description="Why it still waits.")


class HandedOver(BaseModel):
    """The answers: seats first, then absences."""

    done: int = Field(examples=[1])
    refused: int = Field(examples=[0])
    items: list[HandedItem]


@router.post("/{id}/hand-over", operation_id="hand_over", responses=refusals(401, 403, 404, 409, 422, 503))
def hand_over(
    id: Id, body: HandingOver, request: Request, caller: SignedIn, services: ServicesHere, now: Now, key: Key = None
) -> HandedOver:  # fmt: skip
    """Hand over every seat that is the person's alone, and end the absences in which they are the substitute: each in a
    transaction of its own. What is refused is named, and still waits for them."""
    leaving = Leaving(id, body, caller, now)
    asked = body.model_dump_json()
    with services.transaction() as tx:
        items = leaving.order(tx, key, request.url.path, asked)
    bulk = Bulk(services, request, caller, now, key, asked, leaving.hand).answer(items)
    handed = [_handed(item, answer) for item, answer in zip(items, bulk.items, strict=True)]
    return HandedOver(done=bulk.done, refused=bulk.refused, items=handed)


@dataclass(frozen=True, slots=True)
class Leaving:
    """One person's hand-over, on the caller's word."""

    person_id: int
    body: HandingOver
    caller: Caller
    now: datetime

    def order(self, tx: Connection, key: str | None, route: str, asked: str) -> Sequence[Item]:
        """The act on the person: who may order it is judged there, and what waits is recorded. Asked again under the
        same key, it is what waited then."""
        try:
            taken = claim(tx, self.caller.person_id, route, key, _digest(asked), self.now) if key else None
        except Replayed as replayed:
            return [Item(**item) for item in json.loads(bytes(replayed.response.body))]
        items = self._waiting(tx)
        found = {kind: [item.id for item in items if item.kind == kind] for kind in ("seat", "absence")}
        details = HandOver(to_id=self.body.to_id, seats=found["seat"], absences=found["absence"])
        perform(tx, PERSON, self.person_id, "hand_over", self.caller.person_id, self.now, reason=self.body.reason,
                details=details)  # fmt: skip
        if taken is not None:
            taken.keep(JSONResponse([asdict(item) for item in items]))
        return items

    def _waiting(self, tx: Connection) -> list[Item]:
        seats = [Item("seat", seat.id, seat.approval_id) for seat in held_seats(tx, self.person_id)]
        ending = to_end(tx, self.person_id, day_of(self.now))
        return seats + [Item("absence", absence, absent) for absence, absent in ending]

    def hand(self, tx: Connection, item: Item) -> tuple[int, str]:
        """One thing, by the system on the caller's word: nobody else need see what it is about."""
        given: dict[str, Any] = {"reason": self.body.reason}
        if item.kind == "absence":
            event = perform(
                tx, PERSON, item.of, "end_absence", None, self.now, details={"absence_id": item.id}, **given
            )
        else:
            seat = {"seat_id": item.id, "from_id": self.person_id, "person_id": self.body.to_id,
                    "by_id": self.caller.person_id}  # fmt: skip
            event = perform(tx, APPROVAL, item.of, "hand_over", None, self.now, details=seat, **given)
        return item.id, event.to_state or ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _handed(item: Item, answer: ItemAnswer) -> HandedItem:
    of = {
        "seat": {"approval_id": item.of, "person_id": None},
        "absence": {"approval_id": None, "person_id": item.of},
    }
    return HandedItem(kind=item.kind, id=item.id, **of[item.kind], ok=answer.ok, problem=answer.problem)
