"""Share 分解: one unit's portion of a milestone, from issued to accepted by the unit that issued it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import and_, delete, insert

from models import DueMove, Evidence, Share, ShareTarget
from models.states import DueBasis, EvidenceState, MilestoneState, Role
from models.states import ShareState as S
from workflow.acts import Act, mark
from workflow.attachments import (
    Attachment,
    Detachment,
    dated_evidence,
    detach_evidence,
    own_evidence,
    record_evidence,
)
from workflow.audit import canonical
from workflow.breaking_down import BreakDown, PortionTarget, fits_share, issue_shares
from workflow.carding import EarnedCard, record_card, the_carded
from workflow.civil import PlanDay, day_of
from workflow.counting import keep_share_tallies, keep_tallies, milestone_tally, share_tally, shares_tally
from workflow.errors import Missing
from workflow.facts import MilestoneStanding, ShareFact, ShareStanding
from workflow.figures import is_met, tally
from workflow.law import Action, Details, Lifecycle, Reason, Telling, system
from workflow.needs import clock_running, task_under_way
from workflow.permissions import ANSWERABLE, supervisor
from workflow.progress import Correction, Progress, correct_figure, correctable, known_figures, record_figures
from workflow.signing import about, digest, signed_work
from workflow.standings import load_shares

WORKED_ON = (S.IN_PROGRESS, S.RETURNED)
OPEN = (S.ISSUED, S.ACKNOWLEDGED, S.IN_PROGRESS, S.SUBMITTED, S.RETURNED)
NOT_IN = (S.ISSUED, S.ACKNOWLEDGED, S.IN_PROGRESS, S.RETURNED)
BEFORE_APPROVAL = (MilestoneState.PLANNED, MilestoneState.IN_PROGRESS, MilestoneState.RETURNED)


class ShareSubmission(Details):
    """The words under which a share is handed in; `short_because` where it does not reach its target."""

    text: str = Field(min_length=1, max_length=5000, examples=["本区20家能源审计已完成，清单附后。"])
    short_because: str | None = Field(default=None, max_length=2000, examples=[None])


class ShareAmendment(Details):
    """What is changed of a share before it is accepted."""

    text: str | None = Field(default=None, min_length=1, max_length=2000)
    due_on: PlanDay | None = Field(default=None, examples=["2022-11-30"])
    targets: list[PortionTarget] | None = Field(default=None, max_length=50)


# Who may


def owner_of_share(standing: ShareStanding) -> bool:
    """An owner (经办人) in the share's unit."""
    return standing.actor.holds_in(Role.OWNER, standing.share.unit_id)


def answers_for_share(standing: ShareStanding) -> bool:
    return any(standing.actor.holds_in(role, standing.share.unit_id) for role in ANSWERABLE)


def _of_issuer(standing: ShareStanding, *roles: Role) -> bool:
    """Whether a role is held in the unit that broke the work down: the lead, or the unit of the share above."""
    issuer = standing.parent.unit_id if standing.parent else standing.lead_id
    return any(standing.actor.holds_in(role, issuer) for role in roles)


def issuer_of_share(standing: ShareStanding) -> bool:
    """An owner in the unit that issued the share."""
    return _of_issuer(standing, Role.OWNER)


def accepts_share(standing: ShareStanding) -> bool:
    """An owner or reviewer of the unit that issued it; nobody accepts what they handed in themselves."""
    own = standing.submitted_by is not None and standing.submitted_by == standing.actor.person_id
    return not own and _of_issuer(standing, Role.OWNER, Role.REVIEWER)


def reopens_share(standing: ShareStanding) -> bool:
    """Who issued it, a supervisor, or the system where an item was struck."""
    return issuer_of_share(standing) or supervisor(standing) or standing.actor.is_system


def waives_share(standing: ShareStanding) -> bool:
    """Who issued it; or the system, when its milestone is accepted without it."""
    return issuer_of_share(standing) or standing.actor.is_system


def handed_in_by_me(standing: ShareStanding) -> bool:
    return standing.submitted_by is not None and standing.submitted_by == standing.actor.person_id


# What is needed


def milestone_open(standing: ShareStanding) -> Missing | None:
    """Nothing counts towards a milestone that lies with its signers or is accepted."""
    state = standing.milestone.state
    return None if state in BEFORE_APPROVAL else Missing("milestone_open", {"state": state})


def top_level(standing: ShareStanding) -> Missing | None:
    """A unit's own sub-units are the last level."""
    return Missing("top_level") if standing.share.parent_id is not None else None


