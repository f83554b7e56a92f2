"""One statement reads a whole standing: a row's columns as one JSON array, its child rows as arrays of arrays.

Few round trips are what counts on the hot path, and the same statement serves one row or a hundred. Few columns
count as well: a driver describes each one anew for every answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Boolean, ColumnElement, ScalarSelect, String, bindparam, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")

values: Callable[[str], list[Any]] = json.JSONDecoder(parse_float=Decimal).decode
"""What a gathered text holds; numbers are exact."""
NO_ROWS = (None, "[]")
FIRST = itemgetter(0)


class row_of(FunctionElement[str]):  # noqa: N801  (reads as the SQL function that it is)
    """The given columns of one row as one JSON text, an array."""

    type = String()
    inherit_cache = True


@compiles(row_of, "postgresql")
def _row_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **options)})::text"


@compiles(row_of, "sqlite")
def _row_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


class rows_of(FunctionElement[str]):  # noqa: N801  (reads as the SQL function that it is)
    """An aggregate: the given columns of all rows as one JSON text, an array of arrays."""

    type = String()
    inherit_cache = True


@compiles(rows_of, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))::text"


@compiles(rows_of, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


class json_object(FunctionElement[Any]):  # noqa: N801  (reads as the SQL function that it is)
    """A JSON object of names and values in turn."""

    inherit_cache = True


@compiles(json_object, "postgresql")
def _object_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"jsonb_build_object({compiler.process(element.clauses, **options)})"


@compiles(json_object, "sqlite")
def _object_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


def object_of(**fields: Any) -> json_object:
    """A JSON object of the fields, made by the database."""
    return json_object(*(part for name, value in fields.items() for part in (literal(name, String), value)))


class names_file(FunctionElement[bool]):  # noqa: N801  (reads as the SQL function that it is)
    """Whether a text that was signed (`signing.signed_facts`) names a piece of evidence: (text, evidence id)."""

    type = Boolean()
    inherit_cache = True


@compiles(names_file, "postgresql")
def _names_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    text, id_ = (compiler.process(part, **options) for part in element.clauses)
    found = f"jsonb_build_object('id', {id_})"
    paths = ("$.evidence[*] ? (@[0] == $id)", "$.ties[*] ? (@[1] == $id)")
    return "(" + " OR ".join(f"jsonb_path_exists(({text})::jsonb, '{path}', {found})" for path in paths) + ")"


@compiles(names_file, "sqlite")
def _names_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text, id_ = (compiler.process(part, **options) for part in element.clauses)
    places = (("$.evidence", 0), ("$.ties", 1))
    found = (
        f"EXISTS (SELECT 1 FROM json_each({text}, '{list_}') AS named"  # noqa: S608  (both are compiled expressions)
        f" WHERE json_extract(named.value, '$[{place}]') = {id_})"
        for list_, place in places
    )
    return "(" + " OR ".join(found) + ")"


def gather(*columns: Any, where: ColumnElement[bool], of: Any = (), joining: Any = None) -> ScalarSelect[str]:
    """A column that holds child rows: `columns` of the rows that meet `where`, correlated to the tables `of`."""
    statement = select(rows_of(*columns)).where(where)
    if joining is not None:
        statement = statement.select_from(joining)
    return statement.correlate(*(of if isinstance(of, tuple) else (of,))).scalar_subquery()


def children(text: str | None, build: Callable[..., T]) -> tuple[T, ...]:
    """The rows of a gathered column, each through `build(*columns)`; numbers are exact.

    In the order of their first column, which is never null: the database promises none, and an update moves a row.
    """
    if text in NO_ROWS:
        return ()
    return tuple(build(*row) for row in sorted(values(text), key=FIRST))


def chosen(column: Any, *, one: bool) -> ColumnElement[bool]:
    """The rows that are asked for. One id is asked for by `=`: a list is spelled out anew at each execution."""
    chosen: ColumnElement[bool] = (
        column == bindparam("id") if one else column.in_(bindparam("ids", expanding=True))
    )
    return chosen


def is_one_of(column: Any, wanted: Iterable[str]) -> ColumnElement[bool]:
    """`IN` over values that never change; SQLAlchemy would spell a real one out anew at each execution."""
    return or_(*(column == value for value in wanted))


def asked(ids: Sequence[int]) -> dict[str, Any]:
    """The values for `chosen`; with `one=len(ids) == 1`."""
    return {"id": ids[0]} if len(ids) == 1 else {"ids": list(ids)}


def exact(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
