"""Proving approvals: what was signed and granted is what is stored, for every purpose; a change by SQL is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text, update

from models import (
    Adjustment,
    Approval,
    Checkpoint,
    Decision,
    Evidence,
    Extension,
    ProgressEntry,
    Waiver,
    WorkPlan,
)
from models.states import Role
from schedules.upkeep import verify as verify_all
from tests.people import Cast, accept, add_person, do, round_of, sign
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import adjust
from workflow.approvals.proofs import Unproved, verify
from workflow.bootstrap import Services


def an_accepted_milestone(services: Services, cast: Cast) -> int:
    accept(services, cast)
    return cast.milestone


def a_granted_waiver(services: Services, cast: Cast) -> int:
    with services.transaction() as tx:
        chief = add_person(tx, "chief", "主任", (Role.LEADER, cast.office))
    waiver = a.a_requested_waiver(services, cast)
    sign(services, "waiver", waiver, cast.amira, chief)
    return waiver


def an_approved_adjustment(services: Services, cast: Cast) -> int:
    return adjust(services, cast, "retarget", {"quantity": "280"}, indicator_id=cast.indicator)


GRANTED: dict[str, Callable[[Services, Cast], int]] = {
    "milestone": an_accepted_milestone,
    "extension": a.a_granted_extension,
    "waiver": a_granted_waiver,
    "adjustment": an_approved_adjustment,
    "work_plan": a.an_approved_work_plan,
}


def found(services: Services) -> tuple[int, Unproved | None]:
    with services.reading() as tx:
        return verify(tx)


def alter(services: Services, model: Any, **values: Any) -> None:
    """By SQL, behind the law, and with what keeps records out of the way."""
    name = model.__tablename__
    with services.transaction() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        else:
            tx.execute(text(f"DROP TRIGGER IF EXISTS {name}_no_update"))
        tx.execute(update(model.__table__).values(**values))


@pytest.mark.parametrize("kind", sorted(GRANTED))
def test_what_was_granted_is_proved(services: Services, cast: Cast, kind: str) -> None:
    subject = GRANTED[kind](services, cast)
    assert found(services) == (1, None)
    with services.reading() as tx:
        approval = tx.execute(
            select(Approval.__table__).where(Approval.id == round_of(services, kind, subject))
        ).one()
        signed = (
            tx.execute(select(Decision.digest).where(Decision.approval_id == approval.id)).scalars().all()
        )
    assert set(signed) == {approval.digest}
    told = verify_all(services, services.clock())
    assert (told["approvals"], told["unproved"]) == (1, None)


CHANGES: list[tuple[str, Any, dict[str, Any], str]] = [
    *((kind, Approval, {"signed_facts": "{}"}, "signed_facts") for kind in GRANTED),
    *((kind, Approval, {"signed_facts": "["}, "signed_facts") for kind in GRANTED),
    *((kind, Decision, {"digest": "0" * 64}, "decision") for kind in GRANTED),
    ("extension", Extension, {"due_on": date(2023, 3, 1)}, "stored"),
    ("extension", Extension, {"progress": "已完成300家。"}, "stored"),
    ("waiver", Waiver, {"reason": "另一个原因"}, "stored"),
    ("adjustment", Adjustment, {"change": {"quantity": "200"}}, "stored"),
    ("adjustment", Adjustment, {"indicator_id": None}, "stored"),
    ("work_plan", WorkPlan, {"text": "另一个方案"}, "stored"),
    ("work_plan", Checkpoint, {"quantity": 1}, "stored"),
    ("milestone", Evidence, {"sha256": "1" * 64}, "stored"),
    ("milestone", ProgressEntry, {"quantity": 299}, "stored"),
]


@pytest.mark.parametrize(("kind", "model", "values", "what"), CHANGES)
def test_a_change_behind_the_law_is_named(
    services: Services, cast: Cast, kind: str, model: Any, values: dict[str, Any], what: str
) -> None:
    subject = GRANTED[kind](services, cast)
    alter(services, model, **values)
    assert found(services) == (1, Unproved(round_of(services, kind, subject), what))


def test_text_and_digest_that_were_changed_together_are_not_what_the_chain_says(
    services: Services, cast: Cast
) -> None:
    extension = a.a_granted_extension(services, cast)
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    alter(services, Approval, signed_facts="{}", digest=digest)
    alter(services, Decision, digest=digest)
    assert found(services) == (1, Unproved(round_of(services, "extension", extension), "opening"))


def test_a_work_plan_that_is_revised_leaves_the_earlier_approval_as_it_was(
    services: Services, cast: Cast
) -> None:
    plan = a.an_approved_work_plan(services, cast)
    do(services, "work_plan", plan, "reopen", cast.amira, reason=a.REASON)
    do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast, ("2022-09-30", "300")))
    assert found(services) == (2, None)
    sign(services, "work_plan", plan, cast.amira)
    assert found(services) == (2, None)
    with services.reading() as tx:
        first, second = tx.execute(select(Approval.signed_facts).order_by(Approval.round)).scalars().all()
    assert "2022-06-30" in first
    assert "2022-06-30" not in second


def test_an_extension_and_what_it_moved_are_proved_beside_each_other(services: Services, cast: Cast) -> None:
    """The date moves on by a ruling: what was granted then stays what it was."""
    a.a_granted_extension(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason=a.REASON,
        details={"due_on": "2023-06-30"},
    )
    assert found(services) == (1, None)
