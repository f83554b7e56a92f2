"""The load: people who keep acting over HTTP, whatever happens to the server, and remember what they were told.

Each looks at what is open to them, picks an act and does it under an Idempotency-Key. Where the connection breaks,
nobody knows whether the act was done: the same request goes out again under the same key until it is answered.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx2

from models.states import Role
from tests.end_to_end.ground import Ground, Player

PATIENCE = 60.0
"""Seconds for an answer: the server may be down and starting."""
WORKED_ON = {"state": ["planned", "in_progress", "returned"]}
LOOKS: dict[Role, tuple[tuple[str, dict[str, Any]], ...]] = {
    Role.OWNER: (
        ("milestones", WORKED_ON), ("milestones", WORKED_ON), ("milestones", {"state": "submitted"}),
        ("tasks", {"state": "assigned"}), ("cards", {"state": ["raised", "acknowledged", "rectifying"]}),
        ("notices", {"state": ["issued", "acknowledged"]}),
    ),
    Role.REVIEWER: (("approvals", {"box": "to_sign"}), ("parts", {"state": "assigned"})),
    Role.LEADER: (("notices", {"state": "issued"}), ("cards", {"state": "raised"})),
    Role.SUPERVISOR: (
        ("approvals", {"box": "to_sign"}), ("notices", {"state": ["signed_off", "replied", "issued"]}),
        ("cards", {"state": ["appealed", "verifying", "raised"]}), ("tasks", {}), ("milestones", {"state": "accepted"}),
        ("milestones", WORKED_ON),
    ),
    Role.SIGNATORY: (("notices", {"state": "drafted"}),),
}  # fmt: skip
"""What people look through for something to do."""
BUSY = {Role.OWNER: 4, Role.REVIEWER: 2, Role.LEADER: 1, Role.SUPERVISOR: 5, Role.SIGNATORY: 4}
"""How often somebody's turn comes, against the others'."""
WILLING = {
    "withdraw": 0.1, "return": 0.15, "detach": 0.1, "redate": 0.05, "suspend": 0.05, "revoke": 0.05, "void": 0.05,
    "discard": 0.05, "send_back": 0.1, "appeal": 0.2, "draft_notice": 0.1, "cancel": 0.0, "waive": 0.0,
    "attach": 0.5, "report": 0.5, "reopen": 0.2, "correct": 0.0, "break_down": 0.0,
    "raise_problem": 0.1, "set_reporting": 0.05, "tie": 0.0, "define": 0.0, "propose_adjustment": 0.0,
    "rule_shortfall": 0.0, "request_extension": 0.0, "request_waiver": 0.0,
}  # fmt: skip
"""How often somebody does what they could do; always where not listed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An act and the last word on it."""

    request: str
    person_id: int
    kind: str
    subject_id: int
    action: str
    status: int
    body: dict[str, Any]

    @property
    def done(self) -> bool:
        return self.status < 300


@dataclass
class Log:
    """Everything the load was told."""

    answers: list[Answered] = field(default_factory=list)
    broken: int = 0
    """Connections that broke under a request."""
    replayed: int = 0
    """Acts done by a request whose answer never came, and answered to its repetition."""
    faults: list[str] = field(default_factory=list)


class Gate:
    """Lets acts through side by side; who moves the clock has it alone, so that no act is in doubt meanwhile.

    (A kept answer is forgotten after a day: nobody may sleep over a request that was not answered.)
    """

    def __init__(self) -> None:
        self._turn, self._inside, self._closed = threading.Condition(), 0, False

    @contextmanager
    def acting(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._turn:
                self._inside -= 1
                self._turn.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._turn:
            self._closed = True
            self._turn.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._turn:
                self._closed = False
                self._turn.notify_all()


class Actor(threading.Thread):
    """One hand that plays everybody in turn."""

    def __init__(self, name: str, ground: Ground, address: str, log: Log, gate: Gate, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.ground, self.log, self.gate, self.random = ground, log, gate, random.Random(seed)
        self.http = httpx2.Client(base_url=f"{address}/api/v1", timeout=PATIENCE, trust_env=False)
        self.ended, self.count, self.today = threading.Event(), 0, date.min
        self.on_act: Callable[[], None] = lambda: None

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                with self.gate.acting():
                    self.step()
        except Exception as error:
            self.log.faults.append(f"{self.name} broke off: {error!r}")
            raise
        finally:
            self.http.close()

    def step(self) -> None:
        """Somebody looks through what is theirs, in any order, up to the first that they do."""
        weights = [BUSY[player.role] for player in self.ground.players]
        (player,) = self.random.choices(self.ground.players, weights)
        looks = LOOKS[player.role]
        for noun, narrowed in self.random.sample(looks, len(looks)):
            listed = self.ask(player, f"/{noun}", limit=200, **narrowed)["items"]
            found = [item for item in listed if not self._left_alone(noun, item)]
            if found and self._try(player, noun, self._choose(found)):
                return

    def _choose(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """Rather the older of two: some work gets done before all of it is begun."""
        return min(self.random.choices(found, k=2), key=lambda item: int(item["id"]))

    def _try(self, player: Player, noun: str, chosen: dict[str, Any]) -> bool:
        """Whether something was open to the player there that they were willing to do."""
        offered = self.ask(player, f"/{noun}/{chosen['id']}/actions")
        rows = [row for row in offered.get("actions", ()) if self._willing(row)]
        if rows:
            self.act(player, noun, chosen, self.random.choice(rows))
        return bool(rows)

    def _left_alone(self, noun: str, item: dict[str, Any]) -> bool:
        """Cards and notices of idle tasks are answered; their work is not done."""
        task = item["id"] if noun == "tasks" else item.get("task_id") or item["task"]["id"]
        return noun in ("tasks", "milestones") and task in self.ground.idle_tasks

    def _willing(self, row: dict[str, Any]) -> bool:
        return bool(row["ready"]) and self.random.random() < WILLING.get(row["action"], 1.0)

    def act(self, player: Player, noun: str, chosen: dict[str, Any], row: dict[str, Any]) -> None:
        """Do it, under a key and a request id of its own."""
        kind, action = noun.removesuffix("s"), row["action"]
        self.count += 1
        request = f"{self.name}-{self.count}"
        if action == "attach":
            sent = {
                "params": {"file_name": f"{request}.txt", "true_on": self.today.isoformat()},
                "content": f"佐证材料 {request}\n".encode() * 2000,
            }
        else:
            body = {
                "action": action,
                "reason": "按程序办理",
                "details": self._details(player, action, chosen),
            }
            sent = {"json": {name: value for name, value in body.items() if value is not None}}
        answer = self._insist(player, row["href"].removeprefix("/api/v1"), request, sent)
        self.log.answers.append(
            Answered(request, player.id, kind, chosen["id"], action, answer.status_code, answer.json())
        )
        self.on_act()

    def _details(self, player: Player, action: str, chosen: dict[str, Any]) -> dict[str, Any] | None:
        today = self.today.isoformat()
        match action:
            case "report":
                figure = {"indicator_id": self.ground.indicators[chosen["id"]],
                          "quantity": str(self.random.choice((150, 300)))}  # fmt: skip
                return {"figures": [figure], "as_of_on": today}
            case "submit":
                return {"text": "目标已完成，佐证材料附后。"}
            case "reply":
                return {"text": "已制定补救措施。"}
            case "redate":
                due_on = date.fromisoformat(chosen["due_on"]) + timedelta(days=self.random.randint(1, 9))
                return {"due_on": due_on.isoformat()}
            case "detach":
                attached = self.ask(player, "/evidence", milestone=chosen["id"], state="attached")["items"]
                return {"evidence_id": attached[0]["id"] if attached else 0}
            case "raise_problem":
                return {"text": "请协调审计经费。"}
            case "set_reporting":
                return {"interval": self.random.choice(("monthly", "quarterly"))}
            case "draft_notice":
                return self._notice(chosen)
        return None

    def _notice(self, task: dict[str, Any]) -> dict[str, Any]:
        own = next(iter(self.ground.milestones_of(task["id"])))
        return {"unit_id": task["lead"]["id"], "milestone_id": own, "requirement": "请报送进展情况。",
                "reply_on": (self.today + timedelta(days=5)).isoformat()}  # fmt: skip

    def _insist(self, player: Player, path: str, request: str, sent: dict[str, Any]) -> httpx2.Response:
        """The same request under the same key until it is answered."""
        headers = {
            "Authorization": f"Bearer {player.token}",
            "Idempotency-Key": request,
            "X-Request-Id": request,
        }
        broken = False
        while True:
            try:
                answer = self.http.post(path, headers=headers, **sent)
            except httpx2.TransportError:
                self.log.broken += 1
                broken = True
                continue
            if broken and "idempotency-replayed" in answer.headers:
                self.log.replayed += 1
            if answer.status_code >= 500:
                self.log.faults.append(f"{request} POST {path}: {answer.status_code} {answer.text}")
            return answer

    def ask(self, player: Player, path: str, **params: Any) -> dict[str, Any]:
        """A reading: asked again until it is answered. `{"items": []}` where it is refused."""
        while True:
            try:
                answer = self.http.get(
                    path, params=params, headers={"Authorization": f"Bearer {player.token}"}
                )
            except httpx2.TransportError:
                self.log.broken += 1
                continue
            if answer.status_code == 200:
                return dict(answer.json())
            self.log.faults.append(f"GET {path}: {answer.status_code} {answer.text}")
            return {"items": []}
