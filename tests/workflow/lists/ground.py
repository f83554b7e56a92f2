"""A milestone of four audits, counted from named items: two each for two districts, each institution once for ever."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from models import Indicator, Institution, ListItem, ProgressEntry, Share, ShareTarget
from tests.people import Cast, add, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.districts import Districts, break_down, portion, settle_districts
from workflow.bootstrap import Services
from workflow.institutions.names import fold

CARD: dict[str, Any] = {
    "kind": "count", "formula": "通过能源审计的公共机构数", "over_time": "added", "aggregation": "sum",
    "over_years": "added", "listed": True, "once": "ever",
}  # fmt: skip
SCHOOLS = ("第一小学", "第二小学", "第三小学", "第四小学", "第五小学", "第六小学")


@dataclass(frozen=True)
class Ground:
    """Who there is, the districts, and the institutions by name."""

    cast: Cast
    here: Districts
    schools: dict[str, int]


def settle_ground(services: Services, cast: Cast, **card: Any) -> Ground:
    """The cast's indicators as lists: 4 in the first year, 4 in the second."""
    with services.transaction() as tx:
        here = settle_districts(tx, cast)
        listed = Indicator.id.in_((cast.indicator, cast.second_indicator))
        tx.execute(update(Indicator).where(listed).values(definition={**CARD, **card}, quantity=Decimal(4)))
        schools = {name: enter_school(tx, name) for name in SCHOOLS}
    return Ground(cast, here, schools)


def enter_school(tx: Any, name: str, district: str = "青浦区", **more: Any) -> int:
    return add(tx, Institution, name=name, folded_name=fold(name), district=district, **more)


def two_shares(services: Services, ground: Ground) -> tuple[int, int]:
    """The milestone started and broken down, both shares under way: 青浦's and 崇明's."""
    here, cast = ground.here, ground.cast
    a.a_started_milestone(services, cast)
    first, second = break_down(
        services, cast, portion(cast, here.qingpu, "2"), portion(cast, here.chongming, "2")
    )
    for share, owner in ((first, here.qing), (second, here.chong)):
        do(services, "share", share, "acknowledge", owner)
        do(services, "share", share, "start", owner)
    return first, second


def named(indicator: int, *names: str, **more: Any) -> dict[str, Any]:
    """The details of entering items of these names."""
    items = [{"institution": name, "true_on": "2022-01-10", **more} for name in names]
    return {"indicator_id": indicator, "items": items}


def enter(services: Services, ground: Ground, share: int, who: int, *names: str, **more: Any) -> list[int]:
    """Items entered on a share: their ids."""
    do(services, "share", share, "enter_items", who, details=named(ground.cast.indicator, *names, **more))
    with services.reading() as tx:
        statement = select(ListItem.id).where(ListItem.share_id == share).order_by(ListItem.id.desc())
        return sorted(tx.execute(statement.limit(len(names))).scalars())


def hand_in(services: Services, share: int, owner: int, short: str | None = None) -> None:
    do(services, "share", share, "attach", owner, details=file(sha256=f"{share:064x}"))
    do(services, "share", share, "submit", owner, details={"text": "已完成。", "short_because": short})


def two_accepted(services: Services, ground: Ground, *extra: str) -> tuple[int, int, list[int]]:
    """Both shares accepted, with two items each (and `extra` on the first): the shares, and the first one's items."""
    first, second = two_shares(services, ground)
    items = enter(services, ground, first, ground.here.qing, "第一小学", "第二小学", *extra)
    enter(services, ground, second, ground.here.chong, "第三小学", "第四小学")
    for share, owner in ((first, ground.here.qing), (second, ground.here.chong)):
        hand_in(services, share, owner)
        do(services, "share", share, "accept", ground.cast.olga)
    return first, second, items


def submitted(services: Services, ground: Ground, *extra: str) -> tuple[int, int, list[int]]:
    """The same, and the milestone submitted."""
    made = two_accepted(services, ground, *extra)
    do(services, "milestone", ground.cast.milestone, "submit", ground.cast.olga, details={"text": "已完成。"})
    return made


def accepted(services: Services, ground: Ground, *extra: str) -> tuple[int, int, list[int]]:
    """The same, and the milestone accepted."""
    made = submitted(services, ground, *extra)
    cast = ground.cast
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)
    return made


def reached(services: Services, indicator: int) -> Any:
    """What the milestone's row keeps."""
    with services.reading() as tx:
        return tx.execute(select(Indicator.reached).where(Indicator.id == indicator)).scalar_one()


def brought(services: Services, share: int) -> Any:
    """What the share's row keeps."""
    with services.reading() as tx:
        return tx.execute(select(ShareTarget.reached).where(ShareTarget.share_id == share)).scalar_one()


def state(services: Services, model: Any, row_id: int) -> str:
    return a.state_of(services, model, row_id)


def share_state(services: Services, share: int) -> str:
    return a.state_of(services, Share, share)


def counting_reports(services: Services) -> dict[int, tuple[Any, Any]]:
    """Report with items behind it → what counts in its place, and the sum of its items that count."""
    with services.reading() as tx:
        entries = tx.execute(
            select(ProgressEntry.id, ProgressEntry.corrects_id, ProgressEntry.quantity)
        ).all()
        items = tx.execute(select(ListItem.entry_id, ListItem.state, ListItem.quantity)).all()
    corrections = {entry.corrects_id: entry for entry in entries if entry.corrects_id is not None}
    found = {}
    for entry in entries:
        behind = [item for item in items if item.entry_id == entry.id]
        last = entry
        while last.id in corrections:
            last = corrections[last.id]
        if behind:
            counted = sum((i.quantity for i in behind if i.state == "counted"), Decimal(0))
            found[entry.id] = (last.quantity, counted)
    return found
