"""What a letter says, in its reader's language: facts to words, words to what the templates print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date

from workflow.adapters.letters.letter import COUNTED, KINDS, SAID, Letter, one_line
from workflow.deadlines import civil_on
from workflow.errors import Missing
from workflow.words import say

LOCALES = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW", "en": "en_GB"}
LONGEST_SUBJECT = 120
NEAR = ("today", "tomorrow")
# Facts that stand in the table of every letter that has them, in this order; their labels are `mail.label.<fact>`.
SHOWN = ("task", "item", "unit", "period", "number", "colour", "days_late", "step", "by", "text", "reason")
TONES = {"plain": "#1f4e79", "near": "#b45309", "late": "#b42318", "good": "#1e6b45"}
CARD_TONES = {"yellow": "#b45309", "red": "#b42318"}


def _facts(letter: Letter) -> dict[str, str]:
    """All facts as words on one line each, with what follows from the due date."""
    facts = {name: one_line(value) for name, value in letter.facts.items()}
    for name in SAID:
        if name in facts:
            facts[name] = say(f"mail.{name}.{facts[name]}", letter.language)
    for name in COUNTED:
        if name in facts:
            facts[name] = _count(f"mail.{name}", int(facts[name]), letter.language)
    if "changed" in letter.facts:
        facts["changes"] = _changes(letter.facts["changed"], letter.language)
    if "from_on" in facts and "upto_on" in facts:
        facts |= {"period": _period(facts["from_on"], facts["upto_on"], letter.language)}
    if letter.due_on:
        facts["due"] = format_date(letter.due_on, "full", LOCALES[letter.language])
        facts["due_in"] = _due_in(letter.due_on, civil_on(letter.sent_at), letter.language)
    return facts


def _changes(parts: Sequence[str], language: str) -> str:
    """Which parts of what is signed are others now, by name."""
    return say("mail.listed", language).join(say(f"mail.changed.{part}", language) for part in parts) or "—"


def _period(from_on: str, upto_on: str, language: str) -> str:
    first, last = (
        format_date(date.fromisoformat(day), "long", LOCALES[language]) for day in (from_on, upto_on)
    )
    return say("mail.period", language, first=first, last=last)


def put(letter: Letter) -> dict[str, Any]:
    """What the templates print, all of it already said: they decide nothing."""
    facts = _facts(letter)
    rows = list(_rows(letter, facts))

    def tell(part: str) -> str:
        return say(f"mail.{letter.kind}.{part}", letter.language, **facts)

    return {
        "language": letter.language,
        "subject": _shortened(tell("subject")),
        "greeting": say("mail.greeting", letter.language, name=one_line(letter.recipient.name)),
        "lead": tell("lead"),
        "rows": [(label, value) for _, label, value in rows],
        "named_rows": rows,
        "missing_title": say("mail.missing", letter.language),
        "missing": [_need(missing, letter.language) for missing in letter.missing],
        "button": tell("button"),
        "link": letter.link,
        "colon": say("mail.colon", letter.language),
        "office": one_line(letter.sender.name),
        "footer": say("mail.footer", letter.language),
        "tone": CARD_TONES.get(str(letter.facts.get("colour")), TONES[KINDS[letter.kind].tone]),
    }


def _need(missing: Missing, language: str) -> str:
    return one_line(say(f"need.{missing.code}", language, **missing.facts))


def _rows(letter: Letter, facts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The name of each fact, its label and what it says."""
    for name in SHOWN:
        if name in facts:
            yield name, say(f"mail.label.{name}", letter.language), facts[name]
    if letter.due_on:
        yield "due", say("mail.label.due", letter.language), _due(letter, facts)


def _due(letter: Letter, facts: Mapping[str, str]) -> str:
    if KINDS[letter.kind].settled:
        return facts["due"]
    key = "mail.due.provisional" if letter.due_provisional else "mail.due.firm"
    return say(key, letter.language, **facts)


def _due_in(due_on: date, today: date, language: str) -> str:
    """The distance to the due date in civil days, as people say it."""
    days = (due_on - today).days
    if days < 0:
        return _count("mail.due.past", -days, language)
    return (
        say(f"mail.due.{NEAR[days]}", language)
        if days < len(NEAR)
        else say("mail.due.left", language, days=days)
    )


def _count(key: str, number: int, language: str) -> str:
    return say(f"{key}.one" if number == 1 else f"{key}.other", language, number=number)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"
