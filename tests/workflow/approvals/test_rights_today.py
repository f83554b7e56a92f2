"""Rights are those of the moment: what ended yesterday does not sign today, nor what begins tomorrow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Grant
from models.states import Role
from tests.people import Cast, HandClock, add_person, do, submit
from tests.workflow.approvals.signing import REASON, approve, may, sees
from tests.workflow.directory.accounts import add_admin
from tests.workflow.directory.leave import FRIDAY, announce, open_seat
from tests.workflow.lifecycles.witness import refused
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services
from workflow.errors import DubanError, NotFound, NotPermitted


@pytest.fixture
def countersigning(services: Services, cast: Cast) -> int:
    """An approval that waits for the joint unit, whose reviewer is Jun."""
    approval = submit(services, cast)
    approve(services, approval, cast.rashid)
    return approval


def end_grants(services: Services, cast: Cast, person: int) -> None:
    with services.reading() as tx:
        ids = list(tx.execute(select(Grant.id).where(Grant.person_id == person)).scalars())
    admin = add_admin(services, f"admin-{person}")
    yesterday = services.clock().date() - timedelta(days=1)
    for grant in ids:
        do(services, "person", person, "end_grant", admin, details={"grant_id": grant, "to_on": yesterday})


def move_unit(services: Services, cast: Cast, person: int) -> None:
    """To another unit, with the same role there."""
    end_grants(services, cast, person)
    admin, today = add_admin(services, f"mover-{person}"), services.clock().date()
    do(services, "person", person, "amend", admin, details={"unit_id": cast.other})
    issued = {"role": Role.REVIEWER, "unit_id": cast.other, "from_on": today}
    do(services, "person", person, "grant", admin, details=issued)


def depart(services: Services, cast: Cast, person: int) -> None:
    do(services, "person", person, "depart", add_admin(services), reason="退休")


@pytest.mark.parametrize("lose", [end_grants, move_unit, depart])
def test_a_right_that_ended_yesterday_does_not_sign_today(
    services: Services, cast: Cast, clock: HandClock, countersigning: int, lose: Callable[..., None]
) -> None:
    clock.go_to(2022, 1, 18)
    assert may(services, countersigning, cast.jun)
    lose(services, cast, cast.jun)
    assert not may(services, countersigning, cast.jun)
    with refused(services, DubanError):
        approve(services, countersigning, cast.jun)


@pytest.mark.parametrize("lose", [end_grants, move_unit, depart])
def test_nor_does_a_substitute_for_who_lost_it(
    services: Services, cast: Cast, clock: HandClock, countersigning: int, lose: Callable[..., None]
) -> None:
    clock.go_to(2022, 1, 18)
    announce(services, cast.jun, cast.petra, clock().date(), FRIDAY)
    assert may(services, countersigning, cast.petra)
    lose(services, cast, cast.jun)
    assert not may(services, countersigning, cast.petra)
    assert not sees(services, countersigning, cast.petra)
    with refused(services, NotFound):
        approve(services, countersigning, cast.petra)


@pytest.mark.parametrize("lose", [end_grants, move_unit])
def test_a_transferred_seat_is_its_holders_while_they_are_of_the_unit(
    services: Services, cast: Cast, clock: HandClock, countersigning: int, lose: Callable[..., None]
) -> None:
    with services.transaction() as tx:
        clerk = add_person(tx, "ke", "柯员", (Role.OWNER, cast.joint))
    clock.go_to(2022, 1, 18)
    details = {"person_id": clerk}
    do(services, "approval", countersigning, "transfer", cast.jun, details=details, reason=REASON)
    assert may(services, countersigning, clerk)
    assert not may(services, countersigning, cast.jun)
    lose(services, cast, clerk)
    assert not may(services, countersigning, clerk)
    assert sees(services, countersigning, clerk)
    with refused(services, NotPermitted):
        approve(services, countersigning, clerk)
    back = {"person_id": cast.jun, "seat_id": open_seat(services, countersigning).id}
    do(services, "approval", countersigning, "transfer", cast.amira, details=back, reason=REASON)
    approve(services, countersigning, cast.jun)


def test_a_right_that_begins_tomorrow_does_not_sign_today(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    clock.go_to(2022, 1, 18)
    issued = {"role": Role.REVIEWER, "unit_id": cast.joint, "from_on": clock().date() + timedelta(days=1)}
    do(services, "person", cast.petra, "grant", add_admin(services), details=issued)
    assert not may(services, countersigning, cast.petra)
    clock.go_to(2022, 1, 19, 0)
    assert may(services, countersigning, cast.petra)


def test_a_named_person_who_holds_nothing_any_more_does_not_sign(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    steps = [{"key": "named", "people": ["jun", "lena"], "mode": "all"}]
    body = {"key": "milestone", "purpose": "acceptance", "steps": steps}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
    clock.go_to(2022, 1, 18)
    approval = submit(services, cast)
    assert may(services, approval, cast.jun)
    end_grants(services, cast, cast.jun)
    assert not may(services, approval, cast.jun)
    with refused(services, NotPermitted):
        approve(services, approval, cast.jun)
