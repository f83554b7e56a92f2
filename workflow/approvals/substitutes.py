"""Substitutes 代理 over rows: what their signatures mean for the route they signed in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from models import Approval, Decision, Seat, Unit
from models.states import Role

SIGNED: Any = Seat.__table__.alias("signed")
ACCEPTERS = and_(
    SIGNED.c.role == Role.SUPERVISOR, SIGNED.c.unit_id.in_(select(Unit.id).where(Unit.is_office))
)
SIGNED_FOR_ANOTHER = exists(
    select(Decision.id)
    .join(SIGNED, SIGNED.c.id == Decision.seat_id)
    .where(
        Decision.approval_id == Approval.id, Decision.decided_by == bindparam("actor"),
        Decision.substitute_for.is_not(None), SIGNED.c.role.is_(None) | ~ACCEPTERS,
    )
    .correlate(Approval)
)  # fmt: skip
"""Whether the person has signed an earlier step in somebody's stead: the same rule as `rights.signed_for_another`."""
