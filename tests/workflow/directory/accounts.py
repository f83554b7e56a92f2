"""Accounts for tests: passwords hashed as cheaply as Argon2 goes, an admin, somebody who is signed in."""

from __future__ import annotations

from argon2 import PasswordHasher

from models.states import Role
from tests.people import Cast, add_person
from workflow.activation import activate, find_slip, issue_slip
from workflow.adapters.passwords import Passwords
from workflow.bootstrap import Services

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "three green buses 7"


def give_password(services: Services, person_id: int, password: str = PASSWORD) -> None:
    """A password by an activation slip, as everybody gets one."""
    now = services.clock()
    with services.transaction() as tx:
        slip_id, person, _ = find_slip(tx, issue_slip(tx, person_id, None, now).code, now)
        activate(tx, slip_id, person, CHEAP.hash(password), now)


def add_admin(services: Services, login: str = "adele", unit_id: int | None = None) -> int:
    """An admin of the whole plan, or of one unit."""
    with services.transaction() as tx:
        return add_person(tx, login, "艾德", (Role.ADMIN, unit_id))


def add_unit_admin(services: Services, cast: Cast) -> int:
    """Ulla keeps the accounts of the lead unit."""
    return add_admin(services, "ulla", cast.lead)
