"""What a command says when it is refused: the sentence, each thing that is missing, exit code 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import typer
from sqlalchemy.exc import DBAPIError, OperationalError

from workflow.errors import DubanError
from workflow.sentences import refusal_lines
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES

REFUSED = 2
UNDEFINED_TABLE = "42P01"
"""PostgreSQL's SQLSTATE for a table that is not there."""


class DatabaseEmpty(DubanError):
    """The database answers, but was never migrated."""

    code = "database_empty"


class DatabaseAway(DubanError):
    """The database does not answer. Facts: `reason`, the driver's own words."""

    code = "database_away"


def asked_language(arguments: Sequence[str]) -> str:
    """The language that a command was given (`--language en`): what refuses it speaks that as well."""
    for option, value in pairwise([part for each in arguments for part in each.split("=", 1)]):
        if option == "--language" and value in LANGUAGES:
            return value
    return DEFAULT_LANGUAGE


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
