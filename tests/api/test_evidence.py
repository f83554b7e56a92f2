"""Evidence over HTTP: streamed in, judged by its bytes, known again, given out with care."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from obstore.store import LocalStore
from sqlalchemy import func, select
from starlette.testclient import TestClient

from duban.serve import server
from models import Evidence
from tests.api.desks import Desk, Desks, give_tokens
from tests.apps import app_over
from tests.people import Cast, do, submit
from tests.workflow.store.samples import EXE, PDF
from workflow.adapters.incoming import Incoming
from workflow.adapters.store import Store
from workflow.bootstrap import Services
from workflow.evidence_files import StoreFull

TRUE_ON = {"true_on": "2022-01-10"}


@pytest.fixture
def started(services: Services, cast: Cast) -> None:
    """The milestone is being worked on."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)


def send(
    desk: Desk, milestone: int, content: Any = PDF, name: str = "报告.pdf", headers: Any = None, **more: Any
) -> Any:
    """Upload a file."""
    asked = {"file_name": name, **TRUE_ON, **more}
    return desk.post(f"/milestones/{milestone}/evidence", headers, params=asked, content=content)


def rows(services: Services) -> int:
    with services.reading() as tx:
        return tx.execute(select(func.count()).select_from(Evidence)).scalar_one()


def kept(services: Services) -> list[Path]:
    """Every file in the store's folder, spooled ones too."""
    return [path for path in Path(services.settings.store).rglob("*") if path.is_file()]


@pytest.mark.usefixtures("started")
def test_a_file_is_attached_and_comes_back_byte_for_byte(desks: Desks, cast: Cast) -> None:
    answer = send(desks.olga, cast.milestone)
    assert answer.status_code == 201, answer.text
    evidence = answer.json()
    assert evidence["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert evidence["media_type"] == "application/pdf"
    assert evidence["unit"]["id"] == cast.lead
    assert evidence["true_on"] == "2022-01-10"
    assert answer.headers["Location"] == f"/api/v1/evidence/{evidence['id']}"
    content = desks.olga.get(f"/evidence/{evidence['id']}/content")
    assert content.content == PDF
    assert content.headers["content-type"] == "application/pdf"
    assert content.headers["content-length"] == str(len(PDF))
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf" in content.headers["content-disposition"]


@pytest.mark.usefixtures("started")
def test_a_part_of_the_file_can_be_asked_for(desks: Desks, cast: Cast) -> None:
    path = f"/evidence/{send(desks.olga, cast.milestone).json()['id']}/content"
    part = desks.olga.get(path, {"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, PDF[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(PDF)}"
    beyond = desks.olga.get(path, {"Range": f"bytes={len(PDF)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "bad_range")
    assert beyond.headers["content-range"] == f"bytes */{len(PDF)}"


@pytest.mark.usefixtures("started")
def test_the_same_bytes_are_known_again(desks: Desks, services: Services, cast: Cast) -> None:
    first = send(desks.olga, cast.milestone)
    again = send(desks.olga, cast.milestone, name="又一次.pdf")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert rows(services) == 1


@pytest.mark.usefixtures("started")
def test_an_upload_with_a_key_is_answered_again(desks: Desks, services: Services, cast: Cast) -> None:
    key = {"Idempotency-Key": "upload-1"}
    first = send(desks.olga, cast.milestone, headers=key)
    again = send(desks.olga, cast.milestone, headers=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    other = send(desks.olga, cast.milestone, name="别的.pdf", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert rows(services) == 1


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "空.pdf", 422, "empty_file"),
        (EXE, "报告.pdf", 415, "refused_type"),
        (PDF, "报告.docx", 415, "wrong_type"),
        (PDF, "run.exe", 415, "refused_type"),
        (b"x" * 70_000, "大.txt", 413, "too_large"),
    ],
)
def test_what_cannot_be_evidence_is_refused_and_leaves_nothing(
    settings: Any, services: Services, cast: Cast, content: bytes, name: str, status: int, code: str
) -> None:
    small = Services(
        settings.model_copy(update={"evidence_limit": 65_536}), services.database, services.clock
    )
    with services.transaction() as tx:
        give_tokens(tx, cast)
    olga = Desk(TestClient(app_over(small), raise_server_exceptions=False), "olga")
    answer = send(olga, cast.milestone, content, name)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code
    assert rows(services) == 0
    assert kept(services) == []


@pytest.mark.usefixtures("started")
def test_without_a_declared_size_the_limit_still_holds(settings: Any, services: Services, cast: Cast) -> None:
    small = Services(
        settings.model_copy(update={"evidence_limit": 65_536}), services.database, services.clock
    )
    with services.transaction() as tx:
        give_tokens(tx, cast)
    olga = Desk(TestClient(app_over(small), raise_server_exceptions=False), "olga")
    pieces = (b"a line of text\n" * 1000 for _ in range(10))
    answer = send(olga, cast.milestone, pieces, "大.txt")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert kept(services) == []


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\报告.pdf", "报告.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("\u202efdp.报告.pdf", "fdp.报告.pdf"),
    ],
)
def test_a_name_is_data_and_never_a_path(
    desks: Desks, services: Services, cast: Cast, name: str, clean: str
) -> None:
    evidence = send(desks.olga, cast.milestone, name=name).json()
    assert evidence["file_name"] == clean
    content = desks.olga.get(f"/evidence/{evidence['id']}/content")
    assert "\n" not in content.headers["content-disposition"]
    assert "set-cookie" not in content.headers
    (file,) = kept(services)
    assert file.name == evidence["sha256"]


@pytest.mark.usefixtures("started")
def test_what_becomes_true_later_is_no_evidence_yet(desks: Desks, services: Services, cast: Cast) -> None:
    answer = send(desks.olga, cast.milestone, true_on="2022-02-01")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert answer.json()["missing"][0]["field"] == "true_on"
    assert rows(services) == 0


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("petra", 404), ("rashid", 403), ("amira", 403), ("karl", 403)]
)
def test_nobody_else_attaches_and_not_a_byte_is_kept(
    desks: Desks, services: Services, cast: Cast, who: str, status: int
) -> None:
    assert send(getattr(desks, who), cast.milestone).status_code == status
    assert not kept(services)


