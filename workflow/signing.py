"""What is signed: the digest that binds an approval to bytes, and what letters about it name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from workflow.acts import Act
from workflow.audit import canonical
from workflow.criteria import proofs
from workflow.facts import EntryFact, IndicatorFact, MilestoneStanding
from workflow.law import Details
from workflow.worked import Worked


class Submission(Details):
    """The words under which a milestone is submitted (报送说明)."""

    text: str = Field(min_length=1, max_length=5000, examples=["2022年度目标已完成，佐证材料附后。"])

    without_shares: str | None = Field(
        default=None, max_length=2000, description="Why it is submitted before every share was accepted.",
        examples=[None],
    )  # fmt: skip


def reason_without(standing: MilestoneStanding, details: Submission) -> str | None:
    """Why it is submitted although shares are missing; None where none is, or nothing is said."""
    reason = (details.without_shares or "").strip()
    return reason if reason and standing.missing_units else None


def signed_facts(standing: MilestoneStanding, text: str | None, without_shares: str | None = None) -> str:
    """The canonical text that is signed: targets, figures by entry, evidence by hash, the submission's words.

    Accepted shares stand in it by the digest of what was accepted of them, definition cards by theirs, criteria with
    the evidence tied to them, and the reason why it is submitted without some shares. Not in it: due dates, comments,
    units, shares that do not count. They may change without asking the signers again.
    """
    facts = {"milestone": standing.id, **signed_work(standing), "text": text}
    if counted := [share for share in standing.portions if share.counts]:
        facts["shares"] = [[share.id, share.digest] for share in counted]
    if without_shares is not None:
        facts["without_shares"] = without_shares
    if standing.criteria:
        facts["criteria"] = [[c.id, c.text] for c in standing.criteria]
        facts["ties"] = sorted([tie.criterion_id, tie.evidence_id] for tie in proofs(standing))
    return canonical(facts)


def signed_work(standing: Worked) -> dict[str, Any]:
    """What was asked, reported and attached, as it is signed: of a milestone, or of a share."""
    return {
        "targets": [_target(indicator) for indicator in _by_id(standing.indicators)],
        "figures": [_figure(entry) for entry in _by_id(standing.entries)],
        "evidence": [[e.id, e.sha256] for e in _by_id(standing.evidence)],
    }


def _target(indicator: IndicatorFact) -> list[Any]:
    target = [indicator.id, indicator.metric, indicator.quantity, indicator.unit, indicator.comparator]
    return [*target, digest(indicator.definition)] if indicator.definition else target


def _figure(entry: EntryFact) -> list[Any]:
    figure: list[Any] = [entry.id, entry.indicator_id, entry.quantity]
    return (
        figure
        if entry.base is None and entry.corrects_id is None
        else [*figure, entry.base, entry.corrects_id]
    )


def _by_id(facts: Iterable[Any]) -> list[Any]:
    return sorted(facts, key=lambda fact: fact.id)


def digest(text: str) -> str:
    """SHA-256 (hex) of the text that is signed."""
    return hashlib.sha256(text.encode()).hexdigest()


def about(act: Act[Any]) -> Mapping[str, Any]:
    """What every letter about a milestone names; of a share, or of an item behind one, the share's own words."""
    worked = getattr(act.standing, "worked", act.standing)
    standing = getattr(worked, "milestone", worked)
    if not isinstance(standing, MilestoneStanding):
        task = act.standing.task
        return {"task_id": task.id, "task_number": task.number, "task_name": task.name}
    facts = {
        "task_id": standing.task.id, "task_number": standing.task.number, "task_name": standing.task.name,
        "milestone_id": standing.id, "year": standing.year, "milestone": standing.text,
        "due_on": standing.due_on.isoformat(),
    }  # fmt: skip
    share = getattr(worked, "share", None)
    if share is None:
        return facts
    own = {"milestone": worked.text, "due_on": share.due_on.isoformat()}
    return facts | {"share_id": share.id, "unit": share.unit_name, **own}
