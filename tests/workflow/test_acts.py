"""An act is one transaction: state, audit event and outbox row together, or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select, update

from models import Approval, AuditEvent, Milestone, OutboxRow, Task
from tests.people import Cast, accept, do, submit
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted, NotReady, ReasonRequired, Stale, UnknownAction, WrongState


def counts(tx: Connection) -> tuple[int, int]:
    """How many audit events and outbox rows there are."""
    return tuple(
        tx.execute(select(func.count()).select_from(t)).scalar_one() for t in (AuditEvent, OutboxRow)
    )  # type: ignore[return-value]


def test_the_whole_way_ends_with_the_milestone_accepted_and_told(services: Services, cast: Cast) -> None:
    accept(services, cast)
    with services.reading() as tx:
        assert (
            tx.execute(select(Milestone.state).where(Milestone.id == cast.milestone)).scalar_one()
            == "accepted"
        )
        assert tx.execute(select(Approval.state)).scalar_one() == "approved"
        acts = tx.execute(select(AuditEvent.action).order_by(AuditEvent.seq)).scalars().all()
        told = tx.execute(select(OutboxRow.topic).order_by(OutboxRow.id)).scalars().all()
        checked, broken = audit.verify(tx)
    assert acts == ["acknowledge", "require", "start", "start", "report", "attach", "attach", "submit", "open",
                    "approve", "approve", "approve", "conclude", "accept"]  # fmt: skip
    assert told == ["work_plan_required", "task_acknowledged", "to_sign", "to_sign", "to_sign", "accepted"]
    assert (checked, broken) == (len(acts), None)


def test_the_last_milestone_completes_the_task(services: Services, cast: Cast) -> None:
    accept(services, cast)
    with services.transaction() as tx:
        tx.execute(update(Milestone).where(Milestone.id == cast.second).values(state="submitted"))
    do(services, "milestone", cast.second, "accept", None)
    with services.reading() as tx:
        assert tx.execute(select(Task.state)).scalar_one() == "completed"


@pytest.mark.parametrize(
    ("who", "action", "details", "refusal"),
    [
        ("petra", "start", None, NotFound),
        ("jun", "start", None, NotPermitted),
        ("karl", "start", None, NotPermitted),
        ("olga", "start", None, NotReady),
        ("olga", "dance", None, UnknownAction),
        ("olga", "accept", None, NotPermitted),
        ("amira", "reopen", None, WrongState),
        ("amira", "redate", {"due_on": "2022-06-17"}, ReasonRequired),
    ],
)
def test_a_refusal_leaves_everything_untouched(
    services: Services,
    cast: Cast,
    who: str,
    action: str,
    details: dict[str, str] | None,
    refusal: type[Exception],
) -> None:
    with services.reading() as tx:
        before = counts(tx)
    with pytest.raises(refusal):
        do(services, "milestone", cast.milestone, action, getattr(cast, who), details=details)
    with services.reading() as tx:
        assert counts(tx) == before
        assert (
            tx.execute(select(Milestone.state).where(Milestone.id == cast.milestone)).scalar_one()
            == "planned"
        )


def test_everything_missing_is_named_at_once(services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    with pytest.raises(NotReady) as refused:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    assert [lack.code for lack in refused.value.missing] == ["progress", "target", "evidence"]


def test_who_saw_an_older_version_is_told_so(services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    with pytest.raises(Stale):
        do(services, "task", cast.task, "start", cast.olga, seen=1)


def test_nobody_signs_their_own_submission(services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with pytest.raises(NotPermitted):
        do(services, "approval", approval, "approve", cast.olga)


def test_a_step_is_signed_in_its_turn(services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    for early in (cast.jun, cast.amira):
        with pytest.raises(NotReady) as early_bird:
            do(services, "approval", approval, "approve", early)
        assert [lack.code for lack in early_bird.value.missing] == ["seat_turn"]


def test_a_returned_milestone_can_be_submitted_again(services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    do(services, "approval", approval, "return", cast.rashid, reason="缺少盖章页")
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已补盖章页"})
    with services.reading() as tx:
        rounds = tx.execute(select(Approval.round, Approval.state).order_by(Approval.id)).all()
    assert [tuple(row) for row in rounds] == [(1, "returned"), (2, "open")]
