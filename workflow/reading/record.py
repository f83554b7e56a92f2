"""A reading as plain data and back: what an import stores, `--json` prints and the YAML export writes.

Quantities are strings (exact decimals survive JSON), dates are ISO 8601, words of the enumerations their
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from workflow.errors import Malformed, Missing
from workflow.reading.shape import Reading


def to_record(value: Any) -> Any:
    """`value` (a reading or any part of one) as dicts, lists, strings, numbers, booleans and None."""
    if is_dataclass(value):
        return {field.name: to_record(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [to_record(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_record(item) for key, item in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | StrEnum) else value


def from_record(record: Mapping[str, Any]) -> Reading:
    """The reading that `to_record` gave away. Raises `Malformed`, naming the field, for anything else."""
    reading: Reading = _build(Reading, record, "reading")
    return reading


def _build(kind: Any, value: Any, path: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        wanted = next(argument for argument in arguments if argument is not NoneType)
        return None if value is None else _build(wanted, value, path)
    if origin is tuple:
        listed = _expect(value, list, path)
        return tuple(_build(arguments[0], item, f"{path}[{place}]") for place, item in enumerate(listed))
    if origin is not None:
        named = _expect(value, Mapping, path)
        return {key: _build(arguments[1], item, f"{path}.{key}") for key, item in named.items()}
    if is_dataclass(kind):
        return _object(kind, _expect(value, Mapping, path), path)
    return _plain(kind, value, path)


def _object(kind: Any, record: Mapping[str, Any], path: str) -> Any:
    hints = get_type_hints(kind)
    if unknown := sorted(set(map(str, record)) ^ set(hints)):
        raise _malformed(f"{path}.{unknown[0]}")
    return kind(**{name: _build(hint, record[name], f"{path}.{name}") for name, hint in hints.items()})


def _plain(kind: Any, value: Any, path: str) -> Any:
    if kind in (int, bool):
        return _expect(value, kind, path)
    text = _expect(value, str, path)
    try:
        return date.fromisoformat(text) if kind is date else kind(text)
    except (ValueError, InvalidOperation) as error:
        raise _malformed(path) from error


def _expect(value: Any, kind: Any, path: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _malformed(path)
    return value


def _malformed(path: str) -> Malformed:
    return Malformed(missing=[Missing("reading_field", {"field": path})])
