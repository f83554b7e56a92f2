"""Who calls: a bearer token of a program, or the session cookie of a page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from api.transactions import Now, ServicesHere
from models import Person
from workflow import words
from workflow.errors import DubanError
from workflow.sign_in import Identity, identify, touch

SAFE = ("GET", "HEAD", "OPTIONS")
SESSION_COOKIE = "duban_session"
bearer = HTTPBearer(auto_error=False, description="A token of a program.")
session_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="The session of a page.")


class NotSignedIn(DubanError):
    """No token or session, or one that has ended."""

    code = "not_signed_in"


class ScopeMissing(DubanError):
    """The token does not allow this. Facts: `scope`."""

    code = "scope_missing"


class CrossSite(DubanError):
    """A session's request that does not show that it comes from our own pages."""

    code = "cross_site"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, by what they signed in, and the language they read."""

    person_id: int
    identity: Identity
    language: str
    name: str


def caller(
    request: Request,
    services: ServicesHere,
    now: Now,
    token: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    session: Annotated[str | None, Security(session_cookie)],
) -> Caller:
    """The signed-in person; NotSignedIn, ScopeMissing or CrossSite otherwise.

    Read in a transaction of its own, which has ended before the act's begins; so has the note that it was used.
    """
    secret = token.credentials if token else session
    if not secret:
        raise NotSignedIn
    idle = timedelta(minutes=services.settings.idle_minutes)
    with services.reading() as tx:
        identity = identify(tx, secret, now, idle=idle)
        if identity is None or (identity.kind == "token") != (token is not None):
            raise NotSignedIn
        own = select(Person.language, Person.name).where(Person.id == identity.person_id)
        language, name = tx.execute(own).one()
    if identity.touch_due:
        with services.transaction() as tx:
            touch(tx, identity, now)
    request.state.person_id, request.state.language = identity.person_id, language
    _require_scope(request, identity)
    if identity.kind == "session" and request.method not in SAFE:
        _require_same_site(request, identity)
    asked = request.headers.get("accept-language")
    return Caller(identity.person_id, identity, words.choose(asked) if asked else language, name)


def _require_scope(request: Request, identity: Identity) -> None:
    scope = "read" if request.method in SAFE else "act"
    if scope not in identity.scopes:
        raise ScopeMissing(scope=scope)


def _require_same_site(request: Request, identity: Identity) -> None:
    """A foreign page can make a browser send the cookie, but neither our CSRF token nor these headers."""
    given = request.headers.get("x-csrf-token")
    if given is not None and identity.csrf is not None:
        if hmac.compare_digest(given.encode(), identity.csrf.encode()):
            return
        raise CrossSite
    if not comes_from_here(request):
        raise CrossSite


def comes_from_here(request: Request) -> bool:
    """Whether the browser says that a page of ours sent it; an old one names its origin alone."""
    site = request.headers.get("sec-fetch-site")
    return site == "same-origin" or (site is None and _own_origin(request))


def _own_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


SignedIn = Annotated[Caller, Depends(caller)]
