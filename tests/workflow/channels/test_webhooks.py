"""Webhooks on the wire: signed as the specification says, and never sent where nobody meant them to go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.receivers import Receiver, receiving
from tests.workflow.channels.test_robots import LETTER
from workflow.adapters.channels import Hook, Parcel, Unavailable, guarded
from workflow.adapters.channels.guarded import TargetRefused, may_be_asked, read_networks, read_target
from workflow.adapters.channels.signatures import secret_of, sign, written
from workflow.adapters.channels.webhooks import HookGone, Hooks, payload
from workflow.deliveries import Claimed

NOW = datetime(2023, 1, 30, 1, tzinfo=UTC)
HERE = read_networks("127.0.0.0/8")
FACTS = {
    "task_id": 4,
    "task_name": "能源审计",
    "colour": "red",
    "reason": "缺盖章页",
    "by": "李四",
    "text": "x",
    "request": "r",
}
DELIVERY = Claimed(
    1,
    "msg_1_abc",
    0,
    "card_raised",
    FACTS,
    NOW,
    "",
    None,
    None,
    "webhook",
    webhook_id=1,
    root_kind="task",
    root_id=4,
)


def post(receiver: Receiver, *secrets: bytes, allowed: Any = HERE) -> None:
    hook = Hook(f"{receiver.address}/hook?x=1", secrets or (b"secret",))
    Hooks(allowed).send(Parcel(DELIVERY, LETTER, NOW, hook))


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    """The example of the reference libraries (standard-webhooks, `test_sign_function`)."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_what_is_posted_can_be_verified_with_either_secret_and_says_nobodys_words() -> None:
    old, new = secret_of("k" * 32, 1, "old"), secret_of("k" * 32, 1, "new")
    assert old != new
    with receiving() as receiver:
        post(receiver, new, old)
    (asked,) = receiver.asked
    content = f"msg_1_abc.{int(NOW.timestamp())}.".encode() + asked.body
    for secret in (old, new):
        shown = base64.b64decode(written(secret).removeprefix("whsec_"))
        signature = base64.b64encode(hmac.new(shown, content, hashlib.sha256).digest()).decode()
        assert f"v1,{signature}" in asked.headers["webhook-signature"].split()
    assert asked.told == {
        "type": "card_raised", "timestamp": "2023-01-30T01:00:00.000000Z",
        "data": {"root": {"kind": "task", "id": 4}, "task_id": 4, "task_name": "能源审计", "colour": "red"},
    }  # fmt: skip
    assert asked.body == payload(DELIVERY), "the same bytes every time"
    assert (asked.path, asked.query) == ("/hook", {"x": "1"})


@pytest.mark.parametrize(
    ("mood", "error"),
    [((500, {}), Unavailable), ((302, {}), Unavailable), ("drop", Unavailable), ((410, {}), HookGone)],
)  # fmt: skip
def test_anything_but_success_is_a_failure_and_no_redirect_is_followed(
    mood: Any, error: type[Exception]
) -> None:
    with receiving() as receiver:
        receiver.moods = [mood]
        with pytest.raises(error):
            post(receiver)
    assert len(receiver.asked) == 1


def test_a_receiver_that_never_ends_its_answer_is_hung_up_on() -> None:
    with receiving() as receiver:
        receiver.moods = ["stall"]
        with pytest.raises(Unavailable):
            guarded.post(f"{receiver.address}/", b"{}", {}, HERE, whole=0.2)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::"],
)  # fmt: skip
def test_no_address_within_is_asked_unless_the_settings_allow_it(address: str) -> None:
    assert not may_be_asked(ip_address(address), ())
    assert may_be_asked(ip_address(address), read_networks("0.0.0.0/0,::/0"))


@given(st.ip_addresses())
def test_only_public_addresses_are_asked(address: Any) -> None:
    assert not may_be_asked(address, ()) or address.is_global


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_a_public_address_is_asked(address: str) -> None:
    assert may_be_asked(ip_address(address), ())


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers with another address the second time changes nothing: it is not asked a second time."""
    asked: list[Any] = []

    def resolve(host: Any, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        place = "127.0.0.1" if host == "hooks.example" and len(asked) == 1 else str(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    with receiving() as receiver:
        port = int(receiver.address.rsplit(":", 1)[1])
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert guarded.post(f"http://hooks.example:{port}/", b"{}", {}, HERE) == 200
    assert asked == ["hooks.example", "127.0.0.1"], (
        "the second is the connection's own, to the address checked"
    )
    assert receiver.asked[0].headers["host"] == f"hooks.example:{port}"


@pytest.mark.parametrize("places", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8"]])
def test_one_address_within_among_others_refuses_and_so_does_clear_text(
    places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 80)) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(TargetRefused):
        guarded.post("http://hooks.example/", b"{}", {}, ())


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https:///x", "https://user:pw@x/", "https://x:99999/", "https://x/#here", "file:///etc/passwd"]
)  # fmt: skip
def test_what_is_no_address_to_post_to_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        read_target(url)


def test_a_body_holds_no_fact_that_is_not_on_the_list() -> None:
    told = json.loads(payload(DELIVERY))["data"]
    assert not {"reason", "by", "text", "request"} & set(told)
