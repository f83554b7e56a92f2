"""The watch over due dates: reminders, lights and cards, each a job that asks what should exist by now and does not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workflow.bootstrap import Services
from workflow.lights import refresh_lights
from workflow.raising import candidates, is_held, owed, raise_owed
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
        found = list(_owing(tx, day))
    raised, failed = 0, []
    for milestone_id, _ in found:
        try:
            with services.transaction() as tx:
                raised += len(raise_owed(tx, milestone_id, day))
        except Exception as error:
            log.exception("no card for milestone %s", milestone_id)
            failed.append({"milestone": milestone_id, "error": f"{type(error).__name__}: {error}"[:300]})
    held = sum(count for _, count in found)
    return {"raised": raised, "held": held, "failed": len(failed), "faults": failed[:20]}


def _owing(tx: Connection, day: Reckoning) -> Iterator[tuple[int, int]]:
    """Milestones that are owed cards, each with how many of them are held."""
    for ids in candidates(tx, day):
        for milestone_id, cards in owed(tx, ids, day).items():
            yield milestone_id, sum(is_held(card, day.calendar) for card in cards)
