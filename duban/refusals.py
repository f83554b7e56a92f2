"""What a command says when it is refused: the sentence, each thing that is missing, exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from workflow.errors import DubanError
from workflow.sentences import refusal_lines
from workflow.words import DEFAULT_LANGUAGE

REFUSED = 2


@contextmanager
def refusals(language: str = DEFAULT_LANGUAGE) -> Iterator[None]:
    """Turn a DubanError into a sentence on stderr and exit code 2."""
    try:
        yield
    except DubanError as error:
        for line in refusal_lines(error, language):
            typer.echo(line, err=True)
        raise SystemExit(REFUSED) from None
