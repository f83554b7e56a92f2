"""Work plans of every task with checkpoints, and the quarterly reports of some, with a problem that is coordinated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from duban.demo.deeds import EVENING, MORNING
from duban.demo.episodes.backstage import Episode, Turn
from duban.demo.works import Goalpost, Work
from workflow.figures import plain

MIDDLE = timedelta(days=150)
"""Before a milestone's due date its checkpoint lies."""


class WorkPlansEpisode(Episode):
    """Each lead submits a work plan after its acknowledgement, most in time; the office approves."""

    def turns(self) -> Iterator[Turn]:
        begun = date(2022, 2, 9)  # the last lead has acknowledged by then
        told = self.back.hands.work_plans
        for number in sorted(self.back.works):
            chance = self.back.chance(f"work_plan:{number}")
            late = chance.randint(*told.late_days) + told.days[1] if number in told.late else 0
            on = self.back.after(begun, late or chance.randint(1, told.days[1] - told.days[0]))
            minute = chance.randint(MORNING, EVENING - 60)
            yield on, minute, partial(self._submit, self.back.works[number])
            approved = self.back.after(on, chance.randint(*told.approved))
            yield approved, minute, partial(self._approve, self.back.works[number])

    def _plan_of(self, who: str, work: Work) -> int:
        (found,) = self.back.desk.listed(who, f"work-plans?task={work.id}")
        return int(found["id"])

    def _submit(self, work: Work, _: date) -> None:
        told, owner = self.back.hands.work_plans, self.back.owner(work.lead, work.number)
        now = {m["id"]: date.fromisoformat(m["due_on"]) for m in self._task(owner, work)["milestones"]}
        points = [self._checkpoint(post, now[post.id]) for post in work.goalposts]
        details: dict[str, Any] = {"text": told.text, "checkpoints": points}
        self.back.act(owner, "work-plans", self._plan_of(owner, work), "submit", **details)

    def _task(self, who: str, work: Work) -> Mapping[str, Any]:
        return dict(self.back.desk.read(who, f"tasks/{work.id}"))

    def _checkpoint(self, post: Goalpost, due_on: date) -> Mapping[str, Any]:
        """Half of what a year adds up to by the middle of it; of what is judged, the work done by then."""
        told = self.back.hands.work_plans
        day = self.back.calendar.add(max(due_on - MIDDLE, date(2022, 2, 21)), -1)
        point = {"milestone_id": post.id, "due_on": day.isoformat(), "text": told.judged}
        counted = next((aim for aim in post.aims if aim.adds_up), None)
        if counted is None:
            return point
        half = counted.asked / Decimal(2)
        return point | {"text": told.half, "indicator_id": counted.id, "quantity": plain(half)}

    def _approve(self, work: Work, _: date) -> None:
        supervisor = self.back.supervisor(work.number)
        self.back.sign(supervisor, "work-plans", self._plan_of(supervisor, work))


class ReportsEpisode(Episode):
    """Two tasks report by the quarter; figures are there already, words and problems are added."""

    def turns(self) -> Iterator[Turn]:
        told, back = self.back.hands.reports, self.back
        yield back.working(told.set_on), MORNING + 5, self._set
        for year in (2022, 2023):
            for month in (4, 7, 10):
                yield back.after(date(year, month, 1), 3), MORNING + 5, self._file
            yield back.after(date(year + 1, 1, 1), 3), MORNING + 5, self._file
        yield back.after(told.problem.quarter, 8), MORNING + 5, self._answer

    def _set(self, _: date) -> None:
        for number in self.back.hands.reports.quarterly:
            supervisor, task = self.back.supervisor(number), self.back.works[number].id
            self.back.act(supervisor, "tasks", task, "set_reporting", interval="quarterly")

    def _file(self, on: date) -> None:
        told = self.back.hands.reports
        for number in told.quarterly:
            owner = self.back.owner(self.back.works[number].lead, number)
            path = f"reports?task={self.back.works[number].id}&state=due"
            for report in list(self.back.desk.listed(owner, path)):
                problem = (
                    told.problem.task == number
                    and told.problem.quarter <= on < told.problem.quarter + MIDDLE / 2
                )
                details: dict[str, Any] = {"done": told.done, "next_steps": told.next_steps}
                if problem:
                    details["problems"] = [told.problem.text]
                self.back.act(owner, "reports", report["id"], "file", **details)

    def _answer(self, _: date) -> None:
        told, back = self.back.hands.reports.problem, self.back
        supervisor = back.supervisor(told.task)
        for problem in list(back.desk.listed(supervisor, "problems?state=raised")):
            back.act(supervisor, "problems", problem["id"], "answer", text=told.answer)
            owner = back.owner(back.works[told.task].lead, told.task)
            back.act(owner, "problems", problem["id"], "settle")
