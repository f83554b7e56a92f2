"""What the tests of calendar notices share: an admin of the office, a notice of 2027, and dates that it may move."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from models import CalendarEdition, DueMove, OutboxRow
from models.states import Role
from tests.people import Cast, add_person, do
from workflow.bootstrap import Services

NOTICE: dict[str, Any] = {
    "notice": "国办发明电〔2026〕9号",
    "source": None,
    "days_off": ["2026-12-31", "2027-01-01", "2027-01-02", "2027-10-01"],
    "days_worked": ["2026-12-26"],
}
"""No notice of 2027 is known: this one is made up. The last day of 2026 off, the Saturday before it worked."""
REASON = "原录入漏列调休上班日。"


def an_admin(services: Services, cast: Cast, login: str = "nora") -> int:
    """Who keeps the accounts, and the calendar, in the joint-meeting office."""
    with services.transaction() as tx:
        return add_person(tx, login, "倪娜", (Role.ADMIN, cast.office))


def enter(services: Services, admin: int | None, **other: Any) -> None:
    do(services, "calendar_year", 2027, "enter", admin, details={**NOTICE, **other})


def moved(services: Services) -> list[tuple[str, int, date, date]]:
    """Every move by a notice: what has the date, from and to."""
    statement = select(DueMove.__table__).where(DueMove.basis == "calendar").order_by(DueMove.id)
    with services.reading() as tx:
        return [(*_of(row), row.from_on, row.to_on) for row in tx.execute(statement)]


def _of(row: Any) -> tuple[str, int]:
    if row.subject_kind:
        return row.subject_kind, row.subject_id
    return ("share", row.share_id) if row.share_id else ("milestone", row.milestone_id)


def letters(services: Services) -> list[tuple[Any, Any]]:
    """Whom the notice's letters are for, and the day each names."""
    statement = select(OutboxRow.audience, OutboxRow.facts).where(OutboxRow.topic == "reckoned_again")
    with services.reading() as tx:
        return [(row.audience, row.facts["due_on"]) for row in tx.execute(statement.order_by(OutboxRow.id))]


def editions(services: Services, year: int = 2027) -> list[Any]:
    statement = select(CalendarEdition.__table__).where(CalendarEdition.year == year)
    with services.reading() as tx:
        return list(tx.execute(statement.order_by(CalendarEdition.edition)))
