"""Refusals as answers: the one table from `code` to status, and the one form (RFC 9457 problem+json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException

from workflow import words
from workflow.acts import request_id
from workflow.conflicts import is_collision
from workflow.errors import DubanError, Missing
from workflow.sentences import lack_sentence, sentence

MEDIA_TYPE = "application/problem+json"
STATUS: dict[str, int] = {
    "not_signed_in": 401,
    "sign_in_refused": 401,
    "not_permitted": 403,
    "session_needed": 403,
    "scope_missing": 403,
    "cross_site": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "wrong_state": 409,
    "job_running": 409,
    "not_ready": 409,
    "plan_exists": 409,
    "collision": 409,
    "meeting_exists": 409,
    "minutes_kept": 409,
    "stale": 412,
    "too_large": 413,
    "body_too_large": 413,
    "wrong_type": 415,
    "refused_type": 415,
    "bad_range": 416,
    "malformed": 422,
    "unknown_action": 422,
    "reason_required": 422,
    "idempotency_mismatch": 422,
    "empty_file": 422,
    "truncated": 422,
    "damaged": 422,
    "unreadable": 422,
    "rules_invalid": 422,
    "definition_invalid": 422,
    "calendar_invalid": 422,
    "unprintable_character": 422,
    "weak_password": 422,
    "code_refused": 422,
    "import_refused": 422,
    "unknown_units": 422,
    "locked": 429,
    "internal": 500,
    "unavailable": 503,
    "sign_in_busy": 503,
    "mail_unavailable": 503,
    "store_unavailable": 503,
    "store_full": 507,
}
"""Codes that no request can meet (settings, letters, fonts) are missing here and answer 500."""
BY_HTTP_STATUS = {
    401: "not_signed_in", 403: "not_permitted", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large",
}  # fmt: skip


class Unavailable(DubanError):
    """The database does not answer, or has not been migrated."""

    code = "unavailable"


class Lack(BaseModel):
    """One thing that stands in the way."""

    code: str = Field(examples=["target"])
    field: str | None = Field(default=None, description="The field it concerns.", examples=["figures"])
    text: str = Field(examples=["能源审计已完成180家，未达到目标300家。"])
    line: int | None = Field(
        default=None, description="Of a text that was handed in: where, counted from 1; absent elsewhere."
    )
    column: int | None = Field(default=None, description="In that line, counted from 1.")

    @model_serializer(mode="wrap")
    def _without_place(self, build: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Only what concerns a text has a place in it."""
        told: dict[str, Any] = build(self)
        return (
            told if self.line is not None else {k: v for k, v in told.items() if k not in ("line", "column")}
        )


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:duban:problem:not_ready",
                "title": "条件尚未具备",
                "status": 409,
                "detail": "条件尚未具备，请先补齐所列各项。",
                "code": "not_ready",
                "instance": "/api/v1/milestones/1/actions",
                "request_id": "5f0c9a1e2b7d4c38",
                "missing": [{"code": "evidence", "field": None, "text": "尚未上传佐证材料。"}],
            }
        }
    )
    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    request_id: str | None
    missing: list[Lack] = Field(default_factory=list)


def language_of(request: Request) -> str:
    """The reader's language: Accept-Language, else the signed-in person's, else the default."""
    asked = request.headers.get("accept-language")
    return words.choose(asked) if asked else getattr(request.state, "language", words.DEFAULT_LANGUAGE)


def status_of(code: str) -> int:
    """The HTTP status of an error's code; 500 for what no request can meet."""
    return STATUS.get(code, 500)


def lack(missing: Missing, language: str) -> Lack:
    """One missing thing in the reader's words."""
    field = missing.facts.get("field")
    text = lack_sentence(missing, language)
    place = {"line": missing.facts.get("at_line"), "column": missing.facts.get("at_column")}
    return Lack(code=missing.code, field=None if field is None else str(field), text=text, **place)


def answer(
    request: Request,
    code: str,
    *,
    facts: Mapping[str, Any] | None = None,
    missing: Sequence[Missing] = (),
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem+json response for a code, in the reader's language."""
    told = problem(request, code, facts=facts, missing=missing, status=status)
    body = json.dumps(told.model_dump(), ensure_ascii=False).encode()
    more = {"Content-Language": language_of(request), "Vary": "Accept-Language", **(headers or {})}
    return Response(body, status_code=told.status, headers=more, media_type=MEDIA_TYPE)


def problem(
    request: Request,
    code: str,
    *,
    facts: Mapping[str, Any] | None = None,
    missing: Sequence[Missing] = (),
    status: int | None = None,
) -> Problem:
    """A refusal as it is told, in the reader's language."""
    language, status = language_of(request), status or status_of(code)
    detail = sentence(f"error.{code}", language, facts or {}) or code
    return Problem(
        type=f"urn:duban:problem:{code}", title=sentence(f"title.{status}", language, {}) or detail, status=status,
        detail=detail, code=code, instance=request.url.path, request_id=request_id.get(),
        missing=[lack(item, language) for item in missing],
    )  # fmt: skip


def refused(request: Request, error: Exception) -> Response:
    """Any of our own refusals."""
    refusal = cast("DubanError", error)
    headers = {}
    if refusal.code == "bad_range":
        headers["Content-Range"] = f"bytes */{refusal.facts['size']}"
    if refusal.code == "not_signed_in":
        headers["WWW-Authenticate"] = 'Bearer realm="duban"'
    return answer(request, refusal.code, facts=refusal.facts, missing=refusal.missing, headers=headers)


def invalid(request: Request, error: Exception) -> Response:
    """What FastAPI could not read: body, query or path."""
    faults = cast("RequestValidationError", error).errors()
    return answer(request, "malformed", missing=[_fault(fault) for fault in faults])


def _fault(fault: Mapping[str, Any]) -> Missing:
    place = [str(step) for step in fault["loc"] if step not in ("body", "query", "path", "header")]
    facts = {"field": ".".join(place) or str(fault["loc"][0]), **fault.get("ctx", {})}
    return Missing(f"field.{fault['type']}", facts)


def plain_http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: no such path, no such method."""
    refusal = cast("HTTPException", error)
    code = BY_HTTP_STATUS.get(refusal.status_code, "malformed")
    return answer(request, code, status=refusal.status_code, headers=refusal.headers)


def collided(request: Request, error: Exception) -> Response:
    """Two entered the same at the same moment, and neither could see the other's: the second is told so."""
    if not is_collision(cast("IntegrityError", error)):
        raise error
    return answer(request, "collision")


def database_away(request: Request, error: Exception) -> Response:
    """The database does not answer, or the commit failed: nothing was done."""
    return answer(request, "unavailable", headers={"Retry-After": "5"})


def install(app: FastAPI) -> None:
    """Let every refusal leave by these handlers."""
    app.add_exception_handler(DubanError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain_http)
    app.add_exception_handler(OperationalError, database_away)
    app.add_exception_handler(IntegrityError, collided)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals that a route declares in OpenAPI, each in the one form."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


TITLES = {
    401: "Nobody is signed in",
    403: "Seen, but not this person's to do",
    404: "No such thing, or not seen by this person",
    409: "The wrong moment, or something is missing; `missing` names all of it",
    412: "What was seen is no longer what is there",
    413: "Larger than the limit",
    415: "A kind of file that is not taken, or not what its name says",
    416: "Bytes outside of the file",
    422: "Cannot be read as what was asked for; `missing` names each field",
    429: "Too many failed sign-ins; locked for a while",
    503: "Database or store do not answer; nothing was done",
    507: "No room left; nothing was kept",
}
