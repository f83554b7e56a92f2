"""Within which figure an institution counts once, and what the rows of a list mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, or_, select

from models import Institution, ListItem, Milestone, Unit
from models.states import ItemState
from workflow.definition_cards import Once
from workflow.facts import CountedFact, IndicatorFact, InstitutionFact, Named
from workflow.institutions.names import fold, spell_code
from workflow.law import Simplify


class NamesOne(Protocol):
    """A row that names an institution."""

    @property
    def institution(self) -> str: ...
    @property
    def district(self) -> str | None: ...


def scope_of(indicator: IndicatorFact) -> int | None:
    """The indicator within which an institution counts once: over the years the task's goal, else the year's figure."""
    if indicator.card.once is Once.EVER:
        return indicator.goal_id or indicator.id
    return indicator.id if indicator.card.once is Once.YEARLY else None


def read_named(tx: Connection, rows: Sequence[NamesOne], scope_id: int | None, simplify: Simplify) -> Named:
    """The institutions that rows may mean, and where those count already within the scope: two statements."""
    asked = [(spell_code(row.institution), fold(row.institution, simplify)) for row in rows]
    columns = (Institution.id, Institution.name, Institution.district, Institution.ended_on)
    known = tx.execute(
        select(*columns, Institution.code, Institution.folded_name)
        .where(
            or_(
                Institution.code.in_({code for code, _ in asked}),
                Institution.folded_name.in_({folded for _, folded in asked}),
            )
        )
        .order_by(Institution.id)
    ).all()
    by_code = {found.code: found for found in known if found.code is not None}
    by_name: dict[str, list[Any]] = {}
    for found in known:
        by_name.setdefault(found.folded_name, []).append(found)
    meant = tuple(
        _within(row.district, [by_code[code]] if code in by_code else by_name.get(folded, []), simplify)
        for row, (code, folded) in zip(rows, asked, strict=True)
    )
    return Named(meant, counted_in(tx, scope_id, {found.id for each in meant for found in each}))


def _within(district: str | None, found: Sequence[Any], simplify: Simplify) -> tuple[InstitutionFact, ...]:
    wanted = None if district is None else fold(district, simplify)
    return tuple(
        InstitutionFact(row.id, row.name, row.district, row.ended_on)
        for row in found
        if wanted is None or row.district == wanted
    )


def counted_in(tx: Connection, scope_id: int | None, institutions: set[int]) -> Mapping[int, CountedFact]:
    """Which of the institutions count in a scope already, each by the item that counts."""
    if scope_id is None or not institutions:
        return {}
    statement = (
        select(
            ListItem.id,
            ListItem.institution_id,
            ListItem.unit_id,
            Unit.name,
            Milestone.year,
            ListItem.true_on,
        )
        .join(Unit, Unit.id == ListItem.unit_id)
        .join(Milestone, Milestone.id == ListItem.milestone_id)
        .where(
            ListItem.scope_id == scope_id,
            ListItem.state == ItemState.COUNTED,
            ListItem.institution_id.in_(institutions),
        )
    )
    return {row.institution_id: CountedFact(*row) for row in tx.execute(statement)}
