"""The civil zone: which day it is, in the office's town, at a moment."""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

ZONE = ZoneInfo(os.environ.get("DUBAN_ZONE", "Asia/Shanghai"))
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
PlanDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that somebody may enter: a slip of the pen (0202, 9999) would have the clock count working days for ages."""


def day_of(moment: datetime) -> date:
    """The civil date of an aware moment. A deadline day ends with it: late is from 00:00 of the next."""
    return moment.astimezone(ZONE).date()