def share_above_open(standing: ShareStanding) -> Missing | None:
    """Nor towards a share that was handed in already."""
    above = standing.parent
    return Missing("share_above_open") if above and above.state not in NOT_IN else None


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


def short_with_reason(standing: ShareStanding, details: ShareSubmission, now: datetime) -> Iterable[Missing]:
    """A share that does not reach its target is handed in with the reason why."""
    if (details.short_because or "").strip():
        return
    for indicator in standing.indicators:
        target = standing.share.target(indicator.id)
        if target and not is_met(
            replace(indicator, quantity=target.quantity), share_tally(standing.share, indicator)
        ):
            yield Missing("short_because", {"field": "short_because", "metric": indicator.metric})


def amends_something(standing: ShareStanding, details: ShareAmendment, now: datetime) -> Iterable[Missing]:
    known = {i.id for i in standing.milestone.indicators}
    if details.text is None and details.due_on is None and details.targets is None:
        yield Missing("something_amended", {"field": "text"})
    for target in details.targets or ():
        if target.indicator_id not in known:
            yield Missing("own_indicator", {"field": "targets", "indicator_id": target.indicator_id})
    latest = standing.parent.due_on if standing.parent else standing.milestone.due_on
    if details.due_on and details.due_on > latest:
        yield Missing("due_by", {"field": "due_on", "latest": latest.isoformat()})
    if details.due_on and details.due_on < day_of(now):
        yield Missing("not_in_past", {"field": "due_on", "today": day_of(now).isoformat()})


# What follows


def handed_in(act: Act[ShareStanding]) -> Mapping[str, Any]:
    return {
        "round": act.standing.round + 1, "submission": act.details.text, "submitted_at": act.now,
        "submitted_by": act.actor.person_id,
    }  # fmt: skip


def accepted_columns(act: Act[ShareStanding]) -> Mapping[str, Any]:
    """What was accepted, for ever: a later change of any of it shows."""
    text = canonical({"share": act.subject_id, **signed_work(act.standing), "text": act.standing.submission,
                      "sub_shares": [[c.id, c.state, c.digest] for c in act.standing.children]})  # fmt: skip
    return {"accepted_at": act.now, "accepted_by": act.actor.person_id, "digest": digest(text)}


def keep_share_evidence(act: Act[ShareStanding]) -> None:
    """Accepted evidence cannot be changed any more."""
    mark(act, Evidence, EvidenceState.ACCEPTED,
         and_(Evidence.share_id == act.subject_id, Evidence.state == EvidenceState.ATTACHED))  # fmt: skip


def count_share(act: Act[ShareStanding]) -> None:
    """What is above is counted anew: the milestone, or the share that this one is a part of."""
    shares = shares_after(act)
    milestone = replace(act.standing.milestone, shares=shares)
    indicators = [i for i in milestone.indicators if act.standing.share.target(i.id)]
    parent_id = act.standing.share.parent_id
    if parent_id is None:
        keep_tallies(act, [(i, milestone_tally(milestone, i)) for i in indicators])
        return
    beside = [s for s in shares if s.parent_id == parent_id and s.state != S.WAIVED]
    keep_share_tallies(
        act, parent_id, [(i, shares_tally(i, [s for s in beside if s.target(i.id)])) for i in indicators]
    )


def shares_after(act: Act[ShareStanding]) -> tuple[ShareFact, ...]:
    """The milestone's shares once this act is done."""
    to = act.action.to or act.standing.state
    return tuple(replace(s, state=to) if s.id == act.subject_id else s for s in act.standing.milestone.shares)


def recall_above(act: Act[ShareStanding]) -> None:
    """What the signers look at has changed, or what was accepted no longer holds."""
    milestone: MilestoneStanding = act.standing.milestone
    if act.standing.share.parent_id is not None:
        return
    if milestone.state == MilestoneState.SUBMITTED:
        act.follow("milestone", milestone.id, "recall", reason=act.reason)
    if milestone.state == MilestoneState.ACCEPTED:
        act.follow("milestone", milestone.id, "reopen", reason=act.reason)


def amend_columns(act: Act[ShareStanding]) -> Mapping[str, Any]:
    details: ShareAmendment = act.details
    return details.model_dump(include={"text", "due_on"}, exclude_none=True)


