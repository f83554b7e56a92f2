"""What the tests of adjustments share: proposed and approved in one go, and a look at the rows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.people import Cast, do, round_of, sign
from tests.workflow.lifecycles import situations as a
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import DubanError


def approve(services: Services, cast: Cast, adjustment: int, who: int | None = None) -> None:
    sign(services, "adjustment", adjustment, who or cast.sven)


def decide(services: Services, adjustment: int, action: str, who: int, reason: str | None = a.REASON) -> None:
    """In a seat of its approval."""
    do(services, "approval", round_of(services, "adjustment", adjustment), action, who, reason=reason)


def adjust(services: Services, cast: Cast, kind: str, change: dict[str, Any], **more: Any) -> int:
    """Proposed and approved: the adjustment."""
    adjustment = a.propose(services, cast, kind, change, **more)
    approve(services, cast, adjustment)
    return adjustment


def row(services: Services, model: Any, row_id: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(model.__table__).where(model.__table__.c.id == row_id)).one()


def rows(services: Services, model: Any, *where: Any) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(model.__table__).where(*where).order_by(model.__table__.c.id)))


def codes(error: pytest.ExceptionInfo[DubanError]) -> list[str]:
    return [lack.code for lack in error.value.missing]


def sound(services: Services) -> None:
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None
