"""What lists are judged by: institutions that rows name, where they count already, and items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class InstitutionFact:
    id: int
    name: str
    district: str
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class CountedFact:
    """An item that counts: whose it is, and when it was true."""

    item_id: int
    institution_id: int
    unit_id: int
    unit_name: str
    year: int
    true_on: date


@dataclass(frozen=True, slots=True)
class Named:
    """What the rows of a list name: the institutions that each may mean, and those that count already in its scope."""

    meant: tuple[tuple[InstitutionFact, ...], ...]
    counted: Mapping[int, CountedFact]
    """By institution."""


@dataclass(frozen=True, slots=True)
class ItemFact:
    """A named item of a list. `scope_id`: within which figure its institution counts once."""

    id: int
    institution_id: int
    institution: str
    indicator_id: int
    scope_id: int | None
    entry_id: int
    unit_id: int
    quantity: Decimal
    true_on: date
    state: str
    version: int
