"""Figures in a clause: the quantity, its measure, how it is bound, and what it is a figure of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from models.states import Comparator
from models.states import IndicatorKind as Kind
from workflow.reading.clauses import Clause
from workflow.reading.nouns import noun_after, noun_before
from workflow.reading.signs import fold, pieces

_COUNTED = (
    "家|个|项|次|份|人次|人|辆|台套|台|座|名|件|场|所|处|条|种|户|套|根|盏|支|期|批次|面|块|栋|幢|间|站|桩"
)
_MEASURED = (
    "平方公里|平方千米|平方米|立方米|公里|千米|公顷|亩|米|吨标准煤|吨标煤|吨|千克标准煤|千克|公斤|升|千瓦时|千瓦|兆瓦|"
    "度电|元|焦耳|吉焦|摄氏度|小时|分钟|天|m2|m3|kWh|kW|MW|km"
)
_MEASURE = (
    rf"(?:[十百千万亿]{{0,2}}(?:{_MEASURED}|{_COUNTED})|%|个?百分点)"
    rf"(?:/(?:[十百千万亿]{{0,2}}(?:{_MEASURED}|{_COUNTED})|年|月|日|天))?"
)
_NUMBER = r"(?<![0-9.A-Za-z])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?![0-9.A-Za-z年月日])"
_FIGURE = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>{_MEASURE})")
_UNMEASURED = re.compile(_NUMBER)
_ALL = re.compile("(?:全部|全面)(?=使用|采用|覆盖|实施|达到|按照)")

_LEAST_BEFORE = re.compile(r"(?:≥|>=|不少于|不低于|至少|达到?|超过)\s*$")
_LEAST_AFTER = re.compile("^(?:及|或)?以上")
_MOST_BEFORE = re.compile(r"(?:≤|<=|不超过|不高于|不大于|(?:降低|下降|降|减少|压减)[至到])\s*$")
_MOST_AFTER = re.compile("^(?:及|或)?(?:以内|以下)")
_PREDICATE = re.compile("[达達]到|建成|完成")
_RISE = re.compile(r"(?:提升|提高|增长|增加|上升)\s*$")
_FALL = re.compile(r"(?:降低|下降|减少|压减)\s*$")
_BASELINE = re.compile(r"[较比](20[0-9]{2})\s*年")
# 分別較2020年降低3%、3.6%和4.2%: the figures go to the nouns before 分別, one to one.
_RESPECTIVELY = re.compile("分别")
_TOGETHER = re.compile(r"\s*(?:、|和|及|与)\s*")


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity with its place in the clause. `metric` is empty where the clause names none (`35家`)."""

    quantity: Decimal
    unit: str
    comparator: Comparator
    kind: Kind
    metric: str
    clause: Clause
    denominator: str | None = None
    baseline_year: int | None = None
    worded: bool = False


def figures(clause: Clause) -> list[Figure]:
    """The figures of a clause in order; 全部 and 全面 before a verb of use count as a worded 100 %."""
    found = list(_FIGURE.finditer(fold(clause.text)))
    if not found:
        return list(_worded(clause))
    respectively = _RESPECTIVELY.search(fold(clause.text))
    if respectively and respectively.start() < found[0].start():
        return list(_distributed(clause, found, respectively.start()))
    return [_single(clause, match) for match in found]


def unread_numbers(text: str) -> list[str]:
    """Numbers in `text` that are no date and have no measure that is known."""
    rest = _FIGURE.sub("", fold(text))
    return _UNMEASURED.findall(rest)


def _single(clause: Clause, match: re.Match[str]) -> Figure:
    before, after = clause.text[: match.start()], clause.text[match.end() :]
    unit = clause.text[match.start("unit") : match.end("unit")]
    change = _change(before)
    kind = _kind(fold(unit), change)
    rest = noun_after(after)
    return Figure(
        quantity=_exact(match) * (change or 1),
        unit=unit,
        comparator=_comparator(fold(before), fold(after)),
        kind=kind,
        metric=rest or noun_before(before),
        clause=clause,
        denominator=_denominator(fold(unit), rest, kind),
        baseline_year=_baseline(before),
    )


def _distributed(clause: Clause, found: list[re.Match[str]], cut: int) -> Iterator[Figure]:
    """One figure per noun, in order; a number of nouns other than of figures leaves the metric as printed."""
    nouns = [text for _, text in pieces(clause.text[:cut], _TOGETHER.pattern)]
    before = clause.text[: found[0].start()]
    change = _change(before)
    for place, match in enumerate(found):
        noun = nouns[place] if len(nouns) == len(found) else clause.text[:cut]
        unit = clause.text[match.start("unit") : match.end("unit")]
        yield Figure(
            quantity=_exact(match) * (change or 1),
            unit=unit,
            comparator=_comparator(fold(before), fold(clause.text[match.end() :])),
            kind=_kind(fold(unit), change),
            metric=noun_before(noun),
            clause=clause,
            baseline_year=_baseline(before),
        )


def _worded(clause: Clause) -> Iterator[Figure]:
    if match := _ALL.search(fold(clause.text)):
        whole = noun_before(clause.text[: match.start()])
        metric = whole + noun_after(clause.text[match.end() :])
        yield Figure(
            Decimal(100),
            "%",
            Comparator.NONE,
            Kind.RATE,
            metric,
            clause,
            denominator=whole or None,
            worded=True,
        )


def _exact(match: re.Match[str]) -> Decimal:
    return Decimal(match["number"].replace(",", ""))


def _comparator(before: str, after: str) -> Comparator:
    if _MOST_BEFORE.search(before) or _MOST_AFTER.search(after):
        return Comparator.AT_MOST
    if _LEAST_BEFORE.search(before) or _LEAST_AFTER.search(after):
        return Comparator.AT_LEAST
    return Comparator.NONE


def _change(before: str) -> int:
    """1 where the figure is a rise, −1 where it is a fall, 0 where it is no change."""
    folded = fold(before)
    return 1 if _RISE.search(folded) else -1 if _FALL.search(folded) else 0


def _kind(unit: str, change: int) -> Kind:
    if change:
        return Kind.CHANGE
    if "/" in unit or unit == "%" or unit.endswith("百分点"):
        return Kind.RATE
    return Kind.COUNT if re.fullmatch(_COUNTED, unit) else Kind.AMOUNT


def _denominator(unit: str, after: str, kind: Kind) -> str | None:
    """What a rate is a rate of: 千克/人 says so itself, 60%以上的學校 by the noun after it."""
    if kind is not Kind.RATE:
        return None
    named = _PREDICATE.split(after, maxsplit=1)[0]
    return unit.split("/")[1] if "/" in unit else named or None


def _baseline(before: str) -> int | None:
    match = _BASELINE.search(fold(before))
    return int(match[1]) if match else None
