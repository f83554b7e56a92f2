"""Letters that ask for a signature reach the substitute as well; those of who is gone reach somebody."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models import Delivery, Grant, Person
from models.states import Role
from schedules.relay import relay
from tests.people import Cast, HandClock, add_person, do, submit
from tests.schedules.mailroom import mails
from tests.workflow.approvals.signing import REASON, approve
from tests.workflow.directory.accounts import add_admin
from tests.workflow.directory.leave import FRIDAY, MONDAY, announce, end_absence
from workflow import outbox
from workflow.approvals.subjects import DECIDED
from workflow.bootstrap import Services
from workflow.recipients import audience


@pytest.fixture
def countersigning(services: Services, cast: Cast) -> int:
    """An approval that waits for the joint unit, whose reviewer is Jun."""
    approval = submit(services, cast)
    approve(services, approval, cast.rashid)
    return approval


def addressed(services: Services, now: Any = None) -> list[str]:
    """Who gets the letters that wait to be addressed, by login."""
    with services.reading() as tx:
        before = set(tx.execute(select(Delivery.id)).scalars())
    with services.transaction() as tx:
        outbox.address(tx, now or services.clock())
    with services.reading() as tx:
        found = select(Person.login).join(Delivery, Delivery.person_id == Person.id)
        return sorted(
            tx.execute(found.where(Delivery.channel == "mail", Delivery.id.not_in(before))).scalars()
        )


@pytest.mark.parametrize(
    ("day", "to"), [(16, ["jun"]), (17, ["jun", "petra"]), (21, ["jun", "petra"]), (22, ["jun"])]
)
def test_who_asks_the_absent_to_sign_asks_the_substitute_as_well(
    services: Services, cast: Cast, clock: HandClock, day: int, to: list[str]
) -> None:
    approval = submit(services, cast)
    announce(services, cast.jun, cast.petra)
    addressed(services)
    clock.go_to(2022, 1, day)
    approve(services, approval, cast.rashid)
    assert addressed(services) == to


def test_a_letter_to_one_person_reaches_their_substitute_and_no_other_letter_does(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    with services.transaction() as tx:
        clerk = add_person(tx, "ke", "柯员", (Role.OWNER, cast.joint))
    announce(services, clerk, cast.petra)
    addressed(services)
    clock.go_to(2022, 1, 18)
    do(
        services,
        "approval",
        countersigning,
        "transfer",
        cast.jun,
        details={"person_id": clerk},
        reason=REASON,
    )
    assert addressed(services) == ["ke", "petra"]
    do(services, "approval", countersigning, "copy", clerk, details={"people": [cast.lena, cast.jun]})
    announce(services, cast.lena, cast.petra, clock().date(), FRIDAY)
    assert addressed(services) == ["jun", "lena", "petra"]
    with services.reading() as tx:
        own = select(Delivery.id).where(Delivery.person_id == cast.petra, Delivery.channel == "mail")
        assert len(tx.execute(own).all()) == 3


def test_every_ask_is_one_that_substitutes_get() -> None:
    assert {entry.asks for entry in DECIDED.values()} <= outbox.ASKS


def test_a_departed_persons_letters_go_to_their_superior_else_to_the_supervisors(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    addressed(services)
    clock.go_to(2022, 1, 18)
    do(services, "person", cast.olga, "depart", add_admin(services), reason="退休")
    do(services, "approval", approval, "return", cast.rashid, reason="缺少盖章页。")
    assert addressed(services) == ["lena"]
    with services.transaction() as tx:
        tx.execute(update(Grant).where(Grant.person_id == cast.lena).values(to_on=MONDAY))
    with services.reading() as tx:
        assert audience(tx, {"person_id": cast.olga}, clock()) == [cast.amira]


def test_the_substitute_reads_whom_they_stand_in_for_and_when(services: Services, cast: Cast) -> None:
    end_absence(services, cast.jun, announce(services, cast.jun, cast.petra))
    relay(services, services.clock())
    named, released = sorted(mails(services), key=lambda mail: str(mail["Subject"]))
    assert str(named["Subject"]) == "【代理】钟军，2022年1月17日至2022年1月21日"
    assert str(released["Subject"]) == "【代理结束】钟军"
    assert "钟军外出期间" in named.get_body(("plain",)).get_content()  # type: ignore[union-attr]
