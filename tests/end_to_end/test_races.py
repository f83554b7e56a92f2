"""Two at once, by real threads against a live server: one wins, the other is told why, and it happened once.

Each race is run several times: whoever comes first, the truth is the same. Where two processes would race (jobs, the
numbers of notices), two sets of services over one database stand for them.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import func, insert, select

from api.app import create_app
from models import (
    AuditEvent,
    Card,
    Credential,
    Delivery,
    Evidence,
    Milestone,
    Notice,
    OutboxRow,
    Part,
    Reminder,
    Seal,
    Task,
)
from models.states import DueBasis, MilestoneState, PartRole, PartState, TaskState
from schedules.press import print_notices
from schedules.relay import relay
from schedules.runner import run_once
from schedules.upkeep import seal
from schedules.watch import raise_cards, remind
from tests.people import START, Cast, HandClock, add, do, submit
from workflow import audit
from workflow.bootstrap import Services, bootstrap

ROUNDS = 4
PATIENCE = 60.0


class Door:
    """The HTTP door over the tests' services, and everybody's own client."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(services), log_level="error", access_log=False, lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}/api/v1"

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        self.socket.close()

    def client(self, person: int) -> httpx2.Client:
        headers = {"Authorization": f"Bearer token-of-{person}"}
        return httpx2.Client(base_url=self.address, headers=headers, timeout=PATIENCE, trust_env=False)

    def race(self, *requests: tuple[int, str, dict[str, Any]]) -> list[httpx2.Response]:
        """Send the requests (person, path, what `post` takes) at the same moment: their answers, in order."""
        with ExitStack() as stack:
            clients = [stack.enter_context(self.client(person)) for person, _, _ in requests]
            for client in clients:
                client.get("/tasks").raise_for_status()  # the connection stands before the start
            return together(
                *(
                    lambda client=client, path=path, sent=sent: client.post(path, **sent)
                    for client, (_, path, sent) in zip(clients, requests, strict=True)
                )
            )


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start at once: their results, in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def action(name: str, **more: Any) -> dict[str, Any]:
    return {"json": {"action": name, **more}}


@pytest.fixture
def door(services: Services, cast: Cast) -> Iterator[Door]:
    everybody = ("olga", "rashid", "lena", "jun", "amira", "sven")
    rows = [
        {
            "person_id": person, "kind": "token", "scopes": ["read", "act"], "created_at": START, "seen_at": START,
            "secret_hash": hashlib.sha256(f"token-of-{person}".encode()).hexdigest(),
            "expires_at": START + timedelta(days=999),
        }
        for person in (getattr(cast, name) for name in everybody)
    ]  # fmt: skip
    with services.transaction() as tx:
        tx.execute(insert(Credential), rows)
    opened = Door(services)
    yield opened
    opened.close()


@pytest.fixture
def twin(services: Services, clock: HandClock) -> Iterator[Services]:
    """Another process's services over the same database."""
    opened = bootstrap(services.settings, clock=clock)
    yield opened
    opened.close()


def count(services: Services, model: Any, *where: Any) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(model).where(*where)).scalar_one())


def events(services: Services, action_name: str) -> int:
    return count(services, AuditEvent, AuditEvent.action == action_name)


def state_of(services: Services, model: Any, row_id: int) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(model.state).where(model.id == row_id)).scalar_one())


def chain_holds(services: Services) -> bool:
    with services.reading() as tx:
        return audit.verify(tx)[1] is None


def statuses(answers: list[httpx2.Response]) -> list[int]:
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    return sorted(answer.status_code for answer in answers)


def to_accept(services: Services, cast: Cast) -> int:
    """The first milestone, signed by all but the office: the approval's id."""
    approval = submit(services, cast)
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
    return approval


