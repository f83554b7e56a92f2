"""What may be seen: one Select per noun that every read starts from.

A task is seen with a grant in a unit that has a part in it, or with a role that reads the whole plan; what hangs
on a task is seen with it. `UnderTask.seen` holds the same rule for one standing, and a test holds the two together.
Rows are narrowed with EXISTS and IN only, so a list never doubles a row and pages stay whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, union_all

from models import (
    Absence,
    Adjustment,
    Approval,
    ApprovalDefinition,
    ApprovalParty,
    Attestation,
    Card,
    Criteria,
    Decision,
    Evidence,
    Extension,
    Finding,
    Grant,
    Institution,
    Instruction,
    ListItem,
    Meeting,
    Milestone,
    NamedEvent,
    Notice,
    Part,
    Plan,
    Problem,
    ProgressEntry,
    Report,
    Seat,
    Share,
    TargetMove,
    Task,
    Unit,
    Waiver,
    Webhook,
    WorkPlan,
)
from models.states import ApprovalState, Origin, PartRole, Purpose, Role
from workflow.actors import Actor
from workflow.approvals.rights import ADJUSTS_TOO, OFFICE_SIGNERS
from workflow.approvals.route import UNDECIDED
from workflow.gathering import names_file
from workflow.standings import who
from workflow.standings.columns import OFFICE_ID

grant = Grant.__table__.alias("held")
organ = Unit.__table__.alias("held_in")
SIGNING_PARTS = (PartRole.LEAD, PartRole.JOINT)
bound = who
"""What each of these Selects wants bound: the person who looks, and the civil day."""

IN_FORCE = and_(
    grant.c.person_id == bindparam("actor"),
    grant.c.from_on <= bindparam("today"),
    or_(grant.c.to_on.is_(None), grant.c.to_on >= bindparam("today")),
)
HELD = grant.outerjoin(organ, grant.c.unit_id == organ.c.id)
absent = Grant.__table__.alias("absent")
absent_in = Unit.__table__.alias("absent_in")
ABSENT_HELD = Absence.__table__.join(absent, absent.c.person_id == Absence.person_id).outerjoin(
    absent_in, absent_in.c.id == absent.c.unit_id
)
STANDS_IN = and_(
    Absence.substitute_id == bindparam("actor"), Absence.ended_at.is_(None),
    Absence.from_on <= bindparam("today"), Absence.to_on >= bindparam("today"),
    absent.c.from_on <= bindparam("today"), or_(absent.c.to_on.is_(None), absent.c.to_on >= bindparam("today")),
)  # fmt: skip
"""Grants in force of those whose substitute the person is on the day."""
STOOD_IN_FOR = select(Absence.person_id).select_from(ABSENT_HELD).where(STANDS_IN)

SEES_ALL = exists(
    select(grant.c.id)
    .select_from(HELD)
    .where(
        IN_FORCE,
        or_(
            and_(organ.c.is_office, grant.c.role.in_((Role.SUPERVISOR, Role.LEADER, Role.SIGNATORY))),
            and_(grant.c.unit_id.is_(None), grant.c.role.in_((Role.AUDITOR, Role.SUPERVISOR))),
        ),
    )
)
"""The same rule as `Actor.sees_all`."""
ORGANS = select(organ.c.organ_id).select_from(HELD).where(IN_FORCE, organ.c.organ_id.is_not(None))
UNITS = select(organ.c.id).select_from(HELD).where(IN_FORCE, organ.c.id.is_not(None))


def mine(unit_id: Any) -> ColumnElement[bool]:
    """Whether the person holds anything in that very unit, or in the organ that it is: as `Actor.belongs_to`."""
    one_list: ColumnElement[bool] = unit_id.in_(ORGANS.union(UNITS))  # over two, PostgreSQL reads every row
    return one_list


def _with_task(task_id: Any, *roles: PartRole) -> ColumnElement[bool]:
    """Rows of tasks in which a unit of the person has a part (of one of the roles, when given)."""
    own = select(Part.task_id).where(mine(Part.unit_id))
    return or_(SEES_ALL, task_id.in_(own.where(Part.role.in_(roles)) if roles else own))


def whole(task_id: Any) -> ColumnElement[bool]:
    """Whether the person reads every unit's work on a task: the same rule as `UnderTask.reads_whole`."""
    return _with_task(task_id, *SIGNING_PARTS)


