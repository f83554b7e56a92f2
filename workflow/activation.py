"""Activation: a one-time code on paper with which a person sets a password. Nobody ever has a default one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from models import ActivationSlip, Person
from models.states import PersonState
from workflow.acts import perform
from workflow.directory.orders import Activation, SlipIssue
from workflow.errors import DubanError
from workflow.lifecycles.person import PERSON
from workflow.sign_in import fingerprint

SLIP_DAYS = 14
SLIP_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of a code that is read from paper: no 0 and O, no 1 and I."""
SLIP_LENGTH = 16
"""80 bits: not to be guessed within its days."""


class CodeRefused(DubanError):
    """An activation code that is unknown, used, or older than its days: not said which."""

    code = "code_refused"


@dataclass(frozen=True, slots=True)
class Slip:
    """An activation slip to be printed. The only moment at which its code is known."""

    person_id: int
    code: str
    expires_at: datetime


def issue_slip(tx: Connection, person_id: int, actor_id: int | None, now: datetime) -> Slip:
    """A one-time code with which the person sets a password; earlier slips are spoilt."""
    code = "".join(secrets.choice(SLIP_SIGNS) for _ in range(SLIP_LENGTH))
    expires_at = now + timedelta(days=SLIP_DAYS)
    details = SlipIssue(code_hash=fingerprint(code), expires_at=expires_at)
    perform(tx, PERSON, person_id, "issue_slip", actor_id, now, details=details)
    return Slip(person_id, "-".join(code[i : i + 4] for i in range(0, SLIP_LENGTH, 4)), expires_at)


def find_slip(tx: Connection, code: str, now: datetime) -> tuple[int, int, str]:
    """(slip id, person id, login) of a code as somebody typed it; CodeRefused where it opens nothing."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    row = tx.execute(
        select(ActivationSlip.id, Person.id, Person.login)
        .join(Person, Person.id == ActivationSlip.person_id)
        .where(
            ActivationSlip.code_hash == fingerprint(plain),
            ActivationSlip.used_at.is_(None),
            ActivationSlip.expires_at > now,
            Person.state != PersonState.DEPARTED,
        )
    ).one_or_none()
    if row is None:
        raise CodeRefused
    return row[0], row[1], row[2]


def activate(tx: Connection, slip_id: int, person_id: int, password_hash: str, now: datetime) -> None:
    """Use up the slip and set the password. Raises NotReady where the slip was used meanwhile."""
    details = Activation(slip_id=slip_id, password_hash=password_hash)
    perform(tx, PERSON, person_id, "activate", person_id, now, details=details)
