"""Who may change whom, where a role may be held, who is above whom; and the supervisor is not the supervised."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import Approval, AuditEvent, Grant, Milestone, Part, Person
from models.states import PersonState, Role, UnitKind
from tests.people import Cast, HandClock, add, add_person, add_unit, do, submit
from tests.workflow.directory.accounts import add_admin, add_unit_admin
from workflow import audit
from workflow.bootstrap import Services
from workflow.civil import day_of
from workflow.directory import people
from workflow.directory.superiors import superior_of
from workflow.errors import DubanError, Malformed, NotFound, NotPermitted, NotReady, ReasonRequired
from workflow.standings import actor

TODAY = date(2022, 1, 14)


def invite(services: Services, who: int | None, **given: Any) -> int:
    with services.transaction() as tx:
        invitation = people.read_invitation({"login": "ning", "name": "宁宁", **given})
        return people.invite(tx, invitation, who, services.clock())


def grant(services: Services, who: int, person: int, role: Role, unit: int | None, **days: date) -> None:
    details = {"role": role, "unit_id": unit, "from_on": TODAY, **days}
    do(services, "person", person, "grant", who, details=details)


def refused(services: Services, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(NotReady) as caught:
        grant(services, *args, **more)
    return [lack.code for lack in caught.value.missing]


def test_an_invited_person_has_a_chain_without_contact_data(services: Services, cast: Cast) -> None:
    admin = add_admin(services)
    ning = invite(services, admin, unit_id=cast.lead, email="ning@example.org", phone="021-5555")
    with services.reading() as tx:
        row = tx.execute(select(Person.__table__).where(Person.id == ning)).one()
        event = tx.execute(select(AuditEvent.__table__).where(AuditEvent.root_id == ning)).one()
        assert audit.verify(tx)[1] is None
    assert (row.state, row.password_hash, row.email) == (PersonState.INVITED, None, "ning@example.org")
    assert (event.root_kind, event.seq, event.action, event.actor_id) == ("person", 1, "invite", admin)
    assert "example.org" not in event.text
    assert "5555" not in event.text
    assert "宁宁" not in event.text


def test_contact_data_never_reaches_the_chain(services: Services, cast: Cast) -> None:
    do(
        services,
        "person",
        cast.olga,
        "amend_contact",
        cast.olga,
        details={"email": "new@example.org", "phone": None},
    )
    with services.reading() as tx:
        text = tx.execute(select(AuditEvent.text).where(AuditEvent.root_id == cast.olga)).scalar_one()
        assert (
            tx.execute(select(Person.email).where(Person.id == cast.olga)).scalar_one() == "new@example.org"
        )
    assert "new@example.org" not in text
    assert '"changed":["email","phone"]' in text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"login": "OLGA"}, "login_taken"),
        ({"unit_id": 999}, "standing_unit"),
        ({"login": "a b"}, "field.string_pattern_mismatch"),
        ({"name": ""}, "field.string_too_short"),
        ({"email": "nowhere"}, "field.string_pattern_mismatch"),
        ({"demo": True}, "field.extra_forbidden"),
    ],
)
def test_an_invitation_that_cannot_be_is_told_why(
    services: Services, cast: Cast, given: dict[str, Any], code: str
) -> None:
    admin = add_admin(services)
    with pytest.raises(Malformed) as caught:
        invite(services, admin, **given)
    assert [lack.code for lack in caught.value.missing] == [code]


def test_who_may_invite_where(services: Services, cast: Cast) -> None:
    ulla = add_unit_admin(services, cast)
    assert invite(services, ulla, unit_id=cast.lead, login="one") > 0
    for who, unit in ((ulla, cast.joint), (ulla, None), (cast.rashid, cast.lead), (cast.petra, cast.lead)):
        with pytest.raises(NotPermitted):
            invite(services, who, unit_id=unit, login="two")


@pytest.mark.parametrize(
    ("role", "unit", "codes"),
    [
        (Role.SUPERVISOR, "lead", ["office_unit"]),
        (Role.SIGNATORY, "lead", ["office_unit"]),
        (Role.SUPERVISOR, None, ["grant_unit"]),
        (Role.OWNER, None, ["grant_unit"]),
        (Role.OWNER, "group", ["standing_unit"]),
        (Role.OWNER, "ended", ["standing_unit"]),
    ],
)
def test_a_role_is_held_only_where_it_belongs(
    services: Services, cast: Cast, role: Role, unit: str | None, codes: list[str]
) -> None:
    admin = add_admin(services)
    with services.transaction() as tx:
        ids = {
            "lead": cast.lead, "group": add_unit(tx, "G", "区机管局", kind=UnitKind.GROUP),
            "ended": add_unit(tx, "OLD", "旧局", ended_on=TODAY),
        }  # fmt: skip
    assert refused(services, admin, cast.olga, role, ids[unit] if unit else None) == codes
    with services.reading() as tx:
        assert tx.execute(select(func.count(Grant.id)).where(Grant.person_id == cast.olga)).scalar_one() == 1
        assert tx.execute(select(AuditEvent.id).where(AuditEvent.root_id == cast.olga)).all() == []


def test_rights_are_not_backdated_nor_held_twice(services: Services, cast: Cast) -> None:
    admin, day = add_admin(services), timedelta(days=1)
    assert refused(services, admin, cast.olga, Role.REVIEWER, cast.lead, from_on=TODAY - day) == [
        "not_in_past"
    ]
    assert refused(services, admin, cast.olga, Role.REVIEWER, cast.lead, to_on=TODAY - day) == [
        "ends_after_it_begins"
    ]
    assert refused(services, admin, cast.olga, Role.OWNER, cast.lead) == ["held_already"]
    grant(services, admin, cast.olga, Role.REVIEWER, cast.lead, to_on=TODAY + 5 * day)
    later = TODAY + 6 * day
    assert refused(services, admin, cast.olga, Role.REVIEWER, cast.lead, from_on=TODAY + 5 * day) == [
        "held_already"
    ]
    grant(services, admin, cast.olga, Role.REVIEWER, cast.lead, from_on=later)


def test_a_grant_ends_at_once_or_later_never_backdated(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    admin, day = add_admin(services), timedelta(days=1)
    with services.reading() as tx:
        held = tx.execute(
            select(Grant.id).where(Grant.person_id == cast.petra, Grant.role == Role.OWNER)
        ).scalar_one()
        assert actor(tx, cast.petra, services.clock()).holds(Role.OWNER, cast.other)
    with pytest.raises(NotReady):
        do(
            services,
            "person",
            cast.petra,
            "end_grant",
            admin,
            details={"grant_id": held, "to_on": TODAY - 2 * day},
        )
    clock.go_to(2022, 2, 1)
    ended = {"grant_id": held, "to_on": date(2022, 1, 31)}
    do(services, "person", cast.petra, "end_grant", admin, details=ended)
    with services.reading() as tx:
        assert not actor(tx, cast.petra, services.clock()).holds(Role.OWNER, cast.other)
    with pytest.raises(NotReady) as caught:
        do(services, "person", cast.petra, "end_grant", admin, details=ended)
    assert [lack.code for lack in caught.value.missing] == ["open_grant"]


def test_a_unit_admin_keeps_their_own_unit_and_no_more(services: Services, cast: Cast) -> None:
    ulla = add_unit_admin(services, cast)
    grant(services, ulla, cast.olga, Role.REVIEWER, cast.lead)
    assert refused(services, ulla, cast.olga, Role.OWNER, cast.joint) == ["grant_yours"]
    assert refused(services, ulla, cast.olga, Role.ADMIN, None) == ["grant_yours"]
    with pytest.raises(NotFound):
        grant(services, ulla, cast.petra, Role.OWNER, cast.lead)


def test_a_unit_admin_may_not_take_over_whoever_holds_more(services: Services, cast: Cast) -> None:
    admin, ulla = add_admin(services), add_unit_admin(services, cast)
    grant(services, admin, cast.rashid, Role.AUDITOR, None)
    for action, more in (
        ("unlock", {}),
        ("depart", {"reason": "x"}),
        ("amend", {"details": {"name": "别人"}}),
    ):
        with pytest.raises(NotPermitted):
            do(services, "person", cast.rashid, action, ulla, **more)


@pytest.mark.parametrize("who", ["olga", "rashid", "amira", "karl", "petra"])
@pytest.mark.parametrize("action", ["unlock", "amend", "grant", "depart", "revoke_token"])
def test_nobody_but_admins_changes_others(services: Services, cast: Cast, who: str, action: str) -> None:
    with pytest.raises((NotPermitted, NotFound)):
        do(services, "person", cast.lena, action, getattr(cast, who), reason="x")


def test_who_departs_holds_nothing_and_may_come_back(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    admin = add_admin(services)
    grant(services, admin, cast.petra, Role.LEADER, cast.other, from_on=TODAY + timedelta(days=30))
    clock.go_to(2022, 1, 20)
    with pytest.raises(ReasonRequired):
        do(services, "person", cast.petra, "depart", admin)
    do(services, "person", cast.petra, "depart", admin, reason="退休")
    with services.reading() as tx:
        today = day_of(services.clock())
        held = tx.execute(select(Grant.from_on, Grant.to_on).where(Grant.person_id == cast.petra)).all()
        assert all(to_on is not None and (to_on < today or from_on > today) for from_on, to_on in held)
        assert actor(tx, cast.petra, services.clock()).grants == ()
    do(services, "person", cast.petra, "reinstate", admin, reason="返聘")
    with services.reading() as tx:
        assert (
            tx.execute(select(Person.state).where(Person.id == cast.petra)).scalar_one()
            == PersonState.INVITED
        )
        assert audit.verify(tx)[1] is None


def test_the_superior_is_found_upwards(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        department = add_unit(tx, "JGJ-JN", "市机管局节能处", kind=UnitKind.DEPARTMENT, parent_id=cast.lead,
                              organ_id=cast.lead)  # fmt: skip
        district = add_unit(tx, "QP", "青浦区机管局", parent_id=cast.lead)
        alone = add_unit(tx, "ALONE", "孤局")
        clerk = add_person(tx, "clerk", "陈", (Role.OWNER, department))
        far = add_person(tx, "far", "方", (Role.OWNER, district))
        lone = add_person(tx, "lone", "龙", (Role.OWNER, alone))
        assert superior_of(tx, clerk, TODAY) == cast.lena
        assert superior_of(tx, far, TODAY) == cast.lena
        assert superior_of(tx, lone, TODAY) is None
        head = add_person(tx, "head", "何", (Role.LEADER, department))
        chief = add_person(tx, "chief", "齐", (Role.LEADER, cast.office))
        assert superior_of(tx, clerk, TODAY) == head
        assert superior_of(tx, head, TODAY) == cast.lena
        assert superior_of(tx, cast.lena, TODAY) == chief
        assert superior_of(tx, lone, TODAY) == chief
        assert superior_of(tx, chief, TODAY) is None
        tx.execute(update(Grant).where(Grant.person_id == head).values(to_on=TODAY))
        assert superior_of(tx, clerk, TODAY + timedelta(days=1)) == cast.lena


def test_lists_and_standings_agree_on_who_is_seen(services: Services, cast: Cast) -> None:
    from workflow.directory.standing import load_people

    ulla, admin = add_unit_admin(services, cast), add_admin(services)
    with services.reading() as tx:
        everybody = tx.execute(select(Person.id)).scalars().all()
        for who in (*everybody, ulla, admin):
            asking = actor(tx, who, services.clock())
            listed = set(tx.execute(people.search(asking)).scalars())
            standings = load_people(tx, everybody, who, services.clock())
            assert listed == {person for person, standing in standings.items() if standing.seen}


def accept_as(services: Services, cast: Cast, approval: int, who: int) -> None:
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
    do(services, "approval", approval, "approve", who)


def state_of(services: Services, cast: Cast) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(Milestone.state).where(Milestone.id == cast.milestone)).scalar_one())


def test_who_submitted_may_not_accept_though_they_also_supervise(services: Services, cast: Cast) -> None:
    grant(services, add_admin(services), cast.olga, Role.SUPERVISOR, cast.office)
    approval = submit(services, cast)
    with pytest.raises(DubanError) as caught:
        accept_as(services, cast, approval, cast.olga)
    assert isinstance(caught.value, NotPermitted)
    assert state_of(services, cast) == "submitted"
    do(services, "approval", approval, "approve", cast.amira)
    assert state_of(services, cast) == "accepted"


def test_the_accepting_department_may_not_be_the_submitting_one(services: Services, cast: Cast) -> None:
    """The office itself leads a task: one of its departments submits, only another accepts."""
    with services.transaction() as tx:
        inside = {
            "kind": UnitKind.DEPARTMENT,
            "parent_id": cast.office,
            "organ_id": cast.office,
            "is_office": True,
        }
        energy, audits = (
            add_unit(tx, "LB-1", "联办一处", **inside),
            add_unit(tx, "LB-2", "联办二处", **inside),
        )
        owner = add_person(tx, "owner", "欧", (Role.OWNER, energy))
        same = add_person(tx, "same", "桑", (Role.SUPERVISOR, energy))
        other = add_person(tx, "other", "奥", (Role.SUPERVISOR, audits))
        reviewer = add_person(tx, "reviewer", "任", (Role.REVIEWER, energy))
        tx.execute(update(Grant).where(Grant.person_id == cast.amira).values(to_on=TODAY))
        tx.execute(update(Part).where(Part.unit_id == cast.lead).values(unit_id=cast.office))
    at_office = Cast(
        **{**{f: getattr(cast, f) for f in Cast.__dataclass_fields__}, "olga": owner, "rashid": reviewer}
    )
    approval = submit(services, at_office)
    for signer in (reviewer, cast.jun):
        do(services, "approval", approval, "approve", signer)
    with pytest.raises(NotPermitted):
        do(services, "approval", approval, "approve", same)
    do(services, "approval", approval, "approve", other)
    with services.reading() as tx:
        assert tx.execute(select(Approval.state).where(Approval.id == approval)).scalar_one() == "approved"


def test_a_person_without_a_unit_is_seen_by_plan_wide_roles_only(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        stranger = add(tx, Person, login="stranger", name="施", state=PersonState.ACTIVE, language="en")
    with services.reading() as tx:
        assert stranger in set(tx.execute(people.search(actor(tx, cast.karl, services.clock()))).scalars())
        assert stranger not in set(
            tx.execute(people.search(actor(tx, cast.petra, services.clock()))).scalars()
        )
