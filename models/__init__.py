"""What is stored. Nothing here decides anything."""

from models.approvals import Approval, ApprovalDefinition, Decision, Seat
from models.base import Base
from models.clock import CalendarDay, CalendarYear, Reminder, RuleSet, ScheduleRun
from models.directory import ActivationSlip, Credential, Grant, GroupMember, Person, Unit
from models.plans import Appointment, Finding, Goal, Plan, Programme
from models.records import AuditEvent, Delivery, KeptAnswer, OutboxRow, Seal, Setting
from models.supervision import Card, Notice, NumberCounter
from models.tasks import DueMove, Evidence, Indicator, Milestone, Part, ProgressEntry, Share, Task

__all__ = [
    "ActivationSlip", "Appointment", "Approval", "ApprovalDefinition", "AuditEvent", "Base", "CalendarDay",
    "CalendarYear", "Card", "Credential", "Decision", "Delivery", "DueMove", "Evidence", "Finding", "Goal",
    "Grant", "GroupMember", "Indicator", "KeptAnswer", "Milestone", "Notice", "NumberCounter", "OutboxRow",
    "Part", "Person", "Plan", "ProgressEntry", "Programme", "Reminder", "RuleSet", "ScheduleRun", "Seal",
    "Seat", "Setting", "Share", "Task", "Unit",
]  # fmt: skip
