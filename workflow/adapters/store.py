"""Where evidence bytes live: a folder, or a bucket that speaks S3, under keys made from their SHA-256.

The same bytes have the same key, so nothing is stored twice and nothing is ever changed in place. The
row that names a key is written by the caller, after `Incoming.finish` has returned.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from workflow.adapters.bucket import open_bucket
from workflow.adapters.incoming import SPOOL_PREFIX, Incoming
from workflow.errors import NotFound
from workflow.evidence_files import (
    ALLOWED,
    DEFAULT_LIMIT,
    MEBIBYTE,
    BadRange,
    Condition,
    StoredKey,
    StoreUnavailable,
)

PIECE = MEBIBYTE
"""Bytes per request while reading. One long stream would die with the client's time limit as soon as the
reader is slower than that; a piece at a time does not, and keeps memory flat."""
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}")


def key_of(sha256: str) -> str:
    """The key of bytes with that SHA-256 (64 hex digits, lower case): `ab/cd/abcd…`."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def _asking() -> Iterator[None]:
    """Turns what the store's client raises into our words."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreUnavailable from error


@contextmanager
def _asking_for_one() -> Iterator[None]:
    """The same, where the answer may be that there is no such key."""
    with _asking():
        try:
            yield
        except FileNotFoundError as absent:
            raise NotFound from absent


class Store:
    """Bytes by key, in any object store. Use `open_store`."""

    def __init__(self, objects: S3Store | LocalStore, spool: Path) -> None:
        self._objects, self._spool = objects, spool

    def receive(
        self,
        *,
        limit: int = DEFAULT_LIMIT,
        declared_size: int | None = None,
        allowed: Collection[str] = ALLOWED,
    ) -> Incoming:
        """Begins to receive a file of at most `limit` bytes, of one of the `allowed` media types.

        `declared_size` is what the sender announced (Content-Length), in bytes. Raises TooLarge before a
        byte is read when that is already too much, StoreFull when the spool has no room for a file.
        """
        return Incoming(self._spool, self._keep, limit=limit, declared_size=declared_size, allowed=allowed)

    def size(self, key: str) -> int:
        """Bytes under `key`. Raises NotFound, StoreUnavailable."""
        return self._look(key).size

    def open(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes `[start, end)` under `key` (to its end by default), in pieces of at most PIECE bytes.

        Raises NotFound, BadRange and StoreUnavailable here, before the first piece; StoreUnavailable or
        NotFound between pieces too.
        """
        size = self.size(key)
        end = size if end is None else min(end, size)
        if not 0 <= start < end:
            raise BadRange(size=size)
        return self._read(key, start, end)

    def check(self, key: str, sha256: str) -> Condition:
        """Hashes all bytes under `key` again. Raises StoreUnavailable; absence is an answer, not an error."""
        found = hashlib.sha256()
        try:
            size = self.size(key)
            for piece in self._read(key, 0, size):
                found.update(piece)
        except NotFound:
            return Condition.GONE
        return Condition.SOUND if found.hexdigest() == sha256 else Condition.ALTERED

    def delete(self, key: str, *, stored_before: datetime | None = None) -> bool:
        """Removes `key`; says whether there was one to remove.

        With `stored_before` (aware) a key that was written since is left alone: between a collector's
        look at the rows and its delete, somebody may have sent the same bytes again.
        """
        try:
            held = self._look(key)
            if stored_before is not None and held.stored_at >= stored_before:
                return False
            with _asking_for_one():
                obstore.delete(self._objects, key)
        except NotFound:
            return False
        return True

    def keys(self) -> Iterator[StoredKey]:
        """All keys in the store, in no order, with sizes and ages: what a collector of orphans compares with
        the rows. Other files in the same place are passed over. Raises StoreUnavailable."""
        with _asking():
            for chunk in obstore.list(self._objects, chunk_size=1000):
                for item in chunk:
                    if _KEY.fullmatch(item["path"]):
                        yield StoredKey(item["path"], item["size"], item["last_modified"])

    def sweep_spool(self, before: datetime) -> int:
        """Removes spooled files last written before that instant, left by a process that was killed while
        receiving; returns how many."""
        swept = 0
        for path in self._spool.glob(f"{SPOOL_PREFIX}*"):
            try:
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    path.unlink()
                    swept += 1
            except FileNotFoundError:  # finished or aborted in this moment
                continue
        return swept

    def _keep(self, spooled: Path, sha256: str) -> str:
        """Puts the spooled file under its key; S3 answers only when the object is safe.

        Few parts at a time: twelve, the client's default, would hold 60 MB in memory per upload.
        """
        key = key_of(sha256)
        with _asking():
            obstore.put(self._objects, key, spooled, chunk_size=5 * MEBIBYTE, max_concurrency=2)
        return key

    def _look(self, key: str) -> StoredKey:
        if not _KEY.fullmatch(key):
            raise NotFound
        with _asking_for_one():
            held = obstore.head(self._objects, key)
        return StoredKey(key, held["size"], held["last_modified"])

    def _read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, PIECE):
            with _asking_for_one():
                piece = bytes(obstore.get_range(self._objects, key, start=at, end=min(at + PIECE, end)))
            yield piece


class FolderStore(Store):
    """Bytes by key in a folder of this machine, or of one that it mounts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder.resolve()
        super().__init__(LocalStore(self._folder), self._folder / ".incoming")

    def _keep(self, spooled: Path, sha256: str) -> str:
        """Renames the spooled file, already on the disk by its own fsync, to its key, then makes the folders
        that lead there last as well. obstore's own put calls no fsync: a power cut after it could leave an
        empty file under a key that a row already names."""
        key = key_of(sha256)
        place = self._folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(spooled, place)
        for folder in (place.parent, place.parent.parent, self._folder):
            _sync_folder(folder)
        return key


def open_store(url: str, *, spool: Path | None = None) -> Store:
    """The store that `url` names: a folder (`var/evidence`, `file:///srv/evidence`), or a bucket,
    `s3://bucket/prefix?endpoint=https://host:port&region=…&virtual_hosted=true`.

    `spool` is where a bucket's uploads wait until they are whole (the system's temporary folder by
    default); a folder has its own. Credentials of a bucket come from AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY, or whatever else S3 clients look at, never from the URL. Raises ValueError
    with a sentence for a URL that names no store; nothing is connected yet.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return Store(open_bucket(url), spool or Path(tempfile.gettempdir()))
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return FolderStore(Path(unquote(parts.path)))
    if "://" not in url and url:
        return FolderStore(Path(url))
    raise ValueError(
        f"{parts.scheme}: is no evidence store; write a folder, file:///folder or s3://bucket/prefix"
    )


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
