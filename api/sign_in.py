"""Sign-in: sessions for pages, tokens for programs, one's own account, activation from a slip.

A password is hashed outside of any transaction (0.1 s), so these routes open short ones of their own. Answers that
hold a secret are never kept: `Cache-Control: no-store`, and no Idempotency-Key is honoured for them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.callers import SESSION_COOKIE, SignedIn
from api.errors import refusals
from api.transactions import Look, Now, ServicesHere, Tx
from workflow import activation, sign_in
from workflow.adapters.passwords import Passwords
from workflow.bootstrap import Services
from workflow.directory import people
from workflow.password_rule import admit_password

router = APIRouter(tags=["sign-in"])
passwords = Passwords()
NO_STORE = {"Cache-Control": "no-store"}
T = TypeVar("T")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_Body):
    """A login with its password."""

    login: str = Field(min_length=1, max_length=80, examples=["olga"])
    password: str = Field(min_length=1, max_length=1000, examples=["three green buses 7"])


class ProgramSignIn(SignIn):
    """A program signs in with a person's password and gets a token."""

    label: str = Field(default="sign-in", min_length=1, max_length=80, examples=["statistics export"])
    hours: int = Field(default=12, ge=1, le=24 * 31)


class SessionOpened(BaseModel):
    """The cookie is set by the answer; `csrf` goes back in `X-CSRF-Token` with everything that changes."""

    person_id: int
    csrf: str
    expires_at: datetime


class TokenWanted(_Body):
    """A token for a program of one's own."""

    label: str = Field(min_length=1, max_length=80, examples=["statistics export"])
    scopes: list[Literal["read", "act"]] = Field(default=["read"], min_length=1)
    days: int = Field(default=90, ge=1, le=366)


class TokenMade(BaseModel):
    """The only answer that shows the secret. Send it as `Authorization: Bearer …`."""

    id: int
    token: str = Field(examples=["duban_…"])
    scopes: list[str]
    expires_at: datetime


class TokenListed(BaseModel):
    id: int
    label: str | None
    scopes: list[str]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Tokens(BaseModel):
    items: list[TokenListed]


class GrantHeld(BaseModel):
    id: int
    role: str
    unit_id: int | None
    unit: str | None
    from_on: date
    to_on: date | None


class Me(BaseModel):
    """Who is signed in, and what they hold today."""

    id: int
    login: str
    name: str
    language: str
    email: str | None
    phone: str | None
    unit_id: int | None
    unit: str | None
    superior_id: int | None = Field(
        description="Who is above this person: leader of department, unit, parent unit, office."
    )
    grants: list[GrantHeld]


class PasswordWanted(_Body):
    old: str = Field(min_length=1, max_length=1000)
    new: str = Field(max_length=1000, examples=["three green buses 7"])


class Activation(_Body):
    """The code of an activation slip, and the password the person chooses."""

    code: str = Field(min_length=1, max_length=80, examples=["7KQM-2VXP-9RTD-HJ4W"])
    password: str = Field(max_length=1000, examples=["three green buses 7"])


class Activated(BaseModel):
    login: str


def policy_of(services: Services) -> sign_in.Policy:
    """How long and how often, by the settings."""
    settings = services.settings
    return sign_in.Policy(
        settings.lock_after, timedelta(minutes=settings.lock_minutes), timedelta(hours=settings.session_hours)
    )


def admit(
    services: Services, now: datetime, login: str, password: str, then: Callable[[Connection, int], T]
) -> T:
    """Verify a password and do `then` for its person, or raise SignInRefused or Locked."""
    with services.reading() as tx:
        candidate = sign_in.find_candidate(tx, login)
    right = passwords.verify(candidate.password_hash, password)
    candidate.refuse_locked(now)
    with services.transaction() as tx:
        if candidate.person_id is not None and sign_in.settle(tx, candidate, right, now, policy_of(services)):
            return then(tx, candidate.person_id)
    raise sign_in.SignInRefused


@router.post("/sessions", status_code=201, responses=refusals(401, 422, 429, 503))
def open_session(
    given: SignIn, request: Request, response: Response, services: ServicesHere, now: Now
) -> SessionOpened:
    """Sign in for pages: sets the session cookie."""
    policy = policy_of(services)
    issued = admit(
        services, now, given.login, given.password, lambda tx, who: sign_in.open_session(tx, who, now, policy)
    )
    response.headers.update(NO_STORE)
    keep_session(response, issued.secret, request, services)
    return SessionOpened(person_id=issued.person_id, csrf=issued.csrf or "", expires_at=issued.expires_at)