def amend_share(act: Act[ShareStanding]) -> None:
    """New targets keep what was reported towards them; a moved date is recorded with its reason."""
    details: ShareAmendment = act.details
    if details.targets is not None:
        act.tx.execute(delete(ShareTarget).where(ShareTarget.share_id == act.subject_id))
        rows = [{"share_id": act.subject_id, **target.model_dump()} for target in details.targets]
        if rows:
            act.tx.execute(insert(ShareTarget), rows)
        wanted = {target.indicator_id for target in details.targets}
        found = [i for i in act.standing.milestone.indicators if i.id in wanted]
        keep_share_tallies(act, act.subject_id, [(i, tally(i, act.standing.entries)) for i in found])
    if details.due_on and details.due_on != act.standing.share.due_on:
        act.make(
            DueMove, milestone_id=act.standing.milestone.id, share_id=act.subject_id, to_on=details.due_on,
            from_on=act.standing.share.due_on, basis=DueBasis.ADJUSTMENT, reason=act.reason, moved_at=act.now,
        )  # fmt: skip


# Who is told


def the_unit(topic: str) -> Callable[[Act[ShareStanding]], Iterator[Telling]]:
    """The owners of the share's unit."""

    def tell(act: Act[ShareStanding]) -> Iterator[Telling]:
        audience = {"role": Role.OWNER, "unit_id": act.standing.share.unit_id}
        yield Telling(topic, audience, {**about(act), "reason": act.reason})

    return tell


def the_issuer(topic: str) -> Callable[[Act[ShareStanding]], Iterator[Telling]]:
    """The owners of the unit that issued it."""

    def tell(act: Act[ShareStanding]) -> Iterator[Telling]:
        issuer = act.standing.parent.unit_id if act.standing.parent else act.standing.lead_id
        yield Telling(topic, {"role": Role.OWNER, "unit_id": issuer}, {**about(act), "reason": act.reason})

    return tell


SHARE = Lifecycle(
    "share",
    table=Share,
    states=S,
    root=("task", "task_id"),
    load=load_shares,
    actions=[
        Action("acknowledge", S.ISSUED, to=S.ACKNOWLEDGED, may=answers_for_share),
        Action("start", [S.ACKNOWLEDGED, S.RETURNED], to=S.IN_PROGRESS, may=owner_of_share, needs=[task_under_way]),
        Action("report", WORKED_ON, may=owner_of_share, takes=Progress, needs=[task_under_way],
               checks=[known_figures], then=[record_figures]),
        Action("correct", WORKED_ON, may=owner_of_share, takes=Correction, needs=[task_under_way],
               checks=[correctable], reason=Reason.REQUIRED, then=[correct_figure]),
        Action("attach", WORKED_ON, may=owner_of_share, takes=Attachment, needs=[task_under_way],
               checks=[dated_evidence], then=[record_evidence], own_route=True),
        Action("detach", WORKED_ON, may=owner_of_share, takes=Detachment, needs=[task_under_way],
               checks=[own_evidence], reason=Reason.REQUIRED, then=[detach_evidence]),
        Action("break_down", [S.ACKNOWLEDGED, *WORKED_ON], may=owner_of_share, takes=BreakDown,
               needs=[task_under_way, top_level], checks=[fits_share], then=[issue_shares]),
        Action("submit", WORKED_ON, to=S.SUBMITTED, may=owner_of_share, takes=ShareSubmission,
               needs=[task_under_way, share_reported, share_evidenced, sub_shares_in], checks=[short_with_reason],
               sets=handed_in, tells=[the_issuer("share_submitted")]),
        Action("withdraw", S.SUBMITTED, to=S.IN_PROGRESS, may=handed_in_by_me),
        Action("accept", S.SUBMITTED, to=S.ACCEPTED, may=accepts_share, needs=[milestone_open, share_above_open],
               sets=accepted_columns, then=[keep_share_evidence, count_share], tells=[the_unit("share_accepted")]),
        Action("return_for_rework", S.SUBMITTED, to=S.RETURNED, may=accepts_share, reason=Reason.REQUIRED,
               tells=[the_unit("share_returned")]),
        Action("amend", NOT_IN, may=issuer_of_share, takes=ShareAmendment, needs=[task_under_way],
               checks=[amends_something], reason=Reason.REQUIRED, sets=amend_columns, then=[amend_share],
               tells=[the_unit("share_amended")]),
        Action("waive", OPEN, to=S.WAIVED, may=waives_share, reason=Reason.REQUIRED,
               then=[count_share], tells=[the_unit("share_waived")]),
        Action("reopen", [S.ACCEPTED, S.WAIVED], to=S.IN_PROGRESS, may=reopens_share, reason=Reason.REQUIRED,
               sets=lambda act: {"digest": None}, then=[count_share, recall_above],
               tells=[the_unit("share_reopened")]),
        Action("raise_card", OPEN, may=system, takes=EarnedCard, needs=[clock_running], then=[record_card],
               tells=[the_carded("card_raised")], own_route=True),
    ],
)  # fmt: skip
