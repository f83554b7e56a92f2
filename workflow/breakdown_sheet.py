"""Breaking down by a sheet: a row for each unit, a column for each indicator. What it is to look like, what it says.

A row that only names its unit gives it no share; one that says what is issued already changes nothing. So a sheet that
was given out can be filled in further and taken in again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from models import Part, Share, Unit
from models.states import IndicatorKind, PartRole
from workflow.acts import Event, perform
from workflow.breaking_down import BreakDownOfSheet, Portion, PortionTarget
from workflow.civil import FIRST_DAY, LAST_DAY
from workflow.errors import Missing, NotReady
from workflow.facts import IndicatorFact, ShareFact, ShareStanding
from workflow.law import Lifecycle
from workflow.sheets import Entry, ImportRefused, Layout, Reader, Report, Sheet, read_lines, words_for
from workflow.words import say
from workflow.worked import Worked

FIXED = ("unit", "text", "due_on")
ONLY_REPORTS = "breakdown.only_reports"
"""What stands in place of a target where a unit only reports its figures."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that may be given a share, and the one that it has."""

    unit_id: int
    name: str
    words: frozenset[str]
    """All that it is known by."""
    share: ShareFact | None
    text: str | None


def layout_of(indicators: Sequence[IndicatorFact]) -> Layout:
    """The sheet: unit, words, date, and a column for each indicator, headed by its metric and unit."""
    named: dict[str, str] = {}
    for indicator in indicators:
        unit = f"（{indicator.unit}）" if indicator.unit else ""
        heading = unicodedata.normalize("NFC", f"{indicator.metric}{unit}").strip()
        again = sum(other.partition(" ·")[0] == heading for other in named.values())
        named[_column(indicator.id)] = f"{heading} ·{again + 1}" if again else heading
    optional = frozenset({"text", "due_on", *named})
    return Layout("breakdown", "breakdown", (*FIXED, *named), optional, tuple(named.items()))


def _column(indicator_id: int) -> str:
    return f"target.{indicator_id}"


def places(tx: Connection, standing: Worked) -> list[Place]:
    """The units that it may be broken down to, in their order: those that work on the task, or the own sub-units."""
    known = (Unit.id, Unit.name, Unit.code, Unit.printed_name, Unit.aliases)
    if isinstance(standing, ShareStanding):
        statement = select(*known).where(Unit.id.in_(standing.sub_units)).order_by(Unit.id)
        parent_id = standing.share.id
    else:
        working = (Part.task_id == standing.task.id, Part.role != PartRole.INFORMED)
        statement = (
            select(*known).join(Part, Part.unit_id == Unit.id).where(*working).order_by(Part.ordinal, Part.id)
        )
        parent_id = None
    milestone = standing.milestone if isinstance(standing, ShareStanding) else standing
    shares = {share.unit_id: share for share in milestone.shares if share.parent_id == parent_id}
    of_milestone = select(Share.id, Share.text).where(Share.milestone_id == milestone.id)
    texts = {row.id: row.text for row in tx.execute(of_milestone)}
    return [_place(row, shares.get(row.id), texts) for row in tx.execute(statement)]


def _place(row: Any, share: ShareFact | None, texts: Mapping[int, str]) -> Place:
    words = (row.name, row.code, row.printed_name, *row.aliases)
    known = frozenset(unicodedata.normalize("NFC", word).strip().lower() for word in words if word)
    return Place(row.id, row.name, known, share, texts[share.id] if share else None)


def rows_of(
    found: Iterable[Place], indicators: Sequence[IndicatorFact], language: str
) -> list[list[str | date | Decimal | None]]:
    """Every unit's row: empty, or what its share says."""
    return [_row(place, indicators, language) for place in found]


def _row(
    place: Place, indicators: Sequence[IndicatorFact], language: str
) -> list[str | date | Decimal | None]:
    if place.share is None:
        return [place.name, None, None, *(None for _ in indicators)]
    targets = [place.share.target(indicator.id) for indicator in indicators]
    cells = [
        None if t is None else say(ONLY_REPORTS, language) if t.quantity is None else t.quantity for t in targets
    ]  # fmt: skip
    return [place.name, place.text, place.share.due_on, *cells]