def test_the_wrong_moment_is_said_before_the_bytes_are_read(
    desks: Desks, services: Services, cast: Cast
) -> None:
    submit(services, cast)
    answer = send(desks.olga, cast.milestone)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert not kept(services)


@pytest.mark.usefixtures("started")
def test_only_who_sees_the_task_reads_its_files(desks: Desks, cast: Cast) -> None:
    path = f"/evidence/{send(desks.olga, cast.milestone).json()['id']}"
    for place in (path, f"{path}/content"):
        assert desks.nobody.get(place).status_code == 401
        assert desks.petra.get(place).status_code == 404
        for reader in (desks.jun, desks.amira, desks.karl):
            assert reader.get(place).status_code == 200


@contextmanager
def running(services: Services) -> Iterator[tuple[str, int]]:
    """A real server on a port of its own; its socket listens before it runs, so nobody waits for it."""
    listening = socket.create_server(("127.0.0.1", 0))
    live = server(services, "127.0.0.1", 0)
    thread = Thread(target=live.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()
    live.should_exit = True
    thread.join(20)
    listening.close()


@pytest.mark.usefixtures("started", "desks")
def test_an_upload_that_breaks_off_leaves_nothing(services: Services, cast: Cast) -> None:
    head = (
        f"POST /api/v1/milestones/{cast.milestone}/evidence?file_name=a.pdf&true_on=2022-01-10 HTTP/1.1\r\n"
        "Host: localhost\r\nAuthorization: Bearer token-of-olga\r\nContent-Length: 900000\r\n\r\n"
    )
    with running(services) as address, socket.create_connection(address) as line:
        line.sendall(head.encode() + PDF + os.urandom(300_000))
    assert (rows(services), kept(services)) == (0, [])


class Full(Store):
    """A store on a disk without room."""

    def receive(self, **asked: Any) -> Incoming:
        raise StoreFull


@pytest.mark.usefixtures("started", "desks")
def test_a_full_disk_is_said_and_nothing_is_attached(
    desks: Desks, services: Services, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(services.__dict__, "store", Full(LocalStore(tmp_path), tmp_path))
    answer = send(desks.olga, cast.milestone)
    assert (answer.status_code, answer.json()["code"]) == (507, "store_full")
    assert rows(services) == 0


@pytest.mark.usefixtures("started")
def test_fewer_bytes_than_declared_are_refused(desks: Desks, services: Services, cast: Cast) -> None:
    answer = send(desks.olga, cast.milestone, headers={"Content-Length": str(len(PDF) + 10)})
    assert (answer.status_code, answer.json()["code"]) == (422, "truncated")
    assert (rows(services), kept(services)) == (0, [])
