"""What an earlier release left waiting is put forward: as if who handed it in had just done so, and once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from duban.migrate import prepare
from models import Approval, AuditEvent, Seat
from tests.people import Cast, round_of, sign
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import row
from tests.workflow.lifecycles.witness import watching
from workflow.approvals.waiting import unasked
from workflow.bootstrap import Services


def as_before(services: Services) -> None:
    """No approval of it, as it was handed in before there were any."""
    with services.transaction() as tx:
        for model in (Seat, Approval):
            table: Any = model.__table__
            tx.execute(delete(table))


@pytest.mark.parametrize(
    ("kind", "situation", "opener", "department", "signer"),
    [
        ("adjustment", a.a_proposed_adjustment, "amira", None, "sven"),
        ("work_plan", a.a_submitted_work_plan, "olga", "lead", "amira"),
    ],
)
def test_it_waits_for_those_who_sign_now(
    services: Services,
    cast: Cast,
    kind: str,
    situation: Any,
    opener: str,
    department: str | None,
    signer: str,
) -> None:
    subject = situation(services, cast)
    as_before(services)
    with services.reading() as tx:
        assert unasked(tx) == [(kind, subject)]
    with watching(services) as seen:
        prepare(services)
    assert seen.acts == [f"{kind}.put_forward", "approval.open"]
    assert f"to_sign_{kind}" in seen.topics
    opened = row(services, Approval, round_of(services, kind, subject))
    assert opened.opened_by == getattr(cast, opener)
    assert opened.opened_unit_id == (getattr(cast, department) if department else None)
    with watching(services) as seen:
        prepare(services)
    assert seen.acts == []
    sign(services, kind, subject, getattr(cast, signer))
    with services.reading() as tx:
        assert unasked(tx) == []
        events = select(AuditEvent.actor_id).where(AuditEvent.action == "put_forward")
        assert tx.execute(events).scalars().all() == [None]
