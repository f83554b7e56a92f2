"""Task 29: the ban on plastics, reached in June 2022, attested by the quarter, violated in March 2023, and mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from duban.demo.deeds import MORNING
from duban.demo.episodes.backstage import Episode, Turn
from duban.demo.episodes.rounds import Detour, Round

LOOKS_EVERY = 10
"""Working days between two looks for periods to attest."""


class BanEpisode(Episode):
    """What follows once the drawn course has brought the milestone to its acceptance."""

    def turns(self) -> Iterator[Turn]:
        told, back = self.back.hands.ban, self.back
        on = back.post(told.task, told.year).due_on
        while on < date(2024, 1, 20):
            yield back.working(on), MORNING + 15, self._attest
            on = back.after(on, LOOKS_EVERY)
        yield back.working(told.violated.day), MORNING + 50, self._violate
        yield back.working(told.mended.day), MORNING + 50, self._mend
        milestone = back.post(told.task, told.year).id
        yield from Round(back, told.task, milestone, Detour.SUBSTITUTED).turns(back.after(told.mended.day, 1))

    def _attest(self, _: date) -> None:
        """Whatever is due is attested by the lead."""
        told = self.back.hands.ban
        owner = self.back.owner(self.back.works[told.task].lead, told.task)
        milestone = self.back.post(told.task, told.year).id
        for due in list(self.back.desk.listed(owner, f"attestations?milestone={milestone}&state=due")):
            self.back.act(owner, "attestations", due["id"], "attest", text=told.attested)

    def _violate(self, _: date) -> None:
        told = self.back.hands.ban
        found = told.violated
        self.back.act(
            self.back.supervisor(told.task), "milestones", self.back.post(told.task, told.year).id,
            "report_violation", found.reason, found_on=found.found_on.isoformat(), text=found.text,
            due_on=found.due_on.isoformat(),
        )  # fmt: skip

    def _mend(self, on: date) -> None:
        told = self.back.hands.ban
        owner = self.back.owner(self.back.works[told.task].lead, told.task)
        milestone = self.back.post(told.task, told.year).id
        self.back.act(
            owner,
            "milestones",
            milestone,
            "report",
            figures=[],
            note=told.mended.note,
            as_of_on=on.isoformat(),
        )
        lines = (told.mended.note, on.isoformat())
        self.back.attach(owner, "milestones", milestone, "反弹问题整改报告.pdf", on, lines)
