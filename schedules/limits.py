"""Seats that were not signed within their limit: urged, escalated or passed, one transaction each."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.approvals.overdue import meet, over
from workflow.bootstrap import Services

log = logging.getLogger("duban.limits")


def meet_limits(services: Services, now: datetime) -> dict[str, Any]:
    """Let every seat meet its limit that should have by now and has not: counts of `met` and `failed`."""
    with services.reading() as tx:
        found = over(tx, now)
    met, faults = 0, []
    for approval_id, seat_id in found:
        try:
            with services.transaction() as tx:
                met += len(meet(tx, approval_id, seat_id, now))
        except Exception as error:
            log.exception("seat %s of approval %s stays at its limit", seat_id, approval_id)
            faults.append({"seat": seat_id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"met": met, "failed": len(faults), "faults": faults[:20]}
