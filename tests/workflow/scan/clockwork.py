"""What the tests of the clock share: moments of the office's day, many milestones at once, and a look at the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from models import Card, Milestone, OutboxRow, Reminder
from models.states import DueBasis, MilestoneState
from tests.people import Cast
from workflow.bootstrap import Services


def morning(year: int, month: int, day: int) -> datetime:
    """Nine o'clock in the office."""
    return datetime(year, month, day, 1, tzinfo=UTC)


def many_milestones(tx: Connection, cast: Cast, due: Iterable[date]) -> list[int]:
    """Open milestones of the cast's task, one for each due date."""
    rows = [
        {"task_id": cast.task, "year": on.year, "text": "完成一项", "printed_text": "完成一項",
         "state": MilestoneState.PLANNED, "due_on": on, "due_basis": DueBasis.PRINTED, "due_rule": "preceding"}
        for on in due
    ]  # fmt: skip
    return list(tx.execute(insert(Milestone).returning(Milestone.id), rows).scalars())


def reminders(services: Services, milestone: int) -> dict[str, bool]:
    """The rungs recorded for a milestone's present due date: whether each was overtaken."""
    with services.reading() as tx:
        statement = (
            select(Reminder.rung, Reminder.overtaken)
            .join(Milestone, Milestone.id == Reminder.subject_id)
            .where(Reminder.subject_kind == "milestone", Milestone.id == milestone)
            .where(Reminder.due_on == Milestone.due_on)
        )
        return {row.rung: row.overtaken for row in tx.execute(statement)}


def told(services: Services, *topics: str) -> list[Any]:
    """Outbox rows of these topics, oldest first."""
    with services.reading() as tx:
        statement = select(OutboxRow.__table__).where(OutboxRow.topic.in_(topics)).order_by(OutboxRow.id)
        return list(tx.execute(statement))


def cards(services: Services) -> list[Any]:
    """All cards, oldest first."""
    with services.reading() as tx:
        return list(tx.execute(select(Card.__table__).order_by(Card.id)))
