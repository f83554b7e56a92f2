"""Many acts by one request: a loop at the door, one transaction for each, and an answer for each.

An Idempotency-Key is claimed for every item by itself, in the item's own transaction: a request that was cut off in
the middle is sent again, and only what was not done is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.callers import Caller
from api.errors import Problem, problem
from api.idempotency import Replayed, claim
from workflow.bootstrap import Services
from workflow.conflicts import is_collision
from workflow.errors import DubanError

T = TypeVar("T")
MOST_ITEMS = 200


class ItemAnswer(BaseModel):
    """What became of one item."""

    place: int = Field(description="In the request, counted from 0.", examples=[0])
    ok: bool = Field(examples=[True])
    id: int | None = Field(description="What was made or changed.", examples=[7])
    state: str | None = Field(description="Where it stands now.", examples=["proposed"])
    problem: Problem | None = Field(description="Why it was refused.")


class BulkAnswer(BaseModel):
    """The answers, in the order of the request."""

    done: int = Field(examples=[1])
    refused: int = Field(examples=[0])
    items: list[ItemAnswer]


@dataclass(frozen=True, slots=True)
class Bulk(Generic[T]):
    """One request for many acts. `act` does one of them in the transaction it is given: (id, state)."""

    services: Services
    request: Request
    caller: Caller
    now: datetime
    key: str | None
    asked: str
    """The whole request, as text."""
    act: Callable[[Connection, T], tuple[int, str]]

    def answer(self, items: Sequence[T]) -> BulkAnswer:
        answers = [self._one(place, item) for place, item in enumerate(items)]
        done = sum(answer.ok for answer in answers)
        return BulkAnswer(done=done, refused=len(answers) - done, items=answers)

    def _one(self, place: int, item: T) -> ItemAnswer:
        try:
            with self.services.transaction() as tx:
                return self._act(tx, place, item)
        except Replayed as replayed:
            return ItemAnswer.model_validate_json(bytes(replayed.response.body))
        except DubanError as refusal:
            told = problem(self.request, refusal.code, facts=refusal.facts, missing=refusal.missing)
        except IntegrityError as error:
            if not is_collision(error):
                raise
            told = problem(self.request, "collision")
        return ItemAnswer(place=place, ok=False, id=None, state=None, problem=told)

    def _act(self, tx: Connection, place: int, item: T) -> ItemAnswer:
        taken = self._claim(tx, place) if self.key is not None else None
        id_, state = self.act(tx, item)
        answer = ItemAnswer(place=place, ok=True, id=id_, state=state, problem=None)
        if taken is not None:
            taken.keep(JSONResponse(answer.model_dump(mode="json")))
        return answer

    def _claim(self, tx: Connection, place: int) -> Any:
        asked = hashlib.sha256(f"{place}\n{self.asked}".encode()).hexdigest()
        route = f"{self.request.url.path}#{place}"
        return claim(tx, self.caller.person_id, route, str(self.key), asked, self.now)
