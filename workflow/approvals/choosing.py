"""Which definition holds for a subject: of those in force for the purpose, the narrowest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Text, bindparam, cast, exists, or_, select

from models import ApprovalDefinition, Indicator, Milestone, Programme, Task
from models.states import IndicatorKind
from workflow.approvals.definitions import Definition
from workflow.errors import NotFound

OWN_KIND = exists(
    select(Indicator.id).where(
        Indicator.milestone_id == bindparam("milestone"), Indicator.kind == ApprovalDefinition.kind
    )
)
JUDGED = exists(
    select(Milestone.id).where(
        Milestone.id == bindparam("milestone"),
        ~exists(select(Indicator.id).where(Indicator.milestone_id == Milestone.id)),
    )
)
"""A milestone without indicators is judged; what is about a task as a whole is of no kind."""
HOLDING = (
    select(
        ApprovalDefinition.id, cast(ApprovalDefinition.body, Text).label("body"), Programme.ordinal.label("programme")
    )
    .select_from(ApprovalDefinition)
    .join(Task, Task.id == bindparam("task"))
    .outerjoin(Programme, Programme.id == Task.programme_id)
    .where(
        ApprovalDefinition.purpose == bindparam("purpose"),
        ApprovalDefinition.superseded_at.is_(None),
        or_(ApprovalDefinition.plan_id.is_(None), ApprovalDefinition.plan_id == Task.plan_id),
        or_(ApprovalDefinition.programme_id.is_(None), ApprovalDefinition.programme_id == Task.programme_id),
        or_(ApprovalDefinition.task_id.is_(None), ApprovalDefinition.task_id == Task.id),
        or_(
            ApprovalDefinition.kind.is_(None),
            OWN_KIND.correlate(ApprovalDefinition),
            (ApprovalDefinition.kind == IndicatorKind.JUDGED) & JUDGED,
        ),
    )
    .order_by(ApprovalDefinition.narrowness.desc(), ApprovalDefinition.id.desc())
)  # fmt: skip
"""Those that hold for a subject, the narrowest first, of two as narrow the one entered later."""
NARROWEST = HOLDING.limit(1)


@lru_cache(maxsize=512)
def read_definition(text: str) -> Definition:
    """A definition from its stored text: each edition is parsed once."""
    return Definition.model_validate_json(text)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The definition in force that is the narrowest for a subject, and the number of its task's programme."""

    id: int
    definition: Definition
    programme: int | None


def choose(tx: Connection, purpose: str, task_id: int, milestone_id: int | None) -> Chosen:
    """Of the definitions in force for a purpose, the narrowest that holds for the subject. NotFound where none does."""
    row = tx.execute(NARROWEST, _asked(purpose, task_id, milestone_id)).one_or_none()
    if row is None:
        raise NotFound(kind="approval_definition")
    return Chosen(row.id, read_definition(row.body), row.programme)


def holding(tx: Connection, purpose: str, task_id: int, milestone_id: int | None) -> list[int]:
    """Ids of all that hold for the subject, the one that is chosen first."""
    return [row.id for row in tx.execute(HOLDING, _asked(purpose, task_id, milestone_id))]


def _asked(purpose: str, task_id: int, milestone_id: int | None) -> dict[str, object]:
    return {"purpose": purpose, "task": task_id, "milestone": milestone_id}
