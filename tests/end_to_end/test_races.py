"""Two at once, by real threads against a live server: one wins, the other is told why, and it happened once.

Each race is run several times: whoever comes first, the truth is the same.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta

import httpx2
import pytest
from sqlalchemy import select

from models import Delivery, Evidence, Milestone, Notice, OutboxRow, Part, Task
from models.states import DueBasis, MilestoneState, PartRole, PartState, TaskState
from schedules.relay import relay
from tests.end_to_end.doors import (
    PATIENCE,
    Door,
    action,
    await_waiting,
    chain_holds,
    count,
    events,
    state_of,
    statuses,
    while_another_acts,
)
from tests.people import START, Cast, add, do, submit
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.law import LAWS

ROUNDS = 4


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
    assert count(services, Delivery, Delivery.outbox_id.in_(accepted), Delivery.channel == "mail") == 1
    assert chain_holds(services)


def test_who_waited_for_an_acceptance_judges_by_what_it_left(
    services: Services, cast: Cast, door: Door
) -> None:
    """The trap of reading in the statement that waited: an approval that looks open still."""
    approval = to_accept(services, cast)
    now = services.clock()
    with door.client(cast.amira) as client:
        answer = while_another_acts(
            services,
            lambda tx: perform(tx, LAWS["approval"], approval, "approve", cast.amira, now),
            lambda: client.post(f"/approvals/{approval}/actions", **action("approve")),
        )
    assert answer.status_code in (403, 409)
    assert (events(services, "conclude"), events(services, "accept")) == (1, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "accepted") == 1
    assert chain_holds(services)


def test_who_waited_for_a_suspension_finds_the_task_suspended(
    services: Services, cast: Cast, door: Door
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    now = services.clock()
    with door.client(cast.olga) as client:
        answer = while_another_acts(
            services,
            lambda tx: perform(
                tx, LAWS["task"], cast.task, "suspend", cast.amira, now, reason="等待上级文件"
            ),
            lambda: client.post(f"/milestones/{cast.milestone}/actions", **action("start")),
        )
    assert (answer.status_code, answer.json()["missing"][0]["code"]) == (409, "task_under_way")
    assert state_of(services, Milestone, cast.milestone) == "planned"


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


def test_a_number_given_back_by_a_failed_issue_is_given_again(
    services: Services, cast: Cast, door: Door
) -> None:
    """Who waited for the counter takes the number that a rolled-back transaction had: no gap."""
    first, second = signed_off(services, cast)
    now = services.clock()

    def issue_and_fail(client: httpx2.Client, pool: ThreadPoolExecutor) -> None:
        with services.transaction() as tx:
            perform(tx, LAWS["notice"], first, "issue", cast.amira, now)
            waiting.append(pool.submit(client.post, f"/notices/{second}/actions", **action("issue")))
            await_waiting(services)
            raise ZeroDivisionError

    waiting: list[Future[httpx2.Response]] = []
    with door.client(cast.amira) as client, ThreadPoolExecutor(1) as pool:
        with pytest.raises(ZeroDivisionError):
            issue_and_fail(client, pool)
        assert waiting[0].result(PATIENCE).status_code == 200
    with services.reading() as tx:
        assert [*tx.execute(select(Notice.number).order_by(Notice.id)).scalars()] == [None, 1]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_notices_issued_at_once_have_consecutive_numbers(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    ids = signed_off(services, cast)
    answers = door.race(*((cast.amira, f"/notices/{n}/actions", action("issue")) for n in ids))
    assert statuses(answers) == [200, 200]
    with services.reading() as tx:
        assert set(tx.execute(select(Notice.number)).scalars()) == {1, 2}
