"""Writes `docs/openapi.json`: the API as it describes itself, for those who write programs against it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from api.app import create_app
from workflow.bootstrap import Settings, bootstrap

PLACE = Path(__file__).parent.parent / "docs" / "openapi.json"


def render() -> str:
    """The description as text. The database named here is never opened: the app is only described."""
    with TemporaryDirectory() as folder:
        services = bootstrap(Settings(database=f"sqlite:///{folder}/none.db"))
        try:
            return json.dumps(create_app(services).openapi(), ensure_ascii=False, indent=1) + "\n"
        finally:
            services.close()


def write(place: Path = PLACE) -> None:
    """Bring the file up to date."""
    place.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write()
