"""What a reader of Chinese municipal plans knows before opening one: names that mean the same unit, and which
names stand for several units. An office hands in its own (`plans/*/units.yaml`); nothing here belongs to one
plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from workflow.reading.signs import fold

# Abbreviations in everyday official use, as endings: 市衛健委 is 市衛生健康委.
_ABBREVIATIONS = {
    "衛健委": "衛生健康委",
    "发改委": "发展改革委",
    "經信委": "經濟信息化委",
    "住建委": "住房城鄉建設管理委",
}
_STANDS_FOR_MANY = re.compile(
    r"^(各|有关|相关|区|县|市县|区县)|(主管部门|有关部门|相关部门|各单位|有关单位|责任单位)$"
)


@dataclass(frozen=True, slots=True)
class Conventions:
    """`aliases`: printed name or ending → canonical. `members`: confirmed members of a group; a group without
    an entry is reported as a gap. `single`: names that look like groups and are not."""

    aliases: Mapping[str, str] = field(default_factory=lambda: dict(_ABBREVIATIONS))
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    single: frozenset[str] = frozenset()

    def canonical(self, printed: str) -> str:
        """The one name by which a unit is known."""
        for alias, name in self.aliases.items():
            if fold(printed) == fold(alias):
                return name
        for ending, name in self.aliases.items():
            if fold(printed).endswith(fold(ending)):
                return printed[: len(printed) - len(ending)] + name
        return printed

    def stands_for_many(self, name: str) -> bool:
        """Whether a name means a group: 區機管局 names no district, 主管部門 no body."""
        return name not in self.single and bool(_STANDS_FOR_MANY.search(fold(name)))


MUNICIPAL = Conventions()


def weekday(day: date) -> bool:
    """Monday to Friday: what is known of working days without a calendar."""
    return day.weekday() < 5


def last_working_day(day: date, is_working: Callable[[date], bool]) -> date:
    """The last working day on or before `day`; `day` itself where none is found within a month."""
    earlier = (day - timedelta(days=back) for back in range(31))
    return next((candidate for candidate in earlier if is_working(candidate)), day)
