"""What acts on a person take. None carries a secret into the audit chain: hashes and contact data are excluded."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field, computed_field

from models.states import Role
from workflow.civil import PlanDay
from workflow.law import Details, RowId

Scope = Literal["read", "act"]
Language = Literal["zh-Hans", "zh-Hant", "en"]


class SlipIssue(Details):
    """A new activation slip. Only its hash is stored."""

    code_hash: str = Field(exclude=True)
    expires_at: AwareDatetime


class Activation(Details):
    """The first password, or the next one after a new slip."""

    slip_id: int
    password_hash: str = Field(exclude=True)


class PasswordChange(Details):
    """A password of one's own choice. `kept`: the session it was changed from."""

    password_hash: str = Field(exclude=True)
    kept: int | None = None


class Lockout(Details):
    until: AwareDatetime


class TokenIssue(Details):
    """A bearer token for a program. Only its hash is stored."""

    label: str = Field(min_length=1, max_length=80)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    expires_at: AwareDatetime
    secret_hash: str = Field(exclude=True)


class TokenRevocation(Details):
    credential_id: int = Field(examples=[7])


class GrantIssue(Details):
    """A role in a unit or department from one day to another; `to_on` is the last day it holds."""

    role: Role = Field(examples=[Role.OWNER])
    unit_id: int | None = Field(default=None, examples=[3])
    from_on: date = Field(examples=["2022-01-14"])
    to_on: date | None = Field(default=None, examples=["2023-12-31"])


class GrantEnd(Details):
    grant_id: int = Field(examples=[12])
    to_on: date = Field(examples=["2022-06-30"])


class Contact(Details):
    """How a person is reached. The audit chain keeps which fields changed, never their contents."""

    email: str | None = Field(default=None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+$", exclude=True)
    phone: str | None = Field(default=None, max_length=40, exclude=True)
    language: Language | None = Field(default=None, exclude=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def changed(self) -> list[str]:
        return sorted(self.model_fields_set)


class Amendment(Contact):
    """What an admin may correct."""

    name: str | None = Field(default=None, min_length=1, max_length=80, exclude=True)
    unit_id: int | None = None


class FeedIssue(Details):
    """A new address for one's calendar. Only the hash of its secret is stored."""

    secret_hash: str = Field(exclude=True)


class JobOrder(Details):
    """A job of the timetable, to be run now."""

    job: str = Field(max_length=60, examples=["remind"])


class AbsenceAnnouncement(Details):
    """Days, the first and the last one included, on which the substitute may sign."""

    substitute_id: RowId = Field(examples=[8])
    from_on: PlanDay = Field(examples=["2022-07-04"])
    to_on: PlanDay = Field(examples=["2022-07-15"])

    @property
    def other(self) -> tuple[str, int]:
        """The other person, and the field that names them."""
        return "substitute_id", self.substitute_id


class AbsenceEnd(Details):
    absence_id: RowId = Field(examples=[3])


class HandOver(Details):
    """To whom everything goes that waits for a person, as the door found it."""

    to_id: RowId = Field(examples=[8])
    seats: tuple[RowId, ...] = ()
    absences: tuple[RowId, ...] = ()
    """In which they are the substitute: these end."""

    @property
    def other(self) -> tuple[str, int]:
        """The other person, and the field that names them."""
        return "to_id", self.to_id