@pytest.mark.parametrize("matched", [False, True], ids=["blind", "if-match"])
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_acceptances_one_wins(
    services: Services, cast: Cast, door: Door, matched: bool, turn: int
) -> None:
    approval = to_accept(services, cast)
    with door.client(cast.amira) as client:
        seen = client.get(f"/approvals/{approval}").headers["ETag"]
    sent = action("approve") | ({"headers": {"If-Match": seen}} if matched else {})
    path = f"/approvals/{approval}/actions"
    first, second = statuses(door.race((cast.amira, path, sent), (cast.amira, path, sent)))
    assert first == 200
    assert second in ((412,) if matched else (403, 409))
    assert state_of(services, Milestone, cast.milestone) == "accepted"
    assert (events(services, "accept"), events(services, "conclude")) == (1, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "accepted") == 1
    relay(services, services.clock())
    accepted = select(OutboxRow.id).where(OutboxRow.topic == "accepted")
    assert count(services, Delivery, Delivery.outbox_id.in_(accepted)) == 1
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_submissions_one_opens_a_round(services: Services, cast: Cast, door: Door, turn: int) -> None:
    submit(services, cast)
    do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    path, sent = f"/milestones/{cast.milestone}/actions", action("submit", details={"text": "目标已完成。"})
    assert statuses(door.race((cast.olga, path, sent), (cast.olga, path, sent))) == [200, 409]
    assert events(services, "submit") == 2
    with services.reading() as tx:
        assert tx.execute(select(Milestone.round).where(Milestone.id == cast.milestone)).scalar_one() == 2


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_signature_and_a_withdrawal_never_both_hold(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval = submit(services, cast)
    answers = door.race(
        (cast.rashid, f"/approvals/{approval}/actions", action("approve")),
        (cast.olga, f"/milestones/{cast.milestone}/actions", action("withdraw")),
    )
    first, second = statuses(answers)
    assert (first, second in (403, 409)) == (200, True)
    signed = answers[0].status_code == 200
    assert state_of(services, Milestone, cast.milestone) == ("submitted" if signed else "in_progress")
    assert (events(services, "approve"), events(services, "withdraw")) == ((1, 0) if signed else (0, 2))
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_one_key_acts_once_and_answers_twice(services: Services, cast: Cast, door: Door, turn: int) -> None:
    submit(services, cast)
    do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    figures = [{"indicator_id": cast.indicator, "quantity": "5"}]
    details = {"figures": figures, "as_of_on": START.date().isoformat()}
    sent = action("report", details=details) | {"headers": {"Idempotency-Key": "the same"}}
    path = f"/milestones/{cast.milestone}/actions"
    answers = door.race(*[(cast.olga, path, sent)] * 3)
    assert statuses(answers) == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 2
    assert events(services, "report") == 2


def test_the_same_file_sent_twice_at_once_is_one_piece_of_evidence(
    services: Services, cast: Cast, door: Door
) -> None:
    submit(services, cast)
    do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    path = f"/milestones/{cast.milestone}/evidence?file_name=a.txt&true_on={START.date()}"
    sent = {"content": "佐证材料".encode() * 1000}
    assert statuses(door.race((cast.olga, path, sent), (cast.olga, path, sent))) == [200, 201]
    assert count(services, Evidence, Evidence.file_name == "a.txt") == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_accepting_and_suspending_do_not_lock_each_other_out(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval = to_accept(services, cast)
    answers = door.race(
        (cast.amira, f"/approvals/{approval}/actions", action("approve")),
        (cast.amira, f"/tasks/{cast.task}/actions", action("suspend", reason="等待上级文件")),
    )
    assert statuses(answers) == [200, 200]
    assert state_of(services, Milestone, cast.milestone) == "accepted"
    assert state_of(services, Task, cast.task) == "suspended"
    assert chain_holds(services)


def late(services: Services, cast: Cast, clock: HandClock) -> None:
    """Far past the first due date: a yellow and a red card are earned, and the last reminder is due."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.go_to(2023, 2, 10)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_schedulers_raise_each_card_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    outcomes = together(*(lambda s=s: raise_cards(s, clock()) for s in (services, twin)))
    assert sum(outcome["raised"] for outcome in outcomes) == 2
    assert sum(outcome["failed"] for outcome in outcomes) == 0
    assert (count(services, Card), events(services, "raise_card"), count(services, Notice)) == (2, 2, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "card_raised") == 6
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_schedulers_remind_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    outcomes = together(*(lambda s=s: remind(s, clock()) for s in (services, twin)))
    assert sum(outcome["told"] for outcome in outcomes) == 1
    assert count(services, Reminder, ~Reminder.overtaken) == 1
    assert count(services, OutboxRow, OutboxRow.topic == "overdue") == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_relays_send_each_letter_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    raise_cards(services, clock())
    outcomes = together(*(lambda s=s: relay(s, clock()) for s in (services, twin)))
    told = count(services, Delivery)
    assert told > 0
    assert sum(outcome["addressed"] for outcome in outcomes) == told
    assert sum(outcome["sent"] for outcome in outcomes) == told
    assert count(services, Delivery, Delivery.state == "sent") == told


def test_two_schedulers_run_each_tick_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock
) -> None:
    late(services, cast, clock)
    ran = [run.job for runs in together(lambda: run_once(services), lambda: run_once(twin)) for run in runs]
    assert len(ran) == len(set(ran))
    assert count(services, Card) == 2


def test_two_seals_of_one_day_are_one(
    services: Services, twin: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.go_to(2022, 1, 20)
    together(*(lambda s=s: seal(s, clock()) for s in (services, twin)))
    assert count(services, Seal) == 6


def second_task(services: Services, cast: Cast) -> tuple[int, int]:
    """Another task of the same unit, with a milestone: their ids."""
    with services.transaction() as tx:
        task = add(
            tx, Task, plan_id=cast.plan, number=5, name="推进节约用水", printed_name="-", goal="-", printed_goal="-",
            state=TaskState.ASSIGNED, assigned_at=START,
        )  # fmt: skip
        add(
            tx, Part, task_id=task, unit_id=cast.lead, role=PartRole.LEAD, ordinal=1, state=PartState.ASSIGNED
        )
        milestone = add(
            tx, Milestone, task_id=task, year=2022, text="完成改造", printed_text="-", due_on=date(2022, 12, 30),
            state=MilestoneState.PLANNED, due_basis=DueBasis.YEAR_END, due_rule="preceding",
        )  # fmt: skip
    return task, milestone


def signed_off(services: Services, cast: Cast) -> list[int]:
    """Two notices that only want their number, each on a task of its own: the counter is all they share."""
    ids = []
    for task, milestone in ((cast.task, cast.milestone), second_task(services, cast)):
        details = {"unit_id": cast.lead, "milestone_id": milestone, "requirement": "请报送进展情况。",
                   "reply_on": START.date() + timedelta(days=9)}  # fmt: skip
        do(services, "task", task, "draft_notice", cast.amira, details=details)
        with services.reading() as tx:
            ids.append(int(tx.execute(select(Notice.id).where(Notice.task_id == task)).scalar_one()))
        do(services, "notice", ids[-1], "sign_off", cast.sven)
    return ids


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_notices_issued_at_once_have_consecutive_numbers(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    ids = signed_off(services, cast)
    answers = door.race(*((cast.amira, f"/notices/{n}/actions", action("issue")) for n in ids))
    assert statuses(answers) == [200, 200]
    with services.reading() as tx:
        assert set(tx.execute(select(Notice.number)).scalars()) == {1, 2}


def test_two_presses_print_a_notice_once(services: Services, twin: Services, cast: Cast) -> None:
    first, _ = signed_off(services, cast)
    do(services, "notice", first, "issue", cast.amira)
    outcomes = together(*(lambda s=s: print_notices(s, s.clock()) for s in (services, twin)))
    assert sum(outcome["printed"] for outcome in outcomes) == 1
    assert sum(outcome["failed"] for outcome in outcomes) == 0
    assert count(services, OutboxRow, OutboxRow.topic == "notice_issued") == 2
