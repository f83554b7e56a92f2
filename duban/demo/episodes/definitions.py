"""The office closes what the definition cards leave open, before anything can be accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from duban.demo.episodes.backstage import Backstage
from duban.demo.works import Work

TURNOVER = 31


@dataclass(frozen=True, slots=True)
class Settlement:
    """One act for every open card."""

    back: Backstage

    def settle(self) -> None:
        for work in self.back.works.values():
            supervisor = self.back.supervisor(work.number)
            for indicator in self._indicators(supervisor, work):
                if indicator["definition"]["gaps"]:
                    self._define(supervisor, work, indicator)

    def _indicators(self, who: str, work: Work) -> Iterator[dict[str, Any]]:
        """Those of the goals and of every year, in full."""
        task = self.back.desk.read(who, f"tasks/{work.id}")
        every = [*task["goals"], *(i for milestone in task["milestones"] for i in milestone["indicators"])]
        for indicator in every:
            yield self.back.desk.read(who, f"indicators/{indicator['id']}")

    def _define(self, who: str, work: Work, indicator: Mapping[str, Any]) -> None:
        reason, card = self.back.hands.definitions.reason, self._closed(work.number, indicator)
        self.back.act(who, "tasks", work.id, "define", reason, indicator_id=indicator["id"], card=card)

    def _closed(self, task: int, indicator: Mapping[str, Any]) -> dict[str, Any]:
        """The card with every question answered."""
        told, card = self.back.hands.definitions, dict(indicator["definition"])
        for gap in card.pop("gaps"):
            field = gap["field"]
            if field in told.terms and not card.get(field):
                card[field] = told.terms[field]
            elif field == "formula":
                card[field] = f"{card[field]}{told.settled}"
        return {**card, **self._turnover(indicator)} if task == TURNOVER else card

    def _turnover(self, indicator: Mapping[str, Any]) -> dict[str, Any]:
        told = self.back.hands.definitions.turnover
        terms = {"numerator": told.numerator, "denominator": told.denominator, "change_in": "percent"}
        baselines = {2022: told.of_2022, 2023: told.of_2023}
        baseline = (
            baselines.get(indicator["year"], told.of_2022) if indicator["milestone_id"] else told.of_2022
        )
        return {**terms, "baseline": baseline.model_dump(mode="json")}
