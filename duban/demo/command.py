"""`duban demo`: make the ground, play the story, sum up, serve on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as hour
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from argon2 import PasswordHasher
from rich.console import Console
from rich.table import Table

from duban.demo.cast import Cast, assemble, seat
from duban.demo.desk import Desk
from duban.demo.ground import Ground, lay_ground
from duban.demo.player import Player
from duban.demo.screen import watch
from duban.demo.server import HOST, Door, listen
from duban.demo.story import Story, tell
from duban.demo.summary import Summary, lay_out_papers, sum_up
from schedules.runner import run_once
from workflow.adapters.passwords import Passwords
from workflow.civil import ZONE
from workflow.words import DEFAULT_LANGUAGE, say

FOLDER = Path("var/demo")
PASSWORD = "duban-demo-2022"  # noqa: S105  (printed for everybody; only a database marked demo lets it in)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The password is no secret: a costly hash would protect nothing, and cost the play minutes."""
SEED = 2022
SHOWN_UNITS = ("jgj", "jw", "qingpu-jgj")
"""Beginnings of the logins that are printed beside those of the office."""
OPENS_AT, ENDS_AT = hour(7), hour(18, 30)
JOBS_EVERY = 60.0
"""Seconds between two runs of the jobs while the demo serves on."""
BROKEN = 1


class Part(StrEnum):
    """How much is played."""

    FULL = "full"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that serves and can be played."""

    ground: Ground
    cast: Cast
    story: Story
    port: int
    seed: int

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


def demo(
    seed: Annotated[int, typer.Option(help="All chance comes from it: same seed, same summary.")] = SEED,
    folder: Annotated[Path, typer.Option(help="The demo's own folder, made anew.", file_okay=False)] = FOLDER,
    part: Annotated[Part, typer.Option(envvar="DEMO", help="`quarter`: three months only.")] = Part.FULL,
    stay: Annotated[
        bool, typer.Option("--serve/--no-serve", envvar="SERVE", help="Serve on after the play.")
    ] = True,
    port: Annotated[
        int, typer.Option(envvar="PORT", help="Served here, or at the next free port.", min=1, max=65535)
    ] = 8000,
    language: Annotated[str, typer.Option(help="Language of what is printed.")] = DEFAULT_LANGUAGE,
) -> None:
    """Play two years of the real plan in simulated time through the HTTP API, then serve it."""
    console = Console(markup=False, highlight=False)
    story = tell()
    upto = story.upto_on if part is Part.FULL else story.quarter_upto_on
    with stage(folder, seed, port, story, os.environ.get("DUBAN_DATABASE")) as made:
        console.print(say("demo.serving", language, address=made.address), soft_wrap=True)
        summary = play(made, upto, console, language)
        report(made, summary, console, language)
        if not summary.verified:
            raise typer.Exit(BROKEN)
        if stay:
            console.print(say("demo.serving_on", language, address=made.address), soft_wrap=True)
            serve_on(made.ground, upto)


@contextmanager
def stage(folder: Path, seed: int, port: int, story: Story, database: str | None = None) -> Iterator[Stage]:
    """Lay the ground, seat the cast, open the door; `database` by URL, else a file in the folder.

    Raises FolderNotOurs, DatabaseNotOurs, NoPort.
    """
    listening = listen(port)
    taken = listening.getsockname()[1]
    now = datetime.combine(story.from_on, OPENS_AT, ZONE)
    with listening:
        ground = lay_ground(folder, database, f"http://{HOST}:{taken}", now, {"seed": seed})
        cast = assemble(seed)
        with ground.services.transaction() as tx:
            seat(tx, cast, Passwords(CHEAP).hash(PASSWORD), story.from_on)
        door = Door(ground.services, listening)
        try:
            yield Stage(ground, cast, story, taken, seed)
        finally:
            door.close()
            ground.services.close()


def play(made: Stage, upto: date, console: Console, language: str) -> Summary:
    """Play up to a day, then count what there is."""
    desk = Desk(made.port, PASSWORD, made.ground.services.clock)
    player = Player(made.ground, desk, made.cast, made.story, made.seed)
    try:
        watch(player.play(upto), console, made.story.from_on, upto, language)
    finally:
        desk.leave()
    return sum_up(made.ground, made.seed, made.story.from_on, upto, player.gaps)


def report(made: Stage, summary: Summary, console: Console, language: str) -> None:
    """Write and print the summary, where everything lies, and who may sign in."""
    ground, written = made.ground, made.ground.folder / "summary.json"
    papers = lay_out_papers(ground)
    summary.write(written)
    console.print(summary.table(language))
    database = ground.services.settings.database
    for name, place in {"database": database, "mail": ground.mail, "summary": written}.items():
        console.print(say(f"demo.place.{name}", language, path=place), soft_wrap=True)
    console.print(say("demo.place.papers", language))
    for path in papers:
        console.print(f"  {path}", soft_wrap=True)
    console.print(_sign_ins(made.cast, language))
    console.print(say("demo.password", language, password=PASSWORD), soft_wrap=True)


def _sign_ins(cast: Cast, language: str) -> Table:
    """The office and some units; every other login is built alike."""
    names = {unit.code: unit.name for unit in cast.units} | {
        desk.code: desk.name for desk in cast.departments
    }
    names[cast.office_code] = cast.office_name
    columns = (say(f"demo.column.{name}", language) for name in ("login", "name", "role", "unit"))
    table = Table(*columns, title=say("demo.sign_ins", language))
    for person in cast.members:
        prefix, _, of_a_unit = person.login.partition(".")
        if not of_a_unit or prefix in SHOWN_UNITS:
            role = say(f"role.{person.role}", language)
            table.add_row(person.login, person.name, role, names.get(person.unit or "", "—"))
    return table


def serve_on(ground: Ground, since: date) -> None:
    """Go on from the play's last evening at the pace of real time, jobs included, until Ctrl+C."""
    began, shown, run_at = time.monotonic(), datetime.combine(since, ENDS_AT, ZONE), 0.0
    try:
        while True:
            passed = time.monotonic() - began
            ground.clock.set(shown + timedelta(seconds=passed))
            if passed - run_at >= JOBS_EVERY:
                run_once(ground.services)
                run_at = passed
            time.sleep(1)
    except KeyboardInterrupt:
        return
