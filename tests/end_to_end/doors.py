"""The HTTP door over a test's own services, and several at it in the same moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx2
import uvicorn
from sqlalchemy import Connection, func, select, text

from models import AuditEvent
from tests.apps import app_over
from workflow import audit
from workflow.bootstrap import Services

PATIENCE = 60.0


class Door:
    """The HTTP door over the tests' services, and everybody's own client."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app_over(services), log_level="error", access_log=False, lifespan="off")
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


def while_another_acts(
    services: Services, act: Callable[[Connection], Any], request: Callable[[], httpx2.Response]
) -> httpx2.Response:
    """Act, and commit only when the request waits for it: the answer to the request."""
    with ThreadPoolExecutor(1) as pool:
        with services.transaction() as tx:
            act(tx)
            answer = pool.submit(request)
            await_waiting(services)
            assert not answer.done()
        return answer.result(PATIENCE)


def await_waiting(services: Services) -> None:
    """PostgreSQL tells who waits for a lock. SQLite does not: there, a while that is long for a request."""
    pause = threading.Event()
    if services.database.is_sqlite:
        pause.wait(0.3)
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(int(PATIENCE / 0.01)):
        with services.reading() as tx:
            if tx.execute(waiting).scalar_one():
                return
        pause.wait(0.01)
    raise TimeoutError("nobody waited")


def action(name: str, **more: Any) -> dict[str, Any]:
    return {"json": {"action": name, **more}}


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
