"""Situations of shares as fixtures: the districts, their three shares, and what is below the first of them."""

from __future__ import annotations

import pytest

from tests.people import Cast, do
from tests.workflow.lifecycles import districts as d
from workflow.bootstrap import Services


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        return d.settle_districts(tx, cast)


@pytest.fixture
def shares(services: Services, cast: Cast, here: d.Districts) -> list[int]:
    """Those of 青浦, 崇明 and 金山, 100 audits each."""
    return d.three_shares(services, cast, here)


@pytest.fixture
def below(services: Services, cast: Cast, here: d.Districts, shares: list[int]) -> tuple[int, int]:
    """青浦's share, under way, broken down to its department (60) and its hospital (40)."""
    d.a_share_under_way(services, shares[0], here.qing)
    portions = [d.portion(cast, here.energy, "60"), d.portion(cast, here.hospital, "40")]
    do(services, "share", shares[0], "break_down", here.qing, details={"portions": portions})
    first, second = d.shares_of(services, cast.milestone)[-2:]
    return first, second