def tasks(*columns: Any) -> Select[Any]:
    """`columns` of the tasks that the person bound as `actor` sees."""
    return select(*columns).select_from(Task).where(_with_task(Task.id))


def parts(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Part).where(_with_task(Part.task_id))


def milestones(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Milestone).where(_with_task(Milestone.task_id))


above = Share.__table__.alias("above")
issued = Share.__table__.alias("issued")


def _issued_by_mine(table: Any) -> ColumnElement[bool]:
    """Whether a share is a part of one that is the unit's own."""
    own: ColumnElement[bool] = table.parent_id.in_(select(above.c.id).where(mine(above.c.unit_id)))
    return own


def shares(*columns: Any) -> Select[Any]:
    """Shares of one's own unit and those it issued, and of tasks that one's unit leads or signs."""
    seen = or_(_with_task(Share.task_id, *SIGNING_PARTS), mine(Share.unit_id), _issued_by_mine(Share))
    return select(*columns).select_from(Share).where(seen)


def _own_work(row: Any) -> ColumnElement[bool]:
    """Whether a row (of a unit, perhaps on a share) is the own unit's work, or that of a share it issued."""
    below = select(issued.c.id).where(_issued_by_mine(issued.c))
    return or_(_with_task(row.task_id, *SIGNING_PARTS), mine(row.unit_id), row.share_id.in_(below))


def approvals(*columns: Any) -> Select[Any]:
    """Approvals of tasks that one's unit leads or signs, and those that one was asked about (`_asked_about`).

    Who only contributes does not see them: what is signed names every unit's work.
    """
    return select(*columns).select_from(Approval).where(_sees_approval())


of_round: Any = Approval.__table__.alias("of_round")


@cache  # the inbox asks for it several times at once
def _sees_approval() -> ColumnElement[bool]:
    return or_(_with_task(Approval.task_id, *SIGNING_PARTS), _asked_about())


@cache
def _asked_about() -> ColumnElement[bool]:
    """Whether one was ever asked about an approval: named, copied or mentioned in it; signed in it; a seat of it is
    one's own or was of one's role and unit (or so of somebody one stands in for today).

    As one list, made once for all rows: asked of each approval by itself, a list of them takes as long as all seats.
    """
    return Approval.id.in_(union_all(*_asked()))


def _asked() -> Iterator[Select[Any]]:
    actor: Any = bindparam("actor")
    of_seat = select(Seat.approval_id)
    yield select(ApprovalParty.approval_id).where(ApprovalParty.person_id == actor)
    yield select(Decision.approval_id).where(Decision.decided_by == actor)
    yield of_seat.where(or_(Seat.person_id == actor, Seat.delegated_by == actor))
    role = and_(Seat.role == grant.c.role, Seat.unit_id == organ.c.organ_id)
    yield of_seat.select_from(HELD).join(Seat, role).where(IN_FORCE)
    yield from _asked_of_the_absent()


def _asked_of_the_absent() -> Iterator[Select[Any]]:
    """Seats still to be signed by somebody whom one stands in for: their own, their role's, and the accepter's where
    they may accept in the supervisor's place."""
    waits = and_(of_round.c.state == ApprovalState.OPEN, Seat.state.in_(UNDECIDED))
    waiting = select(Seat.approval_id).join(of_round, of_round.c.id == Seat.approval_id).where(waits)
    role = and_(Seat.role == absent.c.role, Seat.unit_id == absent_in.c.organ_id)
    yield waiting.where(Seat.person_id.in_(STOOD_IN_FOR))
    yield waiting.where(
        exists(select(absent.c.id).select_from(ABSENT_HELD).where(STANDS_IN, role).correlate(Seat))
    )
    signers = or_(
        absent.c.role.in_(OFFICE_SIGNERS),
        and_(absent.c.role == ADJUSTS_TOO, of_round.c.purpose == Purpose.ADJUSTMENT),
    )
    accepts = select(absent.c.id).select_from(ABSENT_HELD).where(STANDS_IN, absent_in.c.is_office, signers)
    accepters = and_(Seat.role == Role.SUPERVISOR, Seat.unit_id == OFFICE_ID)
    yield waiting.where(accepters, exists(accepts.correlate(of_round)))