def break_down_by_sheet(
    tx: Connection, law: Lifecycle[Any], subject_id: int, sheet: Sheet, standing: Worked, sha256: str,
    actor_id: int, now: datetime,
) -> Event:  # fmt: skip
    """Issue the shares of a sheet as one act. Raises ImportRefused with every cell that is wrong, and whatever the
    act is refused for besides."""
    report = Report()
    entries = _read(sheet, report, places(tx, standing), standing.indicators)
    if not entries:
        nothing = Missing("row_nothing_issued", {"field": sheet.title, "sheet": sheet.title})
        raise ImportRefused(missing=report.faults or [nothing])
    details = BreakDownOfSheet(portions=[entry.row for entry in entries], sha256=sha256)
    try:
        event = perform(tx, law, subject_id, "break_down", actor_id, now, details=details)
    except NotReady as refusal:
        lacks = list(_in_cells(refusal.missing, entries))
        if not report.faults and all("row" not in lack.facts for lack in lacks):
            raise
        raise ImportRefused(missing=[*report.faults, *lacks]) from refusal
    if report.faults:
        raise ImportRefused(missing=report.faults)
    return event


def _read(
    sheet: Sheet, report: Report, found: Sequence[Place], indicators: Sequence[IndicatorFact]
) -> list[Entry]:
    """The rows that give a unit a share it has not; the report gets those that cannot be read."""
    by_word = {word: place for place in reversed(found) for word in place.words}
    names = "、".join(place.name for place in found)

    def read(reader: Reader) -> tuple[Place, Portion] | None:
        unit = reader.text("unit", most=200)
        place = by_word.get(unit.lower()) if unit else None
        if unit and place is None:
            reader.refuse("unit", "row_choice", known=names)
        portion = _portion(reader, place.unit_id if place else 0, indicators)
        return (place, portion) if place and portion else None

    read_rows = read_lines(sheet, report, read, lambda row: (row[0].unit_id,))
    return [
        Entry(entry.sheet, entry.line, entry.row[1])
        for entry in read_rows
        if _says_something(entry.row[1]) and not _is_issued(*entry.row)
    ]


def _portion(reader: Reader, unit_id: int, indicators: Sequence[IndicatorFact]) -> Portion | None:
    """The row as the act takes it; None where a cell cannot be read."""
    before = len(reader.report.faults)
    text, due_on = reader.text("text", most=2000, needed=False), reader.day("due_on", needed=False)
    targets = [_target(reader, indicator) for indicator in indicators]
    if due_on is not None and not FIRST_DAY <= due_on <= LAST_DAY:
        reader.refuse("due_on", "row_date")
    if len(reader.report.faults) > before:
        return None
    aimed = [target for target in targets if target is not None]
    return Portion(unit_id=unit_id, text=text, due_on=due_on, targets=aimed)


def _target(reader: Reader, indicator: IndicatorFact) -> PortionTarget | None:
    column = _column(indicator.id)
    cell = reader.line.cells.get(column)
    if cell is None or not cell.text:
        return None
    if cell.fault is None and cell.text.lower() in words_for({ONLY_REPORTS: True}):
        return PortionTarget(indicator_id=indicator.id)
    signed = indicator.card.kind is IndicatorKind.CHANGE
    quantity = reader.quantity(column, signed=signed)
    return None if quantity is None else PortionTarget(indicator_id=indicator.id, quantity=quantity)


def _says_something(portion: Portion) -> bool:
    return bool(portion.text or portion.due_on or portion.targets)


def _is_issued(place: Place, portion: Portion) -> bool:
    """Whether the row says nothing but what the unit's share says already."""
    if place.share is None:
        return False
    asked = {target.indicator_id: target.quantity for target in portion.targets}
    has = {target.indicator_id: target.quantity for target in place.share.targets}
    text = unicodedata.normalize("NFC", place.text or "").strip()
    return portion.text in (None, text) and portion.due_on in (None, place.share.due_on) and asked == has


def _in_cells(lacks: Iterable[Missing], entries: Sequence[Entry]) -> Iterator[Missing]:
    """Refusals of portions as the reader of the workbook sees them: by cell."""
    for lack in lacks:
        steps = str(lack.facts.get("field", "")).split(".")
        if steps[0] != "portions" or len(steps) < 3:
            yield lack
            continue
        entry, column = entries[int(steps[1])], {"unit_id": "unit"}.get(steps[2], steps[2])
        if column == "targets":
            column = _column(lack.facts["indicator_id"])
        blamed = Report()
        blamed.blame(entry.sheet, entry.line, column, lack.code)
        yield Missing(lack.code, {**lack.facts, **blamed.faults[0].facts})
