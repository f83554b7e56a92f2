"""Handing in a share 份额报送: what it needs, and what of it is accepted for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from models.states import EvidenceState
from workflow.acts import Act
from workflow.audit import canonical
from workflow.counting import portion_tally
from workflow.errors import Missing
from workflow.facts import IndicatorFact, ShareStanding
from workflow.figures import falls_short
from workflow.law import Details
from workflow.signing import digest, signed_work


class ShareSubmission(Details):
    """The words under which a share is handed in; `short_because` where it does not reach its target."""

    text: str = Field(min_length=1, max_length=5000, examples=["本区20家能源审计已完成，清单附后。"])
    short_because: str | None = Field(default=None, max_length=2000, examples=[None])


def share_reported(standing: ShareStanding) -> Missing | None:
    reported = standing.entries or any(child.counts for child in standing.children)
    return None if reported else Missing("progress")


def share_evidenced(standing: ShareStanding) -> Missing | None:
    """Evidence of its own, or what accepted sub-shares brought."""
    own = any(e.state in (EvidenceState.ATTACHED, EvidenceState.ACCEPTED) for e in standing.evidence)
    return None if own or any(child.counts for child in standing.children) else Missing("evidence")


def sub_shares_in(standing: ShareStanding) -> Missing | None:
    """The unit's own sub-units have all handed in."""
    waiting = [child.unit_name for child in standing.children if not child.counts]
    return Missing("sub_shares_in", {"units": "、".join(waiting), "count": len(waiting)}) if waiting else None


def figures_stated(standing: ShareStanding) -> Missing | None:
    """A figure for each indicator that it has a target for: who has done nothing states 0."""
    silent = [
        i.metric for i in standing.indicators if not i.card.listed and portion_tally(standing, i) is None
    ]
    return Missing("figures_stated", {"metrics": "、".join(silent), "count": len(silent)}) if silent else None


def short_with_reason(standing: ShareStanding, details: ShareSubmission, now: datetime) -> Iterator[Missing]:
    """A share that does not reach its target is handed in with the reason why."""
    if not (details.short_because or "").strip():
        for indicator in short_of(standing):
            yield Missing("short_because", {"field": "short_because", "metric": indicator.metric})


def short_of(standing: ShareStanding) -> Iterable[IndicatorFact]:
    """The indicators of which a share is known not to reach its own target."""
    for indicator in standing.indicators:
        target = standing.share.target(indicator.id)
        if target is None:
            continue
        if falls_short(replace(indicator, quantity=target.quantity), portion_tally(standing, indicator)):
            yield indicator


def handed_in(act: Act[ShareStanding]) -> Mapping[str, Any]:
    """The columns of a share that is handed in."""
    reason = (act.details.short_because or "").strip()
    return {
        "round": act.standing.round + 1, "submission": act.details.text, "submitted_at": act.now,
        "submitted_by": act.actor.person_id, "short_because": reason or None,
    }  # fmt: skip


def accepted_columns(act: Act[ShareStanding]) -> Mapping[str, Any]:
    """What was accepted, by whom: a later change of any of it shows in the digest."""
    text = share_text(act.standing)
    return {"accepted_at": act.now, "accepted_by": act.actor.person_id, "digest": digest(text)}


def share_text(standing: ShareStanding) -> str:
    """The canonical text of what is accepted: own targets, figures by entry, evidence by hash, words, sub-shares."""
    share = standing.share
    return canonical(
        {
            "share": share.id, **signed_work(standing), "text": standing.submission,
            "own_targets": sorted([target.indicator_id, target.quantity] for target in share.targets),
            "short_because": standing.short_because,
            "sub_shares": [[child.id, child.digest] for child in standing.children if child.counts],
        }
    )  # fmt: skip


def not_accepted(act: Act[ShareStanding]) -> Mapping[str, Any]:
    """The columns of a share that counts no more."""
    return {"digest": None, "accepted_at": None, "accepted_by": None}
