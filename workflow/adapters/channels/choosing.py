"""Which adapter stands behind which channel, by the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from workflow.adapters.channels.guarded import read_networks
from workflow.adapters.channels.mail import Post
from workflow.adapters.channels.port import Channel, Robot
from workflow.adapters.channels.webhooks import Hooks
from workflow.adapters.mail import Mailer
from workflow.channels import MAIL, ROBOT, SMS, WEBHOOK


class Chosen(Protocol):
    """The settings that channels are chosen by."""

    @property
    def robots(self) -> Mapping[str, Robot]: ...
    @property
    def sms(self) -> SecretStr | None: ...
    @property
    def webhook_networks(self) -> str | None: ...


def open_channels(settings: Chosen, mailer: Mailer) -> Mapping[str, Channel]:
    """Every channel that is sent by. The library of the robots takes long to load: only where one is named."""
    channels: dict[str, Channel] = {
        MAIL: Post(mailer),
        WEBHOOK: Hooks(read_networks(settings.webhook_networks or "")),
    }
    if settings.robots or settings.sms is not None:
        from workflow.adapters.channels.robots import Groups, TextMessages

        channels[ROBOT] = Groups(settings.robots)
        if settings.sms is not None:
            channels[SMS] = TextMessages(settings.sms.get_secret_value())
    return channels
