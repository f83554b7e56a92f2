"""The working-day calendar: due dates follow a notice that was entered, and one that is missing is asked for."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.bootstrap import Services
from workflow.calendar_notices.asking import ask
from workflow.calendar_notices.recounting import confirm, mark_followed, out_of_step, recount, waits

log = logging.getLogger("duban.calendar")


def follow_notices(services: Services, now: datetime) -> dict[str, Any]:
    """Move every due date that a notice entered since moves: `moved`, marks `confirmed`, `followed` years, `failed`."""
    with services.reading() as tx:
        if not waits(tx):
            return {"moved": 0, "confirmed": 0, "followed": [], "failed": 0, "faults": []}
        found = out_of_step(tx)
    moved, failed = 0, []
    for root in found:
        try:
            with services.transaction() as tx:
                moved += recount(tx, root, now)
        except Exception as error:
            log.exception("%s %s does not follow the calendar", root.kind, root.id)
            failed.append({root.kind: root.id, "error": f"{type(error).__name__}: {error}"[:300]})
    with services.transaction() as tx:
        confirmed = confirm(tx)
    with services.transaction() as tx:
        followed = mark_followed(tx, now)
    return {
        "moved": moved, "confirmed": confirmed, "followed": followed, "failed": len(failed), "faults": failed[:20],
    }  # fmt: skip


def ask_for_notice(services: Services, now: datetime) -> dict[str, Any]:
    """Tell the admins that a year's notice is missing: the years `asked` for."""
    with services.transaction() as tx:
        return {"asked": ask(tx, now)}
