"""The demo: a few weeks of the real plan, played over HTTP; and the pure parts that the two years are made of."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sqlalchemy import func, select

from duban.demo import command
from duban.demo.cast import FOLDER, assemble
from duban.demo.command import stage
from duban.demo.desk import Desk, PlayStopped
from duban.demo.figures import approach, split
from duban.demo.ground import MARK, DatabaseNotOurs, FolderNotOurs, clear_database, clear_folder
from duban.demo.papers import Paper
from duban.demo.player import Player
from duban.demo.story import tell
from duban.demo.summary import Summary, lay_out_papers, sum_up
from models import AuditEvent, ScheduleRun, Task
from models.states import Role
from workflow import offices
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database
from workflow.adapters.media_types import judge
from workflow.adapters.plan_documents import conventions_beside, load_text
from workflow.bootstrap import Settings
from workflow.civil import ZONE, day_of
from workflow.evidence_files import admit_type
from workflow.reading import read

PORT = 18080
WEEKS = date(2022, 2, 11)
CARDED = date(2022, 3, 24)


def play(folder: Path, upto: date = WEEKS, seed: int = 7, database: str | None = None) -> Summary:
    with stage(folder, seed, PORT, tell(), database) as made:
        return command.play(made, upto, Console(file=io.StringIO()), "en")


@dataclass(frozen=True)
class Quarter:
    """A play of three months: what there was after the first weeks, in the end, and the papers of the end."""

    weeks: Summary
    summary: Summary
    papers: list[Path]


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Quarter:
    with stage(tmp_path_factory.mktemp("quarter") / "demo", 7, PORT, tell()) as made:
        desk = Desk(made.port, command.PASSWORD, made.ground.services.clock)
        player = Player(made.ground, desk, made.cast, made.story, made.seed)
        sums = {
            on: sum_up(made.ground, made.seed, made.story.from_on, on, player.gaps)
            for on in player.play(CARDED)
            if on in (WEEKS, CARDED)
        }
        desk.leave()
        return Quarter(sums[WEEKS], sums[CARDED], lay_out_papers(made.ground))


@pytest.mark.timeout(300)
def test_a_quarter_brings_reminders_cards_and_printed_notices(quarter: Quarter) -> None:
    summary, papers = quarter.summary, quarter.papers
    assert summary.verified
    assert summary.reminders["sent"] > 0
    assert {place.split("/")[0] for place in summary.cards} == {"yellow", "red"}
    assert [path.name for path in papers] == ["沪机管督〔2022〕1号.pdf", "沪机管督〔2022〕2号.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in papers)


@pytest.mark.timeout(300)
def test_the_same_seed_gives_the_same_summary_and_an_unbroken_chain(quarter: Quarter, tmp_path: Path) -> None:
    first, again = quarter.weeks, play(tmp_path / "demo")
    assert first == again
    assert first.verified
    assert sum(first.tasks.values()) == 36
    assert sum(first.milestones.values()) == 67
    assert first.mails["sent"] > 250
    assert first.mails["parked"] == 0
    assert first.mails["waiting"] < 10, "what is told in the evening goes out in the morning"


@pytest.mark.soak_on("sqlite")
def test_a_demos_database_is_made_anew_and_played_in(settings: Settings, tmp_path: Path) -> None:
    database = Database(settings.database)
    with database.acting() as tx:
        offices.settle(tx, "demo", {"seed": 1})
    database.close()
    summary = play(tmp_path / "demo", date(2022, 1, 20), database=settings.database)
    assert summary.verified
    assert summary.tasks == {"assigned": 36}


def test_a_database_that_is_no_demos_is_left_alone(settings: Settings) -> None:
    database = Database(settings.database)
    with pytest.raises(DatabaseNotOurs):
        clear_database(database)
    with database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Task)).scalar_one() == 0
    database.close()


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("two years of work")
    with pytest.raises(FolderNotOurs):
        clear_folder(theirs)
    link = tmp_path / "link"
    link.symlink_to(theirs)
    with pytest.raises(FolderNotOurs):
        clear_folder(link)
    assert (theirs / "thesis.txt").read_text() == "two years of work"


def test_a_demos_own_folder_is_made_anew(tmp_path: Path) -> None:
    clear_folder(tmp_path / "demo")
    (tmp_path / "demo" / "duban.db").write_text("old")
    clear_folder(tmp_path / "demo")
    assert [path.name for path in (tmp_path / "demo").iterdir()] == [MARK]


def test_a_refusal_stops_the_play_and_says_whose_and_why(tmp_path: Path) -> None:
    with stage(tmp_path / "demo", 7, PORT, tell()) as made:
        desk = Desk(made.port, command.PASSWORD, made.ground.services.clock)
        player = Player(made.ground, desk, made.cast, made.story, made.seed)
        list(player.play(made.story.from_on))
        with pytest.raises(PlayStopped) as stopped:
            desk.act("jw.owner", "plans", 1, "confirm")
        with made.ground.services.reading() as tx:
            confirmed = select(func.count()).where(AuditEvent.action == "confirm")
            assert tx.execute(confirmed).scalar_one() == 0
        desk.leave()
    assert (stopped.value.facts["who"], stopped.value.facts["status"]) == ("jw.owner", 403)


def test_after_the_play_time_and_jobs_go_on_from_the_last_evening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps = iter(range(2))

    def nap(_: float) -> None:
        if next(naps, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", nap)
    monkeypatch.setattr(command, "JOBS_EVERY", 0.0)
    with stage(tmp_path / "demo", 7, PORT, tell()) as made:
        command.serve_on(made.ground, WEEKS)
        now = made.ground.services.clock()
        with made.ground.services.reading() as tx:
            runs = tx.execute(select(func.count()).select_from(ScheduleRun)).scalar_one()
    assert now >= datetime.combine(WEEKS, command.ENDS_AT, ZONE)
    assert day_of(now) == WEEKS
    assert runs > 0


def test_the_cast_is_its_seeds_and_nobody_is_twice() -> None:
    cast = assemble(7)
    assert cast == assemble(7)
    assert [m.name for m in cast.members] != [m.name for m in assemble(8).members]
    assert len({m.login for m in cast.members}) == len({m.name for m in cast.members}) == len(cast.members)


def test_every_unit_can_work_and_sign_and_the_office_is_nobodys_unit() -> None:
    cast = assemble(7)
    for unit in (unit.name for unit in cast.units if not unit.group):
        people = {cast.owner(unit, 4), cast.one(Role.REVIEWER, unit), cast.one(Role.LEADER, unit)}
        assert len(people) == 3
    assert cast.of_the_office(Role.SUPERVISOR, 0) != cast.of_the_office(Role.SUPERVISOR, 1)


def test_every_ruling_of_the_story_meets_its_discrepancy() -> None:
    document = FOLDER / "document.txt"
    reading = read(load_text(document), conventions_beside(document), read_calendar().is_working)
    found = [(discrepancy.task, discrepancy.field.value) for discrepancy in reading.discrepancies]
    for ruling in tell().rulings.entries:
        found.remove((ruling.task, ruling.field or ""))


@given(
    target=st.integers(1, 2000),
    weights=st.lists(st.integers(0, 6), min_size=1, max_size=80),
    step=st.sampled_from([Decimal(1), Decimal("0.1"), Decimal("0.01")]),
)
def test_portions_add_up_to_the_target_and_none_is_negative(
    target: int, weights: list[int], step: Decimal
) -> None:
    portions = split(target * step, [*weights, 1], step)
    assert sum(portions) == target * step
    assert min(portions) >= 0


@given(
    target=st.integers(1, 1000).map(lambda tenths: Decimal(tenths) / 10),
    reports=st.integers(1, 12),
    falling=st.booleans(),
)
def test_a_level_reaches_its_target_with_the_last_report_and_not_before(
    target: Decimal, reports: int, falling: bool
) -> None:
    *before, last = approach(target, reports, falling=falling, step=Decimal("0.01"), chance=Random(1))
    assert last <= target if falling else last >= target
    assert all(level >= last if falling else level <= last for level in before)


@pytest.mark.parametrize("name", ["总结.pdf", "台账.xlsx", "照片.png", "明细.csv"])
def test_a_made_file_is_what_its_name_says_and_the_same_each_time(name: str) -> None:
    paper = Paper(name, "2022  能源审计", ("市机管局",), ("序号", "单位"), ((1, "市教委"),), "seed")
    content = paper.content()
    assert admit_type(judge(io.BytesIO(content)), name)
    assert name.endswith("xlsx") or content == paper.content()
