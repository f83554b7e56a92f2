"""Card 牌: raised by the clock, answered by the unit, lifted when what it was for is done."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from models import Card
from models.states import Role
from tests.people import Cast, add_person, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import dump, refused, watching
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired

OFFICE = {"role": "supervisor", "office": True}


@pytest.mark.parametrize(
    ("situation", "who", "action", "to", "letter"),
    [
        (a.a_raised_card, "olga", "acknowledge", "acknowledged", None),
        (a.an_acknowledged_card, "olga", "rectify", "rectifying", None),
        (a.a_raised_card, "lena", "appeal", "appealed", "card_appealed"),
        (a.an_acknowledged_card, "rashid", "appeal", "appealed", "card_appealed"),
        (a.an_appealed_card, "amira", "dismiss_appeal", "acknowledged", "card_appeal_dismissed"),
        (a.an_appealed_card, "amira", "revoke", "revoked", "card_revoked"),
        (a.a_card_whose_work_is_done, "olga", "request_verification", "verifying", "card_verifying"),
        (a.a_card_to_verify, "amira", "lift", "lifted", "card_lifted"),
        (a.a_raised_card, "amira", "revoke", "revoked", "card_revoked"),
    ],
)
def test_each_act_on_a_card_is_state_event_and_letter_together(
    services: Services, cast: Cast, situation: Any, who: str, action: str, to: str, letter: str | None
) -> None:
    card = situation(services, cast)
    with watching(services) as seen:
        do(services, "card", card, action, getattr(cast, who), reason=a.REASON)
    assert a.state_of(services, Card, card) == to
    assert seen.events == [("card", action, to, getattr(cast, who))]
    told = OFFICE if who != "amira" else {"role": "owner", "unit_id": cast.lead}
    assert seen.letters == ([] if letter is None else [(letter, told)])


@pytest.mark.parametrize("action", ["request_verification"])
def test_a_card_is_not_verified_before_its_work_is_done(services: Services, cast: Cast, action: str) -> None:
    card = a.an_acknowledged_card(services, cast)
    with refused(services, NotReady) as error:
        do(services, "card", card, action, cast.olga)
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [("work_done", {"state": "planned"})]


def test_a_card_is_not_lifted_when_its_work_was_undone_again(services: Services, cast: Cast) -> None:
    card = a.a_card_to_verify(services, cast)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    with refused(services, NotReady) as error:
        do(services, "card", card, "lift", cast.amira)
    assert [lack.code for lack in error.value.missing] == ["work_done"]


@pytest.mark.parametrize(
    ("situation", "who", "action"),
    [
        (a.an_acknowledged_card, "olga", "rectify"),
        (a.a_raised_card, "olga", "appeal"),
        (a.an_appealed_card, "amira", "dismiss_appeal"),
        (a.a_raised_card, "amira", "revoke"),
    ],
)
def test_what_must_be_justified_takes_a_reason(
    services: Services, cast: Cast, situation: Any, who: str, action: str
) -> None:
    card = situation(services, cast)
    with refused(services, ReasonRequired):
        do(services, "card", card, action, getattr(cast, who))


@pytest.mark.parametrize("action", ["dismiss_appeal", "revoke"])
def test_an_appeal_is_decided_by_somebody_else_than_who_raised_the_card(
    services: Services, cast: Cast, action: str
) -> None:
    card = a.an_appealed_card(services, cast)
    with services.transaction() as tx:
        tx.execute(update(Card).where(Card.__table__.c.id == card).values(raised_by=cast.amira))
        other = add_person(tx, "otto", "奥托", (Role.SUPERVISOR, cast.office))
    with refused(services, NotPermitted):
        do(services, "card", card, action, cast.amira, reason=a.REASON)
    do(services, "card", card, action, other, reason=a.REASON)


def test_the_same_rung_cards_one_episode_once(services: Services, cast: Cast) -> None:
    """The database itself refuses the second card, and with it all that came with it."""
    a.a_raised_card(services, cast)
    before = dump(services)
    with pytest.raises(IntegrityError):
        do(services, "milestone", cast.milestone, "raise_card", None, details=a.earned())
    assert dump(services) == before
    for further in (a.earned("yellow", "late-1"), a.earned(episode=2)):
        do(services, "milestone", cast.milestone, "raise_card", None, details=further)
