"""What a play shows while it goes on: a bar on a terminal, else a line a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from workflow.words import say


def watch(days: Iterator[date], console: Console, first: date, last: date, language: str) -> None:
    """Let the days pass, and show it."""
    if console.is_terminal:
        _draw_bar(days, console, first, last)
    else:
        _tell_months(days, console, language)


def _draw_bar(days: Iterator[date], console: Console, first: date, last: date) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(first.isoformat(), total=(last - first).days + 1)
        for on in days:
            progress.update(bar, description=on.isoformat(), completed=(on - first).days + 1)
        progress.update(bar, completed=(last - first).days + 1)


def _tell_months(days: Iterator[date], console: Console, language: str) -> None:
    told = None
    for on in days:
        if told is not None and told != (on.year, on.month):
            console.print(say("demo.month", language, year=told[0], month=told[1]))
        told = (on.year, on.month)
