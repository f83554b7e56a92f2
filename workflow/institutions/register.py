"""Institutions are entered, amended, ended and resumed by hand; each of it is an event of their own chain.

They have dates and no states, like units. Everybody signed in may know an institution's code, name and district (they
stand on its door, and lists are matched by them); the rest is for who keeps or sees the whole register, and for the
organ that the institution belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, or_, select

from models import Institution
from models.states import Role, UnitKind
from workflow.actors import Actor
from workflow.civil import PlanDay
from workflow.directory.standing import UnitFact, load_units
from workflow.errors import Malformed, Missing, NotPermitted, NotReady
from workflow.institutions.names import LONGEST, Code, fold
from workflow.law import Details, Simplify, as_typed
from workflow.roots import enter_root, lock_root, record, write_root
from workflow.sheets import LARGEST_NUMBER
from workflow.standings import actor

TABLE: Any = Institution.__table__


class NewInstitution(Details):
    """An institution as the register takes it in."""

    code: Code | None = None
    name: str = Field(min_length=1, max_length=200, examples=["青浦区第一小学"])
    district: str = Field(
        default="", max_length=40, description="Empty for municipal ones.", examples=["青浦区"]
    )
    sort: str | None = Field(default=None, max_length=60, description="单位性质.", examples=["学校"])
    unit_id: int | None = Field(default=None, description="The organ that answers for it.", examples=[30])
    floor_area: Decimal | None = Field(
        default=None, ge=0, max_digits=24, decimal_places=8, description="m².", examples=["12500.5"]
    )
    users: int | None = Field(default=None, ge=0, le=LARGEST_NUMBER, description="用能人数.", examples=[860])


class InstitutionChange(Details):
    """What is given changes."""

    code: Code | None = None
    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["青浦区第一中心小学"])
    district: str | None = Field(default=None, max_length=40)
    sort: str | None = Field(default=None, max_length=60)
    unit_id: int | None = None
    floor_area: Decimal | None = Field(default=None, ge=0, max_digits=24, decimal_places=8)
    users: int | None = Field(default=None, ge=0, le=LARGEST_NUMBER)


class InstitutionEnd(Details):
    """The first day on which the institution is no more."""

    ended_on: PlanDay = Field(examples=["2023-01-01"])


def keeps(who: Actor, unit: UnitFact | None) -> bool:
    """Whether the actor keeps the entries of a unit: supervisors of the office and the plan's admins all (those of no
    unit too), an owner those of their own organ; the system at a command line."""
    if who.is_system or who.in_office(Role.SUPERVISOR) or who.everywhere(Role.SUPERVISOR, Role.ADMIN):
        return True
    return unit is not None and unit.organ_id is not None and who.holds(Role.OWNER, unit.organ_id)


def enter(
    tx: Connection, given: NewInstitution, actor_id: int | None, now: datetime, simplify: Simplify = as_typed
) -> int:
    """A new institution: its id. Raises NotPermitted, or Malformed with everything that is wrong."""
    units = load_units(tx)
    _permit(actor(tx, actor_id, now), units, given.unit_id, "enter")
    values = {**given.model_dump(), **spelled(given.name, given.district, simplify)}
    if lacks := [*_placed(given.unit_id, units), *_told_apart(tx, values)]:
        raise Malformed(missing=lacks)
    return enter_root(
        tx, "institution", values, "enter", actor_id, now, details=given.model_dump(mode="json")
    )


def spelled(name: str, district: str, simplify: Simplify) -> dict[str, str]:
    """The columns by which an institution is known: a district in one spelling only."""
    return {"name": name.strip(), "folded_name": fold(name, simplify), "district": fold(district, simplify)}


def amend(
    tx: Connection, institution_id: int, given: InstitutionChange, actor_id: int | None, now: datetime,
    simplify: Simplify = as_typed, *, seen: int | None = None,
) -> None:  # fmt: skip
    """Correct what the register says. Raises NotFound, Stale, NotPermitted, Malformed."""
    chain = lock_root(tx, "institution", institution_id, seen)
    before = tx.execute(select(TABLE).where(TABLE.c.id == institution_id)).one()
    asked = given.model_dump(exclude_unset=True)
    values = {name: v for name, v in asked.items() if v is not None or name not in ("name", "district")}
    after = {**before._mapping, **values}
    after |= spelled(after["name"], after["district"], simplify)
    units = load_units(tx)
    for unit_id in {before.unit_id, after["unit_id"]}:
        _permit(actor(tx, actor_id, now), units, unit_id, "amend")
    moved = after["unit_id"] if after["unit_id"] != before.unit_id else None
    if lacks := [*_placed(moved, units), *_told_apart(tx, after, but=institution_id)]:
        raise Malformed(missing=lacks)
    changed = {name: value for name, value in after.items() if value != before._mapping[name]}
    was = {name: before._mapping[name] for name in changed if name != "folded_name"}
    record(chain, "amend", actor_id, now, {**given.model_dump(mode="json", exclude_unset=True), "was": was})
    write_root(tx, chain, changed)


def end(
    tx: Connection, institution_id: int, given: InstitutionEnd, actor_id: int | None, now: datetime, *, reason: str,
    seen: int | None = None,
) -> None:  # fmt: skip
    """From a day on it counts no more; what it counted for before stays. Raises NotFound, Stale, NotPermitted."""
    chain = lock_root(tx, "institution", institution_id, seen)
    _permitted_row(tx, institution_id, actor_id, now, "end")
    record(chain, "end", actor_id, now, given.model_dump(mode="json"), reason=reason)
    write_root(tx, chain, {"ended_on": given.ended_on})


def resume(
    tx: Connection, institution_id: int, actor_id: int | None, now: datetime, *, reason: str, seen: int | None = None
) -> None:  # fmt: skip
    """It was ended by mistake. Raises NotFound, Stale, NotPermitted, NotReady where it has not ended."""
    chain = lock_root(tx, "institution", institution_id, seen)
    row = _permitted_row(tx, institution_id, actor_id, now, "resume")
    if row.ended_on is None:
        raise NotReady(kind="institution", action="resume", missing=[Missing("institution_ended")])
    record(chain, "resume", actor_id, now, {"was": row.ended_on.isoformat()}, reason=reason)
    write_root(tx, chain, {"ended_on": None})


def _permitted_row(
    tx: Connection, institution_id: int, actor_id: int | None, now: datetime, action: str
) -> Any:
    row = tx.execute(select(TABLE).where(TABLE.c.id == institution_id)).one()
    _permit(actor(tx, actor_id, now), load_units(tx), row.unit_id, action)
    return row


def _permit(who: Actor, units: Mapping[int, UnitFact], unit_id: int | None, action: str) -> None:
    if not keeps(who, units.get(unit_id or 0)):
        raise NotPermitted(kind="institution", action=action)


def answers(unit: UnitFact | None) -> bool:
    """Whether a unit may answer for institutions: an organ or department that has not ended."""
    return unit is not None and unit.kind != UnitKind.GROUP and unit.ended_on is None


def _placed(unit_id: int | None, units: Mapping[int, UnitFact]) -> Iterator[Missing]:
    if unit_id is not None and not answers(units.get(unit_id)):
        yield Missing("standing_unit", {"field": "unit_id", "unit_id": unit_id})


def _told_apart(tx: Connection, values: Mapping[str, Any], *, but: int = 0) -> Iterator[Missing]:
    """A code stands for one institution, and so does a name in its district; the other one is named."""
    code, folded = values["code"], values["folded_name"]
    if not folded or len(folded) > LONGEST:
        yield Missing("institution_name", {"field": "name", "most": LONGEST})
    same_name = (TABLE.c.folded_name == folded) & (TABLE.c.district == values["district"])
    same = same_name if code is None else or_(TABLE.c.code == code, same_name)
    for other in tx.execute(select(TABLE).where(TABLE.c.id != but, same)):
        if code is not None and other.code == code:
            yield Missing("institution_code_taken", {"field": "code", **shown(other)})
        else:
            yield Missing("institution_name_taken", {"field": "name", **shown(other)})


def shown(row: Any) -> dict[str, Any]:
    """What a refusal says of another institution: no more than everybody may know."""
    return {"name": row.name, "held_code": row.code or "—", "district": row.district or "—"}
