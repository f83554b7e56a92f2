"""What is counted, read from the rows, and what an act is refused for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from models import Indicator, Share, ShareTarget
from models.states import Comparator
from tests.people import Cast, add, do
from tests.workflow.lifecycles.witness import refused
from workflow.bootstrap import Services
from workflow.errors import NotReady


def lacks(
    services: Services, kind: str, subject: int, action: str, who: int | None, **more: Any
) -> list[str]:
    """What an act is refused for; nothing has changed by it."""
    with refused(services, NotReady) as error:
        do(services, kind, subject, action, who, **more)
    return [lack.code for lack in error.value.missing]


def reached(services: Services, indicator: int) -> Decimal | None:
    with services.reading() as tx:
        return tx.execute(select(Indicator.reached).where(Indicator.id == indicator)).scalar_one()


def reached_on_share(services: Services, share: int) -> Decimal | None:
    with services.reading() as tx:
        return tx.execute(select(ShareTarget.reached).where(ShareTarget.share_id == share)).scalar_one()


def row_of(services: Services, share: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Share.__table__).where(Share.id == share)).one()


def further_indicator(services: Services, cast: Cast, quantity: int | None = 10) -> int:
    """A second figure of the first milestone: how many measures were taken."""
    with services.transaction() as tx:
        return add(tx, Indicator, task_id=cast.task, milestone_id=cast.milestone, ordinal=2, metric="节能改造",
                   quantity=None if quantity is None else Decimal(quantity), unit="项", comparator=Comparator.AT_LEAST,
                   basis="annual_increment", kind="count")  # fmt: skip
