"""Absences 外出 with a substitute 代理: who announces them, for which days, and that no right travels twice."""

from __future__ import annotations

import json
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from models import Absence, AuditEvent, OutboxRow
from models.states import Role
from tests.people import START, Cast, HandClock, add_person, do
from tests.workflow.directory.accounts import add_admin, add_unit_admin
from tests.workflow.directory.leave import FRIDAY, MONDAY, announce, end_absence
from tests.workflow.lifecycles.witness import refused, watching
from workflow import audit
from workflow.bootstrap import Services
from workflow.directory import people
from workflow.directory.standing import load_people
from workflow.errors import DubanError, NotFound, NotPermitted, NotReady
from workflow.standings import actor

DAY = timedelta(days=1)


def lacks(services: Services, *args: Any, **more: Any) -> list[str]:
    with refused(services, NotReady) as error:
        announce(services, *args, **more)
    return [lack.code for lack in error.value.missing]


@pytest.fixture
def deputy(services: Services, cast: Cast) -> int:
    """A second reviewer in the joint unit."""
    with services.transaction() as tx:
        return add_person(tx, "dai", "戴理", (Role.OWNER, cast.joint))


def test_an_announced_absence_is_kept_recorded_and_told(services: Services, cast: Cast, deputy: int) -> None:
    with watching(services) as seen:
        announce(services, cast.jun, deputy, reason="年休假")
    assert seen.events == [
        ("person", "announce_absence", "active", cast.jun),
        ("absence", "announce", None, cast.jun),
    ]
    assert seen.letters == [("substitute_named", {"person_id": deputy})]
    with services.reading() as tx:
        row = tx.execute(select(Absence.__table__)).one()
        letter = tx.execute(select(OutboxRow.facts, OutboxRow.root_kind, OutboxRow.root_id)).one()
        text = tx.execute(select(AuditEvent.text).where(AuditEvent.action == "announce_absence")).scalar_one()
        assert audit.verify(tx)[1] is None
    assert (row.person_id, row.substitute_id, row.from_on, row.to_on) == (cast.jun, deputy, MONDAY, FRIDAY)
    assert (row.reason, row.ended_at) == ("年休假", None)
    assert (letter.root_kind, letter.root_id) == ("person", cast.jun)
    assert (letter.facts["item"], letter.facts["from_on"], letter.facts["upto_on"]) == (
        "钟军",
        "2022-01-17",
        "2022-01-21",
    )
    assert "年休假" not in json.dumps(letter.facts, ensure_ascii=False)
    assert json.loads(text)["details"]["substitute_id"] == deputy


def test_it_ends_early_at_once_and_both_are_told(services: Services, cast: Cast, deputy: int) -> None:
    absence = announce(services, cast.jun, deputy)
    with watching(services) as seen:
        end_absence(services, cast.jun, absence, cast.amira)
    assert seen.events == [("person", "end_absence", "active", cast.amira)]
    assert seen.letters == [
        ("substitute_released", {"person_id": deputy}),
        ("substitute_released", {"person_id": cast.jun}),
    ]
    with services.reading() as tx:
        assert tx.execute(select(Absence.ended_at)).scalar_one() == START
    with refused(services, NotReady) as error:
        end_absence(services, cast.jun, absence)
    assert [lack.code for lack in error.value.missing] == ["open_absence"]


@pytest.mark.parametrize("who", ["amira", "admin", "unit_admin"])
def test_who_keeps_the_account_or_supervises_announces_it_as_well(
    services: Services, cast: Cast, who: str
) -> None:
    admins = {"admin": add_admin(services), "unit_admin": add_unit_admin(services, cast), "amira": cast.amira}
    with watching(services) as seen:
        announce(services, cast.rashid, cast.olga, who=admins[who])
    assert seen.letters == [
        ("substitute_named", {"person_id": cast.olga}),
        ("substitute_named", {"person_id": cast.rashid}),
    ]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("olga", NotPermitted), ("karl", NotPermitted), ("sven", NotPermitted), ("petra", NotFound), ("jun", NotFound)],
)  # fmt: skip
def test_nobody_else_does(services: Services, cast: Cast, who: str, refusal: type[DubanError]) -> None:
    with refused(services, refusal):
        announce(services, cast.rashid, cast.olga, who=getattr(cast, who))
    absence = announce(services, cast.rashid, cast.lena)
    with refused(services, refusal):
        end_absence(services, cast.rashid, absence, getattr(cast, who))


def test_who_arranges_it_for_another_does_not_take_the_right(services: Services, cast: Cast) -> None:
    assert lacks(services, cast.rashid, cast.amira, who=cast.amira) == ["substitute_not_arranger"]
    announce(services, cast.rashid, cast.amira)


def test_days_are_in_order_and_from_today_on(services: Services, cast: Cast, clock: HandClock) -> None:
    assert lacks(services, cast.jun, cast.lena, FRIDAY, MONDAY) == ["absence_in_order"]
    today = START.date()
    assert lacks(services, cast.jun, cast.lena, today - DAY, FRIDAY) == ["not_in_past"]
    announce(services, cast.jun, cast.lena, today, today)


