"""Many hands over two years of the real plan, through the API: each told case stands in the answers, and its story
can be read in order in the task's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from duban.demo import command
from duban.demo.command import Stage, stage
from duban.demo.desk import Desk
from duban.demo.player import Player
from duban.demo.story import tell
from duban.demo.summary import sum_up
from models.states import Role

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
"""Two years take minutes; what a day's work takes of them is tested everywhere else."""

PORT = 18180
TASKS = frozenset({1, 4, 10, 13, 16, 17, 18, 19, 21, 24, 25, 29, 31, 32, 35})


@dataclass(frozen=True)
class Played:
    """The two years, played by those tasks alone; the server still answers."""

    made: Stage
    desk: Desk

    @property
    def amira(self) -> str:
        return self.made.cast.of_the_office(Role.SUPERVISOR)

    def task(self, number: int) -> dict[str, Any]:
        rows = self.desk.listed(self.amira, "tasks?sort=number")
        found = next(row["id"] for row in rows if row["number"] == number)
        return dict(self.desk.read(self.amira, f"tasks/{found}"))

    def milestone(self, number: int, year: int) -> dict[str, Any]:
        found = next(m["id"] for m in self.task(number)["milestones"] if m["year"] == year)
        return dict(self.desk.read(self.amira, f"milestones/{found}"))

    def history(self, number: int) -> list[str]:
        """What happened, oldest first: `share.submit 崇明区机管局`."""
        rows = self.desk.listed(self.amira, f"tasks/{self.task(number)['id']}/history?sort=seq")
        return [f"{row['subject_kind']}.{row['action']} {row['about'] or ''}".strip() for row in rows]

    def listed(self, path: str) -> list[dict[str, Any]]:
        return list(self.desk.listed(self.amira, path))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("many_hands") / "demo"
    with stage(folder, 7, PORT, tell()) as made:
        desk = Desk(made.port, command.PASSWORD, made.ground.services.clock)
        player = Player(made.ground, desk, made.cast, made.story, made.seed, only=TASKS)
        for _ in player.play(made.story.upto_on):
            pass
        yield Played(made, desk)
        desk.leave()


def in_order(history: list[str], *wanted: str) -> None:
    """Each of the wanted is found after the one before it."""
    place = -1
    for what in wanted:
        later = [n for n, told in enumerate(history) if n > place and told.startswith(what)]
        assert later, f"{what} is not told after {history[place] if place >= 0 else 'the beginning'}"
        place = later[0]


