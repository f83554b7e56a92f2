"""One press for all document tests: reading 30 MB of fonts once is enough."""

from __future__ import annotations

import pytest

from workflow.adapters.fonts import Faces, find_faces
from workflow.adapters.paper import Press


@pytest.fixture(scope="session")
def shipped() -> Faces:
    """Only the faces we ship, whatever this machine has installed."""
    return find_faces(system=())


@pytest.fixture(scope="session")
def press(shipped: Faces) -> Press:
    return Press(faces=shipped)
