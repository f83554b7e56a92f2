"""Lights 绿蓝黄红: a projection of each milestone's history, refreshed once a day, and only where it changes.

What is not past its due date needs no history: it is blue when near and not submitted, else green. What is past
it is judged one by one, by the same function that earns the cards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, not_, select, update

from models import Milestone, Task
from models.states import MilestoneState
from workflow.histories import histories, paged
from workflow.ladder import Light, light
from workflow.reckoning import Reckoning
from workflow.scan import ALIVE, OPEN


def refresh_lights(tx: Connection, day: Reckoning) -> int:
    """Bring the lights of all milestones to `day.today`: how many changed."""
    return sum(_show(tx, lit, which) for lit, which in _by_date(day)) + _refresh_late(tx, day)


def _by_date(day: Reckoning) -> Iterator[tuple[Light, ColumnElement[bool]]]:
    """What can be said by state and due date alone."""
    near = day.today + timedelta(days=day.rules.near_due.days_left)
    alive = Milestone.task_id.in_(select(Task.id).where(ALIVE))
    submitted = Milestone.state == MilestoneState.SUBMITTED
    not_late = and_(OPEN, alive, Milestone.due_on >= day.today)
    yield Light.GREEN, not_(and_(OPEN, alive))
    yield Light.GREEN, and_(not_late, (Milestone.due_on > near) | submitted)
    yield Light.BLUE, and_(not_late, Milestone.due_on <= near, not_(submitted))


def _refresh_late(tx: Connection, day: Reckoning) -> int:
    late = and_(OPEN, ALIVE, Milestone.due_on < day.today)
    changed = 0
    for ids in paged(tx, late):
        lit: dict[Light, list[int]] = {}
        for milestone_id, history in histories(tx, ids).items():
            lit.setdefault(light(history, day.rules, day.calendar, day.today), []).append(milestone_id)
        changed += sum(_show(tx, colour, Milestone.id.in_(which)) for colour, which in lit.items())
    return changed


def _show(tx: Connection, lit: Light, which: ColumnElement[bool]) -> int:
    """Rows that an act holds at this moment are left for the next time: waiting for them could deadlock."""
    wrong = and_(which, Milestone.light != lit.value)
    free = select(Milestone.id).where(wrong).with_for_update(skip_locked=True)
    statement = update(Milestone).where(Milestone.id.in_(free)).values(light=lit.value)
    return int(tx.execute(statement.execution_options(synchronize_session=False)).rowcount)
