"""Reading a published plan: text in, everything it says, contradicts and leaves open out.

Pure: no files, no clock. Decoding bytes is the adapters' work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from workflow.reading.appendix import Appendix, read_appendix
from workflow.reading.body import read_chapters, read_imprint
from workflow.reading.conventions import MUNICIPAL, Conventions, weekday
from workflow.reading.discrepancies import find_discrepancies, pair_up
from workflow.reading.gaps import find_gaps
from workflow.reading.pages import Pages
from workflow.reading.problems import Problems, Unreadable
from workflow.reading.rows import Desk, join_body, read_row
from workflow.reading.shape import Programme, Reading


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
    programmes = _programmes(appendix, Desk(pages, conventions, is_working, problems)) if appendix else ()
    problems.settle()
    if imprint is None:  # unreachable after settle(); said for the type checker
        raise Unreadable
    pairs, renamed = pair_up(chapters, programmes)
    bodies = {row.number: told for told, row in pairs if row}
    programmes = tuple(
        replace(p, tasks=tuple(join_body(t, bodies.get(t.number), is_working) for t in p.tasks))
        for p in programmes
    )
    joined = {task.number: task for programme in programmes for task in programme.tasks}
    pairs = [(told, joined[row.number] if row else None) for told, row in pairs]
    return Reading(
        title=imprint.title,
        issuer=imprint.issuer,
        issued_on=imprint.issued_on,
        goals=goals,
        programmes=programmes,
        chapters=chapters,
        discrepancies=(*renamed, *find_discrepancies(pairs)),
        gaps=tuple(gap for told, row in pairs if row for gap in find_gaps(row, told, conventions)),
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
