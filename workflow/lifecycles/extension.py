"""Extension 延期: a further due date, asked for in time and decided by an approval."""

from __future__ import annotations

from models import Extension
from models.states import DueBasis, Purpose
from models.states import RequestState as R
from workflow.acts import Act
from workflow.approvals.rounds import lapse_round, withdraw_round
from workflow.approvals.subjects import Decided, decided
from workflow.audit import canonical
from workflow.facts import ExtensionStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.needs import not_cancelled
from workflow.redating import Redating
from workflow.requests import decided_columns, nobody_decided, the_requester, who_requested
from workflow.standings import load_extensions


def signed_extension(standing: ExtensionStanding) -> str:
    """The canonical text that is signed: from which date to which, why, and what is done by now."""
    asked = standing.extension
    facts = {
        "milestone": asked.milestone_id, "from_on": standing.milestone.due_on, "due_on": asked.due_on,
        "reason": asked.reason, "progress": asked.progress,
    }  # fmt: skip
    return canonical(facts)


def move_due_date(act: Act[ExtensionStanding]) -> None:
    """Effect of granting: the milestone is due on the day that was asked for."""
    asked = act.standing.extension
    details = Redating(due_on=asked.due_on, basis=DueBasis.EXTENSION)
    act.follow("milestone", asked.milestone_id, "redate", reason=asked.reason, details=details)


decided(
    Decided(
        Purpose.EXTENSION,
        signed_extension,
        granted="grant",
        refused="refuse",
        asks="to_sign_extension",
    )
)

EXTENSION = Lifecycle(
    "extension",
    table=Extension,
    states=R,
    root=("task", "task_id"),
    load=load_extensions,
    actions=[
        Action("grant", R.REQUESTED, to=R.GRANTED, may=system, needs=[not_cancelled], sets=decided_columns,
               then=[move_due_date], tells=[who_requested("extension_granted")]),
        Action("refuse", R.REQUESTED, to=R.REFUSED, may=system, reason=Reason.REQUIRED, sets=decided_columns,
               tells=[who_requested("extension_refused")]),
        Action("withdraw", R.REQUESTED, to=R.WITHDRAWN, may=the_requester, needs=[nobody_decided], sets=decided_columns,
               then=[withdraw_round]),
        Action("lapse", R.REQUESTED, to=R.WITHDRAWN, may=system, sets=decided_columns, then=[lapse_round],
               tells=[who_requested("extension_lapsed")]),
    ],
)  # fmt: skip
