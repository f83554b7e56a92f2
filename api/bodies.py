"""What comes in by every route of the API: bounded in size, and without the characters that no database keeps."""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.idempotency import raw_body
from workflow.errors import Malformed, Missing
from workflow.evidence_files import MEBIBYTE

LARGEST_BODY = MEBIBYTE
"""Bytes of a body where the route says nothing else, signed in or not: it is held in memory whole."""
LARGEST_DOCUMENT = 8 * MEBIBYTE
"""Bytes of a plan document that are read, so that what is too large for a plan is still told so in its own words."""
STREAMED = 2**62
"""No bound here: the route takes its body piece by piece and holds it to a limit of its own."""
NUL_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 as JSON spells it; raw, JSON refuses it by itself."""
SURROGATE_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a character beyond U+FFFF, as JSON spells it: most come in pairs, and are meant."""
_ALLOWED = "duban.largest_body"


class BoundedBodies:
    """ASGI middleware: a body is refused as soon as it is larger than its route allows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receiving() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # An HTTPException, because the framework turns every other error while reading into "400".
            if received > scope.get(_ALLOWED, LARGEST_BODY):
                raise HTTPException(413)
            return message

        await self.app(scope, receiving if scope["type"] == "http" else receive, send)


def allow_body(request: Request, largest: int) -> None:
    """Let this request's body be of so many bytes; said before the first of them is read."""
    request.scope[_ALLOWED] = largest


async def document_body(request: Request) -> bytes:
    """A published document as it comes."""
    allow_body(request, LARGEST_DOCUMENT)
    return await raw_body(request)


Document = Annotated[bytes, Depends(document_body)]


async def refuse_unkept(request: Request) -> None:
    """Malformed for what no database keeps: U+0000 in the query or in JSON, and halves of characters in JSON."""
    if b"%00" in request.scope["query_string"]:
        raise Malformed(missing=[Missing("nul", {"field": "query"})])
    # Only what the framework has read by now: a body that is streamed stays where it is.
    if not getattr(request.scope.get("route"), "body_field", None):
        return
    body = await request.body()
    if NUL_ESCAPED.search(body):
        raise Malformed(missing=[Missing("nul", {"field": "body"})])
    if SURROGATE_ESCAPED.search(body) and _holds_halves(body):
        raise Malformed(missing=[Missing("half_character", {"field": "body"})])


def _holds_halves(body: bytes) -> bool:
    """Whether a surrogate stands alone; a body that is no JSON is refused elsewhere."""
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False
