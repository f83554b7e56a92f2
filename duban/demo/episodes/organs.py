"""Task 21: the share of organs that meet the requirements, as Σ numerator / Σ denominator; one district has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from duban.demo.deeds import MORNING
from duban.demo.episodes.backstage import Backstage, Episode, Turn
from duban.demo.episodes.rounds import Detour, Round
from duban.demo.episodes.shares import Shares

TASK = 21
BUREAU = "机管局"


class OrgansEpisode(Episode):
    """From breaking down to acceptance."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self.told = backstage.hands.ratios.organs
        self.post = backstage.post(TASK, self.told.year)
        self.shares = Shares(backstage, TASK, self.post.id)
        lead = backstage.works[TASK].lead
        self.ratios = {f"{name}{BUREAU}": pair for name, pair in self.told.districts.items()} | {
            lead: self.told.lead
        }

    def turns(self) -> Iterator[Turn]:
        told, back = self.told, self.back
        yield back.working(told.started_on), MORNING + 60, lambda _: self.shares.start_work()
        yield back.working(told.broken_down_on), MORNING + 60, self._issue
        yield back.after(told.broken_down_on, 4), MORNING + 60, self._take_up
        yield back.working(told.handed_in_on), MORNING + 60, self._hand_in
        yield back.after(told.handed_in_on, 3), MORNING + 60, self._accept
        yield from Round(back, TASK, self.post.id, Detour.SENT_BACK).turns(told.submitted_on)

    def _issue(self, _: date) -> None:
        target = [{"indicator_id": self.post.aims[0].id, "quantity": "70"}]
        self.shares.issue(
            self.told.due_on, dict.fromkeys(self.ratios, target), "区级及以上党政机关创建比例达到70%"
        )

    def _take_up(self, _: date) -> None:
        for unit in self.ratios:
            self.shares.take_up(unit)

    def _hand_in(self, on: date) -> None:
        for unit, (numerator, denominator) in self.ratios.items():
            figure = {
                "indicator_id": self.post.aims[0].id,
                "quantity": str(numerator),
                "base": str(denominator),
            }
            note = (
                f"达到创建要求{numerator}家，共{denominator}家。"
                if denominator
                else "本区机关合并调整中，本年度不适用。"
            )
            self.shares.report(unit, on, [figure], note)
            short = denominator and numerator * 100 < 70 * denominator
            self.shares.hand_in(unit, on, "个别单位正在整改，下一年度补齐。" if short else None)

    def _accept(self, _: date) -> None:
        for unit in self.ratios:
            self.shares.accept(unit)
