"""Makes the HTTP app over given services. No globals: everything a request needs hangs on the app."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec

from fastapi import APIRouter, FastAPI

import workflow.lifecycles  # noqa: F401  (declares every lifecycle)
from api import approvals, boards, errors, evidence, house, milestones, plans, sign_in, supervision, tasks
from api.actions import PREFIX, actions_router
from api.idempotency import Replayed, replay
from api.log import RequestLog
from workflow.bootstrap import Services

NOUNS = {
    "task": "tasks",
    "part": "parts",
    "milestone": "milestones",
    "approval": "approvals",
    "card": "cards",
    "notice": "notices",
    "plan": "plans",
    "finding": "findings",
}
"""The resources of the lifecycles that people act on; a person's own acts come by sign-in and directory."""
READINGS = (tasks, milestones, approvals, supervision, evidence, boards, plans, house, sign_in)
NOT_YET = ("api.directory",)


def create_app(services: Services) -> FastAPI:
    """The app: routers under `/api/v1`, every refusal as problem+json, one log line per request."""
    app = FastAPI(title="Duban 督办", version=version("duban"), separate_input_output_schemas=False)
    app.state.services = services
    errors.install(app)
    app.add_exception_handler(Replayed, replay)
    app.add_middleware(RequestLog)
    app.include_router(house.health)
    app.include_router(_api())
    if find_spec("api.pages"):
        app.include_router(import_module("api.pages").router)
    return app


def _api() -> APIRouter:
    api = APIRouter(prefix=PREFIX)
    for kind, noun in NOUNS.items():
        api.include_router(actions_router(kind, noun))
    for module in (*READINGS, *map(import_module, filter(find_spec, NOT_YET))):
        api.include_router(module.router)
    return api
