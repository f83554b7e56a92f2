"""Makes the HTTP app over given services. No globals: everything a request needs hangs on the app."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI

import workflow.lifecycles  # noqa: F401  (declares every lifecycle)
from api import (
    absences,
    adjustments,
    approval_bulk,
    approval_courses,
    approval_definitions,
    approvals,
    attestations,
    boards,
    breakdowns,
    calendar,
    calendar_feeds,
    channels,
    criteria,
    directory,
    errors,
    events,
    evidence,
    history,
    house,
    indicators,
    institutions,
    instructions,
    items,
    letterhead,
    meetings,
    messages,
    milestone_pages,
    milestones,
    outbox,
    pages,
    plans,
    problems,
    reports,
    requests,
    schedule_pages,
    schedules,
    shares,
    sign_in,
    sign_in_pages,
    signer_groups,
    supervision,
    tasks,
    webhooks,
    work_plans,
)
from api.actions import PREFIX, actions_router
from api.bodies import BoundedBodies, refuse_unkept
from api.idempotency import Replayed, replay
from api.log import RequestLog
from api.openapi import describe
from workflow.bootstrap import Services
from workflow.jobs import Jobs

NOUNS = {
    "task": "tasks",
    "adjustment": "adjustments",
    "part": "parts",
    "milestone": "milestones",
    "share": "shares",
    "item": "items",
    "approval": "approvals",
    "criteria": "criteria",
    "attestation": "attestations",
    "card": "cards",
    "notice": "notices",
    "extension": "extensions",
    "waiver": "waivers",
    "work_plan": "work-plans",
    "report": "reports",
    "problem": "problems",
    "plan": "plans",
    "finding": "findings",
    "instruction": "instructions",
    "event": "events",
    "calendar_year": "calendar",
    "webhook": "webhooks",
}
"""The path of each lifecycle whose actions this app serves itself; people's come with the directory."""
RESOURCES = (
    adjustments,
    tasks,
    history,
    milestones,
    shares,
    breakdowns,
    approval_definitions,
    approvals,
    approval_courses,
    approval_bulk,
    criteria,
    attestations,
    supervision,
    work_plans,
    requests,
    reports,
    problems,
    evidence,
    boards,
    plans,
    indicators,
    meetings,
    instructions,
    events,
    calendar,
    house,
    schedules,
    calendar_feeds,
    outbox,
    messages,
    webhooks,
    channels,
    sign_in,
    directory,
    absences,
    signer_groups,
    letterhead,
    institutions,
    items,
)


def create_app(services: Services, jobs: Jobs | None = None) -> FastAPI:
    """The app: resources under `/api/v1`, pages beside them, every refusal in one form, one log line a request.

    `jobs`: the timetable, which this door knows by name only; without it nothing is said of it or run.
    FastAPI's own pages of documentation are off: they load scripts from the internet, which an office may not have.
    """
    app = FastAPI(
        title="Duban 督办",
        version=version("duban"),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.services, app.state.jobs = services, jobs
    errors.install(app)
    app.add_exception_handler(Replayed, replay)
    app.add_middleware(BoundedBodies)
    app.add_middleware(RequestLog)
    app.include_router(house.health)
    app.include_router(_resources())
    app.include_router(calendar_feeds.feeds)
    for module in (
        sign_in_pages,
        milestone_pages,
        schedule_pages,
        pages,
    ):  # the last one answers whatever is left
        app.include_router(module.router)
    describe(app, {**NOUNS, "person": "people"})
    return app


def _resources() -> APIRouter:
    resources = APIRouter(prefix=PREFIX, dependencies=[Depends(refuse_unkept)])
    for kind, noun in NOUNS.items():
        resources.include_router(actions_router(kind, noun))
    for module in RESOURCES:
        resources.include_router(module.router)
    return resources
