"""One line per request, one request id through log, audit event and mail; and no exception ever leaves bare."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer
from workflow.acts import request_id

LOG = logging.getLogger("duban.api")
SECRET_PATH = re.compile(r"(/calendars/).+")
"""Who has the address of a calendar may read it: no log keeps it."""
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; `extra={"facts": {...}}` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class RequestLog:
    """ASGI middleware: takes or makes the X-Request-Id, logs the request, answers 500 for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get("x-request-id", "")
        token = request_id.set(given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8))
        try:
            await self._answer(request, receive, send)
        finally:
            request_id.reset(token)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", str(request_id.get()).encode()))
            await send(message)

        try:
            await self.app(request.scope, receive, sending)
        except Exception:
            LOG.exception("unexpected")
            if status:
                raise
            await answer(request, "internal")(request.scope, receive, sending)
        facts = {
            "method": request.method, "path": SECRET_PATH.sub(r"\1…", request.url.path), "status": status,
            "ms": round((time.perf_counter() - began) * 1000, 1),
            "person_id": getattr(request.state, "person_id", None),
        }  # fmt: skip
        LOG.info("request", extra={"facts": facts})
