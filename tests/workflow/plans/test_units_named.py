"""Whoever is given a part in a draft exists and can do work; else confirming would break on it, days later."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import Appointment, Finding, Unit
from models.states import UnitKind
from tests.people import do
from workflow.bootstrap import Services
from workflow.errors import NotReady


def unit(services: Services, kind: UnitKind) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(Unit.id).where(Unit.kind == kind).limit(1)).scalar_one())


def lacks(services: Services, kind: str, subject: int, action: str, who: int, **more: Any) -> set[str]:
    with pytest.raises(NotReady) as refusal:
        do(services, kind, subject, action, who, **more)
    return {lack.code for lack in refusal.value.missing}


@pytest.mark.parametrize("unit_id", [99_999, -1, 10**20, "group"])
def test_only_a_present_organ_is_appointed(
    services: Services, amira: int, plan: int, unit_id: int | str
) -> None:
    named = unit(services, UnitKind.GROUP) if unit_id == "group" else unit_id
    details = {"task_number": 1, "unit_id": named, "role": "lead"}
    with services.reading() as tx:
        before = tx.execute(select(Appointment.__table__)).all()
    assert lacks(services, "plan", plan, "appoint", amira, details=details) == {"standing_part"}
    with services.reading() as tx:
        assert tx.execute(select(Appointment.__table__)).all() == before


@pytest.mark.parametrize("units", [[99_999], [10**20], ["group"], ["organ", "organ"]])
def test_an_added_task_is_given_to_present_organs_each_once(
    services: Services, amira: int, plan: int, units: list[int | str]
) -> None:
    known = {"group": unit(services, UnitKind.GROUP), "organ": unit(services, UnitKind.ORGAN)}
    with services.reading() as tx:
        missing = select(Finding.id).where(Finding.plan_id == plan, Finding.field == "missing_row").limit(1)
        finding = tx.execute(missing).scalar_one()
    details = {"take": "add", "units": [known.get(str(unit_id), unit_id) for unit_id in units]}
    found = lacks(services, "finding", finding, "rule", amira, reason="经研究。", details=details)
    assert found == {"standing_part"}
