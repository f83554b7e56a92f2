"""The tours: what a newcomer is told to type exists, and both languages tell the same."""

from __future__ import annotations

import json
import re

import click
import pytest
import typer

from duban.command import app
from tests.house.sources import text_of

TOURS = ("docs/tour.md", "docs/tour.zh-CN.md")
TYPED = (*TOURS, "docs/approvals.md")
SHELL = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
COMMAND = re.compile(r"\bduban ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
PATH = re.compile(r"\$API(/[a-zA-Z0-9_$/-]+)")


def shell(name: str) -> str:
    return "\n".join(SHELL.findall(text_of(name)))


def known(words: str) -> bool:
    """Whether `duban WORDS` is a command; the second word of a command without subcommands is an argument."""
    command: click.Command = typer.main.get_command(app)  # type: ignore[assignment]
    for word in words.split():
        if not hasattr(command, "commands"):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return not hasattr(command, "commands")


@pytest.mark.parametrize("tour", TYPED)
def test_every_command_of_a_tour_exists(tour: str) -> None:
    commands = set(COMMAND.findall(shell(tour)))
    assert len(commands) > (8 if tour in TOURS else 2)
    assert [words for words in sorted(commands) if not known(words)] == []


@pytest.mark.parametrize("tour", TYPED)
def test_every_path_of_a_tour_is_answered(tour: str) -> None:
    routes = [
        re.sub(r"\{[^}]*\}", "[^/]+", path) for path in json.loads(text_of("docs/openapi.json"))["paths"]
    ]
    asked = {f"/api/v1{path}" for path in PATH.findall(shell(tour))}
    assert len(asked) > (8 if tour in TOURS else 6)
    assert [path for path in sorted(asked) if not any(re.fullmatch(route, path) for route in routes)] == []


def test_both_tours_type_the_same_commands() -> None:
    first, second = (COMMAND.findall(shell(tour)) + PATH.findall(shell(tour)) for tour in TOURS)
    assert first == second


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert not known("plan invent")
    assert not known("plans")
    assert known("plan read")
