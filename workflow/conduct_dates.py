"""While a task is suspended the clock stands still for its work plan and reports too."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from models import Report, WorkPlan
from models.states import MoveBasis, ReportState, WorkPlanState
from workflow.acts import Act
from workflow.calendar import working_calendar
from workflow.calendar_notices.dates import record_move
from workflow.facts import TaskStanding
from workflow.law import Details

OUTSTANDING: dict[str, tuple[Any, tuple[str, ...]]] = {
    "work_plan": (WorkPlan, (WorkPlanState.REQUIRED, WorkPlanState.RETURNED)),
    "report": (Report, (ReportState.DUE,)),
}
"""What is still to be handed in, by kind: its table, and the states in which its due date counts."""


class NewDueDate(Details):
    """The day to which something is due from now on."""

    due_on: date


def record_suspension(act: Act[Any]) -> None:
    """Effect of redating: the move, as every move of a due date is recorded."""
    to_on, from_on = act.details.due_on, act.standing.due_on
    record_move(act, from_on, to_on, MoveBasis.SUSPENSION, act.reason)


def move_conduct_dates(act: Act[TaskStanding]) -> None:
    """Effect of resuming: what is still to be handed in is due later by the working days lost."""
    since = act.standing.task.suspended_on
    if since is None:
        return
    calendar = working_calendar(act.tx)
    for kind, (model, states) in OUTSTANDING.items():
        statement = select(model.id, model.due_on).where(
            model.task_id == act.subject_id, model.state.in_(states)
        )
        for row in act.tx.execute(statement.order_by(model.id)).all():
            due_on = calendar.resume(row.due_on, since, act.today)
            if due_on != row.due_on:
                act.follow(kind, row.id, "redate", details=NewDueDate(due_on=due_on), reason=act.reason)
