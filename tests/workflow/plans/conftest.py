"""The real plan, read once, and a directory with the units that it names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from models import GroupMember, Unit
from models.states import Role, UnitKind
from tests.people import add, add_person, add_unit
from workflow.adapters.calendars import read_calendar
from workflow.adapters.directories import read_units
from workflow.adapters.plan_documents import conventions_beside, load_text
from workflow.adapters.simplified import load_terms, simplify
from workflow.bootstrap import Services
from workflow.plans import import_plan
from workflow.reading import Reading, read

FOLDER = Path(__file__).parents[3] / "plans" / "shanghai-2022"


@cache
def text() -> str:
    return load_text(FOLDER / "document.txt")


@cache
def reading() -> Reading:
    return read(text(), conventions_beside(FOLDER / "document.txt"), read_calendar().is_working)


@cache
def terms() -> dict[str, str]:
    return load_terms(FOLDER / "terms.yaml")


def simplified(words: str) -> str:
    return simplify(words, terms())


def settle_units(tx: Connection) -> dict[str, int]:
    """The units of the plan and the office: id by name."""
    ids = {"office": add_unit(tx, "LB", "联席会议办公室", is_office=True)}
    printed: dict[str, int] = {}
    for unit in read_units(FOLDER / "units.yaml"):
        kind = UnitKind.GROUP if unit.group else UnitKind.ORGAN
        ids[unit.name] = printed[unit.printed_name] = add_unit(
            tx, unit.code, unit.name, kind=kind, printed_name=unit.printed_name, aliases=list(unit.aliases)
        )
        for member in unit.members:
            add(tx, GroupMember, group_id=ids[unit.name], unit_id=printed[member], confirmed=unit.confirmed)
    return ids


def staff(tx: Connection, units: dict[str, int]) -> None:
    """An owner and a reviewer in every organ."""
    organs = tx.execute(select(Unit.id).where(Unit.kind == UnitKind.ORGAN)).scalars().all()
    for organ in organs:
        add_person(tx, f"owner{organ}", "经办", (Role.OWNER, organ))
        add_person(tx, f"reviewer{organ}", "审核", (Role.REVIEWER, organ))


@pytest.fixture
def amira(services: Services) -> int:
    with services.transaction() as tx:
        units = settle_units(tx)
        staff(tx, units)
        return add_person(tx, "amira", "安敏", (Role.SUPERVISOR, units["office"]))


@pytest.fixture
def plan(services: Services, amira: int) -> int:
    """The real plan, imported as a draft."""
    with services.transaction() as tx:
        return import_plan(tx, "shanghai-2022", reading(), text(), simplified, amira, services.clock())
