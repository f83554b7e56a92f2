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


class ItemState(StrEnum):
    """A named item of a list 清单: counted, or struck 核减."""

    COUNTED = "counted"
    STRUCK = "struck"


class CriteriaState(StrEnum):
    """The criteria 验收要点 of a judged milestone."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RETURNED = "returned"


class Mark(StrEnum):
    """How the accepter found one criterion."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"


class WorkPlanState(StrEnum):
    REQUIRED = "required"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ReportState(StrEnum):
    """A periodic report 定期报告 that is due, or filed."""

    DUE = "due"
    FILED = "filed"


class ProblemState(StrEnum):
    """A problem to coordinate 协调事项."""

    RAISED = "raised"
    ANSWERED = "answered"
    SETTLED = "settled"


class AttestationState(StrEnum):
    """Whether what was reached still held in a later period."""

    DUE = "due"
    ATTESTED = "attested"
    VIOLATED = "violated"


class AdjustmentState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AdjustmentKind(StrEnum):
    """What an adjustment 调整 changes."""

    RETARGET = "retarget"
    REDATE = "redate"
    ASSIGN = "assign"
    ADD_MILESTONE = "add_milestone"
    CANCEL_MILESTONE = "cancel_milestone"
    SPLIT = "split"
    MERGE = "merge"
    CANCEL = "cancel"
    SUSPEND = "suspend"


class TargetBasis(StrEnum):
    """Why a target moved."""

    ADJUSTMENT = "adjustment"
    CARRY_OVER = "carry_over"
    SURPLUS = "surplus"
    WAIVER = "waiver"


class InstructionState(StrEnum):
    """A leader's instruction 批示 to a unit."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    CLOSED = "closed"


class EventState(StrEnum):
    """A named event (节能宣传周) of a year: its dates are awaited, or entered."""

    PENDING = "pending"
    DATED = "dated"


class Reporting(StrEnum):
    """How often a task reports."""

    NONE = "none"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


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
    OPPOSED = "opposed"
    """A vote against."""
    RETURNED = "returned"
    LAPSED = "lapsed"
    """Nobody need sign it any more."""
    REMOVED = "removed"
    """Taken off the list of signers 减签."""
    SET_ASIDE = "set_aside"
    """What was signed before the approval went back; it was made anew."""


class RequestState(StrEnum):
    """An extension 延期 or waiver 豁免 that was asked for."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Purpose(StrEnum):
    """What an approval decides."""

    ACCEPTANCE = "acceptance"
    EXTENSION = "extension"
    WAIVER = "waiver"
    ADJUSTMENT = "adjustment"
    WORK_PLAN = "work_plan"


class StepMode(StrEnum):
    """How many of a step's seats carry it."""

    ANY = "any"
    """或签: one signs for all."""
    ALL = "all"
    """会签: every one signs, at once."""
    SEQUENCE = "sequence"
    """顺签: every one signs, one after another."""
    VOTE = "vote"
    """票签: so many votes carry it."""


class Relation(StrEnum):
    """Where a signer was added 加签: next to whose seat."""

    BEFORE = "before"
    BESIDE = "beside"
    AFTER = "after"


class AtLimit(StrEnum):
    """What happens when a seat's limit is over."""

    URGE = "urge"
    ESCALATE = "escalate"
    PASS = "pass"  # noqa: S105  (an approval passes; nobody's password)


class Verdict(StrEnum):
    APPROVE = "approve"
    OPPOSE = "oppose"
    RETURN = "return"
    NO_OBJECTION = "no_objection"
    """Its limit passed in silence, by the rule of its step."""
    CARRIED = "carried"
    """Who signed the step before signed this one with it, or signed it in the round before."""


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


class WebhookState(StrEnum):
    """A webhook: told, told nothing for a while, given up by the relay, over."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    ENDED = "ended"


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


class MoveBasis(StrEnum):
    """Why a due date moved: the rules that make dates, and a calendar notice, by which a date is reckoned again."""

    PRINTED = "printed"
    YEAR_END = "year_end"
    EVENT = "event"
    RULING = "ruling"
    ADJUSTMENT = "adjustment"
    SUSPENSION = "suspension"
    EXTENSION = "extension"
    CALENDAR = "calendar"


class CalendarYearState(StrEnum):
    """A year of the working-day calendar 工作日历: of the week alone, or as a State Council notice has it."""

    PROVISIONAL = "provisional"
    NOTICED = "noticed"


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
