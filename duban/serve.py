"""Serves the HTTP app: one process with threads; any number of them over one PostgreSQL."""

from __future__ import annotations

import logging

import uvicorn

from api.app import create_app
from api.log import JsonLines
from schedules.by_hand import HandRuns
from workflow.bootstrap import Services, Settings, bootstrap


def serve(settings: Settings | None = None, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Open services by `settings` (the environment's by default) and answer until told to stop.

    Raises SettingInvalid before anything listens.
    """
    services = bootstrap(settings)
    log_as_json()
    try:
        server(services, host, port).run()
    finally:
        services.close()


def server(services: Services, host: str, port: int) -> uvicorn.Server:
    """A server that is not running yet, over services that stay its caller's: what the demo and tests start."""
    # Behind a proxy on this machine, its word for scheme and client counts; the app logs each request itself.
    config = uvicorn.Config(
        create_app(services, HandRuns(services)), host=host, port=port, log_config=None, access_log=False,
        lifespan="off", timeout_graceful_shutdown=10, server_header=False,
    )  # fmt: skip
    return uvicorn.Server(config)


def log_as_json(level: int = logging.INFO) -> None:
    """Every line of the log as JSON on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # each job tells its own outcome
