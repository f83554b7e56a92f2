"""Idempotency-Key: the same request twice acts once; another request under the same key is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import func, select

from models import AuditEvent, KeptAnswer
from tests.api.desks import Desks
from tests.people import Cast, HandClock, do
from workflow.bootstrap import Services

KEY = {"Idempotency-Key": "once"}


def events(services: Services) -> int:
    """Acts on the task itself."""
    count = select(func.count()).select_from(AuditEvent).where(AuditEvent.subject_kind == "task")
    with services.reading() as tx:
        return tx.execute(count).scalar_one()


def test_the_same_request_again_gets_the_same_answer_and_acts_once(
    desks: Desks, services: Services, cast: Cast
) -> None:
    first = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    again = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert first.headers["ETag"] == again.headers["ETag"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert events(services) == 1


def test_the_same_key_with_another_body_is_refused(desks: Desks, services: Services, cast: Cast) -> None:
    desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    other = desks.olga.act(f"/tasks/{cast.task}", "start", KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert events(services) == 1


def test_a_key_belongs_to_one_person_and_one_route(desks: Desks, services: Services, cast: Cast) -> None:
    assert desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY).status_code == 200
    start = desks.olga.act(f"/milestones/{cast.milestone}", "start", KEY)
    assert start.status_code == 200
    other = desks.rashid.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    assert (other.status_code, other.json()["code"]) == (409, "wrong_state")


def test_a_refusal_is_not_kept(desks: Desks, services: Services, cast: Cast) -> None:
    early = desks.olga.act(f"/milestones/{cast.milestone}", "start", KEY)
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    assert desks.olga.act(f"/milestones/{cast.milestone}", "start", KEY).status_code == 200
    with services.reading() as tx:
        assert tx.execute(select(KeptAnswer.status)).scalars().all() == [200]


def test_after_a_day_the_key_is_free_again(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    clock.now += timedelta(hours=24, seconds=1)
    late = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


def test_two_at_once_with_one_key_act_once(desks: Desks, services: Services, cast: Cast) -> None:
    together = Barrier(4)

    def acknowledge(_: int) -> tuple[int, str, bytes]:
        together.wait()
        answer = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", KEY)
        return answer.status_code, answer.headers.get("Idempotency-Replayed", "false"), answer.content

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(acknowledge, range(4)))
    assert [status for status, _, _ in answers] == [200] * 4
    assert sorted(replayed for _, replayed, _ in answers) == ["false", "true", "true", "true"]
    assert len({body for _, _, body in answers}) == 1
    assert events(services) == 1


def test_an_empty_or_endless_key_is_refused(desks: Desks, cast: Cast) -> None:
    for key in ("", "k" * 201):
        answer = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", {"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, "Idempotency-Key")
