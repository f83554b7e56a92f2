"""One dialect and one store of compiled statements for all engines of a process.

An engine compiles each statement once. In production a process has one; here every test has its own, and compiling
the same statements again would be a third of what the tests take.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.util import LRUCache

_dialects: dict[str, Dialect] = {}
_compiled: LRUCache[Any, Any] = LRUCache(5000)


def create_engine_alike(url: Any, **given: Any) -> Engine:
    """`create_engine`, for a database that differs from others of its kind in nothing but its place."""
    engine = create_engine(url, execution_options={"compiled_cache": _compiled}, **given)
    known = _dialects.get(engine.dialect.name)
    if known is not None and known.server_version_info is not None:
        engine.dialect = known
    else:  # one that has not met its database yet does not know all of its language
        _dialects[engine.dialect.name] = engine.dialect
    return engine
