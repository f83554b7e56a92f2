"""Takes suspended tasks up again in the morning of the day that was set."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.bootstrap import Services
from workflow.resuming import due_to_resume, resume_due

log = logging.getLogger("duban.suspensions")


def resume_suspended(services: Services, now: datetime) -> dict[str, Any]:
    """Resume each task whose suspension has ended, one transaction each: counts of `resumed` and `failed`."""
    with services.reading() as tx:
        found = due_to_resume(tx, now)
    resumed, failed = 0, []
    for task_id in found:
        try:
            with services.transaction() as tx:
                resumed += resume_due(tx, task_id, now)
        except Exception as error:
            log.exception("task %s stays suspended", task_id)
            failed.append({"task": task_id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"resumed": resumed, "failed": len(failed), "faults": failed[:20]}
