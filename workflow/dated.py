"""Everything that has a due date, one declaration per kind: the due scan, the lights and the cards read them.

A declaration says where the date stands, while it matters, when its clock runs, and whom the scan tells what. Each
kind is found by a partial index on its due dates that holds open rows alone: however many are done, the scan reads
none of them. Its condition stands in `models`, and `open` here is written out in the statement word for word, for by
that the index is found on both databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, cast, exists, literal, true

from models import (
    Attestation,
    DueMove,
    Instruction,
    Milestone,
    NamedEvent,
    Part,
    Plan,
    Report,
    Share,
    Task,
    Unit,
    WorkPlan,
)
from models.base import Json
from models.states import (
    AttestationState,
    EventState,
    InstructionState,
    PartRole,
    PlanState,
    ReportState,
    Role,
    TaskState,
    WorkPlanState,
)
from models.states import MilestoneState as M
from models.states import ShareState as S
from workflow.gathering import object_of
from workflow.recipients import SUPERVISORS


def _moved(kind: str, table: Any, due_on: Any) -> ColumnElement[bool]:
    """The moves that set the date of what is no milestone and no share."""
    return and_(DueMove.subject_kind == kind, DueMove.subject_id == table.id, DueMove.to_on == due_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """One kind of thing with a due date. Conditions are over its table; `tells_of` joins what the letter names."""

    kind: str
    table: Any
    due_on: Any
    open: ColumnElement[bool]
    """While its date matters."""
    reminded: ColumnElement[bool]
    """While it lies with who is to do it: nobody is reminded of what lies with the signers."""
    runs: ColumnElement[bool]
    """Whether its clock runs: what it is for is neither suspended nor over."""
    topics: tuple[str, str]
    """The letters: up to the due date, and after it."""
    audiences: tuple[Any, ...]
    facts: Mapping[str, Any]
    tells_of: tuple[tuple[Any, ColumnElement[bool]], ...]
    root: tuple[str, Any] = ("task", Task.id)
    moved: ColumnElement[bool] | None = None
    """The moves that set the date it has now; None: its date never moves."""


def _is_in(column: Any, states: Iterable[StrEnum]) -> ColumnElement[bool]:
    """`IN` with the states spelled out, as the partial index has them."""
    found: ColumnElement[bool] = column.in_(_spelled(states))
    return found


def _is_not_in(column: Any, states: Iterable[StrEnum]) -> ColumnElement[bool]:
    """The same where one state alone is open: given `state IN ('due')`, SQLite makes an index of its own instead."""
    found: ColumnElement[bool] = column.not_in(_spelled(states))
    return found


def _spelled(states: Iterable[StrEnum]) -> Any:
    return bindparam("states", list(states), expanding=True, literal_execute=True, unique=True)


def _held_by(role: Role, unit_id: Any) -> Any:
    return object_of(role=literal(role.value, String), unit_id=unit_id)


ALIVE = Task.state.in_((TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS))
"""Tasks whose clock runs: not suspended, and not done or cancelled."""
STANDING = Task.state.not_in((TaskState.SUSPENDED, TaskState.CANCELLED))
"""Tasks that still bind: what is asked after they are done is asked none the less."""
SETTLED = (M.ACCEPTED, M.WAIVED)
ABOUT_TASK = {"task_id": Task.id, "task_number": Task.number, "task_name": Task.name}
LEAD = (Part, and_(Part.task_id == Task.id, Part.role == PartRole.LEAD))

# Found by ix_milestone_open_due_on.
MILESTONES = Dated(
    kind="milestone",
    table=Milestone,
    due_on=Milestone.due_on,
    open=_is_in(Milestone.state, (M.PLANNED, M.IN_PROGRESS, M.SUBMITTED, M.RETURNED)),
    reminded=Milestone.state != M.SUBMITTED,
    runs=exists().where(Task.id == Milestone.task_id, ALIVE),
    topics=("reminder", "overdue"),
    audiences=(_held_by(Role.OWNER, Part.unit_id),),
    facts={
        **ABOUT_TASK, "milestone_id": Milestone.id, "year": Milestone.year, "milestone": Milestone.text,
        "provisional": Milestone.due_provisional,
    },
    tells_of=((Task, Task.id == Milestone.task_id), LEAD),
    moved=and_(
        DueMove.milestone_id == Milestone.id, DueMove.share_id.is_(None), DueMove.to_on == Milestone.due_on
    ),
)  # fmt: skip

# Found by ix_share_open_due_on. Of a milestone that is settled nobody is late with a share.
SHARES = Dated(
    kind="share",
    table=Share,
    due_on=Share.due_on,
    open=_is_in(Share.state, (S.ISSUED, S.ACKNOWLEDGED, S.IN_PROGRESS, S.SUBMITTED, S.RETURNED)),
    reminded=Share.state != S.SUBMITTED,
    runs=exists().where(
        Milestone.id == Share.milestone_id, Milestone.state.not_in(SETTLED), Task.id == Milestone.task_id, ALIVE
    ),
    topics=("share_due", "share_overdue"),
    audiences=(_held_by(Role.OWNER, Share.unit_id),),
    facts={
        **ABOUT_TASK, "share_id": Share.id, "milestone_id": Share.milestone_id, "year": Milestone.year,
        "milestone": Share.text, "unit": Unit.name, "provisional": Share.due_provisional,
    },
    tells_of=(
        (Milestone, Milestone.id == Share.milestone_id), (Task, Task.id == Share.task_id),
        (Unit, Unit.id == Share.unit_id),
    ),
    moved=and_(
        DueMove.milestone_id == Share.milestone_id, DueMove.share_id == Share.id, DueMove.to_on == Share.due_on
    ),
)  # fmt: skip

# Found by ix_work_plan_open_due_on.
WORK_PLANS = Dated(
    kind="work_plan",
    table=WorkPlan,
    due_on=WorkPlan.due_on,
    open=_is_in(WorkPlan.state, (WorkPlanState.REQUIRED, WorkPlanState.RETURNED)),
    reminded=true(),
    runs=exists().where(Task.id == WorkPlan.task_id, ALIVE),
    topics=("work_plan_due", "work_plan_overdue"),
    audiences=(_held_by(Role.OWNER, Part.unit_id),),
    facts={**ABOUT_TASK, "work_plan_id": WorkPlan.id},
    moved=_moved("work_plan", WorkPlan, WorkPlan.due_on),
    tells_of=((Task, Task.id == WorkPlan.task_id), LEAD),
)

# Found by ix_report_open_due_on.
REPORTS = Dated(
    kind="report",
    table=Report,
    due_on=Report.due_on,
    open=_is_not_in(Report.state, (ReportState.FILED,)),
    reminded=true(),
    runs=exists().where(Task.id == Report.task_id, ALIVE),
    topics=("report_due", "report_overdue"),
    audiences=(_held_by(Role.OWNER, Report.unit_id),),
    facts={
        **ABOUT_TASK, "report_id": Report.id, "unit": Unit.name, "from_on": Report.from_on, "upto_on": Report.upto_on,
    },
    moved=_moved("report", Report, Report.due_on),
    tells_of=((Task, Task.id == Report.task_id), (Unit, Unit.id == Report.unit_id)),
)  # fmt: skip

# Found by ix_attestation_open_due_on. They are asked for when what was reached is long accepted and its task done.
ATTESTATIONS = Dated(
    kind="attestation",
    table=Attestation,
    due_on=Attestation.due_on,
    open=_is_not_in(Attestation.state, (AttestationState.ATTESTED, AttestationState.VIOLATED)),
    reminded=true(),
    runs=exists().where(Task.id == Attestation.task_id, STANDING),
    topics=("attestation_due", "attestation_overdue"),
    audiences=(_held_by(Role.OWNER, Attestation.unit_id),),
    facts={
        **ABOUT_TASK, "attestation_id": Attestation.id, "milestone_id": Attestation.milestone_id,
        "year": Milestone.year, "milestone": Milestone.text, "unit": Unit.name, "from_on": Attestation.from_on,
        "upto_on": Attestation.upto_on,
    },
    moved=_moved("attestation", Attestation, Attestation.due_on),
    tells_of=(
        (Milestone, Milestone.id == Attestation.milestone_id), (Task, Task.id == Attestation.task_id),
        (Unit, Unit.id == Attestation.unit_id),
    ),
)  # fmt: skip

# Found by ix_instruction_open_due_on. What a leader asks stands though the task is done.
INSTRUCTIONS = Dated(
    kind="instruction",
    table=Instruction,
    due_on=Instruction.due_on,
    open=_is_in(Instruction.state, (InstructionState.ISSUED, InstructionState.ACKNOWLEDGED)),
    reminded=true(),
    runs=exists().where(Task.id == Instruction.task_id, STANDING),
    topics=("instruction_due", "instruction_overdue"),
    audiences=tuple(_held_by(role, Instruction.unit_id) for role in (Role.OWNER, Role.LEADER)),
    facts={
        **ABOUT_TASK,
        "instruction_id": Instruction.id,
        "text": Instruction.text,
        "unit": Unit.name,
    },
    tells_of=((Task, Task.id == Instruction.task_id), (Unit, Unit.id == Instruction.unit_id)),
)

# Found by ix_named_event_open_ask_on. Due is the day by which its dates should have been entered.
NAMED_EVENTS = Dated(
    kind="event",
    table=NamedEvent,
    due_on=NamedEvent.ask_on,
    open=_is_not_in(NamedEvent.state, (EventState.DATED,)),
    reminded=true(),
    runs=exists().where(Plan.id == NamedEvent.plan_id, Plan.state == PlanState.ACTIVE),
    topics=("event_due", "event_overdue"),
    audiences=(literal(SUPERVISORS, Json),),
    facts={
        "plan_id": NamedEvent.plan_id,
        "event_id": NamedEvent.id,
        "item": NamedEvent.name + literal(" ", String) + cast(NamedEvent.year, String),
    },
    tells_of=(),
    root=("plan", NamedEvent.plan_id),
    moved=_moved("event", NamedEvent, NamedEvent.ask_on),
)

DATED = (MILESTONES, SHARES, WORK_PLANS, REPORTS, ATTESTATIONS, INSTRUCTIONS, NAMED_EVENTS)
CLIMBING = (MILESTONES, SHARES)
"""What shows a light, and earns cards by being late."""
