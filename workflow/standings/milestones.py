"""Loads milestones, their approvals and their shares: one statement for those asked for, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from models import (
    Approval,
    Criteria,
    Criterion,
    CriterionEvidence,
    Decision,
    Evidence,
    Indicator,
    Milestone,
    ProgressEntry,
    Seat,
    Share,
    ShareTarget,
    SignerGroupMember,
    Task,
    Unit,
)
from models.states import ApprovalState, EvidenceState, Purpose
from workflow.civil import day_of
from workflow.facts import (
    ApprovalFact,
    AskFact,
    CriterionFact,
    DecisionFact,
    EvidenceFact,
    MilestoneStanding,
    PartFact,
    SeatFact,
    ShareFact,
    TargetFact,
    TieFact,
)
from workflow.gathering import asked, children, chosen, day, exact, gather, is_one_of, row_of, values
from workflow.standings.columns import (
    ENTRY_COLUMNS,
    INDICATOR_COLUMNS,
    OFFICE,
    PARTS,
    TASK,
    AnySelect,
    actor_from,
    entry_fact,
    grants_of,
    indicator_fact,
    sibling_fact,
    task_fact,
    who,
)

MILESTONE = row_of(
    Milestone.id, Milestone.state, Milestone.version, Milestone.year, Milestone.text, Milestone.due_on,
    Milestone.round, Milestone.submission, Milestone.without_shares, Milestone.submitted_by,
    Milestone.submitted_unit_id,
).label("milestone")  # fmt: skip
APPROVAL_COLUMNS = (
    Approval.id, Approval.subject_kind, Approval.subject_id, Approval.milestone_id, Approval.purpose, Approval.round,
    Approval.state, Approval.digest, Approval.definition_id, Approval.opened_by, Approval.opened_unit_id,
    Approval.carries_over, Approval.version,
)  # fmt: skip
MEMBERSHIP = case(
    (Seat.group_id.is_(None), 1),
    else_=select(func.count())
    .select_from(SignerGroupMember)
    .where(SignerGroupMember.group_id == Seat.group_id, SignerGroupMember.person_id == Seat.person_id)
    .correlate(Seat)
    .scalar_subquery(),
)
"""1 where a seat's person is of the group that they hold it in, or holds it by themselves."""
SEAT_COLUMNS = (
    Seat.id, Seat.step, Seat.step_key, Seat.role, Seat.mode, Seat.unit_id, Seat.state, Seat.turn, Seat.quorum,
    Seat.person_id, Seat.delegated_by, Seat.added_to, Seat.relation, Seat.added_by, Seat.urged_on,
    Seat.limit_days, Seat.at_limit, Seat.group_id, MEMBERSHIP,
)  # fmt: skip
DECISION_COLUMNS = (
    Decision.approval_id, Decision.seat_id, Decision.verdict, Decision.decided_by, Decision.substitute_for,
)  # fmt: skip
SHARE_COLUMNS = (
    Share.id, Share.parent_id, Share.unit_id, Unit.name, Share.state, Share.due_on, Share.version, Share.digest,
    Share.light, Share.due_provisional,
)  # fmt: skip
TARGET_COLUMNS = (
    ShareTarget.share_id, ShareTarget.indicator_id, ShareTarget.quantity, ShareTarget.reached,
    ShareTarget.reached_base, ShareTarget.reached_on,
)  # fmt: skip
SHARES: Any = Share.__table__
ASKED: Any = Approval.__table__.alias("asked")
EVIDENCE_COLUMNS = (Evidence.id, Evidence.sha256, Evidence.state, Evidence.unit_id)
TIED = CriterionEvidence.__table__.join(
    Criterion.__table__, Criterion.id == CriterionEvidence.criterion_id
).join(Evidence.__table__, Evidence.id == CriterionEvidence.evidence_id)
KEPT = is_one_of(Evidence.state, (EvidenceState.ATTACHED, EvidenceState.ACCEPTED))


def _target(share: int, indicator: int, q: Any, reached: Any, base: Any, on: str | None) -> TargetFact:
    return TargetFact(share, indicator, exact(q), exact(reached), exact(base), day(on))


def _share(
    i: int, parent: int | None, unit: int, name: str, state: str, due: str, version: int, digest: str | None,
    light: str, provisional: Any,
) -> ShareFact:  # fmt: skip
    return ShareFact(
        i, parent, unit, name, state, date.fromisoformat(due), version, digest, light, bool(provisional)
    )


def _shares(row: Any) -> tuple[ShareFact, ...]:
    """Every share of the milestone, in order, with its targets."""
    targets: dict[int, list[TargetFact]] = {}
    for target in children(row.share_targets, _target):
        targets.setdefault(target.share_id, []).append(target)
    shares = sorted(children(row.shares, _share), key=lambda share: share.id)
    return tuple(replace(share, targets=tuple(targets.get(share.id, ()))) for share in shares)


