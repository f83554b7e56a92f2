"""Goals without a figure: something is made (a report, a platform), stopped for good, or judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from models.states import Comparator
from models.states import IndicatorKind as Kind
from workflow.reading.clauses import Clause
from workflow.reading.nouns import COMPLETION, noun_of_deed
from workflow.reading.signs import fold

_WORK_ON_PAPER = re.compile("的(?:编制|制定|修订|搭建|组建)")
_LASTING = re.compile("停止|禁止|取消")
_GROUND = re.compile("根据|按照|对照|依据|围绕")
_YEARLY = re.compile("每年")
_PIECES = (
    "报告",
    "平台",
    "指南",
    "联盟",
    "倡议",
    "方案",
    "规划",
    "名录",
    "目录",
    "数据库",
    "档案",
    "白皮书",
    "手册",
)
_DEGREES = ("初步建成", "基本建成", "基本完成", "建成", "完成")


@dataclass(frozen=True, slots=True)
class Deed:
    """A target without a printed number. `quantity` is 1 for one nameable piece, else None."""

    metric: str
    quantity: Decimal | None
    unit: str
    comparator: Comparator
    kind: Kind


def deed(text: str) -> Deed:
    """What `text` (a clause, a cell) demands; text that names no completion is judged."""
    folded = fold(text)
    metric = noun_of_deed(text)
    completed = completes(text)
    if completed and _LASTING.search(folded):
        return Deed(metric, None, "", Comparator.DONE, Kind.MAINTAINED)
    if completed:
        unit = _piece(text)
        quantity = Decimal(1) if unit else None
        return Deed(metric, quantity, unit, Comparator.DONE, Kind.DELIVERABLE)
    kind = Kind.DELIVERABLE if _WORK_ON_PAPER.search(folded) else Kind.JUDGED
    return Deed(metric, None, "", Comparator.NONE, kind)


def completes(text: str) -> bool:
    """Whether `text` demands that something be completed, made known or stopped."""
    return bool(COMPLETION.search(fold(text)))


def degree(text: str) -> str:
    """How far a text wants it finished: 初步建成, 基本建成, 建成, 完成 (folded); empty if it does not say."""
    word = next((word for word in _DEGREES if word in fold(text)), "")
    return word.removeprefix("基本") if word == "基本完成" else word


def segments(found: list[Clause]) -> list[list[Clause]]:
    """Clauses of one sentence grouped by deed: a new completion, or 每年, begins the next group."""
    groups: list[list[Clause]] = []
    for clause in found:
        begins = _begins(clause) and any(_begins(earlier) for earlier in groups[-1]) if groups else True
        if begins:
            groups.append([clause])
        else:
            groups[-1].append(clause)
    return groups


def completing(found: list[Clause]) -> Clause:
    """The clause of a group that carries the deed: the first with a completion, else the first that does more
    than name the ground it stands on (根據…要求)."""
    completed = [clause for clause in found if completes(clause.text)]
    doing = [clause for clause in found if not _GROUND.match(fold(clause.text))]
    return next(iter(completed + doing), found[0])


def _begins(clause: Clause) -> bool:
    return completes(clause.text) or bool(_YEARLY.match(fold(clause.text)))


def _piece(text: str) -> str:
    """The one piece that is made, as printed; several kinds of pieces, or none, give an empty string."""
    folded = fold(text)
    named = [piece for piece in _PIECES if piece in folded]
    ends = [folded.rfind(piece) for piece in named]
    if not named or _several(folded, named):
        return ""
    at, piece = max(zip(ends, named, strict=True))
    return text[at : at + len(piece)]


def _several(folded: str, named: list[str]) -> bool:
    """倡議和行為指南 are two; 資料庫平台 is one (the words touch)."""
    found = sorted((folded.rfind(piece), piece) for piece in named)
    return any(right[0] > left[0] + len(left[1]) for left, right in pairwise(found))
