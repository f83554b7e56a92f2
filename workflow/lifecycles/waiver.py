"""Waiver 豁免: that a milestone need not be reached, asked for in time and decided by an approval."""

from __future__ import annotations

from models import Waiver
from models.states import Purpose
from models.states import RequestState as R
from workflow.acts import Act
from workflow.approvals.rounds import lapse_round, withdraw_round
from workflow.approvals.subjects import Decided, decided
from workflow.audit import canonical
from workflow.facts import WaiverStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.needs import not_cancelled
from workflow.requests import decided_columns, nobody_decided, the_requester, who_requested
from workflow.standings import load_waivers
from workflow.target_moves import recall_submitted


def signed_waiver(standing: WaiverStanding) -> str:
    """The canonical text that is signed: which milestone, what it was to reach, and why it need not."""
    indicators = sorted(standing.milestone.indicators, key=lambda indicator: indicator.id)
    targets = [[i.id, i.metric, i.quantity, i.unit, i.comparator] for i in indicators]
    waiver = standing.waiver
    return canonical({"milestone": waiver.milestone_id, "targets": targets, "reason": waiver.reason})


def waive_milestone(act: Act[WaiverStanding]) -> None:
    """Effect of granting: nobody need reach the milestone; what was submitted meanwhile comes back first."""
    milestone, reason = act.standing.milestone, act.standing.waiver.reason
    recall_submitted(act, milestone.id, milestone.state, reason)
    act.follow("milestone", milestone.id, "waive", reason=reason)


decided(Decided(Purpose.WAIVER, signed_waiver, granted="grant", refused="refuse", asks="to_sign_waiver"))

WAIVER = Lifecycle(
    "waiver",
    table=Waiver,
    states=R,
    root=("task", "task_id"),
    load=load_waivers,
    actions=[
        Action("grant", R.REQUESTED, to=R.GRANTED, may=system, needs=[not_cancelled], sets=decided_columns,
               then=[waive_milestone], tells=[who_requested("waiver_granted")]),
        Action("refuse", R.REQUESTED, to=R.REFUSED, may=system, reason=Reason.REQUIRED, sets=decided_columns,
               tells=[who_requested("waiver_refused")]),
        Action("withdraw", R.REQUESTED, to=R.WITHDRAWN, may=the_requester, needs=[nobody_decided], sets=decided_columns,
               then=[withdraw_round]),
        Action("lapse", R.REQUESTED, to=R.WITHDRAWN, may=system, sets=decided_columns, then=[lapse_round],
               tells=[who_requested("waiver_lapsed")]),
    ],
)  # fmt: skip
