"""Units begin, are renamed, stand together in groups, and end only when nothing hangs on them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import AuditEvent, Unit
from models.states import UnitKind
from tests.people import Cast, add_unit
from tests.workflow.directory.accounts import add_admin, add_unit_admin
from workflow import audit
from workflow.bootstrap import Services
from workflow.directory import listing, units
from workflow.errors import DubanError, Malformed, NotPermitted, NotReady, Stale


def create(services: Services, who: int, **given: Any) -> int:
    with services.transaction() as tx:
        return units.create(tx, units.NewUnit.model_validate(given), who, services.clock())


def unit(services: Services, unit_id: int) -> dict[str, Any]:
    with services.reading() as tx:
        return listing.unit(tx, unit_id)


def codes(error: DubanError) -> list[str]:
    return [lack.code for lack in error.missing]


def test_a_department_belongs_to_its_organ_and_to_the_office_where_that_is_the_office(
    services: Services, cast: Cast
) -> None:
    admin = add_admin(services)
    plain = create(services, admin, code="JGJ-1", name="节能处", kind="department", parent_id=cast.lead)
    office = create(services, admin, code="LB-1", name="联办一处", kind="department", parent_id=cast.office)
    assert (unit(services, plain)["organ_id"], unit(services, plain)["is_office"]) == (cast.lead, False)
    assert (unit(services, office)["organ_id"], unit(services, office)["is_office"]) == (cast.office, True)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__).where(AuditEvent.root_kind == "unit")).first()
        assert event is not None
        assert (event.action, event.seq, event.actor_id) == ("create", 1, admin)
        assert audit.verify(tx)[1] is None


def test_an_organ_is_its_own_and_a_group_is_nobodys(services: Services, cast: Cast) -> None:
    admin = add_admin(services)
    organ = create(services, admin, code="QP", name="青浦区机管局", is_district=True)
    group = create(services, admin, code="QJ", name="区机管局", kind="group", members=[organ, organ])
    assert unit(services, organ)["organ_id"] == organ
    assert unit(services, group)["organ_id"] is None
    assert unit(services, group)["members"] == [{"unit_id": organ, "confirmed": True}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"code": "JGJ"}, "code_taken"),
        ({"name": "市机管局"}, "name_taken"),
        ({"aliases": ["市教委"]}, "name_taken"),
        ({"kind": "department"}, "department_parent"),
        ({"parent_id": 999}, "standing_unit"),
        ({"is_office": True}, "one_office"),
        ({"members": [1]}, "is_group"),
        ({"kind": "group", "members": [999]}, "standing_organ"),
    ],
)
def test_a_unit_that_cannot_be_is_told_why(
    services: Services, cast: Cast, given: dict[str, Any], code: str
) -> None:
    admin = add_admin(services)
    with pytest.raises(Malformed) as caught:
        create(services, admin, **{"code": "NEW", "name": "新局", **given})
    assert codes(caught.value) == [code]
    with services.reading() as tx:
        assert tx.execute(select(Unit.id).where(Unit.code == "NEW")).first() is None


def test_a_renamed_unit_is_still_known_by_its_former_name(services: Services, cast: Cast) -> None:
    admin = add_admin(services)
    with services.transaction() as tx:
        units.amend(tx, cast.lead, units.UnitChange(name="市机关事务管理局"), admin, services.clock(), seen=1)
    renamed = unit(services, cast.lead)
    assert (renamed["name"], renamed["aliases"], renamed["version"]) == ("市机关事务管理局", ["市机管局"], 2)
    with pytest.raises(Malformed):
        create(services, admin, code="NEW", name="市机管局")
    with pytest.raises(Stale), services.transaction() as tx:
        units.amend(tx, cast.lead, units.UnitChange(name="又一局"), admin, services.clock(), seen=1)


def test_a_group_gets_other_members_and_an_organ_none(services: Services, cast: Cast) -> None:
    admin, now = add_admin(services), services.clock()
    group = create(services, admin, code="QJ", name="区机管局", kind="group", members=[cast.lead])
    with services.transaction() as tx:
        units.set_members(tx, group, units.Members(members=(cast.joint, cast.other)), admin, now)
    assert [member["unit_id"] for member in unit(services, group)["members"]] == [cast.joint, cast.other]
    with pytest.raises(NotReady), services.transaction() as tx:
        units.set_members(tx, cast.lead, units.Members(members=()), admin, now)
    with pytest.raises(Malformed), services.transaction() as tx:
        units.set_members(tx, group, units.Members(members=(group,)), admin, now)


def test_a_unit_ends_when_nothing_hangs_on_it_any_more(services: Services, cast: Cast) -> None:
    admin, now = add_admin(services), services.clock()
    create(services, admin, code="JGJ-1", name="节能处", kind="department", parent_id=cast.lead)
    with pytest.raises(NotReady) as caught, services.transaction() as tx:
        units.end(tx, cast.lead, units.UnitEnd(ended_on=date(2022, 1, 1)), admin, now)
    assert codes(caught.value) == [
        "not_in_past",
        "departments_ended",
        "grants_ended",
        "people_moved",
        "tasks_over",
    ]
    with pytest.raises(NotReady) as caught, services.transaction() as tx:
        units.end(tx, cast.office, units.UnitEnd(ended_on=date(2023, 1, 1)), admin, now)
    assert codes(caught.value)[0] == "office_stays"
    with services.transaction() as tx:
        empty = add_unit(tx, "OLD", "旧局")
        units.end(tx, empty, units.UnitEnd(ended_on=date(2022, 2, 1)), admin, now, reason="撤并")
    with services.reading() as tx:
        assert "OLD" in {row["code"] for row in listing.units(tx, current=date(2022, 1, 31))}
        assert "OLD" not in {row["code"] for row in listing.units(tx, current=date(2022, 2, 1))}


def test_only_admins_change_units_and_a_unit_admin_their_departments(services: Services, cast: Cast) -> None:
    ulla, now = add_unit_admin(services, cast), services.clock()
    department = {"kind": UnitKind.DEPARTMENT, "parent_id": cast.lead}
    assert create(services, ulla, code="D1", name="一处", **department)
    with pytest.raises(NotPermitted):
        create(services, ulla, code="D2", name="二处", kind="department", parent_id=cast.joint)
    with pytest.raises(NotPermitted):
        create(services, ulla, code="NEW", name="新局", parent_id=cast.lead)
    for who in (cast.olga, cast.amira, cast.karl, cast.petra):
        with pytest.raises(NotPermitted):
            create(services, who, code="D3", name="三处", **department)
        with pytest.raises(NotPermitted), services.transaction() as tx:
            units.amend(tx, cast.lead, units.UnitChange(name="又一局"), who, now)
