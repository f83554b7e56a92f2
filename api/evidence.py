"""Evidence 佐证材料: streamed in after the caller is let in, given out authorised and in ranges."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect

from api.actions import PREFIX, Id
from api.bodies import STREAMED, allow_body
from api.callers import Caller, SignedIn
from api.downloads import send_stored
from api.errors import refusals
from api.idempotency import Key, claim
from api.names import person, person_name, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from api.views import EvidenceView
from models import Evidence
from models.states import EvidenceState
from workflow import visibility
from workflow.acts import facts, lock, perform
from workflow.attachments import Attachment
from workflow.bootstrap import Services
from workflow.civil import PlanDay
from workflow.criteria import MOST
from workflow.errors import NotFound
from workflow.evidence_files import MEBIBYTE, StoredFile, Truncated, clean_name
from workflow.law import Lifecycle
from workflow.lifecycles import MILESTONE, SHARE

router = APIRouter(tags=["evidence"])
WRITTEN_AT_ONCE = MEBIBYTE // 4
"""Bytes gathered before they go to the disk's thread: the network's own pieces are small."""
OWN = (
    "id", "milestone_id", "share_id", "task_id", "file_name", "media_type", "size", "sha256", "true_on", "expires_on",
    "state", "supersedes_id", "attached_at", "version",
)  # fmt: skip
COLUMNS = (
    *(getattr(Evidence, name) for name in OWN), Evidence.unit_id, Evidence.attached_by,
    unit_name(Evidence.unit_id, Evidence), person_name(Evidence.attached_by, Evidence),
)  # fmt: skip
KEPT = (EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
SUBJECTS: dict[str, Any] = {
    "milestone": lambda id: (Evidence.milestone_id == id, Evidence.share_id.is_(None)),
    "share": lambda id: (Evidence.share_id == id,),
}
"""What evidence is attached to: the conditions on its row."""
BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


class About(BaseModel):
    """What is said of a file beside its bytes."""

    file_name: str = Field(
        min_length=1,
        max_length=1000,
        description="Kept as data, never used as a path.",
        examples=["能源审计报告.pdf"],
    )
    true_on: PlanDay = Field(description="When what it shows became true.", examples=["2022-06-30"])
    expires_on: date | None = None
    supersedes_id: int | None = Field(default=None, description="The evidence that it takes the place of.")
    unit_id: int | None = Field(default=None, description="The part's unit; the sender's own by default.")
    criteria: list[int] = Field(
        default_factory=list,
        max_length=MOST,
        description="Points of the milestone's criteria that it proves.",
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: to which milestone or share, by whom, when, and what is said of it."""

    services: Services
    law: Lifecycle[Any]
    subject_id: int
    caller: Caller
    now: datetime
    about: About
    route: str
    key: str | None

    def authorise(self) -> None:
        """Refuse before a byte is read: in a short transaction of its own, none is open while bytes come in."""
        with self.services.reading() as tx:
            standing = facts(tx, self.law, self.subject_id, self.caller.person_id, self.now)
        self.law.admit(self.law.action("attach"), standing)

    def enter(self, stored: StoredFile) -> Response:
        """Attach what is safe by now; the same bytes on the same subject are the evidence already there."""
        with self.services.transaction() as tx:
            taken = self._claim(tx, stored) if self.key is not None else None
            lock(tx, self.law, self.subject_id)
            found, status = self._known(tx, stored), 200
            if found is None:
                found, status = self._attach(tx, stored), 201
            headers = {"ETag": f'"{found.version}"', "Location": f"{PREFIX}/evidence/{found.id}"}
            response = JSONResponse(found.model_dump(mode="json"), status_code=status, headers=headers)
            if taken is not None:
                taken.keep(response)
        return response

    def _claim(self, tx: Connection, stored: StoredFile) -> Any:
        asked = hashlib.sha256(f"{self.about.model_dump_json()}\n{stored.sha256}".encode()).hexdigest()
        return claim(tx, self.caller.person_id, self.route, str(self.key), asked, self.now)

    def _known(self, tx: Connection, stored: StoredFile) -> EvidenceView | None:
        return next(iter(self._same(tx, stored, Evidence.state.in_(KEPT))), None)

    def _same(self, tx: Connection, stored: StoredFile, *where: Any) -> list[EvidenceView]:
        """What the caller sees of the same bytes on the same subject."""
        on = SUBJECTS[self.law.kind](self.subject_id)
        bound = visibility.bound(self.caller.person_id, self.now)
        return read_evidence(tx, bound, *on, Evidence.sha256 == stored.sha256, *where)

    def _attach(self, tx: Connection, stored: StoredFile) -> EvidenceView:
        details = Attachment(
            **self.about.model_dump(exclude={"file_name"}), file_name=clean_name(self.about.file_name),
            media_type=stored.media_type, size=stored.size, sha256=stored.sha256, store_key=stored.key,
        )  # fmt: skip
        perform(tx, self.law, self.subject_id, "attach", self.caller.person_id, self.now, details=details)
        return self._same(tx, stored, Evidence.attached_by == self.caller.person_id)[-1]


