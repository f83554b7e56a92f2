"""What was reached and must hold on: the lead is asked to attest each period that has ended."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.attesting import call_owed, owing
from workflow.bootstrap import Services

log = logging.getLogger("duban.attestations")


def call_attestations(services: Services, now: datetime) -> dict[str, Any]:
    """Call every attestation that should exist by now and does not: counts of `called` and `failed`."""
    with services.reading() as tx:
        found = owing(tx, now)
    called, faults = 0, []
    for milestone_id in found:
        try:
            with services.transaction() as tx:
                called += len(call_owed(tx, milestone_id, now))
        except Exception as error:
            log.exception("no attestation for milestone %s", milestone_id)
            faults.append({"milestone": milestone_id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"called": called, "failed": len(faults), "faults": faults[:20]}
