"""Robots of chat groups (企业微信, 钉钉, 飞书…) and text messages, by the library apprise.

A robot is told by a URL of that library (`wecombot://KEY`, `dingtalk://SECRET@TOKEN`, `feishu://TOKEN`), which is a
secret. Its service may stand elsewhere than the public one: an office with a server of its own names its address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import apprise
import requests

from workflow.adapters.channels.listening import listening
from workflow.adapters.channels.port import Parcel, Refused, Robot, Unavailable
from workflow.adapters.letters import check_said
from workflow.adapters.letters.letter import Letter
from workflow.adapters.letters.wording import put

LONGEST_TEXT = 500
"""In characters, beside the title of 120: 企业微信 takes 2048 bytes."""
REDIRECTS = 300
"""None is followed: to these robots it is a refusal like any other."""
LEFT_OUT = ("by", "text", "reason", "problem")
"""What somebody wrote, or who: it is for the one who is told, not for a group."""


class RobotUnknown(Refused):
    """The settings name no such robot."""

    code = "robot_unknown"


@dataclass(frozen=True, slots=True)
class Groups:
    """The robots of the settings, as one channel."""

    robots: Mapping[str, Robot]

    def send(self, parcel: Parcel) -> None:
        """Raises RobotUnknown, LetterUnknown, LetterIncomplete, Refused or Unavailable."""
        robot = self.robots.get(parcel.delivery.robot or "")
        if robot is None:
            raise RobotUnknown(robot=parcel.delivery.robot)
        title, body = group_text(parcel.letter)
        post(robot.url.get_secret_value(), title, body, robot.address)


@dataclass(frozen=True, slots=True)
class TextMessages:
    """A text-message service: a URL of the library in which `{phone}` stands for the number."""

    url: str = field(repr=False)

    def send(self, parcel: Parcel) -> None:
        """Raises LetterUnknown, LetterIncomplete, Refused or Unavailable."""
        number = quote(parcel.delivery.phone or "", safe="")
        if not number:
            raise Refused(reason="no_telephone")
        post(self.url.replace("{phone}", number), "", short_text(parcel.letter))


def group_text(letter: Letter) -> tuple[str, str]:
    """Title and body of what a group is told: what it is about, by when, and where to look; nobody's name or words."""
    told = _put(letter)
    rows = [
        f"{label}{told['colon']}{value}" for name, label, value in told["named_rows"] if name not in LEFT_OUT
    ]
    return told["subject"], "\n".join([told["lead"], told["link"], *rows, told["office"]])[:LONGEST_TEXT]


def short_text(letter: Letter) -> str:
    """What a telephone shows: one sentence, and where to look."""
    told = _put(letter)
    return f"{told['subject']} {told['link']}"


def _put(letter: Letter) -> dict[str, Any]:
    check_said(letter)
    return put(letter)


def is_known(url: str) -> bool:
    """Whether the library can send by such a URL."""
    return (
        apprise.Apprise.instantiate(url.replace("{phone}", "13800000000"), suppress_exceptions=True)
        is not None
    )


def post(url: str, title: str, body: str, address: str | None = None) -> None:
    """Send a text, and believe the answer only when it says that the text was taken."""
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise Refused(reason="no_such_service")
    service.request_rate_per_sec = (
        0  # a service that is asked too often says so, and the message waits for its turn
    )
    with listening(service, address) as heard:
        taken = service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    if faults := [fault for answer in heard.answers if (fault := fault_of(answer))]:
        raise Unavailable(reason="answered", detail=faults[0])
    if not taken:
        raise Unavailable(reason="not_taken", detail=heard.failure or "no answer")


def fault_of(answer: requests.Response) -> str | None:
    """What an answer refuses: by its status, or by the number that these robots put into an answer of status 200.

    企业微信 and 钉钉 say `errcode`, 飞书 `code`, each 0 for taken; the library itself looks only at the status of the
    first two.
    """
    if answer.status_code >= REDIRECTS:
        return f"HTTP {answer.status_code}"
    told = _told(answer.content)
    for name in ("errcode", "code", "StatusCode"):
        if isinstance(told.get(name), int) and told[name] != 0:
            return f"{name} {told[name]}: {str(told.get('errmsg') or told.get('msg') or '')[:200]}"
    return None


def _told(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
