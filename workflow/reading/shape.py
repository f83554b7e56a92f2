"""What a reading of a plan consists of. Every value remembers the line it was read from (1-based) and the
SHA-256 of the text on it, so that anybody can hold the reading against the published paper.

Texts are as printed. Lines without a value (`None`) mean: the document does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.states import Basis, Comparator, DueBasis
from models.states import IndicatorKind as Kind


class Strength(StrEnum):
    """`strive` where the document prints 力爭 or 爭取 at this very figure."""

    FIRM = "firm"
    STRIVE = "strive"


class Field(StrEnum):
    """What body and appendix disagree on."""

    NAME = "name"
    UNITS = "units"
    QUANTITY = "quantity"
    DATE = "date"
    WORDING = "wording"
    MISSING_ROW = "missing_row"


class GapKind(StrEnum):
    """What the document leaves open and somebody must settle."""

    GROUP_WITHOUT_MEMBERS = "group_without_members"
    LEAD_NOT_NAMED = "lead_not_named"
    NO_DATE = "no_date"
    EVENT_WITHOUT_DATE = "event_without_date"
    RATE_WITHOUT_DENOMINATOR = "rate_without_denominator"
    CHANGE_WITHOUT_BASELINE = "change_without_baseline"
    NO_CRITERION = "no_criterion"
    FIGURE_NOT_READ = "figure_not_read"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text stands: first line, last line, SHA-256 of those lines (UTF-8, joined by a line feed)."""

    line: int
    last_line: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of printed text and the line it begins on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing to reach. `quantity` is exact, in `unit` as printed (萬平方米); a decrease is negative; a
    deliverable of one piece has quantity 1. `worded`: the quantity is printed as a word (全部: 100 %)."""

    metric: str
    quantity: Decimal | None
    unit: str
    comparator: Comparator
    strength: Strength
    basis: Basis
    kind: Kind
    quote: str
    line: int
    year: int | None = None
    month: int | None = None
    denominator: str | None = None
    baseline_year: int | None = None
    worded: bool = False


@dataclass(frozen=True, slots=True)
class Milestone:
    """One year cell of an appendix row."""

    year: int
    text: str
    due_on: date
    due_basis: DueBasis
    indicators: tuple[Indicator, ...]
    source: Source
    event: str | None = None


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A responsible unit: canonical name, the name as printed here, whether it stands for several units
    (區機管局), and whether it is proposed as the lead. The document itself never names a lead."""

    name: str
    group: bool
    proposed_lead: bool
    printed: str


@dataclass(frozen=True, slots=True)
class BodyTask:
    """A task as the body tells it; `texts` are its paragraphs."""

    name: str
    texts: tuple[Passage, ...]
    units: tuple[NamedUnit, ...]
    units_text: Passage
    source: Source


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the body that has tasks with responsible units."""

    name: str
    tasks: tuple[BodyTask, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the appendix. `sources` holds name, units and goal apart; `source` is the whole row."""

    number: int
    name: str
    units: tuple[NamedUnit, ...]
    units_text: str
    goal: str
    goal_indicators: tuple[Indicator, ...]
    milestones: tuple[Milestone, ...]
    source: Source
    sources: Mapping[str, Source] = field(hash=False)
    body_line: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A group of appendix rows, named without its ordinal."""

    name: str
    tasks: tuple[Task, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Two readings of one thing. `task` is the appendix number, None for a chapter name or a body task
    without a row. `equivalent`: both texts come to the same by the conventions (an alias, another
    separator)."""

    task: int | None
    field: Field
    body: Passage | None
    appendix: Passage | None
    equivalent: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Something left open: in which field (`units`, `date`, `goal`, `milestone`), for which year, in what
    text."""

    task: int
    field: str
    kind: GapKind
    year: int | None
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one document."""

    title: str
    issuer: str
    issued_on: date
    goals: tuple[Indicator, ...]
    programmes: tuple[Programme, ...]
    chapters: tuple[Chapter, ...]
    discrepancies: tuple[Discrepancy, ...]
    gaps: tuple[Gap, ...]
    sources: Mapping[str, Source] = field(hash=False)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task, in the order of the appendix."""
        return tuple(task for programme in self.programmes for task in programme.tasks)