def criteria(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Criteria).where(_with_task(Criteria.task_id))


def attestations(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Attestation).where(_with_task(Attestation.task_id))


def cards(*columns: Any) -> Select[Any]:
    """Cards of one's own unit and of shares it issued, and of tasks that one's unit leads or signs."""
    return select(*columns).select_from(Card).where(_own_work(Card))


def notices(*columns: Any) -> Select[Any]:
    """Notices to one's own unit and on shares it issued, and of tasks that one's unit leads or signs."""
    on_issued = select(Card.id).where(Card.share_id.in_(select(issued.c.id).where(_issued_by_mine(issued.c))))
    seen = or_(whole(Notice.task_id), mine(Notice.unit_id), Notice.card_id.in_(on_issued))
    return select(*columns).select_from(Notice).where(seen)


def instructions(*columns: Any) -> Select[Any]:
    """Instructions to one's own unit, and on tasks that it leads; all of them for who sees the whole plan."""
    seen = or_(_with_task(Instruction.task_id, PartRole.LEAD), Instruction.unit_id.in_(ORGANS))
    return select(*columns).select_from(Instruction).where(seen)


def events(*columns: Any) -> Select[Any]:
    """Named events of every plan, as the plans themselves."""
    return select(*columns).select_from(NamedEvent)


def evidence(*columns: Any) -> Select[Any]:
    """Files of one's own unit, and of tasks that one's unit leads or signs: a contributor sees no other's; and those
    that an approval names which one was asked about."""
    named = select(Approval.id).where(
        Approval.task_id == Evidence.task_id, names_file(Approval.signed_facts, Evidence.id), _asked_about()
    )
    own = and_(_own_work(Evidence), _with_task(Evidence.task_id))
    return select(*columns).select_from(Evidence).where(or_(own, exists(named.correlate(Evidence))))


def figures(*columns: Any) -> Select[Any]:
    """Reported figures, and notes without one: the same as of files."""
    seen = and_(_own_work(ProgressEntry), _with_task(ProgressEntry.task_id))
    return select(*columns).select_from(ProgressEntry).where(seen)


def adjustments(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Adjustment).where(_with_task(Adjustment.task_id))


def requests(model: Any, *columns: Any) -> Select[Any]:
    """Extensions or waivers of tasks that one's unit leads or signs: their words tell every unit's progress."""
    return select(*columns).select_from(model).where(whole(model.task_id))


def meetings(*columns: Any) -> Select[Any]:
    """Meetings that tasks of one's units cite, and all of them for who may cite one: owners in a lead unit."""
    own = select(Part.task_id).where(Part.unit_id.in_(ORGANS))
    owned = select(organ.c.organ_id).select_from(HELD).where(IN_FORCE, grant.c.role == Role.OWNER)
    leads = exists(select(Part.id).where(Part.role == PartRole.LEAD, Part.unit_id.in_(owned)))
    opened = Task.origin_details["meeting_id"].as_integer() == Meeting.id
    cited = (
        exists(select(Adjustment.id).where(Adjustment.meeting_id == Meeting.id, Adjustment.task_id.in_(own))),
        exists(select(TargetMove.id).where(TargetMove.meeting_id == Meeting.id, TargetMove.task_id.in_(own))),
        exists(select(Task.id).where(Task.origin == Origin.MEETING, opened, Task.id.in_(own))),
    )
    return select(*columns).select_from(Meeting).where(or_(SEES_ALL, leads, *cited))