def measure(milestone: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(m for m in milestone["indicators"] if metric in m["metric"])


def test_sixteen_districts_bring_285_of_300_audits_and_15_are_carried_over(played: Played) -> None:
    first, second = played.milestone(4, 2022), played.milestone(4, 2023)
    audits = measure(first, "能源审计")
    assert (audits["reached"], audits["target"], audits["original"], first["state"]) == (
        "285",
        "285",
        "300",
        "accepted",
    )
    assert len(first["shares"]) == 17
    later = measure(second, "能源审计")
    assert (later["reached"], later["target"], later["original"], second["state"]) == (
        "315",
        "315",
        "300",
        "accepted",
    )
    goal = next(g for g in played.task(4)["goals"] if "审计" in g["metric"])
    assert (goal["reached"], goal["target"]) == ("600", "600")


def test_two_late_districts_are_carded_and_nobody_else(played: Played) -> None:
    milestone = played.milestone(4, 2022)["id"]
    cards = [card for card in played.listed("cards") if card["milestone_id"] == milestone]
    assert {card["unit"]["name"] for card in cards} == {"崇明区机管局", "金山区机管局"}
    assert {card["colour"] for card in cards} == {"yellow"}


def test_an_audit_claimed_twice_is_refused_and_one_is_struck(played: Played) -> None:
    items = played.listed(f"items?milestone={played.milestone(4, 2022)['id']}")
    counted = [item for item in items if item["state"] == "counted"]
    assert len(counted) == 285
    assert len({item["institution"]["name"] for item in counted}) == 285
    (struck,) = [item for item in items if item["state"] == "struck"]
    assert struck["unit"]["name"] == "青浦区机管局"
    assert struck["struck_reason"] == played.made.story.hands.audits.struck.reason


def test_the_story_of_the_audits_is_told_in_order(played: Played) -> None:
    history = played.history(4)
    in_order(
        history, "milestone.break_down 2022", "share.issue 青浦区机管局", "share.enter_items 青浦区机管局",
        "share.submit 青浦区机管局", "share.accept 青浦区机管局", "card.raise 崇明区机管局",
        "share.submit 崇明区机管局",
        "item.strike", "share.reopen 青浦区机管局", "share.accept 青浦区机管局", "milestone.rule_shortfall 2022",
        "milestone.submit 2022", "milestone.accept 2022", "milestone.break_down 2023", "milestone.accept 2023",
    )  # fmt: skip


def test_the_share_of_organs_is_judged_from_numerator_and_denominator(played: Played) -> None:
    """173 of 231; the district without organs counts for nothing and is held against nobody."""
    milestone = played.milestone(21, 2022)
    organs = measure(milestone, "党政机关")
    assert (organs["numerator"], organs["denominator"], organs["met"]) == ("173", "231", True)
    assert Decimal(organs["reached"]) == Decimal("74.89")
    shares = {share["unit"]["name"]: share for share in milestone["shares"]}
    empty = shares["崇明区机管局"]["targets"][0]
    assert (shares["崇明区机管局"]["state"], empty["not_applicable"]) == ("accepted", True)
    in_order(
        played.history(21), "share.issue 崇明区机管局", "share.accept 崇明区机管局", "milestone.accept 2022"
    )


@pytest.mark.parametrize(("task", "year"), [(31, 2022), (31, 2023), (35, 2022), (35, 2023)])
def test_ratios_are_judged_from_numerator_and_denominator(played: Played, task: int, year: int) -> None:
    milestone = played.milestone(task, year)
    (measured,) = milestone["indicators"]
    assert measured["denominator"] not in (None, "0")
    if milestone["state"] == "accepted":
        assert measured["met"]
        assert Decimal(measured["reached"]) >= Decimal(measured["target"])
    in_order(played.history(task), "task.define", f"milestone.start {year}", f"milestone.report {year}")


@pytest.mark.parametrize(("year", "due_on"), [(2022, "2022-06-17"), (2023, "2023-07-14")])
def test_the_publicity_week_sets_the_due_date(played: Played, year: int, due_on: str) -> None:
    milestone = played.milestone(10, year)
    assert (milestone["due_on"], milestone["due_basis"]) == (due_on, "event")
    assert [move["to_on"] for move in milestone["due_moves"]] == [due_on]
    assert played.made.story.hands.events[year - 2022].source in milestone["due_moves"][0]["reason"]
    in_order(played.history(10), f"milestone.follow_event {year}", f"milestone.submit {year}")


def test_the_ban_is_violated_in_march_2023_and_mended(played: Played) -> None:
    milestone = played.milestone(29, 2022)
    assert milestone["state"] == "accepted"
    states = [row["state"] for row in played.listed(f"attestations?milestone={milestone['id']}")]
    assert states.count("attested") >= 3
    in_order(
        played.history(29), "milestone.accept 2022", "attestation.attest", "milestone.report_violation 2022",
        "milestone.reopen 2022", "milestone.submit 2022", "milestone.accept 2022", "attestation.attest",
    )  # fmt: skip


def test_a_judged_milestone_is_accepted_by_its_criteria(played: Played) -> None:
    milestone = played.milestone(1, 2022)
    assert milestone["state"] == "accepted"
    points = milestone["criteria"]["points"]
    assert 3 <= len(points) <= 7
    assert {point["mark"] for point in points} == {"met"}
    assert all(point["evidence"] for point in points)
    in_order(
        played.history(1), "milestone.draft_criteria 2022", "criteria.approve", "milestone.tie 2022",
        "milestone.submit 2022", "milestone.accept 2022",
    )  # fmt: skip


def test_a_target_is_moved_by_minutes_and_the_first_is_still_told(played: Played) -> None:
    lamps = measure(played.milestone(18, 2023), "路灯")
    assert (lamps["target"], lamps["original"]) == ("15", "20")
    goal = played.task(18)["goals"][0]
    assert (goal["target"], goal["original"]) == ("35", "40")
    adjustments = played.listed(f"adjustments?task={played.task(18)['id']}")
    assert {row["state"] for row in adjustments} == {"approved"}
    assert {row["meeting"]["number"] for row in adjustments} == {"〔2023〕3号"}
    in_order(
        played.history(18), "milestone.accept 2022", "task.propose_adjustment", "adjustment.approve",
        "milestone.submit 2023",
    )  # fmt: skip


def test_five_tasks_stand_still_for_two_months_by_one_request(played: Played) -> None:
    for number in played.made.story.hands.suspension.tasks:
        in_order(played.history(number), "task.suspend", "task.resume")
        moves = played.milestone(number, 2022)["due_moves"]
        assert [move["basis"] for move in moves][:1] == ["suspension"]


def test_reports_bring_their_figures_and_a_problem_its_answer(played: Played) -> None:
    reports = played.listed(f"reports?task={played.task(16)['id']}")
    assert len(reports) == 8
    assert {report["state"] for report in reports} == {"filed"}
    (problem,) = played.listed(f"problems?task={played.task(16)['id']}")
    assert (problem["state"], bool(problem["answer"])) == ("settled", True)
    in_order(
        played.history(16), "report.file", "problem.raise", "problem.answer", "problem.settle", "report.file"
    )


def test_an_instruction_is_answered_in_time(played: Played) -> None:
    (instruction,) = played.listed(f"instructions?task={played.task(17)['id']}")
    assert instruction["state"] == "closed"
    assert instruction["reply"] == played.made.story.hands.instruction.reply.text


def test_an_item_is_opened_by_a_meetings_decision(played: Played) -> None:
    opened = next(row for row in played.listed("tasks?sort=number") if row["number"] == 37)
    task = played.desk.read(played.amira, f"tasks/{opened['id']}")
    assert (task["origin"], task["name"]) == ("meeting", played.made.story.hands.meeting.opened.name)


def test_every_work_plan_was_approved(played: Played) -> None:
    plans = played.listed("work-plans")
    worked = [plan for plan in plans if plan["task"]["number"] in TASKS]
    assert len(worked) == len(TASKS)
    assert {plan["state"] for plan in worked} == {"approved"}


def test_everything_holds_in_the_end(played: Played) -> None:
    summary = sum_up(played.made.ground, 7, played.made.story.from_on, played.made.story.upto_on, {})
    assert summary.verified
    assert summary.mails["parked"] == 0


@pytest.mark.parametrize(
    ("task", "moves"),
    [
        (4, ("approval.transfer", "approval.approve", "milestone.accept 2022")),
        (16, ("milestone.request_extension 2022", "extension.grant", "milestone.redate 2022", "milestone.submit 2022")),
        (21, ("approval.return_to_step", "approval.approve", "approval.approve", "milestone.accept 2022")),
        (29, ("milestone.reopen 2022", "approval.approve", "milestone.accept 2022")),
    ],
)  # fmt: skip
def test_rounds_take_their_detours(played: Played, task: int, moves: tuple[str, ...]) -> None:
    in_order(played.history(task), *moves)


def test_somebody_absent_is_signed_for_in_both_names(played: Played) -> None:
    milestone = played.milestone(29, 2022)["id"]
    rounds = played.listed(f"approvals?milestone={milestone}&sort=round")
    decided = [
        seat["decision"]
        for row in rounds
        for seat in played.desk.read(played.amira, f"approvals/{row['id']}")["seats"]
        if seat["decision"] and seat["decision"]["substitute_for"]
    ]
    (stood_in,) = decided
    assert stood_in["decided_by"]["id"] != stood_in["substitute_for"]["id"]


def test_no_card_is_raised_for_what_was_extended_in_time(played: Played) -> None:
    milestone = played.milestone(16, 2022)
    told = played.made.story.hands.extension
    assert (milestone["due_on"], milestone["due_basis"]) == (told.due_on.isoformat(), "extension")
    assert [card for card in played.listed("cards") if card["milestone_id"] == milestone["id"]] == []
