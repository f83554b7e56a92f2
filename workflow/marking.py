"""The accepter's marks: how each point of the criteria was found, given with the signature that accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field
from sqlalchemy import bindparam, update

from models import Criterion
from models.states import Mark
from workflow.acts import Act
from workflow.approvals.rights import accepts
from workflow.criteria import MOST, named, points_of
from workflow.errors import Missing
from workflow.facts import ApprovalStanding, CriterionFact, MilestoneStanding
from workflow.law import Details

POINTS: Any = Criterion.__table__
MARK_POINT = (
    update(POINTS)
    .where(POINTS.c.id == bindparam("point"))
    .values(
        mark=bindparam("b_mark"), mark_note=bindparam("note"), marked_at=bindparam("at"), marked_by=bindparam("by")
    )
)  # fmt: skip


class PointMark(Details):
    """How one point was found; `partly` says in the note what is lacking."""

    criterion_id: int = Field(examples=[3])
    mark: Mark = Field(examples=["met"])
    note: str | None = Field(default=None, max_length=2000, examples=[None])


class Marked(Protocol):
    """Details that may hold marks."""

    @property
    def marks(self) -> Sequence[PointMark]: ...
    @property
    def seat_id(self) -> int | None: ...


MARKS: Any = Field(
    default_factory=list, max_length=MOST, description="Given by the accepter, one for each point."
)


def marks_given(standing: ApprovalStanding, details: Marked, now: datetime) -> Iterable[Missing]:
    """The accepter marks every point of the criteria, and nobody else any."""
    if standing.milestone is None or not accepts(standing, details.seat_id):
        return [Missing("marks_by_accepter", {"field": "marks"})] if details.marks else []
    return _faults(points_of(standing.milestone), details.marks)


def _faults(points: Sequence[CriterionFact], marks: Sequence[PointMark]) -> Iterator[Missing]:
    by_id = {point.id: point for point in points}
    often = Counter(mark.criterion_id for mark in marks)
    for place, mark in enumerate(marks):
        at = f"marks.{place}"
        if mark.criterion_id not in by_id:
            yield Missing("own_criterion", {"field": at, "criterion_id": mark.criterion_id})
        elif often[mark.criterion_id] > 1:
            yield Missing("one_mark_each", {"field": at, "point": by_id[mark.criterion_id].text})
        elif mark.mark is Mark.PARTLY and not (mark.note or "").strip():
            yield Missing("mark_note", {"field": f"{at}.note", "point": by_id[mark.criterion_id].text})
    if unmarked := [point for point in points if point.id not in often]:
        yield Missing("points_marked", {"field": "marks", "points": named(unmarked), "count": len(unmarked)})
    unmet = {mark.criterion_id for mark in marks if mark.mark is Mark.NOT_MET}
    if failed := [point for point in points if point.id in unmet]:
        yield Missing("points_met", {"field": "marks", "points": named(failed), "count": len(failed)})


def mark_points(act: Act[ApprovalStanding]) -> None:
    """Effect of approving: the marks stand on the points, with who gave them and when."""
    given: Sequence[PointMark] = act.details.marks if act.details is not None else ()
    rows = [_row(act, mark.criterion_id, mark.mark, mark.note) for mark in given]
    if rows:
        act.tx.execute(MARK_POINT, rows)


def clear_marks(act: Act[MilestoneStanding]) -> None:
    """Effect of beginning anew: what was marked was marked of an earlier round."""
    rows = [_row(act, point.id, None, None) for point in act.standing.criteria if point.mark is not None]
    if rows:
        act.tx.execute(MARK_POINT, rows)


def _row(act: Act[Any], criterion_id: int, mark: Mark | None, note: str | None) -> dict[str, Any]:
    by, at = (act.actor.person_id, act.now) if mark else (None, None)
    return {"point": criterion_id, "b_mark": mark, "note": note, "at": at, "by": by}
