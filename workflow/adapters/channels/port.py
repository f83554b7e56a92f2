"""The port: a channel takes one parcel and hands it over for good, or says whether trying again may help.

Nothing behind the port retries, waits or keeps a record: the relay does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from workflow.errors import DubanError

if TYPE_CHECKING:
    from workflow.adapters.letters import Letter
    from workflow.deliveries import Claimed


class Refused(DubanError):
    """This message will never be taken as it is: a person must look at it."""

    code = "message_refused"


class Unavailable(DubanError):
    """It could not be handed over now; trying again later may do."""

    code = "message_unavailable"


class Robot(BaseModel):
    """A robot of the settings: a URL of the library apprise, and where its service stands if not in the usual place."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: SecretStr
    address: str | None = Field(default=None, pattern=r"^https?://[^\s/]+$")


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it is sent to: its address, and the secrets that sign for it now."""

    url: str
    secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, all that it says, and the moment at which it is sent."""

    delivery: Claimed
    letter: Letter
    at: datetime
    hook: Hook | None = None


class Channel(Protocol):
    """A way of sending."""

    def send(self, parcel: Parcel) -> None:
        """Hand the parcel over for good, or raise Refused or Unavailable."""
        ...
