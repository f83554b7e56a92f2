"""Disks fill, servers go away, power is cut: each a clear answer, nothing half done."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.store import samples
from workflow.adapters.incoming import SPOOL_PREFIX, Incoming
from workflow.adapters.store import FolderStore, Store, open_store
from workflow.evidence_files import StoreFull, StoreUnavailable


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB. Only root may mount one; elsewhere the other tests of this file stand in."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_fills_while_receiving_says_so_and_gives_its_room_back(tiny_disk: Path) -> None:
    store = open_store(str(tiny_disk / "kept"))
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        with pytest.raises(StoreFull):
            incoming.write(bytes(200_000))
    assert files_under(tiny_disk) == []
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        stored = incoming.finish("a.pdf")
    assert b"".join(store.open(stored.key)) == samples.PDF


def test_a_file_size_quota_counts_as_full(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "kept"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with store.receive() as incoming:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            with pytest.raises(StoreFull):
                incoming.write(bytes(20_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreUnavailable)],
)
def test_whichever_call_the_disk_fails_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, error: type[Exception]
) -> None:
    store = open_store(str(tmp_path / "kept"))

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    def send(incoming: Incoming) -> None:
        incoming.write(samples.PDF)
        incoming.finish("a.pdf")

    incoming = store.receive()
    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with pytest.raises(error):
            send(incoming)
    assert files_under(tmp_path) == []
    assert list(store.keys()) == []


def test_a_disk_that_takes_only_part_of_a_chunk_is_given_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, write = open_store(str(tmp_path / "kept")), os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        stored = incoming.finish("a.pdf")
    assert b"".join(store.open(stored.key)) == samples.PDF


def test_a_spool_without_room_refuses_before_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(str(tmp_path / "kept"))

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.mkstemp", fail)
    with pytest.raises(StoreFull):
        store.receive()


def test_a_folder_store_syncs_the_bytes_before_their_name_and_the_folders_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, calls = open_store(str(tmp_path / "kept")), list[str]()
    fsync, replace = os.fsync, os.replace

    def note_sync(fd: int) -> None:
        calls.append("file" if SPOOL_PREFIX in os.readlink(f"/proc/self/fd/{fd}") else "folder")
        fsync(fd)

    def note_replace(source: Path, target: Path) -> None:
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        incoming.finish("a.pdf")
    assert calls == ["file", "rename", "folder", "folder", "folder"]


def test_a_bucket_whose_server_is_gone_is_unavailable_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, spool: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = open_store(
        "s3://bucket?endpoint=http://127.0.0.1:9", spool=spool
    )  # the discard port: nobody there
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        with pytest.raises(StoreUnavailable):
            incoming.finish("a.pdf")
    assert files_under(spool) == []


def test_a_bucket_that_does_not_exist_is_unavailable_not_an_empty_store(s3_url: str, spool: Path) -> None:
    store = open_store(s3_url.replace("s3://b", "s3://absent"), spool=spool)
    with store.receive() as incoming:
        incoming.write(samples.PDF)
        with pytest.raises(StoreUnavailable):
            incoming.finish("a.pdf")
    with pytest.raises(StoreUnavailable):
        list(store.keys())
    assert files_under(spool) == []


def test_a_url_opens_the_store_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_store("var/evidence"), FolderStore)
    assert (tmp_path / "var/evidence").is_dir()
    assert type(open_store("s3://bucket/prefix?region=cn-north-1&virtual_hosted=true")) is Store


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "no evidence store"),
        ("ftp://host/folder", "no evidence store"),
        ("file://otherhost/folder", "no evidence store"),
        ("s3:///prefix", "name of a bucket"),
        ("s3://key:secret@bucket", "environment"),
        ("s3://bucket?enpoint=http://x", "not enpoint"),
    ],
)
def test_a_url_that_names_no_store_stops_the_start_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        open_store(url)
    assert "secret" not in str(refused.value)
