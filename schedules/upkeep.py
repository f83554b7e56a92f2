"""Night work: seals, the house kept clean, and the weekly check that nothing was changed behind our back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from workflow import audit, processes, sealing, ticks, upkeep
from workflow.approvals import proofs
from workflow.bootstrap import Services
from workflow.evidence_files import Condition, StoredKey

log = logging.getLogger("duban.upkeep")
PAGE = 500


def seal(services: Services, now: datetime) -> dict[str, Any]:
    """Seal each day up to yesterday that is not sealed: how many `sealed`."""
    with services.transaction() as tx:
        return {"sealed": sealing.seal_days(tx, now)}


def keep_house(services: Services, now: datetime) -> dict[str, Any]:
    """Drop what was kept for a time only: counts of `answers`, `ticks`, `processes`, `orphans`, `spooled`."""
    with services.transaction() as tx:
        answers = upkeep.forget_answers(tx, now)
        old_ticks = ticks.forget(tx, now - upkeep.TICKS_KEPT)
        gone = processes.sweep(tx, now)
    orphans = collect_orphans(services, now)
    spooled = services.store.sweep_spool(now - upkeep.ORPHANS_KEPT)
    return {"answers": answers, "ticks": old_ticks, "processes": gone, "orphans": orphans, "spooled": spooled}


def collect_orphans(services: Services, now: datetime) -> int:
    """Delete stored bytes that no row names and that are older than a day: how many.

    What is sent again between the look at the rows and the delete is young again, and stays.
    """
    before = now - upkeep.ORPHANS_KEPT
    held = services.store.keys()
    old = (key for key in held if key.stored_at < before)
    count = 0
    for page in _pages(old):
        with services.reading() as tx:
            known = upkeep.named(tx, (stored.key for stored in page))
        strays = [stored.key for stored in page if stored.key not in known]
        count += sum(services.store.delete(key, stored_before=before) for key in strays)
    return count


def _pages(keys: Iterator[StoredKey]) -> Iterator[list[StoredKey]]:
    while page := list(islice(keys, PAGE)):
        yield page


def verify(services: Services, now: datetime) -> dict[str, Any]:
    """Check the audit chains, the seals, what approvals were signed over, and every stored file against its hash.

    Outcome: `events`, `seals`, `approvals` and `files` checked, `broken` with the first broken event, `broken_seal`
    with the day of the first broken seal, `unproved` with the first approval that does not hold, `damaged` with the
    first files that differ; `sound` when there is none of these.
    """
    with services.reading() as tx:
        events, broken = audit.verify(tx)
        seals = sealing.verify(tx)
        approvals, unproved = proofs.verify(tx)
    files, damaged = _check_files(services)
    found = {
        "broken": broken
        and {"root": f"{broken.root_kind} {broken.root_id}", "seq": broken.seq, "what": broken.what},
        "broken_seal": seals.broken_on.isoformat() if seals.broken_on else None,
        "unproved": unproved and {"approval": unproved.approval_id, "what": unproved.what},
        "damaged": damaged[:20],
    }
    sound = not any(found.values())
    if not sound:
        log.error("the record does not hold: %s", found)
    return {
        "sound": sound,
        "events": events,
        "seals": seals.seals,
        "approvals": approvals,
        "files": files,
        **found,
    }


def _check_files(services: Services) -> tuple[int, list[dict[str, Any]]]:
    """Hash every file that a row names. No transaction is open meanwhile: it may take hours."""
    count, damaged = 0, []
    for kept in (file for kind in upkeep.FILES for file in _kept(services, kind)):
        count += 1
        condition = services.store.check(kept.key, kept.sha256)
        if condition is not Condition.SOUND:
            damaged.append({"kind": kept.kind, "id": kept.id, "condition": condition.value})
    return count, damaged


def _kept(services: Services, kind: str) -> Iterator[upkeep.Kept]:
    after = 0
    while True:
        with services.reading() as tx:
            page = upkeep.kept_files(tx, kind, after)
        if not page:
            return
        yield from page
        after = page[-1].id
