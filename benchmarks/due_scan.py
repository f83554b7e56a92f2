"""The due scan over a million milestones, one in a hundred due, beside plain statements that write the same rows.

    python -m benchmarks.due_scan --databases sqlite,postgresql --milestones 1000000 --rounds 5 [--quick]

The sides take turns in one run: `workflow.scan.remind` with all seven kinds of dated things, and two plain INSERT …
SELECT, one for each table written. Every turn is a durable commit and leaves the same rows, which is checked. The bar
(SPEC 12) is a ratio of at most 2, and memory that does not grow with the number of milestones.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Date, Integer, String, case, delete, insert, literal, select, text, update

from benchmarks.drivers import Driver, open_driver
from benchmarks.ground import Ground
from benchmarks.lifecycle import FOLDER
from benchmarks.servers import describe, fresh_database
from models import Milestone, OutboxRow, Reminder, Task
from models.base import Instant
from models.states import DueBasis, MilestoneState
from workflow.ladder import thresholds
from workflow.reckoning import Reckoning, reckon
from workflow.scan import remind

NOW = datetime(2022, 6, 30, 0, 0, tzinfo=UTC)
TODAY = date(2022, 6, 30)
FAR = date(2023, 12, 29)
LAST = TODAY - timedelta(days=1)
"""The day of the scan before."""
OF_TASK = 50
"""Milestones of each task: with one in a hundred due, every second task has one."""
SPREAD = 90
"""The days over which due dates lie: from 60 days ago to 29 days ahead."""
REMINDERS = """
WITH rung (place, code, upto, after) AS (VALUES {rungs})
INSERT INTO reminder (subject_kind, subject_id, due_on, rung, overtaken, tick_on, recorded_at)
SELECT 'milestone', m.id, m.due_on, older.code, older.place < rung.place, %s, %s
  FROM milestone m
  JOIN rung ON m.due_on > rung.after AND m.due_on <= rung.upto
  JOIN rung older ON older.place <= rung.place
 WHERE m.state IN ('planned', 'in_progress', 'submitted', 'returned') AND m.state <> 'submitted'
   AND m.due_on <= %s
   AND EXISTS (SELECT 1 FROM task t WHERE t.id = m.task_id AND t.state IN ('assigned', 'acknowledged', 'in_progress'))
   AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.subject_kind = 'milestone' AND r.subject_id = m.id
                      AND r.due_on = m.due_on AND r.rung = rung.code)"""
TELLINGS = """
INSERT INTO outbox (topic, audience, facts, root_kind, root_id, written_at)
SELECT CASE WHEN substr(r.rung, 1, 6) = 'after-' THEN 'overdue' ELSE 'reminder' END,
       {object}('role', 'owner', 'unit_id', p.unit_id),
       {object}('task_id', t.id, 'task_number', t.number, 'task_name', t.name, 'milestone_id', m.id, 'year', m.year,
                'milestone', m.text, 'provisional', m.due_provisional, 'due_on', r.due_on, 'rung', r.rung,
                'request', NULL),
       'task', t.id, %s
  FROM reminder r
  JOIN milestone m ON r.subject_kind = 'milestone' AND m.id = r.subject_id
  JOIN task t ON t.id = m.task_id
  JOIN part p ON p.task_id = t.id AND p.role = 'lead'
 WHERE NOT r.overtaken AND r.id > %s
 ORDER BY r.id"""


@dataclass
class Outcome:
    """What the turns of one database came to: seconds by side, rows written, memory grown."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"scan": [], "hand-written": []})
    rows: dict[str, Any] = field(default_factory=dict)
    grown_mb: float = 0.0

    @property
    def ratio(self) -> float:
        """The scan's time by the hand-written one's, the median over the rounds."""
        pairs = zip(self.seconds["scan"], self.seconds["hand-written"], strict=True)
        return statistics.median(scan / floor for scan, floor in pairs)


