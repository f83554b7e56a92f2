"""Share 分解: from issued to accepted, with its figures, evidence and dates; every refusal leaves all untouched."""

from __future__ import annotations

import pytest

from tests.people import Cast, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles.witness import watching
from workflow.bootstrap import Services


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        return d.settle_districts(tx, cast)


def test_smoke(services: Services, cast: Cast, here: d.Districts) -> None:
    first, second, third = d.three_shares(services, cast, here)
    d.take_in(services, cast, first, here.qing)
    d.take_in(services, cast, second, here.chong)
    d.take_in(services, cast, third, here.jin)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    assert seen.acts == ["milestone.submit", "approval.open"]
