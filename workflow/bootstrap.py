"""The one file that chooses adapters, and the one way any door commits.

Settings come from the environment (`DUBAN_…`); a wrong value stops the start with a sentence that names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy import Connection

from workflow import offices
from workflow.adapters.channels import Channel, Robot
from workflow.adapters.channels.guarded import read_networks
from workflow.adapters.clocks import DemoClock, system_clock
from workflow.adapters.database import Database
from workflow.channels import SMS, RobotName
from workflow.errors import DubanError
from workflow.evidence_files import DEFAULT_LIMIT
from workflow.outbox import OFFERED

if TYPE_CHECKING:
    from workflow.adapters.mail import Mailer
    from workflow.adapters.paper import Press
    from workflow.adapters.store import Store


class SettingInvalid(DubanError):
    """A setting that the start cannot go on with."""

    code = "setting_invalid"


class Settings(BaseSettings):
    """Everything an installation sets, each `DUBAN_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="DUBAN_", extra="ignore", frozen=True)
    database: str = "sqlite:///var/duban.db"
    store: str = "var/evidence"
    """Evidence and issued papers: a folder, or `s3://bucket/prefix?endpoint=…`."""
    mail: str = "maildir:var/mail"
    """`maildir:FOLDER` or `smtp://user:password@host:port`."""
    mail_from: str = "duban@localhost"
    address: str = "http://127.0.0.1:8000"
    """Where readers of mails open the pages."""
    clock: str = "system"
    """`system`, or `demo:FILE` on a database marked demo."""
    evidence_limit: int = Field(default=DEFAULT_LIMIT, gt=0)
    """Largest evidence file, bytes."""
    own_fonts: Path | None = None
    pool_size: int = Field(default=10, ge=1, le=100)
    session_hours: int = Field(default=12, ge=1, le=24 * 31)
    idle_minutes: int = Field(default=60, ge=5)
    lock_after: int = Field(default=5, ge=2)
    """Failed sign-ins that lock an account."""
    lock_minutes: int = Field(default=15, ge=1)
    robots: dict[RobotName, Robot] = Field(default={})
    """Robots of chat groups by name, as JSON: `{"office": {"url": "wecombot://KEY"}}`."""
    sms: SecretStr | None = None
    """A text-message service as a URL of the library apprise, `{phone}` in place of the number."""
    webhook_key: SecretStr | None = Field(default=None, min_length=32)
    """What the secrets of webhooks follow from; without it there are no webhooks."""
    webhook_networks: str | None = None
    """Networks that are not public and that webhooks may be sent to: `10.1.0.0/16,fd00::/8`."""
    webhook_give_up_hours: int = Field(default=72, ge=1)
    """So long a webhook may fail without one success."""

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, text: str | None) -> str | None:
        read_networks(text or "")
        return text


def read_settings(**given: object) -> Settings:
    """Settings from the environment; SettingInvalid names the first one that is off."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except SettingsError as error:  # a value that is no JSON; what it holds may be secret
        name = re.sub(r".*field \"(\w+)\".*", r"\1", str(error)).upper()
        raise SettingInvalid(setting=f"DUBAN_{name}", problem="not JSON") from None
    except ValidationError as error:
        fault = error.errors()[0]
        name = "DUBAN_" + "_".join(map(str, fault["loc"])).upper()
        raise SettingInvalid(setting=name, problem=fault["msg"]) from None


@dataclass(frozen=True)
class Services:
    """What the doors work with. Parts that cost time or memory are opened when first used."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One act, one transaction: commits when the block ends, rolls all back on any error."""
        with self.database.acting() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look; whatever is written in it is lost."""
        with self.database.reading() as connection:
            yield connection

    @cached_property
    def store(self) -> Store:
        from workflow.adapters.store import open_store

        return open_store(self.settings.store)

    @cached_property
    def mailer(self) -> Mailer:
        from workflow.adapters.mail import open_mailer

        return open_mailer(self.settings.mail)

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The ways a message leaves, by name."""
        from workflow.adapters.channels.choosing import open_channels

        return open_channels(self.settings, self.mailer)

    @property
    def offered(self) -> frozenset[str]:
        """The channels to people that this installation has."""
        return OFFERED | {SMS} if self.settings.sms else OFFERED

    @cached_property
    def press(self) -> Press:
        from workflow.adapters.paper import Press

        return Press(own_fonts=self.settings.own_fonts)

    def close(self) -> None:
        self.database.close()


def bootstrap(settings: Settings | None = None, *, clock: Callable[[], datetime] | None = None) -> Services:
    """Join settings and adapters. Refuses the demo clock on a database that is not marked demo."""
    settings = settings or read_settings()
    _refuse_unknown_services(settings)
    database = _open_database(settings)
    return Services(settings, database, clock or _clock(settings, database))


def _refuse_unknown_services(settings: Settings) -> None:
    """Robots and text messages that the library cannot send by stop the start; their URLs are not repeated."""
    if not settings.robots and settings.sms is None:
        return
    from workflow.adapters.channels.robots import is_known

    for name, robot in settings.robots.items():
        if not is_known(robot.url.get_secret_value()):
            raise SettingInvalid(setting="DUBAN_ROBOTS", problem=f"{name}: no service that can be sent by")
    if settings.sms is not None and not is_known(settings.sms.get_secret_value()):
        raise SettingInvalid(setting="DUBAN_SMS", problem="no service that can be sent by")


def _open_database(settings: Settings) -> Database:
    try:
        return Database(settings.database, pool_size=settings.pool_size)
    except Exception as error:
        raise SettingInvalid(setting="DUBAN_DATABASE", problem=str(error)) from error


def _clock(settings: Settings, database: Database) -> Callable[[], datetime]:
    if settings.clock == "system":
        return system_clock
    scheme, _, path = settings.clock.partition(":")
    if scheme != "demo" or not path:
        raise SettingInvalid(setting="DUBAN_CLOCK", problem="system or demo:FILE")
    with database.reading() as tx:
        if not offices.is_demo(tx):
            raise SettingInvalid(setting="DUBAN_CLOCK", problem="the demo clock needs a database marked demo")
    return DemoClock(Path(path))
