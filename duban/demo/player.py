"""The player: walks through the days, runs the jobs, and lets the cast do what is due, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random
from typing import Any

from duban.demo.cast import Cast
from duban.demo.courses import draw_courses
from duban.demo.deeds import Agenda, Deed
from duban.demo.desk import Desk
from duban.demo.duties import Duties
from duban.demo.episodes import EPISODES, Backstage, Settlement
from duban.demo.ground import Ground
from duban.demo.opening import Opening
from duban.demo.scenes import Scene
from duban.demo.story import Story
from duban.demo.supervision import Supervision
from duban.demo.works import read_works
from models.states import Role
from schedules.runner import run_once
from workflow.calendar import working_calendar
from workflow.civil import ZONE
from workflow.deadlines import DAY, WorkingCalendar
from workflow.errors import DubanError

BEFORE_WORK, AFTER_WORK = 8 * 60, 17 * 60 + 50
"""Minutes after midnight at which the jobs run: the night's and the morning's, then the day's paper and mail,
before that has to wait for the next day."""
RULED_ON_ONE_DAY = 12
PUT_OFF = 2
"""Working days after which a deed that had to wait is tried again."""
TO_CLOSE = (3, 8)
"""Working days from completion to closing out (销号)."""
WILL_PASS = {"cards_settled", "notices_settled"}
"""What stands in the way of closing out only for a time."""
RAISED = "raise_cards"


class JobBroke(DubanError):
    """A job broke off during the play. Facts: `job`, `at`, `error`."""

    code = "demo_job"


@dataclass(slots=True)
class Player:
    """Plays a story on its ground; remembers only what the answers said."""

    ground: Ground
    desk: Desk
    cast: Cast
    story: Story
    seed: int
    only: frozenset[int] | None = None
    """A rehearsal: these tasks alone are worked on, and days on which nobody acts are left out but for Mondays."""
    agenda: Agenda = field(default_factory=Agenda)
    gaps: dict[int, str] = field(default_factory=dict)
    """Tasks that cannot be closed out, by number, with what is missing."""
    _calendar: WorkingCalendar = field(init=False)
    _opening: Opening = field(init=False)
    _approvals: dict[int, int] = field(default_factory=dict)
    _criteria: dict[int, int] = field(default_factory=dict)
    _accepted: set[int] = field(default_factory=set)
    _known: set[tuple[str, int]] = field(default_factory=set)
    _look: set[str] = field(default_factory=set)
    _appealed: bool = False
    _today: date = field(init=False)

    def __post_init__(self) -> None:
        with self.ground.services.reading() as tx:
            self._calendar = working_calendar(tx)
        self._opening = Opening(self.desk, self._supervisor, self.story.rulings)
        self._enter_opening()

    @property
    def _supervisor(self) -> str:
        return self.cast.of_the_office(Role.SUPERVISOR)

    def play(self, upto: date) -> Iterator[date]:
        """Every working day from the story's first to `upto`: each is yielded when it is over."""
        on = self.story.from_on
        while on <= upto:
            if self._calendar.is_working(on) and self._is_played(on):
                self._play_day(on)
                yield on
            on += DAY

    def _is_played(self, on: date) -> bool:
        return self.only is None or on.weekday() == 0 or self.agenda.next_on == on

    def _play_day(self, on: date) -> None:
        self._today = on
        if self._run_jobs(on, BEFORE_WORK):
            self._look |= {"cards", "notices"}
        self._look_around(on)
        for minute, turn in self.agenda.due(on):
            self._set_clock(on, minute)
            if isinstance(turn, Deed):
                self._do(turn, on)
            else:
                turn(on)
        self._run_jobs(on, AFTER_WORK)

    def _set_clock(self, on: date, minute: int) -> datetime:
        now = datetime.combine(on, time(minute // 60, minute % 60), ZONE)
        self.ground.clock.set(now)
        return now

    def _run_jobs(self, on: date, minute: int) -> bool:
        """Every job that is due: whether cards were raised. Raises JobBroke."""
        raised = False
        for ran in run_once(self.ground.services, self._set_clock(on, minute)):
            if ran.error:
                raise JobBroke(job=ran.job, at=on.isoformat(), error=ran.error)
            raised |= ran.job == RAISED and bool((ran.outcome or {}).get("raised"))
        return raised

    # the opening

    def _enter_opening(self) -> None:
        first, calendar, opening = self.story.from_on, self._calendar, self._opening
        self.agenda.at(first, 9 * 60 + 20, _turn(opening.import_document))
        for n in (1, 2):
            self.agenda.at(calendar.add(first, n), 10 * 60, lambda _: opening.rule(most=RULED_ON_ONE_DAY))
        self.agenda.at(calendar.add(self.story.confirm_on, -1), 10 * 60, lambda _: opening.rule())
        self.agenda.at(self.story.confirm_on, 9 * 60 + 30, _turn(opening.confirm))
        self.agenda.at(self.story.confirm_on, 10 * 60, lambda _: self._plan())

    def _plan(self) -> None:
        """With the tasks assigned, everything that will be done is drawn and entered."""
        Settlement(self._backstage(defined=False)).settle()
        backstage = self._backstage(defined=True)
        works = list(backstage.works.values())
        self.agenda.enter(Duties(works, self.cast, self.story, self._calendar, self.seed).deeds())
        for course in draw_courses(works, self.story, self._calendar, self.seed):
            chance = Random(f"{self.seed}:{course.chance}")  # noqa: S311
            self.agenda.enter(Scene(course, self.cast, self.story, self._calendar, chance).deeds())
        for episode in EPISODES:
            for on, minute, turn in episode(backstage).turns():
                self.agenda.at(on, minute, turn)

    def _backstage(self, *, defined: bool) -> Backstage:
        """The tasks as they stand now, and all that episodes work with."""
        every = read_works(self.desk, self._supervisor, defined=defined)
        works = {work.number: work for work in every if self.only is None or work.number in self.only}
        return Backstage(
            self.desk,
            self.cast,
            self._calendar,
            self.story.hands,
            works,
            self._opening.plan,
            self.seed,
            self._hear,
        )

    # deeds

    def _do(self, deed: Deed, today: date) -> None:
        if deed.accepted is not None and deed.accepted not in self._accepted:
            self.agenda.at(self._calendar.add(today, PUT_OFF), deed.minute, deed)
            return
        if deed.paper is not None:
            true_on = str((deed.details or {})["true_on"])
            self.desk.attach(deed.who, deed.subject, deed.paper.name, true_on, deed.paper.content())
            return
        if deed.judged and deed.action == "submit":
            self._tie_evidence(deed)
        answer = self.desk.act(
            deed.who, deed.noun, self._subject(deed), deed.action, deed.reason, self._details(deed)
        )
        if deed.action == "draft_notice":
            self._look.add("notices")
        for event in answer["followed"]:
            self._take_note(event, deed, today)
        if deed.sequel is not None:
            days = self._calendar.between(deed.on, deed.sequel.on)
            self.agenda.at(self._calendar.add(today, days), deed.sequel.minute, deed.sequel)

    def _subject(self, deed: Deed) -> int:
        """Of a milestone's approval and criteria, those that are known by now."""
        known = {"approvals": self._approvals, "criteria": self._criteria}
        return known[deed.noun][deed.subject] if deed.noun in known else deed.subject

    def _points(self, deed: Deed) -> list[int]:
        points = self.desk.read(deed.who, f"criteria/{self._criteria[deed.subject]}")["points"]
        return [point["id"] for point in points]

    def _tie_evidence(self, deed: Deed) -> None:
        """The lead ties what was sent in to every point that it proves."""
        points = self._points(deed)
        for evidence in list(self.desk.listed(deed.who, f"evidence?milestone={deed.subject}&state=attached")):
            tied = {"evidence_id": evidence["id"], "criterion_ids": points}
            self.desk.act(deed.who, "milestones", deed.subject, "tie", None, tied)

    def _details(self, deed: Deed) -> Mapping[str, Any] | None:
        """The accepter marks every point of what is judged."""
        accepts = deed.judged and (deed.noun, deed.action) == ("approvals", "approve")
        if not accepts or deed.who not in self._accepters:
            return deed.details
        marks = [{"criterion_id": point, "mark": "met"} for point in self._points(deed)]
        return {**(deed.details or {}), "marks": marks}

    @property
    def _accepters(self) -> set[str]:
        return {self.cast.of_the_office(Role.SUPERVISOR, turn) for turn in range(2)}

    def _hear(self, event: Mapping[str, Any]) -> None:
        """What followed in an episode, and leads to others."""
        self._follow_up(event, self._today)

    def _take_note(self, event: Mapping[str, Any], deed: Deed, today: date) -> None:
        """What followed from a deed, and leads to others."""
        match event["subject_kind"], event["action"]:
            case "approval", "open":
                self._approvals[deed.subject] = event["subject_id"]
            case "criteria", _:
                self._criteria[deed.subject] = event["subject_id"]
            case _:
                self._follow_up(event, today)

    def _follow_up(self, event: Mapping[str, Any], today: date) -> None:
        """An acceptance lets others go on; a completed task is closed out some days later."""
        match event["subject_kind"], event["action"]:
            case "milestone", "accept":
                self._accepted.add(event["subject_id"])
            case "task", "complete":
                task, chance = event["subject_id"], Random(f"{self.seed}:close:{event['subject_id']}")  # noqa: S311
                on = self._calendar.add(today, chance.randint(*TO_CLOSE))
                self.agenda.at(on, 15 * 60, lambda day: self._close_out(task, day))

    def _close_out(self, task: int, today: date) -> None:
        """Close out where the gate lets; else note what is missing, or come again when it may have passed."""
        offered = self.desk.read(self._supervisor, f"tasks/{task}/actions")["actions"]
        gate = next((action for action in offered if action["action"] == "close_out"), None)
        if gate is None:
            return
        lacks = gate["missing"]
        if not lacks:
            self.desk.act(self._supervisor, "tasks", task, "close_out")
        elif {lack["code"] for lack in lacks} <= WILL_PASS:
            again = self._calendar.add(today, PUT_OFF)
            self.agenda.at(again, 15 * 60, lambda day: self._close_out(task, day))
        else:
            number = self.desk.read(self._supervisor, f"tasks/{task}")["number"]
            self.gaps[number] = "；".join(lack["text"] for lack in lacks)

    # cards and notices

    def _look_around(self, today: date) -> None:
        """What was raised overnight, as a supervisor finds it in the morning."""
        scenes = Supervision(self.cast, self.story, self._calendar, self.seed)
        for told in self._found("cards", "raised"):
            appealed = not self._appealed and today > self.story.appeal.after
            self._appealed |= appealed
            self.agenda.enter(scenes.card(told, today, appealed=appealed))
        for told in self._found("notices", "drafted"):
            self.agenda.enter(scenes.notice(told, today))
        self._look.clear()

    def _found(self, noun: str, state: str) -> Iterator[dict[str, Any]]:
        """Those in a state that were not seen before, if there is reason to look."""
        if noun not in self._look:
            return
        for told in self.desk.listed(self._supervisor, f"{noun}?state={state}"):
            if (noun, told["id"]) not in self._known:
                self._known.add((noun, told["id"]))
                yield told


def _turn(scene: Callable[[], None]) -> Callable[[date], None]:
    return lambda _: scene()
