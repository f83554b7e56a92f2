"""Reading a published plan: text in, everything it says, contradicts and leaves open out.

Pure: no files, no clock. Decoding bytes is the adapters' work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from workflow.reading.appendix import Appendix, read_appendix
from workflow.reading.body import Imprint, read_chapters, read_imprint
from workflow.reading.conventions import MUNICIPAL, Conventions, weekday
from workflow.reading.discrepancies import find_discrepancies, pair_up
from workflow.reading.gaps import find_gaps
from workflow.reading.pages import Pages
from workflow.reading.problems import Problems, unreadable
from workflow.reading.rows import Desk, join_body, read_row
from workflow.reading.shape import Chapter, Indicator, Programme, Reading


def read(
    text: str,
    conventions: Conventions = MUNICIPAL,
    is_working: Callable[[date], bool] = weekday,
) -> Reading:
    """The reading of a plan's `text`.

    `conventions` says which unit names mean the same and which are groups; `is_working` which days are
    working days (without a calendar: Monday to Friday), for due dates roll back to the last of them.
    Raises `Unreadable` with every problem and its line; nothing is guessed.
    """
    pages, problems = Pages.of(text), Problems()
    appendix = read_appendix(pages, problems)
    end = appendix.line - 1 if appendix else len(pages.lines)
    imprint = read_imprint(pages, end, problems)
    chapters, goals = read_chapters(pages, end, conventions, problems)
    desk = Desk(pages, conventions, is_working, problems)
    programmes = _programmes(appendix, desk) if appendix else ()
    if problems.found or imprint is None:
        raise unreadable(problems.found)
    return _compose(imprint, goals, chapters, programmes, desk)


def _compose(
    imprint: Imprint,
    goals: tuple[Indicator, ...],
    chapters: tuple[Chapter, ...],
    programmes: tuple[Programme, ...],
    desk: Desk,
) -> Reading:
    """Body and appendix laid side by side: each task with its body, and what differs or is left open."""
    pairs, renamed = pair_up(chapters, programmes)
    joined = [(told, join_body(row, told, desk.is_working) if row else None) for told, row in pairs]
    tasks = {row.number: row for _, row in joined if row}
    return Reading(
        title=imprint.title,
        issuer=imprint.issuer,
        issued_on=imprint.issued_on,
        goals=goals,
        programmes=tuple(replace(p, tasks=tuple(tasks[t.number] for t in p.tasks)) for p in programmes),
        chapters=chapters,
        discrepancies=(*renamed, *find_discrepancies(joined)),
        gaps=tuple(gap for told, row in joined if row for gap in find_gaps(row, told, desk.conventions)),
        sources=imprint.sources,
    )


def _programmes(appendix: Appendix, desk: Desk) -> tuple[Programme, ...]:
    return tuple(
        Programme(
            group.name,
            tuple(read_row(row, appendix.years, desk) for row in group.rows),
            desk.pages.source(group.line, group.last_line),
        )
        for group in appendix.groups
    )
