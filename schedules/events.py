"""Due dates by named events: every milestone whose event is dated gets the date that follows from it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.bootstrap import Services
from workflow.following import follow, out_of_step

log = logging.getLogger("duban.events")


def follow_events(services: Services, now: datetime) -> dict[str, Any]:
    """Move every due date that is not what its event's dates come to: counts of `moved` and `failed`."""
    with services.reading() as tx:
        found = out_of_step(tx)
    moved, failed = 0, []
    for milestone_id in found:
        try:
            with services.transaction() as tx:
                moved += follow(tx, milestone_id, now)
        except Exception as error:
            log.exception("milestone %s does not follow its event", milestone_id)
            failed.append({"milestone": milestone_id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"moved": moved, "failed": len(failed), "faults": failed[:20]}
