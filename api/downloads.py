"""Stored files on their way out: authorised by whoever calls this, ranged, saved and never shown in the page."""

from __future__ import annotations

from fastapi.responses import StreamingResponse

from workflow.adapters.store import Store
from workflow.file_delivery import describe_range, offer_as, read_range


def send_stored(
    store: Store, key: str, name: str, media_type: str, sha256: str, wanted: str | None
) -> StreamingResponse:
    """The bytes under `key`, or the range of them that the Range header `wanted` asks for.

    The type is the recorded one, and `nosniff` keeps browsers to it. Raises NotFound, BadRange, StoreUnavailable.
    """
    size = store.size(key)
    part = read_range(wanted, size)
    start, end = part or (0, size)
    headers = {
        "Content-Disposition": offer_as(name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "ETag": f'"{sha256}"',
    }
    if part:
        headers["Content-Range"] = describe_range(start, end, size)
    pieces = store.open(key, start, end)
    return StreamingResponse(pieces, status_code=206 if part else 200, headers=headers, media_type=media_type)
