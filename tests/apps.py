"""The real app, built once in a process: its routes take most of a second, and are the same for every test."""

from __future__ import annotations

from functools import cache
from tempfile import gettempdir

from fastapi import FastAPI

from api.app import create_app
from schedules.by_hand import HandRuns
from workflow.bootstrap import Services, Settings, bootstrap


@cache
def shared_app() -> FastAPI:
    """Over a database that is never opened, until somebody hangs services on."""
    return create_app(bootstrap(Settings(database=f"sqlite:///{gettempdir()}/never-opened.db")))


def app_over(services: Services) -> FastAPI:
    """The shared app with these services: one test at a time has it."""
    app = shared_app()
    app.state.services, app.state.jobs = services, HandRuns(services)
    return app
