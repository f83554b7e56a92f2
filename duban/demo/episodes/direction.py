"""What is decided above the units: meetings, a moved target, a bulk suspension, an opened item, an instruction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from duban.demo.deeds import MORNING
from duban.demo.desk import API
from duban.demo.episodes.backstage import Backstage, Episode, Turn
from duban.demo.hands import Called, EventDates
from models.states import Role


def hold_meeting(back: Backstage, told: Called) -> int:
    """Enter a meeting with its minutes: its id."""
    body = told.model_dump(mode="json", include={"name", "number", "held_on", "decisions"})
    meeting = post(back, "meetings", body)
    lines = (told.name, told.number, *told.decisions)
    back.attach_minutes(meeting["id"], f"会议纪要{told.number}.pdf", lines)
    return int(meeting["id"])


def post(back: Backstage, path: str, body: Mapping[str, Any]) -> Any:
    """A supervisor's POST."""
    return back.desk.call(
        back.supervisor(), "POST", f"{API}/{path}", json.dumps(body, ensure_ascii=False).encode()
    )


class SuspensionEpisode(Episode):
    """Several tasks' clocks stand still for two months, by one request; they go on by themselves."""

    def turns(self) -> Iterator[Turn]:
        yield self.back.working(self.back.hands.suspension.day), MORNING + 10, self._suspend

    def _suspend(self, _: date) -> None:
        told = self.back.hands.suspension
        meeting = hold_meeting(self.back, told.meeting)
        tasks = [self.back.works[number].id for number in told.tasks]
        body = {
            "task_ids": tasks,
            "until_on": told.until_on.isoformat(),
            "reason": told.reason,
            "decision": 1,
        }
        post(self.back, f"meetings/{meeting}/suspensions", body)


class EventsEpisode(Episode):
    """The dates of the year's publicity week are entered once they are known; the due date follows."""

    def turns(self) -> Iterator[Turn]:
        for told in self.back.hands.events:
            yield self.back.working(told.day), MORNING + 10, partial(self._enter, told)

    def _enter(self, told: EventDates, _: date) -> None:
        supervisor = self.back.supervisor()
        known = self.back.desk.read(supervisor, f"plans/{self.back.plan}/events")
        event = next(e for e in known if (e["year"], e["name"]) == (told.year, told.name))
        dates = {
            "from_on": told.from_on.isoformat(),
            "upto_on": told.upto_on.isoformat(),
            "source": told.source,
        }
        self.back.act(supervisor, "events", event["id"], "set_dates", **dates)


class MeetingEpisode(Episode):
    """A target is adjusted by the minutes of a meeting, and an item is opened by another of its decisions."""

    meeting = 0

    def turns(self) -> Iterator[Turn]:
        told, back = self.back.hands.meeting, self.back
        yield back.working(told.retarget.day), MORNING + 20, self._propose
        yield back.working(told.retarget.approved_on), MORNING + 20, self._approve
        yield back.working(told.opened.day), MORNING + 20, self._open

    def _propose(self, _: date) -> None:
        told, back = self.back.hands.meeting, self.back
        self.meeting = hold_meeting(back, told)
        moved, work = told.retarget, back.works[told.retarget.task]
        post_, owner = back.post(moved.task, moved.year), back.owner(work.lead, moved.task)
        cited: dict[str, Any] = {"meeting_id": self.meeting, "decision": 1, "kind": "retarget"}
        goal = back.desk.read(owner, f"tasks/{work.id}")["goals"][0]["id"]
        for indicator, quantity in ((post_.aims[0].id, moved.quantity), (goal, moved.goal)):
            back.act(
                owner, "tasks", work.id, "propose_adjustment", moved.reason, **cited, indicator_id=indicator,
                change={"quantity": quantity},
            )  # fmt: skip

    def _approve(self, _: date) -> None:
        found = self.back.desk.listed(self.back.supervisor(), "adjustments?state=proposed")
        self.back.approve_adjustments([adjustment["id"] for adjustment in found])

    def _open(self, _: date) -> None:
        told, back = self.back.hands.meeting.opened, self.back
        units = {place.unit: place.unit_id for work in back.works.values() for place in work.places}
        members = [{"unit_id": units[told.lead], "role": "lead"}]
        members += [{"unit_id": units[unit], "role": "joint"} for unit in told.joint]
        indicator = {"metric": told.metric, "quantity": told.quantity, "unit": told.unit, "kind": "count",
                     "comparator": "at_least", "basis": "annual_increment"}  # fmt: skip
        milestone = {"text": told.text, "due_on": told.due_on.isoformat(), "indicators": [indicator]}
        back.act(
            back.supervisor(), "plans", back.plan, "open_item", origin="meeting", name=told.name, units=members,
            origin_details={"meeting_id": self.meeting, "decision": 2}, milestones=[milestone],
        )  # fmt: skip


class InstructionEpisode(Episode):
    """A leader asks a unit for a report by a day; the unit answers in time."""

    instruction = 0

    def turns(self) -> Iterator[Turn]:
        told, back = self.back.hands.instruction, self.back
        yield back.working(told.day), MORNING + 45, self._instruct
        yield back.after(told.day, 1), MORNING + 45, partial(self._answer, "acknowledge", {})
        yield (
            back.working(told.reply.day),
            MORNING + 45,
            partial(self._answer, "reply", {"text": told.reply.text}),
        )
        yield back.working(told.closed_on), MORNING + 45, self._close

    @property
    def _leader(self) -> str:
        return self.back.cast.of_the_office(Role.LEADER)

    def _instruct(self, _: date) -> None:
        told = self.back.hands.instruction
        work = self.back.works[told.task]
        details: dict[str, Any] = {
            "unit_id": work.unit_id(told.unit),
            "text": told.text,
            "due_on": told.due_on.isoformat(),
        }
        self.back.act(self._leader, "tasks", work.id, "instruct", **details)
        (found,) = self.back.desk.listed(self._leader, f"instructions?task={work.id}")
        self.instruction = found["id"]

    def _answer(self, action: str, details: Mapping[str, Any], _: date) -> None:
        told = self.back.hands.instruction
        self.back.act(
            self.back.owner(told.unit, told.task), "instructions", self.instruction, action, **details
        )

    def _close(self, _: date) -> None:
        self.back.act(self._leader, "instructions", self.instruction, "close")
