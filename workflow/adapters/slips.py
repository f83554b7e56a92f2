"""Activation slips as a page to print: one slip a person, cut apart by hand. Nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, StrictUndefined

from workflow.civil import day_of
from workflow.words import say

PAGE = """\
<!DOCTYPE html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ word("title") }}</title><style>
body { font-family: "FandolSong", "SimSun", "Noto Serif CJK SC", serif; margin: 12mm }
section { border: 1px dashed #555; padding: 6mm; margin-bottom: 8mm; break-inside: avoid }
dl { display: grid; grid-template-columns: 8em 1fr; row-gap: 2mm } dt, dd { margin: 0 }
.code { font: bold 18pt monospace; letter-spacing: .1em }
</style></head><body>
{% for slip in slips %}<section><h1>{{ word("title") }}</h1><dl>
<dt>{{ word("name") }}</dt><dd>{{ slip.name }}</dd>
<dt>{{ word("unit") }}</dt><dd>{{ slip.unit or "" }}</dd>
<dt>{{ word("login") }}</dt><dd>{{ slip.login }}</dd>
<dt>{{ word("code") }}</dt><dd class="code">{{ slip.code }}</dd>
<dt>{{ word("expires") }}</dt><dd>{{ day_of(slip.expires_at) }}</dd></dl>
<p>{{ word("how", address=address) }}</p><p>{{ word("keep") }}</p></section>
{% endfor %}</body></html>
"""


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """All that stands on a slip."""

    name: str
    unit: str | None
    login: str
    code: str
    expires_at: datetime


def print_slips(slips: Sequence[PrintedSlip], address: str, language: str) -> str:
    """The page, as HTML. What people typed (names, logins) is escaped."""
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)

    def word(key: str, **facts: str) -> str:
        return say(f"slip.{key}", language, **facts)

    return page.render(slips=slips, language=language, address=address, word=word, day_of=day_of)
