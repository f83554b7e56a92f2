"""What every evidence store promises, asked of a folder and of a bucket alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest

from tests.workflow.store import samples
from workflow.adapters.incoming import SPOOL_PREFIX, Incoming
from workflow.adapters.store import PIECE, Store, key_of
from workflow.errors import DubanError, NotFound
from workflow.evidence_files import (
    BadRange,
    Condition,
    Damaged,
    EmptyFile,
    RefusedType,
    StoredFile,
    TooLarge,
    Truncated,
    WrongType,
)


def put(store: Store, content: bytes, name: str = "a.pdf", declared: int | None = None) -> StoredFile:
    """Sends `content` in chunks of seven bytes, so that no boundary is a friendly one. Without a context
    manager: what is refused must be gone even when the caller forgets about it."""
    incoming = store.receive(declared_size=declared)
    for at in range(0, len(content), 7):
        incoming.write(content[at : at + 7])
    return incoming.finish(name)


def left_behind(store: Store, tmp_path: Path) -> list[object]:
    """Everything that lies in the store or in a spool folder."""
    return [*store.keys(), *tmp_path.rglob(f"{SPOOL_PREFIX}*")]


def big_pdf() -> Iterator[bytes]:
    """About 12 MB in 64 KB chunks: more than two parts of a multipart upload, and no two pieces alike."""
    yield samples.PDF
    for number in range(190):
        yield number.to_bytes(4, "big") * 16_384


def test_what_is_received_is_kept_under_its_hash_and_comes_back_whole(store: Store, tmp_path: Path) -> None:
    stored = put(store, samples.PDF)
    sha256 = hashlib.sha256(samples.PDF).hexdigest()
    assert stored == StoredFile(key_of(sha256), sha256, len(samples.PDF), "application/pdf")
    assert stored.key == f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
    assert b"".join(store.open(stored.key)) == samples.PDF
    assert not list(tmp_path.rglob(f"{SPOOL_PREFIX}*"))


def test_the_same_bytes_twice_are_one_object_under_any_name(store: Store) -> None:
    assert put(store, samples.PDF, "一.pdf") == put(store, samples.PDF, "二.pdf")
    assert len(list(store.keys())) == 1


def test_two_who_send_the_same_bytes_at_once_do_not_disturb_each_other(store: Store) -> None:
    first, second = store.receive(), store.receive()
    first.write(samples.PDF[:9])
    second.write(samples.PDF)
    kept = second.finish("a.pdf")
    first.write(samples.PDF[9:])
    assert first.finish("b.pdf") == kept
    assert b"".join(store.open(kept.key)) == samples.PDF


def test_a_damaged_copy_is_healed_when_the_same_bytes_come_again(store: Store) -> None:
    stored = put(store, samples.PDF)
    obstore.put(store._objects, stored.key, b"something else")
    assert store.check(stored.key, stored.sha256) is Condition.ALTERED
    put(store, samples.PDF)
    assert store.check(stored.key, stored.sha256) is Condition.SOUND


def test_one_changed_byte_and_a_lost_file_are_told_apart(store: Store) -> None:
    stored = put(store, samples.PDF)
    assert store.check(stored.key, stored.sha256) is Condition.SOUND
    obstore.put(store._objects, stored.key, samples.PDF[:-1] + b"!")
    assert store.check(stored.key, stored.sha256) is Condition.ALTERED
    assert store.delete(stored.key)
    assert store.check(stored.key, stored.sha256) is Condition.GONE


def test_a_file_of_several_parts_comes_back_whole(store: Store) -> None:
    with store.receive() as incoming:
        for chunk in big_pdf():
            incoming.write(chunk)
        stored = incoming.finish("大.pdf")
    pieces = list(store.open(stored.key))
    assert max(len(piece) for piece in pieces) <= PIECE
    assert hashlib.sha256(b"".join(pieces)).hexdigest() == stored.sha256
    assert store.check(stored.key, stored.sha256) is Condition.SOUND


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (5, 12), (40, None), (PIECE - 3, PIECE + 3), (2 * PIECE, None), (0, 10**9)]
)
def test_a_range_gives_just_its_bytes(store: Store, start: int, end: int | None) -> None:
    content = b"".join(big_pdf())[: 2 * PIECE + 100]
    with store.receive() as incoming:
        incoming.write(content)
        stored = incoming.finish("a.pdf")
    assert b"".join(store.open(stored.key, start, end)) == content[start:end]


@pytest.mark.parametrize(("start", "end"), [(10**6, None), (-1, 5), (5, 5), (7, 3)])
def test_a_range_outside_the_file_is_refused_before_the_first_byte(
    store: Store, start: int, end: int | None
) -> None:
    stored = put(store, samples.PDF)
    with pytest.raises(BadRange) as refused:
        store.open(stored.key, start, end)
    assert refused.value.facts == {"size": len(samples.PDF)}


@pytest.mark.parametrize("key", [key_of("0" * 64), "../../etc/passwd", "", "ab/cd/../../x", "/etc/passwd"])
def test_a_key_that_is_not_there_or_is_no_key_is_not_found(store: Store, key: str) -> None:
    with pytest.raises(NotFound):
        store.open(key)
    assert store.check(key, "0" * 64) is Condition.GONE
    assert store.delete(key) is False


def test_deleting_says_whether_there_was_something(store: Store) -> None:
    stored = put(store, samples.PDF)
    assert store.delete(stored.key) is True
    assert store.delete(stored.key) is False
    assert list(store.keys()) == []


def test_keys_are_listed_with_size_and_age_for_the_collector(store: Store) -> None:
    sent = {
        put(store, samples.PDF).key: len(samples.PDF),
        put(store, samples.PNG, "b.png").key: len(samples.PNG),
    }
    obstore.put(store._objects, "somebody/elses.file", b"x")
    held = list(store.keys())
    assert {item.key: item.size for item in held} == sent
    assert all(abs(item.stored_at - datetime.now(UTC)) < timedelta(minutes=1) for item in held)


def test_a_key_written_since_the_collector_looked_is_left_alone(store: Store) -> None:
    stored = put(store, samples.PDF)
    now = datetime.now(UTC)
    assert store.delete(stored.key, stored_before=now - timedelta(hours=1)) is False
    assert b"".join(store.open(stored.key)) == samples.PDF
    assert store.delete(stored.key, stored_before=now + timedelta(hours=1)) is True


@pytest.mark.parametrize(
    ("content", "declared", "name", "error"),
    [
        (b"", None, "a.pdf", EmptyFile),
        (b"", 0, "a.pdf", EmptyFile),
        (samples.PDF, len(samples.PDF) + 1, "a.pdf", Truncated),
        (b"", 100, "a.pdf", Truncated),
        (samples.PDF, 5, "a.pdf", Truncated),
        (samples.PNG, None, "a.pdf", WrongType),
        (samples.EXE, None, "setup.exe", RefusedType),
        (samples.xlsx()[:-30], None, "a.xlsx", Damaged),
    ],
)
def test_a_refused_file_leaves_nothing_behind(
    store: Store, tmp_path: Path, content: bytes, declared: int | None, name: str, error: type[DubanError]
) -> None:
    with pytest.raises(error) as refused:
        put(store, content, name, declared)
    assert refused.type is error
    assert left_behind(store, tmp_path) == []


def test_the_byte_past_the_limit_is_refused_at_once_not_at_the_end(store: Store, tmp_path: Path) -> None:
    incoming = store.receive(limit=100)
    incoming.write(b"x" * 100)
    with pytest.raises(TooLarge) as refused:
        incoming.write(b"x")
    assert refused.value.facts == {"limit": 100, "shown": "100 B"}
    assert left_behind(store, tmp_path) == []


def test_a_file_of_exactly_the_limit_is_taken(store: Store) -> None:
    with store.receive(limit=len(samples.PDF)) as incoming:
        incoming.write(samples.PDF)
        assert incoming.finish("a.pdf").size == len(samples.PDF)


def test_a_declared_size_past_the_limit_is_refused_before_a_byte_is_read(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(TooLarge):
        store.receive(limit=100, declared_size=101)
    assert left_behind(store, tmp_path) == []


def test_a_sender_who_goes_away_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    def lose_the_sender(incoming: Incoming) -> None:
        with incoming:
            incoming.write(samples.PDF)
            raise ConnectionResetError

    incoming = store.receive()
    with pytest.raises(ConnectionResetError):
        lose_the_sender(incoming)
    assert left_behind(store, tmp_path) == []
    with pytest.raises(ValueError, match="finished or aborted"):
        incoming.write(b"more")
    incoming.abort()


def test_a_process_killed_while_receiving_leaves_a_spool_file_that_is_swept_later(store: Store) -> None:
    lost = store.receive()
    lost.write(samples.PDF)
    now = datetime.now(UTC)
    assert store.sweep_spool(now - timedelta(hours=1)) == 0
    assert store.sweep_spool(now + timedelta(hours=1)) == 1
    lost.abort()


def test_an_office_narrows_what_it_takes(store: Store, tmp_path: Path) -> None:
    with store.receive(allowed={"application/pdf"}) as incoming:
        incoming.write(samples.PNG)
        with pytest.raises(RefusedType):
            incoming.finish("a.png")
    assert left_behind(store, tmp_path) == []
