"""Signing in by a form, for people: the same session as the API's, set as a cookie."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.callers import SESSION_COOKIE, CrossSite, NotSignedIn, caller, comes_from_here
from api.errors import status_of
from api.idempotency import raw_body
from api.pages import Session, Token
from api.rendering import HEADERS, PageRoute, language_of_page, page, with_language
from api.sign_in import SignIn, admit, keep_session, policy_of
from api.transactions import Now, ServicesHere
from workflow import sign_in
from workflow.errors import DubanError
from workflow.sentences import refusal_lines

router = APIRouter(route_class=PageRoute, include_in_schema=False)
OWN_PAGE = re.compile(r"/(?:milestones/\d{1,18})?")
"""Where one may go after signing in: our own pages, never another host."""
Next = Annotated[str, Query(alias="next", max_length=60)]
Form = Annotated[bytes, Depends(raw_body)]


@router.api_route("/sign-in", methods=["GET", "HEAD"])
def ask_sign_in(request: Request, next: Next = "/") -> Response:
    return page(request, "sign_in.html", next=_own(next), refused=[], login="")


@router.post("/sign-in")
def sign_in_person(request: Request, services: ServicesHere, now: Now, body: Form) -> Response:
    """Open a session and go on; a refusal shows the form again, with the login as typed."""
    if not comes_from_here(request):
        raise CrossSite
    typed = {
        name: values[-1]
        for name, values in parse_qs(body.decode(errors="replace"), max_num_fields=10).items()
    }
    onward = _own(typed.get("next", "/"))
    try:
        given = SignIn(login=typed.get("login", "").strip(), password=typed.get("password", ""))
        policy = policy_of(services)
        issued = admit(
            services,
            now,
            given.login,
            given.password,
            lambda tx, who: sign_in.open_session(tx, who, now, policy),
        )
    except (DubanError, ValidationError) as error:
        refused = error if isinstance(error, DubanError) else sign_in.SignInRefused()
        lines = list(refusal_lines(refused, language_of_page(request)))
        login = typed.get("login", "")[:80]
        return page(
            request, "sign_in.html", status=status_of(refused.code), next=onward, refused=lines, login=login
        )
    answer = RedirectResponse(with_language(request, onward), 303, HEADERS)
    keep_session(answer, issued.secret, request, services)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, services: ServicesHere, now: Now, token: Token, session: Session) -> Response:
    """End the session that the page was opened with."""
    answer = RedirectResponse(with_language(request, "/sign-in"), 303, HEADERS)
    try:
        who = caller(request, services, now, token, session)
    except NotSignedIn:
        return answer
    with services.transaction() as tx:
        sign_in.close_session(tx, who.identity, now)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def _own(path: str) -> str:
    return path if OWN_PAGE.fullmatch(path) else "/"
