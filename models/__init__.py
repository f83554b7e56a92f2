"""What is stored. Nothing here decides anything."""

from models.approvals import (
    Absence,
    Approval,
    ApprovalComment,
    ApprovalDefinition,
    ApprovalParty,
    Decision,
    Seat,
    SignerGroup,
    SignerGroupMember,
)
from models.base import Base
from models.clock import (
    CalendarDay,
    CalendarEdition,
    CalendarYear,
    Reminder,
    RuleSet,
    SchedulerProcess,
    ScheduleRun,
)
from models.conduct import Attestation, Checkpoint, Problem, Report, WorkPlan
from models.criteria import Criteria, Criterion, CriterionEvidence
from models.direction import Adjustment, Instruction, Meeting, NamedEvent, TargetMove
from models.directory import ActivationSlip, CalendarFeed, Credential, Grant, GroupMember, Person, Unit
from models.extensions import Extension, Waiver
from models.lists import Institution, ListItem
from models.plans import Appointment, Finding, Goal, Plan, Programme
from models.records import AuditEvent, Delivery, KeptAnswer, OutboxRow, Seal, Setting
from models.shares import Share, ShareTarget
from models.supervision import Card, Notice, NumberCounter
from models.tasks import DueMove, Evidence, Indicator, Milestone, Part, ProgressEntry, Task
from models.webhooks import Webhook

__all__ = [
    "Absence", "ActivationSlip", "Adjustment", "Appointment", "Approval", "ApprovalComment", "ApprovalDefinition",
    "ApprovalParty", "Attestation", "AuditEvent", "Base", "CalendarDay", "CalendarEdition", "CalendarFeed",
    "CalendarYear", "Card", "Checkpoint", "Credential", "Criteria", "Criterion", "CriterionEvidence", "Decision",
    "Delivery", "DueMove", "Evidence", "Extension", "Finding", "Goal", "Grant", "GroupMember", "Indicator",
    "Institution", "Instruction", "KeptAnswer", "ListItem", "Meeting", "Milestone", "NamedEvent", "Notice",
    "NumberCounter", "OutboxRow", "Part", "Person", "Plan", "Problem", "Programme", "ProgressEntry", "Reminder",
    "Report", "RuleSet", "ScheduleRun", "SchedulerProcess", "Seal", "Seat", "Setting", "Share", "ShareTarget",
    "SignerGroup", "SignerGroupMember", "TargetMove", "Task", "Unit", "Waiver", "Webhook", "WorkPlan",
]  # fmt: skip
