"""Whose act a command is: `--as LOGIN`. The system acts only when a database is set up."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import Connection, select

from models import Person
from workflow.errors import DubanError

As = Annotated[str, typer.Option("--as", metavar="LOGIN", help="The person whose act this is.")]


class NobodyOfThatName(DubanError):
    """No account has that sign-in name."""

    code = "nobody_of_that_name"


def person_id(tx: Connection, login: str) -> int:
    """The id of the person with that sign-in name. Raises NobodyOfThatName."""
    found = tx.execute(select(Person.id).where(Person.login == login)).scalar_one_or_none()
    if found is None:
        raise NobodyOfThatName(login=login)
    return int(found)
