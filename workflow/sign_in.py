"""Signing in: sessions for pages, tokens for programs, lockout.

Secrets are random and stored as SHA-256 only; passwords as Argon2id. Hashing a password takes long, so every way in
is: look (short), verify outside of any transaction, settle (short, again under the person's lock).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update

from models import Credential, Person
from models.states import PersonState
from workflow import offices
from workflow.acts import perform
from workflow.directory.orders import Lockout, PasswordChange, TokenIssue, TokenRevocation
from workflow.errors import DubanError, NotFound
from workflow.lifecycles.person import PERSON

SCOPES = ("act", "read")
SECRET_BYTES = 32
DEFAULT_IDLE = timedelta(hours=1)
TOUCHED_EVERY = timedelta(minutes=1)


class SignInRefused(DubanError):
    """The login is unknown, or the password wrong: not said which."""

    code = "sign_in_refused"


class Locked(DubanError):
    """Too many failed sign-ins. Facts: `until` (UTC), `minutes` still to wait."""

    code = "locked"


class SignInBusy(DubanError):
    """So many passwords are being checked that this one had to be turned away."""

    code = "sign_in_busy"


class SessionNeeded(DubanError):
    """A token is asked for with a token: a stolen one would make itself last."""

    code = "session_needed"


class DemoAccounts(DubanError):
    """Demo people with passwords in a database that is not marked demo. Facts: `logins`."""

    code = "demo_accounts"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how often: from the installation's settings."""

    lock_after: int = 5
    lock_for: timedelta = timedelta(minutes=15)
    session_for: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who presents a secret, and what it opens. `touch_due`: its use should be noted with `touch`."""

    person_id: int
    credential_id: int
    kind: str
    scopes: frozenset[str]
    csrf: str | None
    touch_due: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a login says before the password is known to be right. Nobody: `person_id` None."""

    person_id: int | None = None
    password_hash: str | None = None
    locked_until: datetime | None = None

    def refuse_locked(self, now: datetime) -> None:
        """Raises Locked while the account is."""
        if self.locked_until is not None and self.locked_until > now:
            raise Locked(
                until=self.locked_until, minutes=-((now - self.locked_until) // timedelta(minutes=1))
            )


@dataclass(frozen=True, slots=True)
class Issued:
    """A new session or token. The only moment at which its secret is known."""

    credential_id: int
    person_id: int
    secret: str
    csrf: str | None
    scopes: tuple[str, ...]
    expires_at: datetime


def fingerprint(secret: str) -> str:
    """SHA-256, hex: enough for a random secret of 80 bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def plain_login(login: str) -> str:
    """A login as it is stored: case and surrounding blanks do not count."""
    return login.strip().lower()


@cache
def _identify_statement() -> Select[Any]:
    session_used = or_(Credential.kind == "token", Credential.seen_at > bindparam("idle_since"))
    return (
        select(
            Credential.person_id, Credential.id, Credential.kind, Credential.scopes, Credential.csrf,
            Credential.seen_at,
        )
        .join(Person, Person.id == Credential.person_id)
        .where(
            Credential.secret_hash == bindparam("hash"),
            Credential.revoked_at.is_(None),
            Credential.expires_at > bindparam("now"),
            Person.state == PersonState.ACTIVE,
            session_used,
        )
    )  # fmt: skip


def identify(
    tx: Connection, secret: str, now: datetime, *, idle: timedelta = DEFAULT_IDLE
) -> Identity | None:
    """Who presents this secret; None where it is unknown, revoked, expired, or a session idle for `idle`.

    Only reads, so that looking at a page never waits for a writer.
    """
    bound = {"hash": fingerprint(secret), "now": now, "idle_since": now - idle}
    row = tx.execute(_identify_statement(), bound).one_or_none()
    if row is None:
        return None
    person_id, credential_id, kind, scopes, csrf, seen_at = row
    due = now - seen_at >= TOUCHED_EVERY
    return Identity(person_id, credential_id, kind, frozenset(scopes), csrf, due)


def touch(tx: Connection, identity: Identity, now: datetime) -> None:
    """Note that a secret is in use, at most once a minute. In a transaction of its own, never an act's.

    (An act locks its root first; a credential locked before it could meet another act the other way round.)
    """
    table = Credential.__table__
    quiet = table.c.seen_at <= now - TOUCHED_EVERY
    tx.execute(update(table).where(table.c.id == identity.credential_id, quiet).values(seen_at=now))  # type: ignore[arg-type]


def find_candidate(tx: Connection, login: str) -> Candidate:
    """Whose password must be verified; Candidate() for an unknown, invited or departed login."""
    columns = (Person.id, Person.password_hash, Person.locked_until)
    known = (Person.login == plain_login(login), Person.state == PersonState.ACTIVE)
    row = tx.execute(select(*columns).where(*known)).one_or_none()
    return Candidate() if row is None or row.password_hash is None else Candidate(*row)


def settle(tx: Connection, candidate: Candidate, right: bool, now: datetime, policy: Policy) -> bool:
    """Record how verifying ended: whether the candidate is let in. Commit also where the answer is no.

    Looks again under the person's lock: failures of parallel sign-ins each count, and whoever was locked, given
    another password or sent away in the meantime stays out.
    """
    if candidate.person_id is None:
        return False
    table = Person.__table__
    theirs = table.c.id == candidate.person_id
    columns = (table.c.password_hash, table.c.locked_until, table.c.failed_sign_ins)
    row = tx.execute(select(*columns).where(theirs).with_for_update()).one()
    if row.password_hash != candidate.password_hash:
        return False
    if row.locked_until is not None and row.locked_until > now:
        return False
    if not right:
        _count_failure(tx, candidate.person_id, row.failed_sign_ins + 1, now, policy)
    elif row.failed_sign_ins:
        tx.execute(update(table).where(theirs).values(failed_sign_ins=0))  # type: ignore[arg-type]
    return right


def _count_failure(tx: Connection, person_id: int, failures: int, now: datetime, policy: Policy) -> None:
    if failures >= policy.lock_after:
        perform(tx, PERSON, person_id, "lock", None, now, details=Lockout(until=now + policy.lock_for))
        return
    table = Person.__table__
    tx.execute(update(table).where(table.c.id == person_id).values(failed_sign_ins=failures))  # type: ignore[arg-type]


def open_session(tx: Connection, person_id: int, now: datetime, policy: Policy) -> Issued:
    """A session for somebody whose password was right."""
    secret, csrf = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    expires_at = now + policy.session_for
    values = {
        "person_id": person_id, "kind": "session", "secret_hash": fingerprint(secret), "csrf": csrf,
        "scopes": list(SCOPES), "created_at": now, "seen_at": now, "expires_at": expires_at,
    }  # fmt: skip
    statement = insert(Credential).values(values).returning(Credential.id)
    return Issued(tx.execute(statement).scalar_one(), person_id, secret, csrf, SCOPES, expires_at)


def close_session(tx: Connection, identity: Identity, now: datetime) -> None:
    """End the session (or token) that a request came with."""
    if identity.kind == "token":
        revoke_token(tx, identity.person_id, identity.credential_id, now)
        return
    table = Credential.__table__
    alive = (table.c.id == identity.credential_id, table.c.revoked_at.is_(None))
    tx.execute(update(table).where(*alive).values(revoked_at=now))  # type: ignore[arg-type]


def issue_token(
    tx: Connection, person_id: int, label: str, scopes: Sequence[str], lasts: timedelta, now: datetime
) -> Issued:
    """A bearer token for a program of this person. Raises NotReady where it would last too long."""
    secret, expires_at = f"duban_{secrets.token_urlsafe(SECRET_BYTES)}", now + lasts
    details = TokenIssue.model_validate(
        {"label": label, "scopes": scopes, "expires_at": expires_at, "secret_hash": fingerprint(secret)}
    )
    perform(tx, PERSON, person_id, "issue_token", person_id, now, details=details)
    found = select(Credential.id).where(Credential.secret_hash == details.secret_hash)
    return Issued(
        tx.execute(found).scalar_one(), person_id, secret, None, tuple(sorted(set(scopes))), expires_at
    )


def revoke_token(tx: Connection, person_id: int, credential_id: int, now: datetime) -> None:
    """End one of the person's own tokens. Raises NotFound where it is not theirs or has ended."""
    theirs = (Credential.id == credential_id, Credential.person_id == person_id, Credential.kind == "token")
    if tx.execute(select(Credential.id).where(*theirs, Credential.revoked_at.is_(None))).first() is None:
        raise NotFound(kind="token")
    details = TokenRevocation(credential_id=credential_id)
    perform(tx, PERSON, person_id, "revoke_token", person_id, now, details=details)


def change_password(tx: Connection, identity: Identity, password_hash: str, now: datetime) -> None:
    """Another password; every other session of the person ends."""
    details = PasswordChange(password_hash=password_hash, kept=identity.credential_id)
    perform(tx, PERSON, identity.person_id, "set_password", identity.person_id, now, details=details)


def refuse_demo_accounts(tx: Connection) -> None:
    """Raises DemoAccounts where demo people could sign in to a database that is not marked demo."""
    if offices.is_demo(tx):
        return
    able = (Person.demo, Person.password_hash.is_not(None))
    if logins := tx.execute(select(Person.login).where(*able).order_by(Person.login)).scalars().all():
        raise DemoAccounts(logins=", ".join(logins))
