"""One file per thing with a life, and in it one table. Importing this package declares them all."""

from workflow.lifecycles.adjustment import ADJUSTMENT
from workflow.lifecycles.approval import APPROVAL
from workflow.lifecycles.attestation import ATTESTATION
from workflow.lifecycles.calendar_year import CALENDAR_YEAR
from workflow.lifecycles.card import CARD
from workflow.lifecycles.criteria import CRITERIA
from workflow.lifecycles.event import EVENT
from workflow.lifecycles.extension import EXTENSION
from workflow.lifecycles.instruction import INSTRUCTION
from workflow.lifecycles.item import ITEM
from workflow.lifecycles.milestone import MILESTONE
from workflow.lifecycles.notice import NOTICE
from workflow.lifecycles.part import PART
from workflow.lifecycles.person import PERSON
from workflow.lifecycles.plan import FINDING, PLAN
from workflow.lifecycles.problem import PROBLEM
from workflow.lifecycles.report import REPORT
from workflow.lifecycles.share import SHARE
from workflow.lifecycles.task import TASK
from workflow.lifecycles.waiver import WAIVER
from workflow.lifecycles.webhook import WEBHOOK
from workflow.lifecycles.work_plan import WORK_PLAN

__all__ = [
    "ADJUSTMENT", "APPROVAL", "ATTESTATION", "CALENDAR_YEAR", "CARD", "CRITERIA", "EVENT", "EXTENSION", "FINDING",
    "INSTRUCTION", "ITEM", "MILESTONE", "NOTICE", "PART", "PERSON", "PLAN", "PROBLEM", "REPORT", "SHARE", "TASK",
    "WAIVER", "WEBHOOK", "WORK_PLAN",
]  # fmt: skip
