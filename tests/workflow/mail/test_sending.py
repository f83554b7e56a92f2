"""Mailers: one contract for maildir and SMTP, then what each must not do."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from workflow.adapters.mail import (
    Maildir,
    Mailer,
    MailRefused,
    MailUnavailable,
    MailUrlInvalid,
    Smtp,
    file_name,
    open_mailer,
)
from workflow.errors import DubanError
from workflow.words import LANGUAGES, say


def letter(
    message_id: str = "<reminder-17-before-3@duban.example>", to: str = "olga@unit.example"
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "duban@office.example", to, "督办提醒"
    message["Message-ID"] = message_id
    message.set_content("还有3天到期。", cte="base64")
    return message


@dataclass
class Inbox:
    """What a server took in, and how it answers: a reply per recipient, or to the content."""

    taken: list[bytes] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    content_reply: str = "250 taken"

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self.replies.get(address, "250 fine")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.content_reply.startswith("250"):
            self.taken.append(envelope.original_content)
        return self.content_reply


@contextmanager
def serving(inbox: Inbox, **settings: Any) -> Iterator[str]:
    """A server on a free port of this machine; its address and port."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["maildir", "smtp"])
def mailer(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Mailer, Callable[[], list[bytes]]]]:
    """A mailer of each kind, with a way to look at what arrived."""
    if request.param == "maildir":
        yield (
            open_mailer(f"maildir://{tmp_path}"),
            lambda: [p.read_bytes() for p in (tmp_path / "new").iterdir()],
        )
        return
    inbox = Inbox()
    with serving(inbox) as server:
        yield open_mailer(f"smtp://{server}"), lambda: inbox.taken


def test_a_mail_arrives_as_it_was_written(mailer: tuple[Mailer, Callable[[], list[bytes]]]) -> None:
    send, arrived = mailer
    send.send(letter())
    (content,) = arrived()
    read = message_from_bytes(content, policy=policy.default)
    assert read["Subject"] == "督办提醒"
    assert read["Message-ID"] == "<reminder-17-before-3@duban.example>"
    assert read.get_content() == "还有3天到期。\n"


def test_two_mails_are_two(mailer: tuple[Mailer, Callable[[], list[bytes]]]) -> None:
    send, arrived = mailer
    send.send(letter("<a@duban>"))
    send.send(letter("<b@duban>"))
    assert len(arrived()) == 2


def test_a_mail_without_message_id_is_refused(mailer: tuple[Mailer, Callable[[], list[bytes]]]) -> None:
    send, arrived = mailer
    anonymous = letter()
    del anonymous["Message-ID"]
    with pytest.raises(MailRefused, match="no_message_id"):
        send.send(anonymous)
    send.send(letter())
    assert len(arrived()) == 1


def test_twice_is_once_in_a_maildir(tmp_path: Path) -> None:
    for _ in range(2):
        Maildir(tmp_path).send(letter())
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["reminder-17-before-3@duban.example"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_mail_already_read_is_not_delivered_again(tmp_path: Path) -> None:
    Maildir(tmp_path).send(letter())
    (delivered,) = (tmp_path / "new").iterdir()
    delivered.rename(tmp_path / "cur" / f"{delivered.name}:2,S")
    Maildir(tmp_path).send(letter())
    assert list((tmp_path / "new").iterdir()) == []


def test_a_crash_before_the_rename_leaves_no_mail_and_the_next_try_delivers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", broken)
        with pytest.raises(MailUnavailable) as failed:
            Maildir(tmp_path).send(letter())
    assert failed.value.facts["detail"] == "No space left on device"
    assert [list((tmp_path / part).iterdir()) for part in ("tmp", "new")] == [[], []]
    Maildir(tmp_path).send(letter())
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailUnavailable):
        Maildir(tmp_path / "file" / "mail").send(letter())


@pytest.mark.parametrize(
    "message_id",
    ["<../../etc/passwd@x>", "<.hidden@x>", "<a:2,S@x>", "<a/b*?[c]@x>", f"<{'x' * 300}@y>", "<任务@x>"],
)
def test_no_message_id_leaves_the_folder_or_hides_in_it(message_id: str, tmp_path: Path) -> None:
    name = file_name(message_id)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert not name.startswith(".")
    assert ":" not in name
    assert len(name) <= 255
    assert name != file_name(message_id.replace("x", "z"))


