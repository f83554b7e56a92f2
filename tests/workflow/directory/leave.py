"""People on leave, as acts make it: absences announced, seats given to one person, people who have gone."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from models import Absence, Seat
from tests.people import do
from workflow.bootstrap import Services

MONDAY, FRIDAY = date(2022, 1, 17), date(2022, 1, 21)
"""The week after the plan was published."""


def announce(
    services: Services, person: int, substitute: int, from_on: date = MONDAY, to_on: date = FRIDAY,
    *, who: int | None = None, reason: str | None = None,
) -> int:  # fmt: skip
    """An absence, announced by the person or by somebody else: its id."""
    details = {"substitute_id": substitute, "from_on": from_on, "to_on": to_on}
    do(services, "person", person, "announce_absence", who or person, details=details, reason=reason)
    return latest_absence(services)


def latest_absence(services: Services) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.max(Absence.id))).scalar_one())


def end_absence(services: Services, person: int, absence: int, who: int | None = None) -> None:
    do(services, "person", person, "end_absence", who or person, details={"absence_id": absence})


def open_seat(services: Services, approval: int, step: str | None = None) -> Any:
    """The seat of an approval that is open (of several the first), or the first of a step."""
    wanted = Seat.state == "open" if step is None else Seat.step_key == step
    with services.reading() as tx:
        found = select(Seat.__table__).where(Seat.approval_id == approval, wanted).order_by(Seat.id).limit(1)
        return tx.execute(found).one()
