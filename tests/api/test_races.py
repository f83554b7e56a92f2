"""What happens at the same time, and when the commit itself fails."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from models import AuditEvent, KeptAnswer, Milestone, OutboxRow, Task
from models.states import Role
from tests.api.desks import Desk, Desks, give_token, give_tokens
from tests.apps import app_over
from tests.people import Cast, add_person, do, submit
from workflow.bootstrap import Services


@pytest.mark.parametrize("careful", [True, False])
def test_of_two_supervisors_who_accept_at_once_one_wins(
    desks: Desks, services: Services, cast: Cast, careful: bool
) -> None:
    """Whether they say what they saw (412) or not (409)."""
    with services.transaction() as tx:
        second = add_person(tx, "zhou", "周敏", (Role.SUPERVISOR, cast.office))
        give_token(tx, second, "token-of-zhou")
    approval = submit(services, cast)
    do(services, "approval", approval, "approve", cast.rashid)
    do(services, "approval", approval, "approve", cast.jun)
    rivals = [desks.amira, Desk(desks.amira.client, "zhou")]
    seen = [desk.get(f"/approvals/{approval}").headers["ETag"] for desk in rivals]
    together = Barrier(2)

    def accept(n: int) -> int:
        together.wait()
        headers = {"If-Match": seen[n]} if careful else {}
        return int(rivals[n].act(f"/approvals/{approval}", "approve", headers).status_code)

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(accept, range(2)))
    assert statuses == [200, 412 if careful else 409]
    with services.reading() as tx:
        assert (
            tx.execute(select(Milestone.state).where(Milestone.id == cast.milestone)).scalar_one()
            == "accepted"
        )
        accepted = select(func.count()).where(
            AuditEvent.subject_kind == "milestone", AuditEvent.action == "accept"
        )
        told = select(func.count()).where(OutboxRow.topic == "accepted")
        assert tx.execute(accepted).scalar_one() == 1
        assert tx.execute(told).scalar_one() == 1


@dataclass(frozen=True)
class BrokenCommit(Services):
    """Services whose database fails at the very end of every act."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as tx:
            yield tx
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))


@dataclass(frozen=True)
class Faulty(Services):
    """Services with a fault of our own in them."""

    def transaction(self) -> Any:
        raise ZeroDivisionError("the secret inside")


def _client(broken: type[Services], services: Services, cast: Cast) -> TestClient:
    with services.transaction() as tx:
        give_tokens(tx, cast)
    held: Any = broken(services.settings, services.database, services.clock)
    return TestClient(app_over(held), raise_server_exceptions=False)


def test_a_failed_commit_is_no_success(services: Services, cast: Cast) -> None:
    olga = Desk(_client(BrokenCommit, services, cast), "olga")
    answer = olga.act(f"/tasks/{cast.task}", "acknowledge", {"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    with services.reading() as tx:
        assert tx.execute(select(Task.state)).scalar_one() == "assigned"
        assert tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one() == 0
        assert tx.execute(select(func.count()).select_from(KeptAnswer)).scalar_one() == 0


def test_a_fault_of_ours_tells_a_number_and_nothing_else(
    services: Services, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    olga = Desk(_client(Faulty, services, cast), "olga")
    answer = olga.act(f"/tasks/{cast.task}", "acknowledge", {"X-Request-Id": "find-me"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == "find-me"
    assert "secret" not in answer.text
    assert any(record.exc_info for record in caplog.records)
