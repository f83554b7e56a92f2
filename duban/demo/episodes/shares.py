"""A milestone's shares as an episode handles them: issued by the lead, worked on by the units, accepted by the lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from duban.demo.episodes.backstage import Backstage
from models.states import Role


@dataclass(slots=True)
class Shares:
    """The shares of one milestone, by unit."""

    back: Backstage
    task: int
    milestone: int
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def lead(self) -> str:
        return self.back.works[self.task].lead

    def start_work(self) -> None:
        """The lead starts the milestone."""
        self.back.act(self.back.owner(self.lead, self.task), "milestones", self.milestone, "start")

    def issue(self, due_on: date, targets: Mapping[str, Sequence[Mapping[str, Any]]], text: str) -> None:
        """One share a unit, all in one act."""
        work = self.back.works[self.task]
        portions = [
            {"unit_id": work.unit_id(unit), "due_on": due_on.isoformat(), "targets": list(own), "text": text}
            for unit, own in targets.items()
        ]
        lead = self.back.owner(self.lead, self.task)
        self.back.act(lead, "milestones", self.milestone, "break_down", portions=portions)
        found = self.back.desk.listed(lead, f"shares?milestone={self.milestone}")
        self.ids = {share["unit"]["name"]: share["id"] for share in found}

    def act(self, unit: str, action: str, reason: str | None = None, **details: Any) -> dict[str, Any]:
        """An act of the unit's owner on its share."""
        who = self.back.owner(unit, self.task)
        return self.back.act(who, "shares", self.ids[unit], action, reason, **details)

    def take_up(self, unit: str) -> None:
        """The unit acknowledges its share and begins."""
        self.act(unit, "acknowledge")
        self.act(unit, "start")

    def report(self, unit: str, on: date, figures: Sequence[Mapping[str, Any]], note: str) -> None:
        self.act(unit, "report", figures=list(figures), note=note, as_of_on=on.isoformat())

    def hand_in(self, unit: str, on: date, because: str | None = None) -> None:
        """Evidence, then the submission; with a reason where the share falls short."""
        who = self.back.owner(unit, self.task)
        lines = (unit, "经核对，数据与台账一致。", on.isoformat())
        self.back.attach(who, "shares", self.ids[unit], f"{unit}完成情况报告.pdf", on, lines)
        more = {"short_because": because} if because else {}
        self.act(unit, "submit", text="本单位年度任务完成情况报告附后。", **more)

    def accept(self, unit: str) -> None:
        """The lead's reviewer accepts."""
        reviewer = self.back.cast.one(Role.REVIEWER, self.lead)
        self.back.act(reviewer, "shares", self.ids[unit], "accept")
