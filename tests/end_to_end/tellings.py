"""What must hold of all that was told: reminders, outbox, mail folder, and the answers that the load was given."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models import (
    Card,
    Delivery,
    KeptAnswer,
    Notice,
    OutboxRow,
    Person,
    Reminder,
    RuleSet,
    ScheduleRun,
)
from models.states import Role
from tests.end_to_end.ground import Ground
from tests.end_to_end.kills import Played
from tests.end_to_end.truths import OF_THE_RECORD, Books, is_act
from workflow.adapters.mail import file_name
from workflow.ladder import parse, reminders_due

TOLD = {
    ("task", "acknowledge"): ("task_acknowledged", 1), ("milestone", "accept"): ("accepted", 1),
    ("approval", "return"): ("returned", 1), ("milestone", "recall"): ("recalled", 1),
    ("milestone", "reopen"): ("reopened", 1), ("milestone", "redate"): ("redated", 1),
    ("milestone", "raise_card"): ("card_raised", 3), ("notice", "draft"): ("to_sign_off", 1),
    ("notice", "sign_off"): ("notice_signed_off", 1), ("notice", "reply"): ("notice_replied", 1),
    ("task", "complete"): ("completed", 1), ("task", "suspend"): ("task_suspended", 1),
    ("work_plan", "require"): ("work_plan_required", 1), ("problem", "raise"): ("problem_raised", 1),
    ("report", "call"): ("report_called", 1),
    ("card", "appeal"): ("card_appealed", 1), ("card", "lift"): ("card_lifted", 1),
}  # fmt: skip
"""How many outbox rows of which topic an act leaves."""

REMINDING = {
    "reminder": "milestone", "overdue": "milestone",
    **{f"{kind}_{when}": kind
       for kind in ("share", "work_plan", "report", "attestation", "instruction", "event")
       for when in ("due", "overdue")},
}  # fmt: skip
"""Which letters remind, and of what."""
TOLD_TWICE = {"instruction": 2}
"""Owners and leaders have a letter each."""


@dataclass
class Told:
    """The record beside what was played."""

    books: Books
    played: Played

    @property
    def ground(self) -> Ground:
        return self.played.ground

    @property
    def mail(self) -> Path:
        return self.ground.folder / "mail"


def verify(tx: Connection, store: Any, played: Played) -> list[str]:
    """Everything that does not hold, of the record and of what was told."""
    books = Books(tx, store)
    told = Told(books, played)
    faults = [fault for truth in OF_THE_RECORD for fault in truth(books)]
    return faults + [fault for truth in OF_THE_TELLINGS for fault in truth(told)]


def nobody_saw_a_fault(told: Told) -> Iterator[str]:
    yield from told.played.log.faults
    if told.played.said:
        yield f"the server said: {told.played.said[-2000:]}"


def each_act_is_recorded_once(told: Told) -> Iterator[str]:
    """What was answered with success is one act in the trail; what was refused is none; nobody else acted."""
    recorded: Counter[str] = Counter()
    places = {(e.root_kind, e.root_id, e.seq): e for e in told.books.events}
    for event in told.books.events:
        if event.actor_id is not None and is_act(event):
            recorded[json.loads(event.text)["request"]] += 1
    for answer in told.played.log.answers:
        if recorded.pop(answer.request, 0) != answer.done:
            yield f"{answer.request}: {answer.action} answered {answer.status}, not recorded as that"
        elif answer.done and "event" in answer.body:
            at = answer.body["event"]
            event = places.get((at["root_kind"], at["root_id"], at["seq"]))
            said = (answer.kind, answer.subject_id, answer.action, answer.person_id)
            if event is None or (event.subject_kind, event.subject_id, event.action, event.actor_id) != said:
                yield f"{answer.request}: its event is another one"
    yield from (f"{request}: acted, and nobody was told" for request in recorded)


def kept_answers_are_whole(told: Told) -> Iterator[str]:
    """No key was taken without its answer, and each answer is the one that was given."""
    given = {answer.request: answer for answer in told.played.log.answers}
    for kept in told.books.rows(KeptAnswer):
        answer = given.get(kept.key)
        if (
            answer is None
            or not answer.done
            or kept.status != answer.status
            or json.loads(kept.body) != answer.body
        ):
            yield f"kept answer {kept.key}: {kept.status}"


def acts_are_told(told: Told) -> Iterator[str]:
    topics = Counter(row.topic for row in told.books.rows(OutboxRow))
    for (kind, action), (topic, each) in TOLD.items():
        if topics[topic] != each * told.books.count(kind, action):
            yield f"{told.books.count(kind, action)} times {kind} {action}: {topics[topic]} tellings {topic}"
    printed = sum(1 for notice in told.books.rows(Notice) if notice.printed_at)
    if topics["notice_issued"] != 2 * printed:
        yield f"{printed} papers: {topics['notice_issued']} tellings"


def reminders_are_told_once(told: Told) -> Iterator[str]:
    """Each reminder that was not overtaken is told once to each of its audiences, and no other outbox row reminds."""
    said: Counter[tuple[Any, ...]] = Counter()
    for row in told.books.rows(OutboxRow):
        if kind := REMINDING.get(row.topic):
            said[kind, row.facts[f"{kind}_id"], row.facts["due_on"], row.facts["rung"]] += 1
    due: Counter[tuple[Any, ...]] = Counter()
    for r in told.books.rows(Reminder):
        if not r.overtaken:
            due[r.subject_kind, r.subject_id, r.due_on.isoformat(), r.rung] += TOLD_TWICE.get(
                r.subject_kind, 1
            )
    if said != due:
        yield f"reminders: recorded and not told {due - said}, told and not recorded {said - due}"


def idle_work_is_reminded_of_every_day(told: Told) -> Iterator[str]:
    """Where nobody worked, each rung went out on its own day: computed here from the pure rule, day by day."""
    rules = parse(told.books.tx.execute(select(RuleSet.body)).scalar_one())
    calendar, upto = told.ground.calendar, told.played.last_day
    recorded = told.books.rows(Reminder)
    for milestone, due_on in told.ground.untouched.items():
        expected: dict[str, tuple[bool, date]] = {}
        day = told.ground.begin
        while day <= upto:
            due = reminders_due(due_on, rules, calendar, expected, day)
            expected |= {rung.code: (True, day) for rung in due.overtaken}
            expected |= {due.send.code: (False, day)} if due.send else {}
            day = calendar.add(day, 1)
        own = [r for r in recorded if (r.subject_kind, r.subject_id) == ("milestone", milestone)]
        found = {r.rung: (r.overtaken, r.tick_on) for r in own}
        if found != expected:
            yield f"idle milestone {milestone}: reminders {found}, expected {expected}"


def idle_work_has_its_cards(told: Told) -> Iterator[str]:
    """Yellow from the first working day late, red from the fifteenth; each once."""
    add, upto = told.ground.calendar.add, told.played.last_day
    cards = told.books.rows(Card)
    for milestone, due_on in told.ground.untouched.items():
        expected = [colour for colour, days in (("yellow", 1), ("red", 15)) if add(due_on, days) <= upto]
        found = [str(card.colour) for card in cards if card.milestone_id == milestone]
        if found != expected:
            yield f"idle milestone {milestone}: cards {found}, expected {expected}"


def everybody_is_written_to_once(told: Told) -> Iterator[str]:
    """Each telling became one mail and one message for each who holds the right, and every one of them is gone."""
    made: dict[int, list[Any]] = {}
    for delivery in told.books.rows(Delivery):
        made.setdefault(delivery.outbox_id, []).append(delivery)
    office = next(p.unit_id for p in told.ground.players if p.role == Role.SUPERVISOR)
    for row in told.books.rows(OutboxRow):
        wanted = row.audience
        people = (
            {wanted["person_id"]}
            if "person_id" in wanted
            else told.ground.holders(wanted["role"], office if wanted.get("office") else wanted["unit_id"])
        )
        own = made.pop(row.id, [])
        to = [sorted(d.person_id for d in own if d.channel == channel) for channel in ("mail", "inbox")]
        if to != [sorted(people)] * 2 or row.addressed_at is None:
            yield f"outbox {row.id} ({row.topic}): for {people}, addressed to {[d.person_id for d in own]}"
        yield from (f"delivery {d.id}: {d.state} {d.error}" for d in own if d.state != "sent")
    if made:
        yield f"deliveries without a telling: {made}"


def the_mail_folder_holds_each_once(told: Told) -> Iterator[str]:
    """One file for each delivery, named by its Message-ID, whole, to the right person; and no other."""
    emails = {person.id: person.email for person in told.books.rows(Person)}
    mails = [d for d in told.books.rows(Delivery) if d.channel == "mail"]
    wanted = {file_name(d.message_id): d for d in mails}
    found = {path.name: path for path in (told.mail / "new").iterdir()}
    if wanted.keys() != found.keys():
        yield f"mail: lost {wanted.keys() - found.keys()}, nobody's {found.keys() - wanted.keys()}"
    for name in wanted.keys() & found.keys():
        message, delivery = message_from_bytes(found[name].read_bytes()), wanted[name]
        if message["Message-ID"] != f"<{delivery.message_id}>" or message.defects:
            yield f"mail {name}: {message['Message-ID']} {message.defects}"
        if parseaddr(message["To"])[1] != emails[delivery.person_id]:
            yield f"mail {name}: to {message['To']}"
        if not _is_whole(found[name]):
            yield f"mail {name}: cut off"


def _is_whole(path: Path) -> bool:
    """A letter has several parts: one that was cut off lacks the last boundary."""
    return path.read_bytes().rstrip().endswith(b"--")


def every_job_has_run(told: Told) -> Iterator[str]:
    """No job broke off, and the last tick of each is finished: one that a dead process left was taken again."""
    last = {run.job: run for run in told.books.rows(ScheduleRun)}
    now = told.books.events[-1].at
    for run in last.values():
        if run.error or (run.finished_at is None and run.leased_until < now):
            yield f"tick {run.job} {run.due_at}: {run.error}"


OF_THE_TELLINGS: tuple[Callable[[Told], Iterator[str]], ...] = (
    nobody_saw_a_fault,
    each_act_is_recorded_once,
    kept_answers_are_whole,
    acts_are_told,
    reminders_are_told_once,
    idle_work_is_reminded_of_every_day,
    idle_work_has_its_cards,
    everybody_is_written_to_once,
    the_mail_folder_holds_each_once,
    every_job_has_run,
)
