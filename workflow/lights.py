"""Lights 绿蓝黄红: a projection of each history, of milestones and of shares, refreshed once a day where it changes.

What is not past its due date needs no history: it is blue when near and not submitted, else green. What is past
it is judged one by one, by the same function that earns the cards. A milestone's light is its own, whatever its
shares show.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, not_, select, update

from workflow.dated import CLIMBING, Dated
from workflow.histories import histories, paged
from workflow.ladder import History, Light, light
from workflow.reckoning import Reckoning

LATE = (Light.YELLOW, Light.RED)


def refresh_lights(tx: Connection, day: Reckoning) -> int:
    """Bring the lights of all milestones and shares to `day.today`: how many changed."""
    return sum(
        sum(_show(tx, dated, lit, which) for lit, which in _by_date(dated, day))
        + _refresh_late(tx, dated, day)
        for dated in CLIMBING
    )


def _by_date(dated: Dated, day: Reckoning) -> Iterator[tuple[Light, ColumnElement[bool]]]:
    """What can be said by state and due date alone."""
    near = day.today + timedelta(days=day.rules.near_due.days_left)
    running = and_(dated.open, dated.runs)
    not_late = and_(running, dated.due_on >= day.today)
    yield Light.GREEN, not_(running)
    yield Light.GREEN, and_(not_late, (dated.due_on > near) | not_(dated.reminded))
    yield Light.BLUE, and_(not_late, dated.due_on <= near, dated.reminded)


def _refresh_late(tx: Connection, dated: Dated, day: Reckoning) -> int:
    changed = 0
    for ids in paged(tx, dated.table, and_(dated.open, dated.runs, dated.due_on < day.today)):
        lit: dict[Light, list[int]] = {}
        for subject_id, history in histories(tx, ids, dated.kind).items():
            lit.setdefault(_late_light(history, day), []).append(subject_id)
        changed += sum(_show(tx, dated, colour, dated.table.id.in_(which)) for colour, which in lit.items())
    return changed


def _late_light(history: History, day: Reckoning) -> Light:
    """The light of what is past its due date. Days of a year without holiday notice turn nothing yellow or red: its
    cards are held as well, until the notice says which of these days were worked."""
    lit, firm = light(history, day.rules, day.calendar, day.today), day.calendar.firm_upto(day.today)
    if lit not in LATE or firm == day.today:
        return lit
    stood = light(history, day.rules, day.calendar, firm)
    return stood if stood in LATE else Light.BLUE


def _show(tx: Connection, dated: Dated, lit: Light, which: ColumnElement[bool]) -> int:
    """Rows that an act holds at this moment are left for the next time: waiting for them could deadlock."""
    wrong = and_(which, dated.table.light != lit.value)
    free = select(dated.table.id).where(wrong).with_for_update(skip_locked=True)
    statement = update(dated.table).where(dated.table.id.in_(free)).values(light=lit.value)
    return int(tx.execute(statement.execution_options(synchronize_session=False)).rowcount)