def fill(ground: Ground, milestones: int) -> None:
    """Tasks of fifty milestones each, nearly half of them accepted and once reminded of.

    One in a hundred is due within the days of `SPREAD`.
    """
    ground.add(max(1, milestones // OF_TASK))
    place = Task.id % (2 * SPREAD)
    due = case(
        *((place == n, literal(TODAY + timedelta(days=n - 60), Date)) for n in range(SPREAD)),
        else_=literal(FAR, Date),
    )
    columns = (
        "task_id", "year", "text", "printed_text", "state", "due_on", "due_basis", "due_rule", "due_provisional",
        "round", "light", "version",
    )  # fmt: skip
    with ground.database.acting() as tx:
        tx.execute(update(Milestone).values(due_on=FAR))
        for n in range(1, OF_TASK):
            state = MilestoneState.ACCEPTED if n % 2 == 0 else MilestoneState.PLANNED
            row = select(
                Task.id, literal(2022, Integer), literal("300家能源审计", String), literal("-", String),
                literal(state.value, String), due if n == 1 else literal(FAR, Date),
                literal(DueBasis.RULING.value, String), literal("preceding", String), literal(False),
                literal(0, Integer), literal("green", String), literal(1, Integer),
            )  # fmt: skip
            tx.execute(insert(Milestone).from_select(columns, row))
        _remember(tx)
    ground.settle()


def _remember(tx: Connection) -> None:
    """Reminders of what is done: an office that has run for a while has many, and the scan must not read them."""
    columns = ("subject_kind", "subject_id", "due_on", "rung", "overtaken", "tick_on", "recorded_at")
    row = select(
        literal("milestone", String), Milestone.id, Milestone.due_on, literal("day-0", String), literal(False),
        literal(LAST, Date), literal(NOW - timedelta(days=1), Instant()),
    ).where(Milestone.state == MilestoneState.ACCEPTED)  # fmt: skip
    tx.execute(insert(Reminder).from_select(columns, row))


def by_hand(driver: Driver, day: Reckoning, json_object: str) -> None:
    """The floor: one plain INSERT … SELECT for each table, in one transaction."""
    found = thresholds(day.rules, day.calendar, day.today, TODAY - timedelta(days=60))
    after = [*(rung.due_upto for rung in found[1:]), date(1, 1, 1)]
    rungs = [
        (n, rung.code, driver.day(rung.due_upto), driver.day(on))
        for n, (rung, on) in enumerate(zip(found, after, strict=True))
    ]
    listed = ", ".join(["(%s, %s, %s, %s)"] * len(rungs))
    today, now = driver.day(day.today), driver.instant(day.now)
    values = [value for row in rungs for value in row]
    with driver.transaction():
        (before,) = driver.one("SELECT max(id) FROM reminder", ())
        driver.run(REMINDERS.format(rungs=listed), [*values, today, now, driver.day(found[0].due_upto)])
        driver.run(TELLINGS.format(object=json_object), [now, before])


def measure(url: str, ground: Ground, rounds: int) -> Outcome:
    """Both sides in turn, who goes first changing from round to round; what is left is compared and cleared away."""
    outcome, driver = Outcome(), open_driver(url)
    with ground.database.reading() as tx:
        day = reckon(tx, NOW)

    def scan() -> None:
        with ground.database.acting() as tx:
            remind(tx, day)

    def floor() -> None:
        by_hand(driver, day, "json_object" if ground.database.is_sqlite else "jsonb_build_object")

    sides: list[tuple[str, Callable[[], None]]] = [("scan", scan), ("hand-written", floor)]
    for _ in range(rounds):
        for name, work in sides:
            held, begun = _peak_mb(), time.perf_counter()
            work()
            outcome.seconds[name].append(time.perf_counter() - begun)
            outcome.grown_mb = max(outcome.grown_mb, _peak_mb() - held)
            outcome.rows.setdefault(name, left(ground))
            clear(ground)
        sides.reverse()
    driver.close()
    return outcome


def _peak_mb() -> float:
    """The most memory that this process has held so far (Linux tells it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def left(ground: Ground) -> list[tuple[Any, ...]]:
    """All that a turn wrote, ids apart."""
    with ground.database.reading() as tx:
        own = [column for column in Reminder.__table__.c if column.name != "id"]
        new = select(*own).where(Reminder.tick_on > LAST)
        reminders = tx.execute(new.order_by(Reminder.subject_id, Reminder.rung)).all()
        told = select(OutboxRow.topic, OutboxRow.audience, OutboxRow.facts, OutboxRow.root_id)
        rows = tx.execute(told.order_by(OutboxRow.id)).all()
    return [tuple(row) for row in (*reminders, *sorted(rows, key=lambda row: int(row.facts["milestone_id"])))]


def clear(ground: Ground) -> None:
    with ground.database.acting() as tx:
        tx.execute(delete(Reminder).where(Reminder.tick_on > LAST))
        tx.execute(delete(OutboxRow))
    if not ground.database.is_sqlite:
        with ground.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM reminder, outbox")
            )


def main(
    databases: Annotated[str, typer.Option(help="Which, in order.")] = "sqlite,postgresql",
    milestones: Annotated[int, typer.Option(min=200)] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    quick: Annotated[bool, typer.Option(help="Few milestones, one round: shows that it runs.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the databases are made.")] = FOLDER,
) -> None:
    """Measure the due scan and print its ratio to the hand-written statements."""
    milestones, rounds = (20_000, 1) if quick else (milestones, rounds)
    console, same = Console(), True
    for kind in databases.split(","):
        with fresh_database(kind, folder) as url:
            ground = Ground(url)
            fill(ground, milestones)
            outcome = measure(url, ground, rounds)
            ground.close()
            show(console, describe(url)["database"], milestones, outcome)
        same = same and outcome.rows["scan"] == outcome.rows["hand-written"]
    if not same:
        console.print("The sides left different rows.")
        raise typer.Exit(1)


def show(console: Console, database: str, milestones: int, outcome: Outcome) -> None:
    table = Table(title=f"{database}, {milestones:,} milestones", title_justify="left")
    for heading in ("side", "seconds (median)", "ratio", "rows written", "memory grown (MB)"):
        table.add_column(heading, justify="left" if heading == "side" else "right")
    for name, seconds in outcome.seconds.items():
        ratio = f"{outcome.ratio:.2f}" if name == "scan" else "1"
        grown = f"{outcome.grown_mb:.0f}" if name == "scan" else ""
        table.add_row(name, f"{statistics.median(seconds):.3f}", ratio, f"{len(outcome.rows[name]):,}", grown)
    console.print(table)


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False)
    made.command()(main)
    return made


if __name__ == "__main__":
    app()()
