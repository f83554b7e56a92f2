"""Pages as HTML: language, words, headers, and refusals in the form that a person reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.errors import BY_HTTP_STATUS, status_of
from workflow import words
from workflow.adapters.traditional import to_traditional
from workflow.civil import ZONE
from workflow.errors import DubanError
from workflow.figures import plain

TEMPLATES = Path(__file__).parent.parent / "templates" / "pages"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language, Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
}
"""No script, no frame, no other host: everything a page needs comes from here."""
EXPLAINED = (401, 404, 503)
"""Statuses with words of their own; the others share one text."""


@cache
def stylesheet() -> tuple[str, bytes]:
    """The one stylesheet, and a name that changes with it, so that browsers may keep it for a year."""
    content = (TEMPLATES / "style.css").read_bytes()
    return hashlib.sha256(content).hexdigest()[:16], content


@cache
def environment() -> Environment:
    """The page templates: escaping, and an error for every name that nobody gave."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    pages.globals.update(
        languages=words.LANGUAGES, release=version("duban"), number=plain, style=lambda: stylesheet()[0]
    )
    return pages


def language_of_page(request: Request, own: str | None = None) -> str:
    """`?lang=` as chosen on the page, else what the browser asks for, else the person's own, else the default."""
    chosen = request.query_params.get("lang")
    if chosen in words.LANGUAGES:
        return chosen
    asked = request.headers.get("accept-language")
    return words.choose(asked) if asked or own is None else own


def with_language(request: Request, address: str) -> str:
    """An address of our own, in the language that was chosen on the page that leads there."""
    chosen = request.query_params.get("lang")
    if chosen not in words.LANGUAGES:
        return address
    return f"{address}{'&' if '?' in address else '?'}lang={chosen}"


def write_day(day: date, language: str) -> str:
    """2022年1月14日; 14 January 2022."""
    return format_date(day, "d MMMM y" if language == "en" else "long", locale=_locale(language))


def write_moment(moment: datetime, language: str) -> str:
    """A moment in the office's town, to the minute."""
    day = "d MMMM y HH:mm" if language == "en" else "y年M月d日 HH:mm"
    return format_datetime(moment, day, tzinfo=ZONE, locale=_locale(language))


def write_kept(text: str, language: str) -> str:
    """What is kept in Simplified alone, in the reader's script."""
    return to_traditional(text) if language == "zh-Hant" else text


def _locale(language: str) -> str:
    return {"en": "en_GB"}.get(language, language.replace("-", "_"))


def page(
    request: Request, name: str, *, status: int = 200, language: str | None = None, reader: str | None = None,
    **facts: Any,
) -> Response:  # fmt: skip
    """The page `name` in the reader's language, with the headers that every page carries.

    `reader`: who is signed in, "" for nobody; None where the page does not ask.
    """
    language = language or language_of_page(request)
    html = environment().get_template(name).render(
        language=language, reader=reader, say=partial(_say, language), day=partial(write_day, language=language),
        moment=partial(write_moment, language=language), put=partial(write_kept, language=language), **facts,
    )  # fmt: skip
    return HTMLResponse(html, status, {**HEADERS, "Content-Language": language})


def _say(language: str, key: str, /, **facts: Any) -> str:
    return words.say(key, language, **facts)


def refusal_page(request: Request, status: int, code: str) -> Response:
    """What went wrong, in a sentence, and what to do."""
    key = str(status) if status in EXPLAINED else "other"
    answer = page(request, "refusal.html", status=status, key=key, code=code)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="duban"'
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


class PageRoute(APIRoute):
    """A route whose refusals are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except DubanError as refused:
                return refusal_page(request, status_of(refused.code), refused.code)
            except HTTPException as refused:
                code = BY_HTTP_STATUS.get(refused.status_code, "malformed")
                return refusal_page(request, refused.status_code, code)
            except RequestValidationError:
                return refusal_page(request, 422, "malformed")
            except OperationalError:
                return refusal_page(request, 503, "unavailable")

        return answer
