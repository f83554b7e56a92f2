"""The cast's way to Duban: HTTP over loopback, one bearer token a person, the connection kept open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from workflow.errors import DubanError

API = "/api/v1"
OCTETS = "application/octet-stream"
TOKEN_HOURS = 744
"""The longest that a sign-in of a program lasts: a month of simulated time."""
RENEWED_BEFORE = timedelta(hours=24)
PATIENCE = 60.0
"""Seconds for one answer. Nothing in a demo takes that long: whoever waits longer waits in vain."""
IDLE = 3.0
"""Seconds after which an open connection is not trusted any more: the server hangs up after five."""
OK = range(200, 300)
SHOWN = 300
"""Bytes of a refused request that are shown."""


class PlayStopped(DubanError):
    """An answer that the story does not foresee. Facts: `who`, `what`, `at`, `status`, `problem`."""

    code = "play_stopped"


@dataclass(slots=True)
class Desk:
    """Signs in whoever acts, sends what they do, and stops the play at the first refusal."""

    port: int
    password: str
    clock: Callable[[], datetime]
    _used_at: float = 0.0
    _line: HTTPConnection | None = None
    _tokens: dict[str, tuple[str, datetime]] | None = None

    def act(
        self, who: str, noun: str, subject: int, action: str,
        reason: str | None = None, details: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """One action of a lifecycle: the answer with its event and those that followed."""
        body = {"action": action, "reason": reason, "details": details}
        path = f"{API}/{noun}/{subject}/actions"
        given = {name: value for name, value in body.items() if value is not None}
        return dict(self.call(who, "POST", path, json.dumps(given, ensure_ascii=False).encode()))

    def attach(
        self, who: str, subject: int, name: str, true_on: str, content: bytes, *, noun: str = "milestones"
    ) -> int:
        """Upload a file as evidence of a milestone or a share: its id."""
        asked = urlencode({"file_name": name, "true_on": true_on}, quote_via=quote)
        path = f"{API}/{noun}/{subject}/evidence?{asked}"
        return int(self.call(who, "POST", path, content, OCTETS)["id"])

    def send(self, who: str, path: str, content: bytes, method: str = "POST") -> Any:
        """Bytes under a path of the API: the answer's JSON."""
        return self.call(who, method, f"{API}/{path}", content, OCTETS)

    def refused(
        self, who: str, noun: str, subject: int, action: str, *, details: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """An action that must be refused: the problem. Raises PlayStopped where it is not."""
        body = json.dumps({"action": action, "details": details}, ensure_ascii=False).encode()
        path = f"{API}/{noun}/{subject}/actions"
        status, problem = self._send("POST", path, body, {"Authorization": f"Bearer {self._token(who)}"})
        if status in OK:
            raise self._stopped(who, f"POST {path} was let through", status, problem)
        return dict(problem)

    def read(self, who: str, path: str) -> Any:
        """What a person is shown under a path of the API."""
        return self.call(who, "GET", f"{API}/{path}")

    def listed(self, who: str, path: str) -> Iterator[dict[str, Any]]:
        """All rows of a list, page by page."""
        cursor, joint = None, "&" if "?" in path else "?"
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            page = self.read(who, f"{path}{joint}limit=200{more}")
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def call(
        self,
        who: str,
        method: str,
        path: str,
        body: bytes | None = None,
        media_type: str = "application/json",
    ) -> Any:
        """One request in a person's name: the answer's JSON. Raises PlayStopped for a refusal."""
        headers = {"Authorization": f"Bearer {self._token(who)}", "Content-Type": media_type}
        status, answer = self._send(method, path, body, headers)
        if status not in OK:
            asked = (body or b"")[:SHOWN].decode(errors="replace")
            raise self._stopped(who, f"{method} {path} {asked}", status, answer)
        return answer

    def _token(self, who: str) -> str:
        """The person's token; a new one where there is none, or its end is near."""
        self._tokens = self._tokens or {}
        token, ends_at = self._tokens.get(who, ("", self.clock()))
        if ends_at - self.clock() < RENEWED_BEFORE:
            wanted = {"login": who, "password": self.password, "label": "demo", "hours": TOKEN_HOURS}
            status, made = self._send("POST", f"{API}/tokens/sign-in", json.dumps(wanted).encode(), {})
            if status not in OK:
                raise self._stopped(who, "sign-in", status, made)
            token = made["token"]
            self._tokens[who] = (token, datetime.fromisoformat(made["expires_at"]))
        return token

    def _stopped(self, who: str, what: str, status: int, answer: Any) -> PlayStopped:
        at, problem = self.clock().isoformat(timespec="minutes"), json.dumps(answer, ensure_ascii=False)
        return PlayStopped(who=who, what=what, at=at, status=status, problem=problem)

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        line = self._open_line()
        line.request(method, path, body, {"Content-Type": "application/json", **headers})
        answer = line.getresponse()
        content = answer.read()
        self._used_at = monotonic()
        return answer.status, json.loads(content) if content else None

    def _open_line(self) -> HTTPConnection:
        if self._line is None:
            self._line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        elif monotonic() - self._used_at > IDLE:
            self._line.close()  # the next request opens it again
        return self._line

    def leave(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
