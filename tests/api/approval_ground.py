"""Definitions of every shape that tests of the API sign by, entered for the cast."""

from __future__ import annotations

from typing import Any

from models.states import Role
from tests.api.desks import give_token
from tests.people import Cast, add_person, submit
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services

REVIEW = {"key": "unit_review", "role": "reviewer", "of": "lead"}
ACCEPT = {"key": "accept", "role": "supervisor", "of": "office"}


def people_step(mode: str, *logins: str, key: str = "experts", **more: Any) -> dict[str, Any]:
    return {"key": key, "people": list(logins), "mode": mode, **more}


def defined(services: Services, *steps: dict[str, Any], **more: Any) -> None:
    """How milestones are accepted from now on."""
    body = {"key": "milestone", "purpose": "acceptance", "steps": list(steps), **more}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock())


def strangers(services: Services, cast: Cast, *logins: str) -> dict[str, int]:
    """People of another unit, with a token each."""
    with services.transaction() as tx:
        people = {
            login: add_person(tx, login, f"外单位{login}", (Role.OWNER, cast.other)) for login in logins
        }
        for login, person in people.items():
            give_token(tx, person, f"token-of-{login}")
    return people


def submitted(services: Services, cast: Cast, *steps: dict[str, Any], **more: Any) -> int:
    """The first milestone, submitted under a definition of these steps: its approval."""
    defined(services, *steps, **more)
    return submit(services, cast)
