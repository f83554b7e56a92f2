"""The office around the cast, before a milestone that is ready to be handed in."""

from __future__ import annotations

import pytest

from tests.people import Cast
from tests.workflow.approvals.ground import Ground, settle
from workflow.bootstrap import Services


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    return settle(services, cast).fresh()
