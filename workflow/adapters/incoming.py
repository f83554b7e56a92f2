"""One file on its way in: hashed, counted and spooled chunk by chunk, and kept or gone at the end."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from workflow.adapters.media_types import judge
from workflow.evidence_files import (
    EmptyFile,
    StoredFile,
    StoreFull,
    StoreUnavailable,
    TooLarge,
    Truncated,
    admit_type,
    show_size,
)

SPOOL_PREFIX = "duban-incoming-"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def minding_room() -> Iterator[None]:
    """Turns the system's ways of saying "no room" (disk, quota, file size) into StoreFull, and every other
    failure of the disk into StoreUnavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull from error
        raise StoreUnavailable from error


class Incoming:
    """A file being received. Write its chunks, then `finish`; anything else leaves nothing behind.

    Synchronous, and never used by two threads at once: an async route hands each call to its thread
    pool in turn. As a context manager it aborts whatever was not finished.
    """

    def __init__(
        self,
        spool: Path,
        keep: Callable[[Path, str], str],
        *,
        limit: int,
        declared_size: int | None,
        allowed: Collection[str],
    ) -> None:
        self._keep, self._limit, self._declared, self._allowed = keep, limit, declared_size, allowed
        self._hash, self.size = hashlib.sha256(), 0
        self._refuse_beyond(declared_size or 0)
        with minding_room():
            spool.mkdir(parents=True, exist_ok=True)
            self._fd, name = tempfile.mkstemp(prefix=SPOOL_PREFIX, dir=spool)
        self._path: Path | None = Path(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.abort()

    def write(self, chunk: bytes) -> None:
        """Takes the next bytes. Raises TooLarge at the first byte past the limit, Truncated past the declared
        size, StoreFull when the spool has no room; after any of them the spooled bytes are gone."""
        self._require_open()
        with self._aborting():
            self.size += len(chunk)
            self._refuse_beyond(self.size)
            if self._declared is not None and self.size > self._declared:
                raise Truncated(declared=self._declared, received=self.size)
            self._hash.update(chunk)
            with minding_room():
                _write_all(self._fd, chunk)

    def finish(self, file_name: str) -> StoredFile:
        """Judges the whole file and puts it in the store; returns only when its bytes are safe there.

        Raises EmptyFile, Truncated, WrongType, RefusedType, Damaged, StoreFull, StoreUnavailable.
        Bytes the store already has are written over with themselves: that heals a damaged copy, and
        makes them young again before a collector of orphans takes them for forgotten.
        """
        path = self._require_open()
        with self._aborting():
            self._require_all()
            media_type = self._judge(path, file_name)
            with minding_room():
                os.fsync(self._fd)
                key = self._keep(path, self._hash.hexdigest())
        self.abort()
        return StoredFile(key, self._hash.hexdigest(), self.size, media_type)

    def abort(self) -> None:
        """Drops what was spooled. Does nothing after `finish`, or a second time."""
        if self._path is None:
            return
        path, self._path = self._path, None
        os.close(self._fd)
        path.unlink(missing_ok=True)

    def _judge(self, path: Path, file_name: str) -> str:
        with path.open("rb") as file:
            return admit_type(judge(file), file_name, self._allowed)

    def _require_open(self) -> Path:
        if self._path is None:
            raise ValueError("this file was finished or aborted")
        return self._path

    def _require_all(self) -> None:
        if self._declared is not None and self.size != self._declared:
            raise Truncated(declared=self._declared, received=self.size)
        if not self.size:
            raise EmptyFile

    def _refuse_beyond(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(limit=self._limit, shown=show_size(self._limit))

    @contextmanager
    def _aborting(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.abort()
            raise


def _write_all(fd: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:  # a nearly full disk takes a part of it first, and says so only the next time
        rest = rest[os.write(fd, rest) :]