@pytest.mark.parametrize(
    ("from_on", "to_on", "free"),
    [
        (MONDAY - DAY, MONDAY - DAY, True),
        (MONDAY - DAY, MONDAY, False),
        (MONDAY + DAY, FRIDAY - DAY, False),
        (FRIDAY, FRIDAY, False),
        (FRIDAY + DAY, FRIDAY + DAY, True),
        (MONDAY - DAY, FRIDAY + DAY, False),
    ],
)
def test_one_day_has_one_substitute(
    services: Services, cast: Cast, from_on: date, to_on: date, free: bool
) -> None:
    absence = announce(services, cast.jun, cast.lena)
    if not free:
        assert lacks(services, cast.jun, cast.rashid, from_on, to_on) == ["absent_already"]
        end_absence(services, cast.jun, absence)
    announce(services, cast.jun, cast.rashid, from_on, to_on)


def test_a_substitutes_substitute_is_refused_from_both_ends(services: Services, cast: Cast) -> None:
    """Jun's substitute is Rashid: Rashid may have none in those days, whichever was announced first."""
    announce(services, cast.jun, cast.rashid)
    assert lacks(services, cast.rashid, cast.lena, FRIDAY, FRIDAY + DAY) == ["stands_in_then"]
    assert lacks(services, cast.petra, cast.jun, MONDAY - DAY, MONDAY) == ["substitute_absent"]
    announce(services, cast.rashid, cast.lena, FRIDAY + DAY, FRIDAY + DAY)
    announce(services, cast.petra, cast.jun, MONDAY - DAY, MONDAY - DAY)


def test_a_circle_is_refused(services: Services, cast: Cast) -> None:
    announce(services, cast.jun, cast.rashid)
    assert lacks(services, cast.rashid, cast.jun) == ["substitute_absent", "stands_in_then"]


def test_what_was_ended_early_stands_in_nobodys_way(services: Services, cast: Cast) -> None:
    end_absence(services, cast.jun, announce(services, cast.jun, cast.rashid))
    announce(services, cast.rashid, cast.jun)


def test_the_substitute_is_somebody_else_who_is_there(services: Services, cast: Cast) -> None:
    assert lacks(services, cast.jun, cast.jun) == ["somebody_else"]
    assert lacks(services, cast.jun, 999) == ["known_person"]
    do(services, "person", cast.petra, "depart", add_admin(services), reason="退休")
    assert lacks(services, cast.jun, cast.petra) == ["known_person"]


def test_a_substitute_gives_it_up_and_ends_no_other(services: Services, cast: Cast) -> None:
    mine = announce(services, cast.jun, cast.petra)
    other = announce(services, cast.jun, cast.olga, FRIDAY + DAY, FRIDAY + DAY)
    with refused(services, NotReady):
        end_absence(services, cast.jun, other, cast.petra)
    with watching(services) as seen:
        end_absence(services, cast.jun, mine, cast.petra)
    assert seen.letters == [("substitute_released", {"person_id": cast.jun})]


def test_whom_one_stands_in_for_one_knows_in_lists_as_in_standings(services: Services, cast: Cast) -> None:
    announce(services, cast.jun, cast.petra)
    with services.reading() as tx:
        for who, knows in ((cast.petra, True), (cast.olga, False)):
            listed = set(tx.execute(people.search(actor(tx, who, START))).scalars())
            assert (cast.jun in listed) is load_people(tx, [cast.jun], who, START)[cast.jun].seen is knows


def test_two_who_name_each_other_at_once_do_not_both_go(services: Services, cast: Cast) -> None:
    together = Barrier(2)
    answers: list[str] = []

    def go(person: int, substitute: int) -> None:
        together.wait()
        try:
            announce(services, person, substitute)
            answers.append("announced")
        except NotReady as refusal:
            answers.extend(lack.code for lack in refusal.missing[:1])

    threads = [Thread(target=go, args=pair) for pair in ((cast.jun, cast.rashid), (cast.rashid, cast.jun))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("announced") < 2
    assert set(answers) <= {"announced", "substitute_absent", "stands_in_then", "person_free"}


def test_who_departs_has_no_substitute_any_more(services: Services, cast: Cast, deputy: int) -> None:
    admin = add_admin(services)
    announce(services, cast.jun, deputy)
    with watching(services) as seen:
        do(services, "person", cast.jun, "depart", admin, reason="退休")
    assert seen.letters == [("substitute_released", {"person_id": deputy})]
    with services.reading() as tx:
        assert tx.execute(select(Absence.ended_at)).scalar_one() == START


def test_nobody_departs_while_they_stand_in_for_somebody(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    admin = add_admin(services)
    announce(services, cast.jun, cast.petra)
    with refused(services, NotReady) as error:
        do(services, "person", cast.petra, "depart", admin, reason="退休")
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["count"], lack.facts["people"]) == ("nothing_waits", 1, "钟军")
    clock.go_to(2022, 1, 22)
    do(services, "person", cast.petra, "depart", admin, reason="退休")
