"""Reads the shipped working-day table: one YAML file a year under `plans/calendar/`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from workflow.deadlines import CalendarInvalid, CalendarYear, Notice, WorkingCalendar

SHIPPED = Path(__file__).parents[2] / "plans" / "calendar"
KEYS = {"year", "notice", "days_off", "days_worked"}  # a bare `off` would be read as false in YAML


def read_calendar(folder: Path = SHIPPED) -> WorkingCalendar:
    """The calendar of all `YYYY.yaml` files in a folder. Raises CalendarInvalid naming the file."""
    years = (read_year(path) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].yaml")))
    return WorkingCalendar({year.year: year for year in years})


def read_year(path: Path) -> CalendarYear:
    """One year's file. Raises CalendarInvalid naming the file and what is wrong."""
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (
        yaml.YAMLError,
        ValueError,
    ) as unread:  # ValueError: bytes that are not UTF-8, or a date such as 02-30
        raise CalendarInvalid(problem="unreadable", file=path.name) from unread
    if not isinstance(stated, dict) or set(stated) != KEYS or type(stated["year"]) is not int:
        raise CalendarInvalid(problem="wrong_keys", file=path.name, keys=", ".join(sorted(KEYS)))
    return CalendarYear(
        year=stated["year"],
        notice=_notice(stated["notice"], path),
        off=_dates(stated["days_off"], path),
        work=_dates(stated["days_worked"], path),
    )


def _notice(stated: Any, path: Path) -> Notice | None:
    if stated is None:
        return None
    try:
        number, source, verified = stated["number"], stated["source"], stated["verified"]
    except (KeyError, TypeError) as unread:
        raise CalendarInvalid(problem="wrong_notice", file=path.name) from unread
    if type(verified) is not bool:
        raise CalendarInvalid(problem="wrong_notice", file=path.name)
    return Notice(number=str(number), source=str(source), verified=verified)


def _dates(stated: Any, path: Path) -> frozenset[date]:
    """A list of days, each once: a day written twice is a slip that hides another."""
    if not isinstance(stated, list) or any(type(on) is not date for on in stated):
        raise CalendarInvalid(problem="wrong_dates", file=path.name)
    if len(set(stated)) != len(stated):
        raise CalendarInvalid(problem="repeated_dates", file=path.name)
    return frozenset(stated)
