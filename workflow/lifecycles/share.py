"""Share 分解: one unit's portion of a milestone, from issued to accepted by the unit that issued it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from models import Share
from models.states import Role
from models.states import ShareState as S
from workflow.acts import Act
from workflow.amending import ShareAmendment, amend_columns, amend_share, amends_something
from workflow.attachments import (
    Attachment,
    Detachment,
    Tie,
    dated_evidence,
    detach_evidence,
    own_evidence,
    own_ties,
    record_evidence,
    tie_evidence,
)
from workflow.breaking_down import BreakDown, fits_share, issue_shares
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.carding import EarnedCard, record_card, the_carded
from workflow.errors import Missing
from workflow.facts import ShareStanding
from workflow.handing_in import (
    ShareSubmission,
    accepted_columns,
    figures_stated,
    handed_in,
    not_accepted,
    share_evidenced,
    share_reported,
    short_with_reason,
    sub_shares_in,
)
from workflow.law import Action, Lifecycle, Reason, Telling, system
from workflow.lists.entering import EnteredItems, countable, keeps_list, look_up, record_items
from workflow.needs import clock_running, not_cancelled, task_under_way
from workflow.permissions import ANSWERABLE, owner_of_lead, supervisor_or_system
from workflow.progress import Correction, Progress, correct_figure, correctable, known_figures, record_figures
from workflow.signing import about
from workflow.standings import load_shares
from workflow.taking_in import (
    NOT_IN,
    above_reopened,
    count_share,
    keep_share_evidence,
    milestone_awaited,
    milestone_open,
    not_reported_above,
    recall_above,
    share_above_open,
    waive_below,
)

WORKED_ON = (S.IN_PROGRESS, S.RETURNED)
OPEN = (*NOT_IN, S.SUBMITTED)


# Who may


def owner_of_share(standing: ShareStanding) -> bool:
    """An owner (经办人) in the share's unit."""
    return standing.actor.holds_in(Role.OWNER, standing.share.unit_id)


def ties_share(standing: ShareStanding) -> bool:
    """An owner in the share's unit, or in the lead unit, which answers for the points."""
    return owner_of_share(standing) or owner_of_lead(standing)


def answers_for_share(standing: ShareStanding) -> bool:
    return any(standing.actor.holds_in(role, standing.share.unit_id) for role in ANSWERABLE)


def issuer_id(standing: ShareStanding) -> int | None:
    """The unit that broke the work down: the lead, or the unit of the share above."""
    return standing.parent.unit_id if standing.parent else standing.lead_id


def issuer_of_share(standing: ShareStanding) -> bool:
    """An owner in the unit that issued the share."""
    return standing.actor.holds_in(Role.OWNER, issuer_id(standing))


def accepts_share(standing: ShareStanding) -> bool:
    """An owner or reviewer of the unit that issued it; nobody accepts what they handed in themselves."""
    if handed_in_by_me(standing):
        return False
    return any(standing.actor.holds_in(role, issuer_id(standing)) for role in (Role.OWNER, Role.REVIEWER))


def returns_share(standing: ShareStanding) -> bool:
    """Who accepts it; or the system, where one of its sub-shares was reopened."""
    return accepts_share(standing) or standing.actor.is_system


def reopens_share(standing: ShareStanding) -> bool:
    """Who issued it, a supervisor, or the system where an item was struck."""
    return issuer_of_share(standing) or supervisor_or_system(standing)


def waives_share(standing: ShareStanding) -> bool:
    """Who issued it; or the system, when its milestone is accepted without it."""
    return issuer_of_share(standing) or standing.actor.is_system


def handed_in_by_me(standing: ShareStanding) -> bool:
    return standing.submitted_by is not None and standing.submitted_by == standing.actor.person_id


# What is needed


def top_level(standing: ShareStanding) -> Missing | None:
    """A unit's own sub-units are the last level."""
    return Missing("top_level") if standing.share.parent_id is not None else None


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
        audience = {"role": Role.OWNER, "unit_id": issuer_id(act.standing)}
        yield Telling(topic, audience, {**about(act), "reason": act.reason})

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
        Action("enter_items", WORKED_ON, may=owner_of_share, takes=EnteredItems, needs=[task_under_way, keeps_list],
               reads=look_up, checks=[countable], then=[record_items]),
        Action("attach", WORKED_ON, may=owner_of_share, takes=Attachment, needs=[task_under_way],
               checks=[dated_evidence], then=[record_evidence], own_route=True),
        Action("detach", WORKED_ON, may=owner_of_share, takes=Detachment, needs=[task_under_way],
               checks=[own_evidence], reason=Reason.REQUIRED, then=[detach_evidence]),
        Action("tie", [*WORKED_ON, S.SUBMITTED, S.ACCEPTED], may=ties_share, takes=Tie,
               needs=[task_under_way, milestone_open], checks=[own_ties], then=[tie_evidence]),
        Action("break_down", [S.ACKNOWLEDGED, *WORKED_ON], may=owner_of_share, takes=BreakDown,
               needs=[task_under_way, top_level], checks=[fits_share], then=[issue_shares]),
        Action("submit", WORKED_ON, to=S.SUBMITTED, may=owner_of_share, takes=ShareSubmission,
               needs=[task_under_way, share_reported, figures_stated, share_evidenced, sub_shares_in],
               checks=[short_with_reason], sets=handed_in, tells=[the_issuer("share_submitted")]),
        Action("withdraw", S.SUBMITTED, to=S.IN_PROGRESS, may=handed_in_by_me),
        Action("accept", S.SUBMITTED, to=S.ACCEPTED, may=accepts_share,
               needs=[not_cancelled, milestone_open, share_above_open], sets=accepted_columns,
               then=[keep_share_evidence, count_share], tells=[the_unit("share_accepted")]),
        Action("return_for_rework", S.SUBMITTED, to=S.RETURNED, may=returns_share, reason=Reason.REQUIRED,
               tells=[the_unit("share_returned")]),
        Action("amend", NOT_IN, may=issuer_of_share, takes=ShareAmendment, needs=[task_under_way],
               checks=[amends_something], reason=Reason.REQUIRED, sets=amend_columns, then=[amend_share],
               tells=[the_unit("share_amended")]),
        Action("waive", OPEN, to=S.WAIVED, may=waives_share, reason=Reason.REQUIRED,
               then=[count_share, waive_below], tells=[the_unit("share_waived")]),
        Action("reopen", [S.ACCEPTED, S.WAIVED], to=S.IN_PROGRESS, may=reopens_share,
               needs=[not_cancelled, above_reopened, not_reported_above], reason=Reason.REQUIRED, sets=not_accepted,
               then=[count_share, recall_above], tells=[the_unit("share_reopened")]),
        Action("follow_calendar", OPEN, may=system, takes=CalendarDate, needs=[not_cancelled], reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning],
               tells=[whose_date("reckoned_again")], own_route=True),
        Action("raise_card", OPEN, may=system, takes=EarnedCard, needs=[clock_running, milestone_awaited],
               then=[record_card], tells=[the_carded("card_raised")], own_route=True),
    ],
)  # fmt: skip
