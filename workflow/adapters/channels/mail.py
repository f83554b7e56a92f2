"""Mail as a channel: the letter composed, and handed to the mailer."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.adapters.channels.port import Parcel, Refused
from workflow.adapters.letters import compose
from workflow.adapters.mail import Mailer


class AddressMissing(Refused):
    """The person has no mail address: somebody must enter one, then the delivery is taken up again."""

    code = "address_missing"


@dataclass(frozen=True, slots=True)
class Post:
    """The mailer, as a channel."""

    mailer: Mailer

    def send(self, parcel: Parcel) -> None:
        """Raises AddressMissing, LetterUnknown, LetterIncomplete, MailRefused or MailUnavailable."""
        if not parcel.delivery.email:
            raise AddressMissing(person=parcel.delivery.name)
        self.mailer.send(compose(parcel.letter))