UPLOAD: dict[str, Any] = {
    "status_code": 201, "response_model": EvidenceView,
    "openapi_extra": {"requestBody": {"required": True, "description": "The file's bytes.", **BYTES}},
    "responses": {200: {"model": EvidenceView, "description": "The same bytes were there already"},
                  **refusals(401, 403, 404, 409, 413, 415, 422, 503, 507)},
}  # fmt: skip


@router.post("/milestones/{id}/evidence", operation_id="attach_evidence", **UPLOAD)
async def attach_evidence(
    id: Id, request: Request, caller: SignedIn, services: ServicesHere, now: Now, about: Annotated[About, Query()],
    key: Key = None,
) -> Response:  # fmt: skip
    """Attach a file: the body is the file itself. Known again by its SHA-256."""
    return await _take(request, Upload(services, MILESTONE, id, caller, now, about, request.url.path, key))


@router.post("/shares/{id}/evidence", operation_id="attach_evidence_to_share", **UPLOAD)
async def attach_evidence_to_share(
    id: Id, request: Request, caller: SignedIn, services: ServicesHere, now: Now, about: Annotated[About, Query()],
    key: Key = None,
) -> Response:  # fmt: skip
    """Attach a file to a unit's share: the same as to a milestone."""
    return await _take(request, Upload(services, SHARE, id, caller, now, about, request.url.path, key))


async def _take(request: Request, upload: Upload) -> Response:
    await run_in_threadpool(upload.authorise)
    stored = await receive(request, upload.services, upload.about.file_name)
    return await run_in_threadpool(upload.enter, stored)


async def receive(request: Request, services: Services, file_name: str) -> StoredFile:
    """The body into the store, a piece at a time; nothing stays behind of what does not arrive whole."""
    allow_body(request, STREAMED)
    declared = _declared(request)
    limit = services.settings.evidence_limit
    incoming = await run_in_threadpool(lambda: services.store.receive(limit=limit, declared_size=declared))
    with incoming:
        gathered = bytearray()
        try:
            async for piece in request.stream():
                gathered += piece
                if len(gathered) >= WRITTEN_AT_ONCE:
                    await run_in_threadpool(incoming.write, bytes(gathered))
                    gathered.clear()
        except ClientDisconnect:
            received = incoming.size + len(gathered)
            raise Truncated(declared=declared or "—", received=received) from None
        await run_in_threadpool(incoming.write, bytes(gathered))
        return await run_in_threadpool(incoming.finish, file_name)


def _declared(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 else None


def read_evidence(tx: Connection, bound: Mapping[str, Any], *where: Any) -> list[EvidenceView]:
    """The evidence that meets `where` and that the person bound may see, oldest first."""
    statement = visibility.evidence(*COLUMNS).where(*where).order_by(Evidence.id)
    return [_view(row) for row in tx.execute(statement, bound)]


def _view(row: Any) -> EvidenceView:
    return EvidenceView(
        **{name: row._mapping[name] for name in OWN}, unit=unit(row.unit_id, row.unit_name),
        attached_by=person(row.attached_by, row.person_name),
    )  # fmt: skip


class EvidenceFilter(BaseModel):
    task: Number | None = None
    milestone: Number | None = None
    share: Number | None = None
    unit: Number | None = None
    state: EvidenceState | None = None


@router.get("/evidence", operation_id="list_evidence", responses=refusals(401, 422))
def list_evidence(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[EvidenceFilter, Query()]
) -> Page[EvidenceView]:
    """The files that the caller sees. Orders: id, true_on."""
    columns = {name: getattr(Evidence, f"{name}_id") for name in ("task", "milestone", "share", "unit")}
    given = wanted.model_dump(exclude_none=True)
    conditions = (columns.get(name, Evidence.state) == value for name, value in given.items())
    statement = visibility.evidence(*COLUMNS).where(*conditions)
    order = Order(Evidence.id, {"true_on": Evidence.true_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _view)
    return Page[EvidenceView].model_validate(found)


@router.get("/evidence/{id}", operation_id="get_evidence", responses=refusals(401, 404))
def get_evidence(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> EvidenceView:
    found = _one(tx, id, caller, now)
    response.headers["ETag"] = f'"{found.version}"'
    return found


def _one(tx: Connection, id: int, caller: Caller, now: datetime) -> EvidenceView:
    found = read_evidence(tx, visibility.bound(caller.person_id, now), Evidence.id == id)
    if not found:
        raise NotFound(kind="evidence")
    return found[0]


@router.get(
    "/evidence/{id}/content", operation_id="get_evidence_content", response_class=StreamingResponse,
    responses={200: BYTES, 206: {**BYTES, "description": "The bytes asked for"}, **refusals(401, 404, 416, 503)},
)  # fmt: skip
def get_content(
    id: Id, caller: SignedIn, services: ServicesHere, now: Now,
    range: Annotated[str | None, Header(examples=["bytes=0-1023"])] = None,
) -> Response:  # fmt: skip
    """The file's bytes, all or a range, to be saved under its name."""
    with services.reading() as tx:
        statement = visibility.evidence(*COLUMNS, Evidence.store_key).where(Evidence.id == id)
        row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="evidence")
    return send_stored(services.store, row.store_key, row.file_name, row.media_type, row.sha256, range)
