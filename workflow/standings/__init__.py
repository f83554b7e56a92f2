"""Loads standings: one statement for the subjects asked for, whatever their number."""

from workflow.standings.approvals import load_approvals
from workflow.standings.columns import actor, who
from workflow.standings.conduct import load_problems, load_reports, load_work_plans
from workflow.standings.criteria import load_attestations, load_criteria
from workflow.standings.milestones import load_milestones
from workflow.standings.requests import load_extensions, load_waivers
from workflow.standings.shares import load_shares
from workflow.standings.tasks import load_cards, load_notices, load_parts, load_tasks, worked_since

__all__ = [
    "actor", "load_approvals", "load_attestations", "load_cards", "load_criteria", "load_extensions",
    "load_milestones", "load_notices", "load_parts", "load_problems", "load_reports", "load_shares", "load_tasks",
    "load_waivers", "load_work_plans", "who", "worked_since",
]  # fmt: skip