def keep_session(response: Response, secret: str, request: Request, services: Services) -> None:
    """Set the session cookie, for as long as a session lasts."""
    lasts = int(policy_of(services).session_for.total_seconds())
    response.set_cookie(
        SESSION_COOKIE, secret, max_age=lasts, path="/", httponly=True, samesite="lax",
        secure=_is_https(request, services),
    )  # fmt: skip


def _is_https(request: Request, services: Services) -> bool:
    """By the request, or by the public address where a proxy ends TLS."""
    return request.url.scheme == "https" or services.settings.address.startswith("https:")


@router.delete("/sessions/current", status_code=204, responses=refusals(401, 403))
def close_session(who: SignedIn, tx: Tx, now: Now) -> Response:
    """Sign out: ends what this request was signed in with."""
    sign_in.close_session(tx, who.identity, now)
    answer = Response(status_code=204)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.post("/tokens/sign-in", status_code=201, responses=refusals(401, 422, 429, 503))
def sign_in_program(given: ProgramSignIn, response: Response, services: ServicesHere, now: Now) -> TokenMade:
    """Sign in for programs: a bearer token that may read and act for some hours."""
    lasts = timedelta(hours=given.hours)
    issued = admit(
        services, now, given.login, given.password,
        lambda tx, who: sign_in.issue_token(tx, who, given.label, sign_in.SCOPES, lasts, now),
    )  # fmt: skip
    return _made(issued, response)


@router.post("/tokens", status_code=201, responses=refusals(401, 403, 422))
def issue_token(given: TokenWanted, who: SignedIn, response: Response, tx: Tx, now: Now) -> TokenMade:
    """A token for a program of one's own, asked for from a session: a stolen token makes no further ones."""
    if who.identity.kind != "session":
        raise sign_in.SessionNeeded
    issued = sign_in.issue_token(
        tx, who.person_id, given.label, given.scopes, timedelta(days=given.days), now
    )
    return _made(issued, response)


def _made(issued: sign_in.Issued, response: Response) -> TokenMade:
    response.headers.update(NO_STORE)
    return TokenMade(
        id=issued.credential_id, token=issued.secret, scopes=list(issued.scopes), expires_at=issued.expires_at
    )


@router.get("/tokens", responses=refusals(401))
def list_tokens(who: SignedIn, tx: Look, now: Now) -> Tokens:
    """One's own tokens that still open something, newest first."""
    return Tokens(items=[TokenListed(**row) for row in people.tokens(tx, who.person_id, now)])


@router.delete("/tokens/{token_id}", status_code=204, responses=refusals(401, 403, 404))
def revoke_token(token_id: Annotated[int, Path()], who: SignedIn, tx: Tx, now: Now) -> Response:
    """End a token of one's own."""
    sign_in.revoke_token(tx, who.person_id, token_id, now)
    return Response(status_code=204)


@router.get("/me", responses=refusals(401))
def show_me(who: SignedIn, tx: Look, now: Now) -> Me:
    """Who is signed in, with the grants in force today."""
    return Me(**people.profile(tx, who.person_id, now))


@router.post("/me/password", status_code=204, responses=refusals(401, 403, 422, 429, 503))
def change_password(given: PasswordWanted, who: SignedIn, services: ServicesHere, now: Now) -> Response:
    """Another password. A wrong old one counts like a failed sign-in; every other session ends."""
    with services.reading() as tx:
        login = people.login_of(tx, who.person_id)
    admit_password(given.new, login)
    fresh = passwords.hash(given.new)

    def change(tx: Connection, _: int) -> None:
        sign_in.change_password(tx, who.identity, fresh, now)

    admit(services, now, login, given.old, change)
    return Response(status_code=204)


@router.post("/activations", status_code=201, responses=refusals(422, 503))
def activate(given: Activation, services: ServicesHere, now: Now) -> Activated:
    """Set the password that an activation slip stands for, once. The login is in the answer."""
    with services.reading() as tx:
        slip_id, person_id, login = activation.find_slip(tx, given.code, now)
    admit_password(given.password, login)
    fresh = passwords.hash(given.password)
    with services.transaction() as tx:
        activation.activate(tx, slip_id, person_id, fresh, now)
    return Activated(login=login)
