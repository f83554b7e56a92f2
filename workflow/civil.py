"""The civil zone: which day it is, in the office's town, at a moment."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo(os.environ.get("DUBAN_ZONE", "Asia/Shanghai"))


def day_of(moment: datetime) -> date:
    """The civil date of an aware moment. A deadline day ends with it: late is from 00:00 of the next."""
    return moment.astimezone(ZONE).date()