@cache
def _milestones_statement(*, one: bool) -> AnySelect:
    """Milestones with their open approvals."""
    is_open = and_(
        Approval.milestone_id == Milestone.id, Approval.state == ApprovalState.OPEN,
        Approval.purpose == Purpose.ACCEPTANCE,
    )  # fmt: skip
    table = Approval.__table__
    statement = with_milestones().add_columns(
        gather(*APPROVAL_COLUMNS, where=is_open, of=Milestone).label("approvals"),
        gather(*SEAT_COLUMNS, where=is_open, of=Milestone,
               joining=Seat.__table__.join(table, Seat.approval_id == Approval.id)).label("seats"),
        gather(*DECISION_COLUMNS, where=is_open, of=Milestone,
               joining=Decision.__table__.join(table, Decision.approval_id == Approval.id)).label("decisions"),
    )  # fmt: skip
    return statement.where(chosen(Milestone.id, one=one))


def with_milestones() -> AnySelect:
    sibling = Milestone.__table__.alias("sibling")
    return (
        select(
            MILESTONE, TASK, PARTS, OFFICE,
            gather(sibling.c.id, sibling.c.state, sibling.c.year, sibling.c.due_on,
                   where=sibling.c.task_id == Task.id, of=Task).label("siblings"),
            gather(*INDICATOR_COLUMNS, where=Indicator.milestone_id == Milestone.id, of=Milestone).label("indicators"),
            gather(*ENTRY_COLUMNS,
                   where=and_(ProgressEntry.milestone_id == Milestone.id, ProgressEntry.share_id.is_(None)),
                   of=Milestone).label("entries"),
            gather(*EVIDENCE_COLUMNS,
                   where=and_(Evidence.milestone_id == Milestone.id, Evidence.share_id.is_(None), KEPT),
                   of=Milestone).label("evidence"),
            gather(*SHARE_COLUMNS, where=Share.milestone_id == Milestone.id, of=Milestone,
                   joining=SHARES.join(Unit.__table__, Unit.id == Share.unit_id)).label("shares"),
            gather(*TARGET_COLUMNS, where=Share.milestone_id == Milestone.id, of=Milestone,
                   joining=ShareTarget.__table__.join(SHARES, Share.id == ShareTarget.share_id)).label("share_targets"),
            _criteria_state(),
            gather(Criterion.id, Criterion.ordinal, Criterion.text, Criterion.mark,
                   where=Criterion.milestone_id == Milestone.id, of=Milestone).label("criteria"),
            gather(CriterionEvidence.criterion_id, CriterionEvidence.evidence_id, Evidence.share_id,
                   where=Criterion.milestone_id == Milestone.id, of=Milestone, joining=TIED).label("ties"),
            gather(ASKED.c.subject_kind, ASKED.c.subject_id, of=Milestone,
                   where=and_(ASKED.c.milestone_id == Milestone.id, ASKED.c.state == ApprovalState.OPEN,
                              is_one_of(ASKED.c.purpose, (Purpose.EXTENSION, Purpose.WAIVER)))).label("asks"),
            grants_of((Milestone, Task)).label("grants"),
        )
        .select_from(Milestone)
        .join(Task, Task.id == Milestone.task_id)
    )  # fmt: skip


def _criteria_state() -> Any:
    state = select(Criteria.state).where(Criteria.milestone_id == Milestone.id)
    return state.correlate(Milestone).scalar_subquery().label("criteria_state")


def load_milestones(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, MilestoneStanding]:
    """Standings of milestones by id, for one actor on one day."""
    rows = tx.execute(_milestones_statement(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    found = [milestone_from(row, actor_id, _open_approval(row), day_of(now)) for row in rows]
    return {standing.id: standing for standing in found}


def _open_approval(row: Any) -> ApprovalFact | None:
    opened = children(row.approvals, ApprovalFact)
    return replace(opened[0], seats=seats_from(row)) if opened else None


def milestone_from(
    row: Any, actor_id: int | None, approval: ApprovalFact | None, today: date | None = None
) -> MilestoneStanding:
    id_, state, version, year, text, due_on, round_, submission, without, by, unit_id = values(row.milestone)
    return MilestoneStanding(
        task=task_fact(row), parts=children(row.parts, PartFact), actor=actor_from(actor_id, row.grants),
        office_id=row.office_id, id=id_, state=state, version=version, year=year, text=text,
        due_on=date.fromisoformat(due_on), round=round_, submission=submission, without_shares=without,
        submitted_by=by,        submitted_unit_id=unit_id, siblings=children(row.siblings, sibling_fact),
        indicators=children(row.indicators, indicator_fact), entries=children(row.entries, entry_fact),
        evidence=children(row.evidence, EvidenceFact), approval=approval,
        decisions=children(row.decisions, DecisionFact) if approval else (), shares=_shares(row),
        criteria_state=row.criteria_state, criteria=_criteria(row),
        ties=children(row.ties, TieFact), asks=children(row.asks, AskFact), today=today,
    )  # fmt: skip


def _criteria(row: Any) -> tuple[CriterionFact, ...]:
    return tuple(sorted(children(row.criteria, CriterionFact), key=lambda criterion: criterion.ordinal))


def seats_from(row: Any) -> tuple[SeatFact, ...]:
    return tuple(sorted(children(row.seats, _seat), key=lambda seat: (seat.step, seat.id)))


def _seat(*columns: Any) -> SeatFact:
    *own, is_member = columns
    return replace(SeatFact(*own), is_member=bool(is_member))
