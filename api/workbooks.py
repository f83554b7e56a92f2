"""Workbooks that come as a body and go as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from api.bodies import STREAMED, allow_body
from api.callers import SignedIn
from api.sign_in import NO_STORE
from workflow.evidence_files import TooLarge, show_size

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_WORKBOOK = 4 * 2**20
WORKBOOK = {"requestBody": {"required": True, "description": "The workbook, as the template has it.", "content": {
    SHEET: {"schema": {"type": "string", "format": "binary"}}}}}  # fmt: skip


async def workbook_body(request: Request, who: SignedIn) -> bytes:
    """The workbook as it comes, from somebody who is signed in; TooLarge as soon as it is."""
    allow_body(request, STREAMED)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_WORKBOOK:
            raise TooLarge(limit=LARGEST_WORKBOOK, shown=show_size(LARGEST_WORKBOOK))
    return bytes(data)


Workbook = Annotated[bytes, Depends(workbook_body)]


def send_workbook(data: bytes, name: str) -> Response:
    """A workbook to be saved under that name, and kept by nobody in between."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, 200, {**headers, **NO_STORE}, SHEET)
