"""Districts that a milestone is broken down into, their people, and shares brought to where a test wants them.

青浦 has a department and a subordinate organ of its own; 崇明 and 金山 have nobody but an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from models import Part, Share
from models.states import PartRole, PartState, Role
from tests.people import Cast, add, add_person, add_unit, do, file
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services


@dataclass(frozen=True)
class Districts:
    """Units, and the person who owns in each; `ren` reviews for 青浦, `dun` owns in its department."""

    qingpu: int
    chongming: int
    jinshan: int
    energy: int
    hospital: int
    qing: int
    ren: int
    chong: int
    jin: int
    dun: int
    hua: int


def settle_districts(tx: Connection, cast: Cast) -> Districts:
    """Three districts that contribute to the cast's task, and what is below the first of them."""
    qingpu, chongming, jinshan = (
        add_unit(tx, code, name, is_district=True)
        for code, name in (("QP", "青浦区机管局"), ("CM", "崇明区机管局"), ("JS", "金山区机管局"))
    )
    energy = add_unit(tx, "QP-1", "青浦区机管局节能科", kind="department", parent_id=qingpu, organ_id=qingpu)
    hospital = add_unit(tx, "QP-H", "青浦区中心医院", parent_id=qingpu)
    for ordinal, unit in enumerate((qingpu, chongming, jinshan), 3):
        add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR, ordinal=ordinal,
            state=PartState.ASSIGNED)  # fmt: skip
    return Districts(
        qingpu, chongming, jinshan, energy, hospital,
        qing=add_person(tx, "qing", "秦青", (Role.OWNER, qingpu)),
        ren=add_person(tx, "ren", "任仁", (Role.REVIEWER, qingpu)),
        chong=add_person(tx, "chong", "崇德", (Role.OWNER, chongming)),
        jin=add_person(tx, "jin", "金晶", (Role.OWNER, jinshan)),
        dun=add_person(tx, "dun", "敦厚", (Role.OWNER, energy)),
        hua=add_person(tx, "hua", "华明", (Role.OWNER, hospital)),
    )  # fmt: skip


def portion(cast: Cast, unit: int, quantity: str | None = "100", **more: Any) -> dict[str, Any]:
    """What a unit is to bring towards the first milestone's audits."""
    return {"unit_id": unit, "targets": [{"indicator_id": cast.indicator, "quantity": quantity}], **more}


def break_down(services: Services, cast: Cast, *portions: dict[str, Any]) -> list[int]:
    """The lead breaks the first milestone down: the shares' ids, in order."""
    details = {"portions": list(portions)}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details=details)
    return shares_of(services, cast.milestone)[-len(portions) :]


def shares_of(services: Services, milestone: int) -> list[int]:
    with services.reading() as tx:
        statement = select(Share.id).where(Share.milestone_id == milestone).order_by(Share.id)
        return list(tx.execute(statement).scalars())


def three_shares(services: Services, cast: Cast, here: Districts) -> list[int]:
    """The first milestone, started, and 100 of its 300 audits issued to each district."""
    a.a_started_milestone(services, cast)
    return break_down(
        services, cast, *(portion(cast, unit) for unit in (here.qingpu, here.chongming, here.jinshan))
    )


def a_share_under_way(services: Services, share: int, owner: int) -> int:
    do(services, "share", share, "acknowledge", owner)
    do(services, "share", share, "start", owner)
    return share


def report(
    services: Services, cast: Cast, share: int, owner: int, quantity: str = "100", **more: Any
) -> None:
    do(services, "share", share, "report", owner, details=a.progress(cast.indicator, quantity, **more))


def hand_in(
    services: Services, cast: Cast, share: int, owner: int, quantity: str = "100", short: str | None = None
) -> int:
    """A share from issued to submitted, with a figure and a file."""
    a_share_under_way(services, share, owner)
    report(services, cast, share, owner, quantity)
    do(services, "share", share, "attach", owner, details=file(sha256=f"{share:064x}"))
    details = {"text": "已完成。", "short_because": short}
    do(services, "share", share, "submit", owner, details=details)
    return share


def a_share_that_the_lead_handed_in(services: Services, cast: Cast) -> int:
    """The lead may have a share of its own: Olga hands it in, and somebody else accepts it."""
    a.a_started_milestone(services, cast)
    (share,) = break_down(services, cast, portion(cast, cast.lead, "300"))
    return hand_in(services, cast, share, cast.olga, "300")


def take_in(
    services: Services, cast: Cast, share: int, owner: int, quantity: str = "100", **more: Any
) -> int:
    """The same, and accepted by the lead."""
    hand_in(services, cast, share, owner, quantity, **more)
    do(services, "share", share, "accept", cast.olga)
    return share
