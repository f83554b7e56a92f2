"""All scheduled work, in one table. Times are the office's own (the civil zone)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schedules.attestations import call_attestations
from schedules.calendar import ask_for_notice, follow_notices
from schedules.events import follow_events
from schedules.limits import meet_limits
from schedules.moments import Daily, Every, When
from schedules.press import print_notices
from schedules.relay import relay
from schedules.reporting import call_reports
from schedules.suspensions import resume_suspended
from schedules.upkeep import keep_house, seal, verify
from schedules.watch import light, raise_cards, remind
from workflow.bootstrap import Services

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable. `lease`: how long a run may take before another process takes its tick."""

    name: str
    when: When
    run: Callable[[Services, datetime], Mapping[str, Any]]
    lease: timedelta = HOUR


# Jobs that are due together run in this order: what is written in the morning goes out by the relay, the last.
TIMETABLE = (
    Job("seal", Daily("00:20"), seal),
    Job("keep_house", Daily("02:00"), keep_house, 4 * HOUR),
    Job("verify", Daily("03:00", weekday="sun"), verify, 12 * HOUR),
    Job("resume_suspended", Daily("05:30"), resume_suspended),
    Job("follow_notices", Every(minutes=5), follow_notices),
    Job("follow_events", Every(minutes=5), follow_events),
    Job("light", Daily("06:00"), light),
    Job("call_attestations", Daily("06:30"), call_attestations),
    Job("meet_limits", Daily("06:45", working=True), meet_limits),
    Job("call_reports", Daily("07:00", working=True), call_reports),
    Job("ask_for_notice", Daily("07:15", working=True), ask_for_notice),
    Job("raise_cards", Daily("07:30", working=True), raise_cards),
    Job("remind", Daily("08:00", working=True), remind),
    Job("print_notices", Every(minutes=5), print_notices),
    Job("relay", Every(minutes=1), relay),
)
