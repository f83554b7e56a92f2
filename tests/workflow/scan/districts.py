"""Sixteen districts with one share each of the cast's first milestone: what the tests of late shares work on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from models import Part, Share
from models.states import PartRole, PartState, Role
from tests.people import Cast, add, add_person, add_unit, do, file
from workflow.bootstrap import Services

NAMES = (
    "黄浦", "徐汇", "长宁", "静安", "普陀", "虹口", "杨浦", "浦东",
    "闵行", "宝山", "嘉定", "金山", "松江", "青浦", "奉贤", "崇明",
)  # fmt: skip
DUE_ON = date(2022, 11, 30)


@dataclass
class District:
    """A district's unit, who owns, reviews and leads there, and its share."""

    name: str
    unit: int
    owner: int
    reviewer: int
    leader: int
    share: int = 0


@dataclass
class Districts:
    """All of them, by name."""

    services: Services
    cast: Cast
    of: dict[str, District] = field(default_factory=dict)

    def __getitem__(self, name: str) -> District:
        return self.of[name]

    def hand_in(self, name: str) -> None:
        """A district does its share, up to handing it in."""
        own = self[name]
        quantity = {"indicator_id": self.cast.indicator, "quantity": "20"}
        today = self.services.clock().date()
        do(self.services, "share", own.share, "acknowledge", own.owner)
        do(self.services, "share", own.share, "start", own.owner)
        figures = {"figures": [quantity], "as_of_on": today}
        do(self.services, "share", own.share, "report", own.owner, details=figures)
        do(self.services, "share", own.share, "attach", own.owner, details=file(sha256=f"{own.share:064x}"))
        do(self.services, "share", own.share, "submit", own.owner, details={"text": "已完成20家。"})

    def accept(self, names: Iterable[str]) -> None:
        for name in names:
            self.hand_in(name)
            do(self.services, "share", self[name].share, "accept", self.cast.rashid)


def break_down(services: Services, cast: Cast, names: Iterable[str] = NAMES) -> Districts:
    """The lead acknowledges its task, and breaks the first milestone down: 20 audits a district, by 30 November."""
    districts = Districts(services, cast)
    with services.transaction() as tx:
        for number, name in enumerate(names, 3):
            unit = add_unit(tx, f"D{number}", f"{name}区机管局", is_district=True)
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR, ordinal=number,
                state=PartState.ASSIGNED)  # fmt: skip
            roles = (Role.OWNER, Role.REVIEWER, Role.LEADER)
            people = [add_person(tx, f"{role}{number}", f"{name}{role}", (role, unit)) for role in roles]
            districts.of[name] = District(name, unit, *people)
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    portions = [portion(own.unit, cast.indicator) for own in districts.of.values()]
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": portions})
    with services.reading() as tx:
        shares = dict(tx.execute(select(Share.unit_id, Share.id)).all())
    for own in districts.of.values():
        own.share = shares[own.unit]
    return districts


def portion(unit: int, indicator: int, due_on: date = DUE_ON) -> dict[str, Any]:
    target = {"indicator_id": indicator, "quantity": "20"}
    return {"unit_id": unit, "text": "完成20家能源审计", "due_on": due_on.isoformat(), "targets": [target]}
