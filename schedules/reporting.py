"""The call for reports: each period that has ended and was not reported on yet, one transaction per task."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.bootstrap import Services
from workflow.calling import call_owed, owing

log = logging.getLogger("duban.reporting")


def call_reports(services: Services, now: datetime) -> dict[str, Any]:
    """Call for every report that is owed and not there: counts of `called` and `failed`."""
    with services.reading() as tx:
        found = owing(tx, now)
    called, failed = 0, []
    for task_id in found:
        try:
            with services.transaction() as tx:
                called += len(call_owed(tx, task_id, now))
        except Exception as error:
            log.exception("no report called for task %s", task_id)
            failed.append({"task": task_id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"called": called, "failed": len(failed), "faults": failed[:20]}
