"""Lists: a page at a time, by a cursor that names the last row seen, so that nothing is skipped or shown twice."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Date, Select, and_, or_

from models.base import Instant
from workflow.errors import Malformed, Missing

T = TypeVar("T")
LARGEST_NUMBER = 2**62
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
"""An id or a year in a filter: a database counts to 2**63, and fails beyond it."""


class Page(BaseModel, Generic[T]):
    """Rows in order, and the cursor of the next page; null on the last one."""

    items: list[T]
    next: str | None = Field(examples=["WyJudW1iZXIiLDQsN10"])


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of a list is wanted."""

    limit: int
    cursor: str | None
    sort: str | None


def asked(
    limit: Annotated[int, Query(ge=1, le=200, description="Rows of a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before.")] = None,
    sort: Annotated[
        str | None, Query(max_length=40, description="A field of the list, `-` in front for descending.")
    ] = None,
) -> Asked:
    return Asked(limit, cursor, sort)


Paging = Annotated[Asked, Depends(asked)]


@dataclass(frozen=True, slots=True)
class Order:
    """The orders that a list offers, each an expression that is never NULL; ties go by `row_id`."""

    row_id: Any
    by: Mapping[str, Any]

    def chosen(self, sort: str | None) -> tuple[str, Any, bool]:
        """Name, expression, descending. Malformed for a field that is no order of this list."""
        name = (sort or "id").removeprefix("-")
        orders = {"id": self.row_id, **self.by}
        if name not in orders:
            raise Malformed(missing=[Missing("sort", {"field": "sort", "known": ", ".join(orders)})])
        return name, orders[name], (sort or "").startswith("-")


def fetch(
    tx: Connection, statement: Select[Any], order: Order, wanted: Asked, bound: Mapping[str, Any],
    build: Callable[[Any], T],
) -> dict[str, Any]:  # fmt: skip
    """One page of `statement` as `Page` wants it: one row more than asked tells whether there is a next."""
    name, key, descending = order.chosen(wanted.sort)
    spelled = f"-{name}" if descending else name
    if wanted.cursor is not None:
        statement = statement.where(_beyond(order, key, descending, _read(wanted.cursor, spelled, key)))
    directed = [key.desc(), order.row_id.desc()] if descending else [key, order.row_id]
    statement = statement.add_columns(key.label("sort_key"), order.row_id.label("sort_id"))
    rows = tx.execute(statement.order_by(*directed).limit(wanted.limit + 1), dict(bound)).all()
    shown = rows[: wanted.limit]
    further = _write(spelled, shown[-1]) if len(rows) > len(shown) else None
    return {"items": [build(row) for row in shown], "next": further}


def _beyond(order: Order, key: Any, descending: bool, last: tuple[Any, int]) -> Any:
    value, row_id = last
    if descending:
        return or_(key < value, and_(key == value, order.row_id < row_id))
    return or_(key > value, and_(key == value, order.row_id > row_id))


def _write(spelled: str, row: Any) -> str:
    text = json.dumps([spelled, row.sort_key, row.sort_id], default=str, ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, spelled: str, key: Any) -> tuple[Any, int]:
    """The last row's place; Malformed for a cursor of another list or order, or for no cursor of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, value, row_id = _three(json.loads(text))
        if name != spelled or not _is_number(row_id):
            raise ValueError
        return _last(key.type, value), row_id
    except (ValueError, TypeError, RecursionError, binascii.Error, UnicodeDecodeError):
        raise Malformed(missing=[Missing("cursor", {"field": "cursor"})]) from None


def _last(kind: Any, value: Any) -> Any:
    """The last row's value, of the column's type; ValueError for what no row can hold."""
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Instant):
        return _moment(datetime.fromisoformat(value))
    if kind.python_type is int:
        if _is_number(value):
            return value
    elif isinstance(value, kind.python_type) and "\0" not in value:
        return value
    raise ValueError


def _moment(value: datetime) -> datetime:
    """Without its zone it names no moment."""
    if value.tzinfo is None:
        raise ValueError
    return value


def _is_number(value: Any) -> bool:
    """JSON's true is Python's 1."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _three(read: Any) -> Sequence[Any]:
    if not isinstance(read, list) or len(read) != 3:
        raise ValueError
    return read
