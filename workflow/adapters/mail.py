"""Sends mail: into a maildir folder (the default, nothing to start) or by SMTP.

A mailer takes a finished message whose Message-ID the caller chose and keeps over retries. `MailRefused` means
that trying again will not help; `MailUnavailable` that it may. Nothing here retries or waits: the relay does.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, quote, unquote, urlsplit

from workflow.adapters.channels.port import Refused, Unavailable
from workflow.errors import DubanError

TIMEOUT_SECONDS = 20.0
LONGEST_NAME = 200  # most file systems allow 255 bytes, and a mail reader appends its flags
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PERMANENT = 500


class MailRefused(Refused):
    """This message will never be taken as it is: a person must look at it."""

    code = "mail_refused"


class MailUnavailable(Unavailable):
    """The mail could not be handed over now; trying again later may do."""

    code = "mail_unavailable"


class MailUrlInvalid(DubanError):
    """The mail setting names no way of sending. The URL itself is not repeated: it may hold a password."""

    code = "mail_url_invalid"


class Mailer(Protocol):
    """A way of sending mail."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over for good, or raise MailRefused or MailUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Maildir:
    """A maildir folder. The file is named by the Message-ID, so sending twice leaves one mail."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write to `tmp/`, make it durable, rename into `new/`. A mail already read counts as sent."""
        name = file_name(_message_id(message))
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            if not self._holds(name):
                self._write(name, message.as_bytes())
        except OSError as failed:
            raise MailUnavailable(reason=type(failed).__name__, detail=failed.strerror or "") from failed

    def _holds(self, name: str) -> bool:
        """In `new/`, or in `cur/`, where a reader moves it with its flags appended."""
        return (self.folder / "new" / name).exists() or any((self.folder / "cur").glob(f"{name}:2,*"))

    def _write(self, name: str, content: bytes) -> None:
        draft = self.folder / "tmp" / f"{secrets.token_hex(8)}.{os.getpid()}"
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.folder / "new" / name)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(self.folder / "new")


@dataclass(frozen=True, slots=True)
class Smtp:
    """An SMTP server by URL: `smtp://host:25` in clear, `smtp+starttls://` and `smtps://` over checked TLS.

    A password is percent-encoded in the URL and never sent in clear, except to this machine itself.
    """

    url: str = field(repr=False)
    timeout: float = TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        """Raises MailUrlInvalid for a URL that cannot be sent by, so that a wrong setting stops the start."""
        parts = urlsplit(self.url)
        if parts.scheme not in PORTS or not parts.hostname or _port(parts) is None:
            raise MailUrlInvalid(problem="not_smtp")
        if parts.password and parts.scheme == "smtp" and parts.hostname not in LOOPBACK:
            raise MailUrlInvalid(problem="password_in_clear")

    def send(self, message: EmailMessage) -> None:
        """One connection, one message. What the server says against the message is permanent, all else is not."""
        _message_id(message)
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as failed:
            raise MailUnavailable(reason=type(failed).__name__, detail=str(failed)) from failed
        with closing(server):
            self._hand_over(server, message)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            refused = server.send_message(message)
        except (smtplib.SMTPException, OSError) as failed:
            raise _named(failed) from failed
        # The server has taken the mail: a farewell that fails must not make it go out again.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        if refused:  # by some of several recipients: the others have it, so it must not go out again either
            raise MailRefused(reason="recipient", detail=_replies(refused))

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", _port(parts) or 0
        if parts.scheme == "smtps":
            secure = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout, context=secure)
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout)
        try:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def open_mailer(url: str) -> Mailer:
    """The mailer of a setting: `maildir:var/mail`, `maildir:///srv/mail`, or an SMTP URL; else MailUrlInvalid."""
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        folder = unquote(rest.removeprefix("//"))
        if not folder:
            raise MailUrlInvalid(problem="no_folder")
        return Maildir(Path(folder))
    return Smtp(url)


def file_name(message_id: str) -> str:
    """The one file name of a Message-ID: readable, never a path, never hidden; a hash where too long."""
    name = quote(message_id.strip().removeprefix("<").removesuffix(">"), safe="@+=_-.")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    return name if len(name) <= LONGEST_NAME else hashlib.sha256(name.encode()).hexdigest()


def _message_id(message: EmailMessage) -> str:
    message_id = str(message["Message-ID"] or "").strip()
    if not message_id.strip("<>"):
        raise MailRefused(reason="no_message_id")
    return message_id


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or PORTS[parts.scheme]
    except ValueError:  # not a number, or beyond 65535
        return None


def _named(failed: smtplib.SMTPException | OSError) -> MailRefused | MailUnavailable:
    """Permanent is a 5xx reply to the sender, the recipient or the content, or an address the server cannot take."""
    match failed:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            permanent = all(reply >= PERMANENT for reply, _ in refused.values())
            detail = _replies(refused)
        case smtplib.SMTPSenderRefused(smtp_code=reply) | smtplib.SMTPDataError(smtp_code=reply):
            permanent, detail = reply >= PERMANENT, str(reply)
        case _:
            permanent, detail = isinstance(failed, smtplib.SMTPNotSupportedError), str(failed)
    error = MailRefused if permanent else MailUnavailable
    return error(reason=type(failed).__name__, detail=detail)


def _replies(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return ", ".join(f"{recipient}: {reply}" for recipient, (reply, _) in refused.items())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
