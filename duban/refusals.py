"""What a command says when it is refused: the sentence, each thing that is missing, exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.exc import DBAPIError, OperationalError

from workflow.errors import DubanError
from workflow.sentences import refusal_lines
from workflow.words import DEFAULT_LANGUAGE

REFUSED = 2
UNDEFINED_TABLE = "42P01"
"""PostgreSQL's SQLSTATE for a table that is not there."""


class DatabaseEmpty(DubanError):
    """The database answers, but was never migrated."""

    code = "database_empty"


class DatabaseAway(DubanError):
    """The database does not answer. Facts: `reason`, the driver's own words."""

    code = "database_away"


@contextmanager
def refusals(language: str = DEFAULT_LANGUAGE) -> Iterator[None]:
    """Turn a DubanError, or a database that is empty or away, into a sentence on stderr and exit code 2."""
    try:
        yield
    except DubanError as error:
        _refuse(error, language)
    except DBAPIError as error:
        _refuse(_understood(error), language)


def _refuse(error: DubanError, language: str) -> None:
    for line in refusal_lines(error, language):
        typer.echo(line, err=True)
    raise SystemExit(REFUSED) from None


def _understood(error: DBAPIError) -> DubanError:
    """What a person can act on; any other fault of a database stays the fault that it is."""
    if getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE or "no such table" in str(error.orig):
        return DatabaseEmpty()
    if error.connection_invalidated or (isinstance(error, OperationalError) and error.statement is None):
        return DatabaseAway(reason=str(error.orig).strip())
    raise error
