"""The press: issued notices are printed from their frozen facts, kept by hash, and only then served on the unit."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from workflow.bootstrap import Services
from workflow.evidence_files import StoredFile
from workflow.printing import Unprinted, number_of, record_paper, unprinted

log = logging.getLogger("duban.press")
PDF = "application/pdf"


def print_notices(services: Services, now: datetime) -> dict[str, Any]:
    """Print every issued notice that has no paper yet: counts of `printed` and `failed`.

    Printing again gives the same bytes under the same key, so a press that died midway leaves nothing wrong.
    """
    with services.reading() as tx:
        waiting = unprinted(tx)
    printed, failed = 0, []
    for notice in waiting:
        try:
            printed += print_notice(services, notice, now)
        except Exception as error:
            log.exception("notice %s could not be printed", notice.id)
            failed.append({"notice": notice.id, "error": f"{type(error).__name__}: {error}"[:300]})
    return {"printed": printed, "failed": len(failed), "faults": failed[:20]}


def print_notice(services: Services, notice: Unprinted, now: datetime) -> bool:
    """Print one notice and record its paper: whether it was this press that did."""
    stored = _keep(services, services.press.print_notice(notice.paper), f"{number_of(notice.paper)}.pdf")
    with services.transaction() as tx:
        return record_paper(tx, notice, stored, now)


def _keep(services: Services, pdf: bytes, name: str) -> StoredFile:
    with services.store.receive(limit=len(pdf), declared_size=len(pdf), allowed={PDF}) as incoming:
        incoming.write(pdf)
        return incoming.finish(name)
