"""What many hands do, as `many_hands.yaml` tells it: shares, lists, ratios, a ban, meetings, work plans, reports."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from duban.demo.cast import FOLDER

FRIDAY = 4


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Post(_Told):
    """A milestone, by task and year."""

    task: int
    year: int


class Portions(_Told):
    """How a target is given to units: the same to each district, the rest to the lead."""

    each: int
    lead: int


class Latecomers(_Told):
    """Districts that hand in late, and short of their target by so many."""

    districts: tuple[str, ...]
    handed_in_on: date
    short: dict[str, int]
    because: str


class AuditYear(_Told):
    year: int
    started_on: date
    broken_down_on: date
    due_on: date
    audits: Portions
    evaluations: Portions
    entered: tuple[date, date]
    handed_in_on: date
    late: Latecomers | None = None
    submitted_on: date


class Register(_Told):
    kinds: tuple[str, ...]
    districts: int
    lead: int


class Claim(_Told):
    first: str
    again: str


class Struck(_Told):
    district: str
    day: date
    reason: str
    short: str


class Ruled(_Told):
    day: date
    reason: str


class Audits(_Told):
    registered_on: date
    institutions: Register
    years: tuple[AuditYear, ...]
    claimed_twice: Claim
    struck: Struck
    carried_over: Ruled


class Organs(_Told):
    year: int
    started_on: date
    broken_down_on: date
    due_on: date
    handed_in_on: date
    submitted_on: date
    lead: tuple[int, int]
    districts: dict[str, tuple[int, int]]


class Ratios(_Told):
    organs: Organs


class EventDates(_Told):
    day: date
    name: str
    year: int
    from_on: date
    upto_on: date
    source: str

    @property
    def due_on(self) -> date:
        """The event's last working day: a week that ends on a Sunday ends, for work, on its Friday."""
        return self.upto_on - timedelta(days=max(0, self.upto_on.weekday() - FRIDAY))


class Violation(_Told):
    day: date
    found_on: date
    due_on: date
    text: str
    reason: str


class Mended(_Told):
    day: date
    note: str
    submission: str


class Ban(_Told):
    task: int
    year: int
    attested: str
    violated: Violation
    mended: Mended


class Retarget(_Told):
    day: date
    task: int
    year: int
    quantity: str
    goal: str
    reason: str
    approved_on: date


class Opened(_Told):
    day: date
    name: str
    lead: str
    joint: tuple[str, ...]
    text: str
    due_on: date
    metric: str
    quantity: str
    unit: str


class Called(_Told):
    """A meeting with its minutes."""

    name: str
    number: str
    held_on: date
    decisions: tuple[str, ...]


class Meeting(Called):
    retarget: Retarget
    opened: Opened


class BulkSuspension(_Told):
    meeting: Called
    day: date
    until_on: date
    tasks: tuple[int, ...]
    reason: str


class Reply(_Told):
    day: date
    text: str


class Instructed(_Told):
    day: date
    task: int
    unit: str
    text: str
    due_on: date
    reply: Reply
    closed_on: date


class WorkPlans(_Told):
    """Working days after the acknowledgement in which work plans come, those of `late` after their due date."""

    days: tuple[int, int]
    late: tuple[int, ...]
    late_days: tuple[int, int]
    approved: tuple[int, int]
    text: str
    half: str
    judged: str


class Coordination(_Told):
    task: int
    quarter: date
    text: str
    answer: str


class Reports(_Told):
    quarterly: tuple[int, ...]
    set_on: date
    done: str
    next_steps: str = Field(alias="next")
    problem: Coordination


class Base(_Told):
    quantity: str
    base: str
    year: int
    source: str


class Turnover(_Told):
    numerator: str
    denominator: str
    of_2022: Base
    of_2023: Base


class Definitions(_Told):
    reason: str
    settled: str
    terms: dict[str, str]
    turnover: Turnover


class Detours(_Told):
    """Reasons of moves that a round of signatures takes on its way."""

    transfer: str
    send_back: str
    absence: str


class Extended(_Told):
    """More time for a milestone, asked for before its due date, and granted."""

    task: int
    year: int
    asked_on: date
    due_on: date
    reason: str
    progress: str


class ManyHands(_Told):
    told: tuple[Post, ...]
    audits: Audits
    ratios: Ratios
    events: tuple[EventDates, ...]
    ban: Ban
    meeting: Meeting
    suspension: BulkSuspension
    instruction: Instructed
    work_plans: WorkPlans
    reports: Reports
    definitions: Definitions
    detours: Detours
    extension: Extended


def tell_hands(path: Path = FOLDER / "many_hands.yaml") -> ManyHands:
    """The story of many hands as written. Raises pydantic's ValidationError where it does not hold together."""
    return ManyHands.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