def work_plans(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(WorkPlan).where(_with_task(WorkPlan.task_id))


def reports(*columns: Any) -> Select[Any]:
    """Reports of one's own unit, and of tasks that one's unit leads or signs."""
    return select(*columns).select_from(Report).where(_of_unit(Report))


def problems(*columns: Any) -> Select[Any]:
    """Problems of one's own unit, and of tasks that one's unit leads or signs."""
    return select(*columns).select_from(Problem).where(_of_unit(Problem))


def _of_unit(table: Any) -> ColumnElement[bool]:
    return or_(_with_task(table.task_id, *SIGNING_PARTS), mine(table.unit_id))


def plans(*columns: Any) -> Select[Any]:
    """Every plan: everybody signed in may know of a plan; its tasks have their own rule."""
    return select(*columns).select_from(Plan)


def definitions(*columns: Any) -> Select[Any]:
    """Every definition of approvals: by which rules is decided, everybody signed in may know."""
    return select(*columns).select_from(ApprovalDefinition)


def findings(*columns: Any) -> Select[Any]:
    """What was found in a plan's document, for whoever reads the whole plan."""
    return select(*columns).select_from(Finding).where(SEES_ALL)


def _holding(*where: Any) -> ColumnElement[bool]:
    """Whether the person holds a grant of that kind."""
    return exists(select(grant.c.id).select_from(HELD).where(IN_FORCE, *where))


INSPECTS = _holding(organ.c.is_office, grant.c.role == Role.INSPECTOR)
"""Inspectors of the office, who hold lists and register against what is there."""
ADMINISTERS_ALL = _holding(grant.c.unit_id.is_(None), grant.c.role == Role.ADMIN)
KEEPS_ALL = or_(INSPECTS, ADMINISTERS_ALL)


def items(*columns: Any) -> Select[Any]:
    """Named items of lists: one's own unit's and those of shares it issued, and of tasks that one's unit leads or
    signs; all for the office's inspectors. The same rule as `ItemStanding.seen`."""
    return select(*columns).select_from(ListItem).where(or_(INSPECTS, _own_work(ListItem)))


def whole_institution() -> ColumnElement[bool]:
    """Whether all that the register says of an institution may be seen: of others only code, name and district."""
    own = Institution.unit_id.in_(select(Unit.id).where(Unit.organ_id.in_(ORGANS)))
    return or_(SEES_ALL, KEEPS_ALL, own)


def institutions(*columns: Any) -> Select[Any]:
    """Every institution, for whoever is signed in; `whole_institution` tells of which rows all may be shown."""
    return select(*columns).select_from(Institution)


def webhooks(*columns: Any) -> Select[Any]:
    """Webhooks, for admins of the whole plan: what is posted is about every unit's work."""
    return select(*columns).select_from(Webhook).where(ADMINISTERS_ALL)


SELECTS: dict[str, Callable[..., Select[Any]]] = {
    "task": tasks,
    "part": parts,
    "milestone": milestones,
    "share": shares,
    "item": items,
    "approval": approvals,
    "criteria": criteria,
    "attestation": attestations,
    "card": cards,
    "notice": notices,
    "adjustment": adjustments,
    "extension": partial(requests, Extension),
    "waiver": partial(requests, Waiver),
    "work_plan": work_plans,
    "report": reports,
    "problem": problems,
    "plan": plans,
    "finding": findings,
    "instruction": instructions,
    "event": events,
    "webhook": webhooks,
}
"""By the kind of the lifecycle that the rows belong to."""


def keeps_house(actor: Actor) -> bool:
    """Who looks after jobs and mail: supervisors of the office and admins of the whole."""
    return actor.in_office(Role.SUPERVISOR, Role.ADMIN) or actor.everywhere(Role.SUPERVISOR, Role.ADMIN)


def runs_jobs(actor: Actor) -> bool:
    """Who may have a job run beside its timetable: admins of the office or of the whole."""
    return actor.in_office(Role.ADMIN) or actor.everywhere(Role.ADMIN)


def audits(actor: Actor) -> bool:
    """Who may have the audit chain verified: auditors, and who keeps house."""
    return keeps_house(actor) or actor.everywhere(Role.AUDITOR)
