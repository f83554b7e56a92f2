"""`duban user`: the first admin without a default password, and people by hand. Codes are printed once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from models.states import PersonState, Role
from workflow.activation import Slip, issue_slip
from workflow.acts import perform
from workflow.bootstrap import bootstrap
from workflow.civil import day_of
from workflow.directory import listing, people
from workflow.directory.orders import GrantIssue
from workflow.errors import DubanError
from workflow.lifecycles.person import PERSON
from workflow.sign_in import plain_login
from workflow.words import DEFAULT_LANGUAGE, say

app = typer.Typer(no_args_is_help=True, help="Accounts: the first admin, and people by hand.")
Login = Annotated[str, typer.Argument(help="What the person signs in with.")]
ActingAs = Annotated[str, typer.Option("--as", help="Login of the admin who does this.")]
Name = Annotated[str, typer.Argument(help="The person's name, as it is printed.")]


class AdminExists(DubanError):
    """Somebody administers the plan already; further people are invited by them."""

    code = "admin_exists"


@app.command("first-admin")
def first_admin(login: Login, name: Name) -> None:
    """Make the first admin of the whole plan; only while nobody is one. Prints an activation code.

    Once more with the same login where the code was never used: prints another.
    """
    with _acting() as (tx, now):
        known = people.admins(tx, day_of(now))
        if known and known.get(plain_login(login)) != PersonState.INVITED:
            raise AdminExists
        if known:
            slip = issue_slip(tx, people.find_login(tx, login), None, now)
        else:
            slip = _invite(tx, {"login": login, "name": name}, None, now)
            _grant(tx, slip.person_id, None, Role.ADMIN, None, now)
    _print(login, slip)


@app.command("add")
def add(
    login: Login,
    name: Name,
    acting_as: ActingAs,
    unit: Annotated[str | None, typer.Option(help="Code of the person's unit.")] = None,
    role: Annotated[Role | None, typer.Option(help="A role in that unit, from today.")] = None,
) -> None:
    """Invite a person, and grant a role. Prints an activation code."""
    with _acting() as (tx, now):
        admin = people.find_login(tx, acting_as)
        unit_id = listing.find_code(tx, unit) if unit else None
        slip = _invite(tx, {"login": login, "name": name, "unit_id": unit_id}, admin, now)
        if role is not None:
            _grant(tx, slip.person_id, unit_id, role, admin, now)
    _print(login, slip)


@app.command("slip")
def slip(login: Login, acting_as: ActingAs) -> None:
    """Issue another activation slip, to an invited person or for a lost password. Prints its code."""
    with _acting() as (tx, now):
        issued = issue_slip(tx, people.find_login(tx, login), people.find_login(tx, acting_as), now)
    _print(login, issued)


@contextmanager
def _acting() -> Iterator[tuple[Connection, datetime]]:
    """One act, one transaction, at one instant."""
    services = bootstrap()
    try:
        with services.transaction() as tx:
            yield tx, services.clock()
    finally:
        services.close()


def _invite(tx: Connection, given: dict[str, Any], actor_id: int | None, now: datetime) -> Slip:
    return issue_slip(tx, people.invite(tx, people.read_invitation(given), actor_id, now), actor_id, now)


def _grant(
    tx: Connection, person_id: int, unit_id: int | None, role: Role, actor_id: int | None, now: datetime
) -> None:
    details = GrantIssue(role=role, unit_id=unit_id, from_on=day_of(now))
    perform(tx, PERSON, person_id, "grant", actor_id, now, details=details)


def _print(login: str, slip: Slip) -> None:
    until = day_of(slip.expires_at)
    typer.echo(say("slip.told", DEFAULT_LANGUAGE, login=plain_login(login), until=until, code=slip.code))
