"""The one file that chooses adapters, and the one way any door commits.

Settings come from the environment (`DUBAN_…`); a wrong value stops the start with a sentence that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Connection

from workflow import offices
from workflow.adapters.clocks import DemoClock, system_clock
from workflow.adapters.database import Database
from workflow.errors import DubanError
from workflow.evidence_files import DEFAULT_LIMIT

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


def read_settings(**given: object) -> Settings:
    """Settings from the environment; SettingInvalid names the first one that is off."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
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
    def press(self) -> Press:
        from workflow.adapters.paper import Press

        return Press(own_fonts=self.settings.own_fonts)

    def close(self) -> None:
        self.database.close()


def bootstrap(settings: Settings | None = None, *, clock: Callable[[], datetime] | None = None) -> Services:
    """Join settings and adapters. Refuses the demo clock on a database that is not marked demo."""
    settings = settings or read_settings()
    database = _open_database(settings)
    return Services(settings, database, clock or _clock(settings, database))


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
