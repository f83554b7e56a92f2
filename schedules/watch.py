"""The watch over due dates: reminders, lights and cards, each a job that asks what should exist by now and does not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workflow.bootstrap import Services
from workflow.lights import refresh_lights
from workflow.raising import CLIMBERS, Climber, candidates, is_held, owed, raise_owed
from workflow.reckoning import Reckoning, reckon
from workflow.scan import remind as record_reminders

log = logging.getLogger("duban.watch")


def remind(services: Services, now: datetime) -> dict[str, Any]:
    """Record the rungs that have fallen due, and tell the latest: counts of `recorded` and `told`."""
    with services.transaction() as tx:
        scanned = record_reminders(tx, reckon(tx, now))
    return {"recorded": scanned.recorded, "told": scanned.told}


def light(services: Services, now: datetime) -> dict[str, Any]:
    """Refresh the lights: how many `changed`."""
    with services.transaction() as tx:
        return {"changed": refresh_lights(tx, reckon(tx, now))}


def raise_cards(services: Services, now: datetime) -> dict[str, Any]:
    """Raise every card that is earned and not there: counts of `raised`, `held` (provisional days) and `failed`."""
    with services.reading() as tx:
        day = reckon(tx, now)
        found = [owing for climber in CLIMBERS for owing in _owing(tx, climber, day)]
    raised, failed = 0, []
    for climber, subject_id, _ in found:
        kind = climber.law.kind
        try:
            with services.transaction() as tx:
                raised += len(raise_owed(tx, climber, subject_id, day))
        except Exception as error:
            log.exception("no card for %s %s", kind, subject_id)
            failed.append({kind: subject_id, "error": f"{type(error).__name__}: {error}"[:300]})
    held = sum(count for *_, count in found)
    return {"raised": raised, "held": held, "failed": len(failed), "faults": failed[:20]}


def _owing(tx: Connection, climber: Climber, day: Reckoning) -> Iterator[tuple[Climber, int, int]]:
    """Milestones or shares that are owed cards, each with how many of them are held."""
    for ids in candidates(tx, climber, day):
        for subject_id, cards in owed(tx, climber, ids, day).items():
            yield climber, subject_id, sum(is_held(card, day.calendar) for card in cards)
