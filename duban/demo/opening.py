"""The opening: the published document is imported, every discrepancy ruled on, the plan confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duban.demo.cast import FOLDER
from duban.demo.desk import API, Desk
from duban.demo.story import Ruling, Rulings
from workflow.adapters.definition_files import read_definitions

CODE = "shanghai-2022"


@dataclass(slots=True)
class Opening:
    """What a supervisor does before there are tasks."""

    desk: Desk
    who: str
    rulings: Rulings
    document: Path = FOLDER / "document.txt"
    cards: Path = FOLDER / "definition_cards.yaml"
    plan: int = 0
    _waiting: list[tuple[int, Ruling]] = field(default_factory=list)

    def import_document(self) -> None:
        """Send in the document as it was published, and how its indicators are counted."""
        text = self.document.read_bytes()
        answer = self.desk.call(
            self.who, "POST", f"{API}/plans?code={CODE}", text, "text/plain; charset=utf-8"
        )
        self.plan = answer["id"]
        found = self.desk.read(self.who, f"plans/{self.plan}/findings?sort=discrepancy")
        self._waiting = list(_settle(found, self.rulings))
        _, definitions = read_definitions(self.cards)
        self.desk.act(self.who, "plans", self.plan, "define", details={"definitions": definitions})

    def rule(self, *, most: int | None = None) -> None:
        """Rule on the discrepancies that wait, or on so many of them."""
        now, self._waiting = self._waiting[:most], self._waiting[len(self._waiting[:most]) :]
        for finding, ruling in now:
            self.desk.act(self.who, "findings", finding, "rule", ruling.reason, ruling.details())

    def confirm(self) -> None:
        """Make the draft a plan: its tasks are assigned."""
        self.desk.act(self.who, "plans", self.plan, "confirm")


def _settle(found: Sequence[Mapping[str, Any]], rulings: Rulings) -> Iterator[tuple[int, Ruling]]:
    """Each finding with its ruling: the first told for its task and field that was not taken yet."""
    left = list(rulings.entries)
    for finding in found:
        fits = [r for r in left if (r.task, r.field) == (finding["task_number"], finding["field"])]
        if fits:
            left.remove(fits[0])
        yield finding["id"], fits[0] if fits else rulings.default
