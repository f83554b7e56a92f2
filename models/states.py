"""What somebody did last: the states of everything with a life. Words for them are in the catalogues."""

from __future__ import annotations

from enum import StrEnum


class PlanState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    DISCARDED = "discarded"


class FindingState(StrEnum):
    """A discrepancy or gap of a plan's document."""

    OPEN = "open"
    RULED = "ruled"


class TaskState(StrEnum):
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class PartState(StrEnum):
    """A unit's 签收 of its place in a task."""

    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"


class PartRole(StrEnum):
    LEAD = "lead"
    JOINT = "joint"
    CONTRIBUTOR = "contributor"
    INFORMED = "informed"


class MilestoneState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WAIVED = "waived"


class ShareState(StrEnum):
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WAIVED = "waived"


class EvidenceState(StrEnum):
    ATTACHED = "attached"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DETACHED = "detached"


class ApprovalState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class SeatState(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    SIGNED = "signed"
    RETURNED = "returned"
    LAPSED = "lapsed"


class CardColour(StrEnum):
    YELLOW = "yellow"
    RED = "red"


class CardState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RECTIFYING = "rectifying"
    VERIFYING = "verifying"
    LIFTED = "lifted"
    APPEALED = "appealed"
    REVOKED = "revoked"


class NoticeKind(StrEnum):
    SUPERVISION = "supervision"
    YELLOW_CARD = "yellow_card"
    RED_CARD = "red_card"


class NoticeState(StrEnum):
    DRAFTED = "drafted"
    SIGNED_OFF = "signed_off"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    CLOSED = "closed"
    REPLACED = "replaced"
    VOIDED = "voided"


class PersonState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    DEPARTED = "departed"


class Role(StrEnum):
    """What a grant allows in its unit or department; without a unit, in the whole plan."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    SIGNATORY = "signatory"
    INSPECTOR = "inspector"
    AUDITOR = "auditor"
    ADMIN = "admin"


class UnitKind(StrEnum):
    ORGAN = "organ"
    DEPARTMENT = "department"
    GROUP = "group"


class Origin(StrEnum):
    """Where an item comes from (立项依据)."""

    DOCUMENT = "document"
    RULING = "ruling"
    INSTRUCTION = "instruction"
    MEETING = "meeting"
    INSPECTION = "inspection"


class DueBasis(StrEnum):
    """The rule that made a due date."""

    PRINTED = "printed"
    YEAR_END = "year_end"
    EVENT = "event"
    RULING = "ruling"
    ADJUSTMENT = "adjustment"
    SUSPENSION = "suspension"
    EXTENSION = "extension"


class IndicatorKind(StrEnum):
    """How an indicator is counted and judged (口径)."""

    COUNT = "count"
    AMOUNT = "amount"
    RATE = "rate"
    CHANGE = "change"
    DELIVERABLE = "deliverable"
    JUDGED = "judged"
    MAINTAINED = "maintained"


class Comparator(StrEnum):
    """How a figure binds. A bare one (`35家`) is `none`: whether more is also good is said by its definition card."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    DONE = "done"
    NONE = "none"


class Basis(StrEnum):
    """`annual_increment`: a year's portion, the years sum to the goal. `level`: what holds at the date. `cumulative`
    (task goals only): the total of a count or amount up to the date."""

    LEVEL = "level"
    ANNUAL_INCREMENT = "annual_increment"
    CUMULATIVE = "cumulative"
