"""From a submission to its acceptance: the lead's reviewer, joint units, the office; and detours on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from duban.demo.deeds import MORNING
from duban.demo.episodes.backstage import Backstage, Episode, Turn
from models.states import PartRole, Role
from workflow.deadlines import DAY


class Detour(StrEnum):
    NONE = "none"
    TRANSFERRED = "transferred"
    """The lead's reviewer hands the seat to the unit's leader 转办."""
    SENT_BACK = "sent_back"
    """The office returns it to the first step, and everybody signs again."""
    SUBSTITUTED = "substituted"
    """The lead's reviewer is absent, and the unit's leader signs in their stead 代理."""


@dataclass(slots=True)
class Round:
    """One milestone's round of signatures."""

    back: Backstage
    task: int
    milestone: int
    detour: Detour = Detour.NONE
    _opened: list[int] = field(default_factory=list)

    def turns(self, on: date, **more: Any) -> Iterator[Turn]:
        """Submitted on that day (or the next working day), signed on the days after it."""
        back, submitted = self.back, self.back.working(on)
        if self.detour is Detour.SUBSTITUTED:
            yield submitted, MORNING + 20, self._announce_absence
        yield submitted, MORNING + 30, lambda _: self._submit(**more)
        yield back.after(submitted, 1), MORNING + 1, self._reviewed()
        yield from self._signed(back.after(submitted, 2), self._joint)
        if self.detour is Detour.SENT_BACK:
            yield back.after(submitted, 3), MORNING + 50, self._send_back
            yield back.after(submitted, 4), MORNING + 1, self._sign(self._reviewer)
            yield from self._signed(back.after(submitted, 5), self._joint)
        again = 6 if self.detour is Detour.SENT_BACK else 3
        yield back.after(submitted, again), MORNING + 55, self._sign(self.back.supervisor(self.task))

    @property
    def _lead(self) -> str:
        return self.back.works[self.task].lead

    @property
    def _reviewer(self) -> str:
        return self.back.cast.one(Role.REVIEWER, self._lead)

    @property
    def _leader(self) -> str:
        return self.back.cast.one(Role.LEADER, self._lead)

    @property
    def _joint(self) -> list[str]:
        units = self.back.works[self.task].units(PartRole.JOINT)
        return [self.back.cast.one(Role.REVIEWER, unit) for unit in units]

    def _signed(self, on: date, signers: list[str]) -> Iterator[Turn]:
        for place, who in enumerate(signers, 2):
            yield on, MORNING + place, self._sign(who)

    def _sign(self, who: str) -> Callable[[date], None]:
        return partial(self._act, who, "approve", None, opinion="同意。")

    def _act(self, who: str, action: str, reason: str | None, _: date, **details: Any) -> None:
        self.back.act(who, "approvals", self._opened[-1], action, reason, **details)

    def _submit(self, **more: Any) -> None:
        told = {"text": "年度目标完成情况已核实，佐证材料附后，请予审核。", **more}
        owner = self.back.owner(self._lead, self.task)
        answer = self.back.act(owner, "milestones", self.milestone, "submit", **told)
        self._opened.append(next(e["subject_id"] for e in answer["followed"] if e["action"] == "open"))

    def _reviewed(self) -> Callable[[date], None]:
        if self.detour is Detour.TRANSFERRED:
            return self._transfer
        return self._sign(self._leader if self.detour is Detour.SUBSTITUTED else self._reviewer)

    def _transfer(self, on: date) -> None:
        to, reason = self.back.person(self._leader), self.back.hands.detours.transfer
        self._act(self._reviewer, "transfer", reason, on, person_id=to)
        self._act(self._leader, "approve", None, on, opinion="数据已核，同意。")

    def _send_back(self, on: date) -> None:
        reason = self.back.hands.detours.send_back
        self._act(self.back.supervisor(self.task), "return_to_step", reason, on, step="unit_review")

    def _announce_absence(self, on: date) -> None:
        absent, back = self._reviewer, self.back
        days = {"from_on": on.isoformat(), "to_on": (on + 4 * DAY).isoformat()}
        substitute = back.person(self._leader)
        reason = back.hands.detours.absence
        back.act(
            absent,
            "people",
            back.person(absent),
            "announce_absence",
            reason,
            substitute_id=substitute,
            **days,
        )


class ExtensionEpisode(Episode):
    """More time is asked for before the due date; the lead's reviewer and the office grant it."""

    def turns(self) -> Iterator[Turn]:
        told, back = self.back.hands.extension, self.back
        if told.task not in back.works:
            return
        work = back.works[told.task]
        yield back.working(told.asked_on), MORNING + 70, self._ask
        yield (
            back.after(told.asked_on, 1),
            MORNING + 70,
            partial(self._sign, back.cast.one(Role.REVIEWER, work.lead)),
        )
        yield back.after(told.asked_on, 2), MORNING + 70, partial(self._sign, back.supervisor(told.task))

    @property
    def _milestone(self) -> int:
        told = self.back.hands.extension
        return self.back.post(told.task, told.year).id

    def _ask(self, _: date) -> None:
        told, back = self.back.hands.extension, self.back
        owner = back.owner(back.works[told.task].lead, told.task)
        asked = {"due_on": told.due_on.isoformat(), "progress": told.progress}
        back.act(owner, "milestones", self._milestone, "request_extension", told.reason, **asked)

    def _sign(self, who: str, _: date) -> None:
        (extension,) = self.back.desk.listed(who, f"extensions?milestone={self._milestone}")
        self.back.sign(who, "extensions", extension["id"])
