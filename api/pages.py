"""Pages for people: the board at `/`, and the page that says whether a paper is in force. Read-only, no script."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException

from api.callers import NotSignedIn, bearer, caller, session_cookie
from api.rendering import HEADERS, TEMPLATES, PageRoute, language_of_page, page, stylesheet
from api.transactions import Now, ServicesHere
from workflow import offices
from workflow.board import read_board
from workflow.errors import NotFound
from workflow.verification import LONGEST_CODE, check_paper

REFRESH_SECONDS = 10
"""How often the board of a demo loads itself again."""
FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
LONGEST_TYPED = 60
READ = ["GET", "HEAD"]


class PagePath(Convertor[str]):
    """Any path that is a page's and not the API's: there, refusals stay problem+json."""

    regex = r"(?!(?:api|docs|redoc|openapi\.json|health|ready)(?:/|$)).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", PagePath())
router = APIRouter(route_class=PageRoute, include_in_schema=False)
Token = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
Session = Annotated[str | None, Security(session_cookie)]


@router.api_route("/", methods=READ)
def show_board(
    request: Request, services: ServicesHere, now: Now, token: Token, session: Session
) -> Response:
    """The board: of a demo for everybody, else for who is signed in and as far as they may see."""
    with services.reading() as tx:
        demo = offices.is_demo(tx)
    try:
        who = caller(request, services, now, token, session)
    except NotSignedIn:
        if not demo:
            return _sign_in_page(request)
        who = None
    with services.reading() as tx:
        board = read_board(tx, now, None if demo or who is None else who.person_id)
    language = language_of_page(request, who.language if who else None)
    refresh = REFRESH_SECONDS if demo and request.query_params.get("refresh") != "0" else None
    return page(
        request, "board.html", language=language, reader=who.name if who else "", board=board, demo=demo,
        refresh=refresh,
    )  # fmt: skip


def _sign_in_page(request: Request) -> Response:
    """Where to sign in, and nothing else: no plan, no figure."""
    answer = page(request, "sign_in.html", status=401, next="/", refused=[], login="")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="duban"'
    return answer


@router.api_route("/verify", methods=READ)
def ask_code(request: Request, code: Annotated[str, Query(max_length=LONGEST_TYPED)] = "") -> Response:
    """A field for the code, for who has the paper and no camera."""
    typed = "".join(sign for sign in code if sign.isascii() and sign.isalnum())[: LONGEST_CODE + 1]
    if not typed:
        return page(request, "verify_form.html")
    chosen = f"?lang={language_of_page(request)}" if "lang" in request.query_params else ""
    return RedirectResponse(f"/verify/{typed}{chosen}", 303, HEADERS)


@router.api_route("/verify/{code}", methods=READ)
def verify_paper(code: str, request: Request, services: ServicesHere, now: Now) -> Response:
    """Whether a paper is in force, with what to compare on it. Public; nothing private."""
    try:
        with services.reading() as tx:
            paper = check_paper(tx, code)
    except NotFound:
        return page(request, "verify_unknown.html", status=404, code=code[:LONGEST_TYPED])
    return page(request, "verify.html", paper=paper, now=now)


@router.api_route("/style-{digest}.css", methods=READ)
def send_style(digest: str) -> Response:
    """The stylesheet by its content's name. An old name is gone, so that nothing stale is kept."""
    current, content = stylesheet()
    if digest != current:
        raise HTTPException(404)
    return Response(content, headers=FOR_A_YEAR, media_type="text/css")


@router.api_route("/icon.svg", methods=READ)
def send_icon() -> Response:
    return Response((TEMPLATES / "icon.svg").read_bytes(), headers=FOR_A_YEAR, media_type="image/svg+xml")


@router.api_route("/{path:page}", methods=READ)
def miss_page(path: str) -> Response:
    """Whatever else a browser asks for."""
    raise HTTPException(404)
