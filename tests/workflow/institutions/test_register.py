"""An institution is entered once, however its name is typed, by who may; each act is an event of its own chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models import AuditEvent, Institution
from models.states import Role
from tests.people import Cast, HandClock, add_person, add_unit
from tests.workflow.lifecycles.witness import refused
from workflow import audit, sealing
from workflow.adapters.editions import to_simplified
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, Stale
from workflow.institutions import register
from workflow.institutions.names import fold
from workflow.institutions.register import InstitutionChange, InstitutionEnd, NewInstitution

SCHOOL = NewInstitution(code="12310000425006117p", name="青浦区第一小学", district="青浦区")


def enter(services: Services, who: int | None, given: NewInstitution = SCHOOL, **more: Any) -> int:
    with services.transaction() as tx:
        wanted = given.model_copy(update=more)
        return register.enter(tx, wanted, who, services.clock(), to_simplified)


def row(services: Services, institution: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Institution.__table__).where(Institution.id == institution)).one()


@contextmanager
def lacking(services: Services, *expected: str) -> Iterator[Any]:
    with refused(services, Malformed) as refusal:
        yield refusal
    assert [lack.code for lack in refusal.value.missing] == list(expected)


def test_an_entry_is_the_first_event_of_its_own_chain(services: Services, cast: Cast) -> None:
    school = enter(services, cast.amira)
    found = row(services, school)
    assert (found.code, found.folded_name, found.district) == (
        "12310000425006117P",
        "青浦区第一小学",
        "青浦区",
    )
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__)).one()
        assert audit.verify(tx) == (1, None)
    assert (event.root_kind, event.root_id, event.seq, event.action) == ("institution", school, 1, "enter")
    assert event.actor_id == cast.amira


@pytest.mark.parametrize(
    "name", ["青浦区第一小学", "青浦區第一小學", " 青浦区 第一小学　", "青浦区第一小学\n"]
)
def test_the_same_name_in_the_same_district_is_refused_naming_the_other(
    services: Services, cast: Cast, name: str
) -> None:
    enter(services, cast.amira)
    with lacking(services, "institution_name_taken") as refusal:
        enter(services, cast.amira, code=None, name=name)
    assert refusal.value.missing[0].facts["name"] == "青浦区第一小学"
    enter(services, cast.amira, code=None, name=name, district="崇明区")


def test_full_width_and_case_make_no_difference(services: Services, cast: Cast) -> None:
    enter(services, cast.amira, code="A-1", name="No.2 医院（东院）")
    with lacking(services, "institution_name_taken"):
        enter(services, cast.amira, code=None, name="ｎｏ．２醫院(東院)", district="青浦區")


def test_the_same_code_twice_is_refused_naming_the_other(services: Services, cast: Cast) -> None:
    enter(services, cast.amira)
    other = NewInstitution(code="１２３１００００４２５００６１１７ｐ", name="第二小学")
    with lacking(services, "institution_code_taken") as refusal:
        enter(services, cast.amira, other)
    assert refusal.value.missing[0].facts["name"] == "青浦区第一小学"


def test_two_without_a_code_are_two(services: Services, cast: Cast) -> None:
    assert enter(services, cast.amira, code=None) != enter(services, cast.amira, code=None, name="第二小学")


@pytest.mark.parametrize("name", ["　", " \t"])
def test_a_name_that_says_nothing_is_refused(services: Services, cast: Cast, name: str) -> None:
    with lacking(services, "institution_name"):
        enter(services, cast.amira, name=name)


def test_a_name_that_unfolds_beyond_its_column_is_refused(services: Services, cast: Cast) -> None:
    """One compatibility character may become eighteen."""
    with lacking(services, "institution_name"):
        enter(services, cast.amira, name="\ufdfa" * 20)


@pytest.mark.parametrize("unit", ["group", 99_999])
def test_only_a_present_organ_or_department_answers_for_it(services: Services, cast: Cast, unit: Any) -> None:
    if unit == "group":
        with services.transaction() as tx:
            unit = add_unit(tx, "G", "区机管局", kind="group")
    with lacking(services, "standing_unit"):
        enter(services, cast.amira, unit_id=unit)


def test_who_may_enter(services: Services, cast: Cast) -> None:
    """Supervisors and the plan's admins all; an owner those of their own organ, its departments' included."""
    with services.transaction() as tx:
        admin = add_person(tx, "admin", "管理", (Role.ADMIN, None))
        wide = add_person(tx, "super", "总督", (Role.SUPERVISOR, None))
        department = add_unit(
            tx, "SWJ-1", "水务一处", kind="department", parent_id=cast.other, organ_id=cast.other
        )
    for n, who in enumerate((cast.amira, admin, wide)):
        enter(services, who, code=None, name=f"第{n}小学")
    for n, unit in enumerate((cast.other, department)):
        enter(services, cast.petra, code=None, name=f"水务{n}所", unit_id=unit)
    for stranger, place in (
        (cast.petra, None), (cast.petra, cast.lead), (cast.petra, 99_999), (cast.rashid, cast.lead),
        (cast.karl, None), (cast.ines, None), (cast.sven, None),
    ):  # fmt: skip
        with refused(services, NotPermitted):
            enter(services, stranger, unit_id=place)


def test_an_amendment_keeps_what_was(services: Services, cast: Cast) -> None:
    school = enter(services, cast.amira, users=800)
    change = InstitutionChange(name="青浦区第一中心小学", users=None)
    with services.transaction() as tx:
        register.amend(tx, school, change, cast.amira, services.clock(), to_simplified, seen=1)
    found = row(services, school)
    assert (found.name, found.folded_name, found.users) == ("青浦区第一中心小学", "青浦区第一中心小学", None)
    assert (found.version, found.chain_seq, found.district) == (2, 2, "青浦区")
    with services.reading() as tx:
        text = tx.execute(select(AuditEvent.text).where(AuditEvent.seq == 2)).scalar_one()
        assert audit.verify(tx) == (2, None)
    assert '"was":{"name":"青浦区第一小学","users":800}' in text


def test_an_amendment_is_held_to_the_same_rules(services: Services, cast: Cast) -> None:
    enter(services, cast.amira)
    other = enter(services, cast.amira, code=None, name="第二小学", unit_id=cast.other)

    def amend(who: int, seen: int | None = None, **change: Any) -> None:
        with services.transaction() as tx:
            given = InstitutionChange(**change)
            register.amend(tx, other, given, who, services.clock(), to_simplified, seen=seen)

    with lacking(services, "institution_name_taken"):
        amend(cast.amira, name="青浦區第一小學")
    with lacking(services, "institution_code_taken"):
        amend(cast.amira, code="12310000425006117P")
    with refused(services, NotPermitted):
        amend(cast.olga, users=3)
    with refused(services, NotPermitted):
        amend(cast.petra, unit_id=cast.lead)
    with refused(services, Stale):
        amend(cast.petra, seen=7, users=3)
    amend(cast.petra, users=3)


def test_it_ends_and_is_resumed(services: Services, cast: Cast) -> None:
    school = enter(services, cast.amira)
    ending = InstitutionEnd(ended_on=date(2022, 7, 1))
    with services.transaction() as tx:
        register.end(tx, school, ending, cast.amira, services.clock(), reason="撤并。")
    assert row(services, school).ended_on == date(2022, 7, 1)
    with refused(services, NotPermitted), services.transaction() as tx:
        register.resume(tx, school, cast.olga, services.clock(), reason="误录。")
    with services.transaction() as tx:
        register.resume(tx, school, cast.amira, services.clock(), reason="误录。")
    assert row(services, school).ended_on is None
    with refused(services, NotReady), services.transaction() as tx:
        register.resume(tx, school, cast.amira, services.clock(), reason="误录。")
    with services.reading() as tx:
        actions = tx.execute(select(AuditEvent.action).order_by(AuditEvent.seq)).scalars().all()
    assert actions == ["enter", "end", "resume"]


def test_its_chain_is_sealed_with_the_others(services: Services, cast: Cast, clock: HandClock) -> None:
    enter(services, cast.amira)
    clock.go_to(2022, 1, 16)
    with services.transaction() as tx:
        assert sealing.seal_days(tx, clock()) == 2
    with services.reading() as tx:
        assert sealing.digest(tx, date(2022, 1, 14), sealing.FIRST).heads == 1
        assert sealing.verify(tx) == sealing.Checked(2, None)


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(name: str) -> None:
    folded = fold(name)
    assert fold(f" {name}\u3000") == folded
    assert not any(character.isspace() for character in folded)
