"""Taking a share in 采信, and back: what is above it is counted anew, and told where it no longer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import and_

from models import Evidence
from models.states import EvidenceState, MilestoneState, ShareState
from workflow.acts import Act, mark
from workflow.breaking_down import is_reported_above
from workflow.counting import keep_share_tallies, keep_tallies, milestone_tally, shares_tally
from workflow.errors import Missing
from workflow.facts import IndicatorFact, MilestoneStanding, ShareFact, ShareStanding
from workflow.figures import Tally, tally
from workflow.permissions import supervisor_or_system

BEFORE_APPROVAL = (MilestoneState.PLANNED, MilestoneState.IN_PROGRESS, MilestoneState.RETURNED)
NOT_IN = (ShareState.ISSUED, ShareState.ACKNOWLEDGED, ShareState.IN_PROGRESS, ShareState.RETURNED)


def milestone_open(standing: ShareStanding) -> Missing | None:
    """Nothing counts towards a milestone that lies with its signers or is accepted."""
    state = standing.milestone.state
    if state in BEFORE_APPROVAL:
        return None
    return Missing("milestone_open", {"kind": "milestone", "state": state})


def milestone_awaited(standing: ShareStanding) -> Missing | None:
    """Of a milestone that is accepted or waived nobody is late with a share."""
    settled = standing.milestone.state in (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
    return Missing("milestone_awaited") if settled else None


def share_above_open(standing: ShareStanding) -> Missing | None:
    """Nor towards a share that was handed in already."""
    above = standing.parent
    return Missing("share_above_open") if above and above.state not in NOT_IN else None


def above_reopened(standing: ShareStanding) -> Missing | None:
    """What counts a share already is reopened by whoever may reopen that; a supervisor, or a struck item, reopens both.

    A waived share counts for nothing: what is above it must be open itself before it is taken up again.
    """
    counted, milestone, parent = standing.share.counts, standing.milestone, standing.parent
    waived = milestone.state == MilestoneState.WAIVED or (parent and parent.state == ShareState.WAIVED)
    if counted and supervisor_or_system(standing) and not waived:
        return None
    recalled = counted and milestone.state == MilestoneState.SUBMITTED
    return share_above_open(standing) or (None if recalled else milestone_open(standing))


def not_reported_above(standing: ShareStanding) -> Missing | None:
    """What the unit above has reported by itself meanwhile would count no more beside a share taken up again."""
    if standing.state != ShareState.WAIVED:
        return None
    found = next((i for i in standing.indicators if is_reported_above(standing, i)), None)
    return Missing("already_reported", {"metric": found.metric}) if found else None


def keep_share_evidence(act: Act[ShareStanding]) -> None:
    """Accepted evidence cannot be changed any more."""
    mark(act, Evidence, EvidenceState.ACCEPTED,
         and_(Evidence.share_id == act.subject_id, Evidence.state == EvidenceState.ATTACHED))  # fmt: skip


def count_share(act: Act[ShareStanding]) -> None:
    """Effect: what is above is counted anew, with this share as the act leaves it."""
    share = act.standing.share
    after = replace(share, state=act.action.to or share.state)
    count_above(act, after, [target.indicator_id for target in share.targets])


def count_above(act: Act[ShareStanding], after: ShareFact, indicator_ids: Iterable[int]) -> None:
    """Count those indicators anew in the milestone, or in the share that this one is a part of."""
    milestone: MilestoneStanding = act.standing.milestone
    shares = tuple(after if share.id == after.id else share for share in milestone.shares)
    touched = [indicator for indicator in milestone.indicators if indicator.id in set(indicator_ids)]
    if after.parent_id is None:
        milestone = replace(milestone, shares=shares)
        keep_tallies(act, [(indicator, milestone_tally(milestone, indicator)) for indicator in touched])
        return
    beside = [s for s in shares if s.parent_id == after.parent_id and s.state != ShareState.WAIVED]
    found = [(indicator, _above(act.standing, beside, indicator)) for indicator in touched]
    keep_share_tallies(act, after.parent_id, found)


def _above(standing: ShareStanding, beside: list[ShareFact], indicator: IndicatorFact) -> Tally | None:
    """What the share above comes to: its sub-shares, or without any its own reports."""
    portions = [share for share in beside if share.target(indicator.id)]
    return shares_tally(indicator, portions) if portions else tally(indicator, standing.entries_above)


def recall_above(act: Act[ShareStanding]) -> None:
    """Effect of reopening what counted: what the signers look at has changed, or what was accepted holds no more."""
    if act.standing.state != ShareState.ACCEPTED:
        return
    milestone, parent = act.standing.milestone, act.standing.parent
    above = ("share", parent.id, parent.state) if parent else ("milestone", milestone.id, milestone.state)
    kind, subject_id, state = above
    if action := RECALLS.get((kind, state)):
        act.follow(kind, subject_id, action, reason=act.reason)


RECALLS: Mapping[tuple[str, str], str] = {
    ("share", ShareState.SUBMITTED): "return_for_rework",
    ("share", ShareState.ACCEPTED): "reopen",
    ("milestone", MilestoneState.SUBMITTED): "recall",
    ("milestone", MilestoneState.ACCEPTED): "reopen",
}
"""What becomes of what is above a share that was accepted and is reopened."""


def waive_below(act: Act[ShareStanding]) -> None:
    """Effect: with a share, its sub-units' open ones need not be handed in any more either."""
    for child in act.standing.children:
        if not child.counts:
            act.follow("share", child.id, "waive", reason=act.reason)
