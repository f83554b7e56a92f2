"""What the board shows, as frozen values: plans, programmes, rows, figures, and what is due next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from workflow.figures import plain
from workflow.ladder import Light

FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Said:
    """A text as the office keeps it (Simplified), and as the document prints it (Traditional)."""

    kept: str
    printed: str | None = None

    def in_language(self, language: str) -> tuple[str, str]:
        """The text for a reader, and the language it is in: a plan is not translated, only printed twice."""
        if language == "zh-Hant" and self.printed:
            return self.printed, "zh-Hant"
        return self.kept, "zh-Hans"


@dataclass(frozen=True, slots=True)
class Figure:
    """Reached against target. `reached` None: nothing reported yet."""

    metric: str
    reached: Decimal | None
    target: Decimal
    unit: str
    met: bool
    ceiling: bool = False
    """The target is a limit not to be passed."""

    @property
    def written(self) -> tuple[str, str]:
        """Reached and target as people write numbers."""
        return plain(self.reached or Decimal(0)), plain(self.target)

    @property
    def not_applicable(self) -> bool:
        """0/0: there is nothing to measure by, and it is held against nobody."""
        return self.met and self.reached is None

    @property
    def per_cent(self) -> Decimal:
        """How far it is, 0 to 100, to draw with. A target at or under zero is met or not, nothing between."""
        if self.met or self.target <= 0:
            return FULL if self.met else Decimal(0)
        share = FULL * (self.reached or Decimal(0)) / self.target
        return min(max(share, Decimal(0)), FULL).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Node:
    """A milestone in short."""

    id: int
    year: int
    text: Said
    state: str
    light: Light | None
    """None once nothing is open about it."""


@dataclass(frozen=True, slots=True)
class Due:
    """The first open milestone: when, by which rule, and how far off.

    `days_left` are calendar days, negative when past; `days_late` the working days that count as late.
    """

    text: Said
    state: str
    due_on: date
    basis: str
    provisional: bool
    days_left: int
    days_late: int
    awaits: str | None = None
    """The event that will date it; until then the year's end stands in."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One task. To a viewer who does not see it (`seen` false) only number, name, lead and light are told."""

    number: int
    name: Said
    lead: Said | None
    light: Light | None
    """None where no clock runs: done, suspended or cancelled."""
    seen: bool
    state: str | None = None
    nodes: tuple[Node, ...] = ()
    figures: tuple[Figure, ...] = ()
    done: int = 0
    """Milestones accepted or waived."""
    next_due: Due | None = None
    cards: int = 0
    """Cards that are neither lifted nor revoked."""
    notices: int = 0
    """Notices issued and not voided."""

    @property
    def mark(self) -> str:
        """The light, or what stands in its place: `done`, `suspended`, `cancelled`, `none` where that is not told."""
        if self.light is not None:
            return self.light.value
        return {"completed": "done", "closed": "done"}.get(self.state or "", self.state or "none")


@dataclass(frozen=True, slots=True)
class ProgrammeRows:
    """A programme (工程) with its tasks; `name` None for tasks that stand outside of any."""

    name: Said | None
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class PlanBoard:
    """An active plan, programme by programme."""

    title: Said
    issuer: Said
    issued_on: date | None
    programmes: tuple[ProgrammeRows, ...]

    @property
    def rows(self) -> list[BoardRow]:
        return [row for programme in self.programmes for row in programme.rows]

    @property
    def marks(self) -> Counter[str]:
        """Tasks by mark: they add up to all tasks."""
        return Counter(row.mark for row in self.rows)

    @property
    def milestones(self) -> tuple[int, int]:
        """Milestones done, and all of them, of the tasks that are seen."""
        return sum(row.done for row in self.rows), sum(len(row.nodes) for row in self.rows)

    @property
    def cards(self) -> int:
        return sum(row.cards for row in self.rows)

    @property
    def notices(self) -> int:
        return sum(row.notices for row in self.rows)


@dataclass(frozen=True, slots=True)
class Board:
    """All active plans at a moment. `drafts` counts plans that wait to be confirmed."""

    at: datetime
    plans: tuple[PlanBoard, ...]
    drafts: int
    cut: bool
    """There are more tasks than one board shows."""