def test_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(MailUnavailable) as failed:
        Smtp(f"smtp://127.0.0.1:{free_port()}").send(letter())
    assert failed.value.facts["reason"] == "ConnectionRefusedError"


def test_a_server_that_says_nothing_is_unavailable_after_the_timeout() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(MailUnavailable, match="timed out"),
    ):
        Smtp(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).send(letter())


@pytest.mark.parametrize(
    ("reply", "error"), [("550 no such mailbox", MailRefused), ("450 mailbox busy", MailUnavailable)]
)
def test_a_refused_recipient_is_permanent_and_a_busy_one_is_not(reply: str, error: type[Exception]) -> None:
    inbox = Inbox(replies={"gone@unit.example": reply})
    with serving(inbox) as server, pytest.raises(error, match=f"gone@unit.example: {reply[:3]}"):
        Smtp(f"smtp://{server}").send(letter(to="gone@unit.example"))
    assert inbox.taken == []


@pytest.mark.parametrize(("reply", "error"), [("554 spam", MailRefused), ("451 try later", MailUnavailable)])
def test_rejected_content_is_permanent_and_a_delay_is_not(reply: str, error: type[Exception]) -> None:
    with serving(Inbox(content_reply=reply)) as server, pytest.raises(error, match=reply[:3]):
        Smtp(f"smtp://{server}").send(letter())


def test_one_refused_of_two_recipients_is_told_and_not_sent_again() -> None:
    inbox = Inbox(replies={"gone@unit.example": "450 busy"})
    with serving(inbox) as server, pytest.raises(MailRefused, match=r"gone@unit\.example: 450"):
        Smtp(f"smtp://{server}").send(letter(to="olga@unit.example, gone@unit.example"))
    assert len(inbox.taken) == 1


def test_an_address_the_server_cannot_carry_is_refused() -> None:
    with (
        serving(Inbox(), enable_SMTPUTF8=False) as server,
        pytest.raises(MailRefused, match="SMTPNotSupportedError"),
    ):
        Smtp(f"smtp://{server}").send(letter(to="张伟@unit.example"))


def test_a_failed_farewell_does_not_send_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", hang_up)
    inbox = Inbox()
    with serving(inbox) as server:
        Smtp(f"smtp://{server}").send(letter())
    assert len(inbox.taken) == 1


def test_sign_in_with_a_percent_encoded_password() -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        known = (login.login, login.password) == (b"duban", b"p@ss/word")
        return AuthResult(success=known, handled=False)

    inbox = Inbox()
    with serving(inbox, authenticator=check, auth_require_tls=False) as server:
        Smtp(f"smtp://duban:p%40ss%2Fword@{server}").send(letter())
        with pytest.raises(MailUnavailable, match="535"):
            Smtp(f"smtp://duban:wrong@{server}").send(letter())
    assert len(inbox.taken) == 1


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_where_tls_is_asked_for_nothing_goes_out_in_clear(scheme: str) -> None:
    inbox = Inbox()
    with serving(inbox) as server, pytest.raises(MailUnavailable):
        Smtp(f"{scheme}://{server}", timeout=2).send(letter())
    assert inbox.taken == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "not_smtp"),
        ("http://mail.example", "not_smtp"),
        ("smtp://", "not_smtp"),
        ("smtp://mail.example:lots", "not_smtp"),
        ("maildir:", "no_folder"),
        ("smtp://duban:secret@mail.example", "password_in_clear"),
    ],
)
def test_a_wrong_setting_is_named_without_repeating_its_password(url: str, problem: str) -> None:
    with pytest.raises(MailUrlInvalid) as refused:
        open_mailer(url)
    assert refused.value.facts == {"problem": problem}
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("error", [MailUrlInvalid, MailRefused, MailUnavailable])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_has_its_words(error: type[DubanError], language: str) -> None:
    assert say(f"error.{error.code}", language, reason="recipient", detail="olga@unit.example: 550")


def test_a_mailer_in_a_log_shows_no_password() -> None:
    assert "secret" not in repr(open_mailer("smtps://duban:secret@mail.example"))
