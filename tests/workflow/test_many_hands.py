"""Many hands, one number: whatever units do, in any order, the kept figures are those that the rows come to.

A milestone is broken down and reported on, corrected, handed in, accepted, returned, reopened, waived and amended, its
items entered and struck, and the milestone itself submitted, signed and taken back. After every act what its
indicators and shares keep is, to the last digit, what is counted anew from the reports of accepted shares.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, select

import workflow.lifecycles  # noqa: F401
from models import Approval, Indicator, ListItem, Milestone, Part, ProgressEntry, Seat, Share, Task
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    IndicatorKind,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    TaskState,
)
from tests.databases import POSTGRESQL
from tests.people import START, Cast, HandClock, add, do, file
from tests.workflow.from_scratch import Rows, kept_on_milestone, kept_on_shares
from tests.workflow.lifecycles.districts import Districts, settle_districts
from tests.workflow.lists.ground import CARD, enter_school
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import DubanError
from workflow.law import LAWS

RATIO = {"kind": "rate", "formula": "达标面积占比", "measured": "ratio", "numerator": "达标面积", "denominator": "面积",
         "aggregation": "ratio", "scale": "100"}  # fmt: skip
SCHOOLS = tuple(f"第{n}小学" for n in range(1, 7))
WAYS = {
    "amount": ("sum", Basis.ANNUAL_INCREMENT, IndicatorKind.AMOUNT, None),
    "ratio": ("ratio", Basis.LEVEL, IndicatorKind.RATE, RATIO),
    "latest": ("latest", Basis.LEVEL, IndicatorKind.COUNT, None),
    "listed": ("sum", Basis.ANNUAL_INCREMENT, IndicatorKind.COUNT, CARD),
}
"""By metric: how it adds up, and what makes it so."""
WHY = "经核对有误。"
ACTS: dict[tuple[str, str], int] = {
    ("milestone", "break_down"): 6, ("milestone", "report"): 2, ("milestone", "correct"): 2,
    ("milestone", "attach"): 1, ("milestone", "submit"): 2, ("milestone", "withdraw"): 2, ("milestone", "reopen"): 4,
    ("share", "acknowledge"): 8, ("share", "start"): 8, ("share", "report"): 12, ("share", "correct"): 3,
    ("share", "attach"): 8, ("share", "enter_items"): 5, ("share", "break_down"): 10, ("share", "submit"): 12,
    ("share", "withdraw"): 3, ("share", "accept"): 12, ("share", "return_for_rework"): 4, ("share", "reopen"): 5,
    ("share", "waive"): 3, ("share", "amend"): 3, ("item", "strike"): 3, ("item", "restore"): 4,
    ("approval", "approve"): 6, ("approval", "return"): 2,
}  # fmt: skip
"""What is done, and how often: most of life is work."""
TABLES: Mapping[str, Any] = {"milestone": Milestone, "share": Share, "item": ListItem, "approval": Approval}


class Idle(Exception):
    """There is nothing to do it with."""


def some(lot: random.Random, found: Sequence[Any], most: int = 9) -> list[Any]:
    """A few of them, by lot. Raises Idle where there are none."""
    if not found:
        raise Idle
    return lot.sample(found, lot.randint(1, min(most, len(found))))


def in_order(facts: Iterable[Any]) -> list[Any]:
    """The same on both databases."""
    return sorted(facts, key=lambda fact: fact.id)


@dataclass
class Hands:
    """One milestone of four figures (the last of them a list), six units, and everything that changes a figure.

    All of it comes from `life`, so that the same happens on both databases and whatever else was tested before.
    """

    services: Services
    cast: Cast
    here: Districts
    clock: HandClock
    done: Counter[tuple[str, str]]
    life: int
    acts: int = 0

    def __post_init__(self) -> None:
        """In every other life one unit has all of it, so that more happens between it and its own sub-units."""
        self.clock.now, self.deep = START, self.life % 2 == 1
        with self.services.transaction() as tx:
            self.task, self.milestone, self.ways = assign_task(tx, self.cast, self.here, 100 + self.life)
        do(self.services, "task", self.task, "acknowledge", self.cast.olga)
        do(self.services, "milestone", self.milestone, "start", self.cast.olga)

    def go_on(self) -> None:
        """Some days later somebody does something that is open to them, by lot."""
        self.acts += 1
        lot = random.Random(f"{self.life} {self.acts}")
        self.clock.now += timedelta(days=lot.choice((0, 0, 1, 2)))
        ready = self.ready()
        for kind, action in lot.choices(list(ready), [ACTS[act] for act in ready], k=5):
            if self.try_one(kind, action, lot.choice(ready[kind, action]), lot):
                return

    def ready(self) -> dict[tuple[str, str], list[int]]:
        """The acts for which something is in the right state, each with what it may be done to."""
        found: dict[tuple[str, str], list[int]] = {}
        with self.services.reading() as tx:
            for kind, table in TABLES.items():
                rows = tx.execute(
                    select(table.id, table.state).where(table.task_id == self.task).order_by(table.id)
                ).all()
                for of, action in ACTS:
                    sources = LAWS[kind].action(action).sources if of == kind else ()
                    if subjects := [row.id for row in rows if row.state in sources]:
                        found[kind, action] = subjects
        return found

    def try_one(self, kind: str, action: str, subject: int, lot: random.Random) -> bool:
        """Whether the law let it happen."""
        with self.services.reading() as tx:
            who = lot.choice(self.people(tx, kind, action, subject))
            standing = LAWS[kind].load(tx, [subject], who, self.clock())[subject]
        try:
            details = self.details(kind, action, standing, lot)
            do(self.services, kind, subject, action, who, reason=WHY, details=details)
        except (DubanError, Idle):
            return False
        self.done[kind, action] += 1
        return True

    def people(self, tx: Connection, kind: str, action: str, subject: int) -> list[int]:
        """Who might: the rest is the law's to judge."""
        cast, here = self.cast, self.here
        if kind == "approval":
            step = select(Seat.step).where(Seat.approval_id == subject, Seat.state == "open")
            return [(cast.rashid, cast.jun, cast.amira)[min(tx.execute(step).scalars(), default=1) - 1]]
        if kind != "share":
            return [cast.olga, cast.amira]
        unit, parent = tx.execute(select(Share.unit_id, Share.parent_id).where(Share.id == subject)).one()
        owners = {here.qingpu: here.qing, here.chongming: here.chong, here.jinshan: here.jin, here.energy: here.dun,
                  here.hospital: here.hua, cast.lead: cast.olga, cast.joint: cast.olga}  # fmt: skip
        judges = [here.qing, here.ren] if parent else [cast.olga, cast.rashid]
        if action in ("accept", "return_for_rework", "waive", "amend"):
            return judges
        return [*judges, cast.amira, cast.amira] if action == "reopen" else [owners[unit]]

    # What acts take, filled in as somebody careful would

    def details(self, kind: str, action: str, standing: Any, lot: random.Random) -> Any:
        fill: Mapping[str, Callable[[Any, random.Random], Any]] = {
            "break_down": self.portions, "report": self.figures, "correct": self.correction, "amend": self.targets,
            "enter_items": self.items,
        }  # fmt: skip
        if action in fill:
            return fill[action](standing, lot)
        if action == "attach":
            return file(sha256=f"{lot.getrandbits(256):064x}")
        if action == "submit":
            return {
                "text": "报送",
                **({"without_shares": WHY} if kind == "milestone" else {"short_because": WHY}),
            }
        return None

    def portions(self, standing: Any, lot: random.Random) -> Any:
        here = self.here
        units = [here.qingpu] if self.deep else [self.cast.lead, here.qingpu, here.chongming, here.jinshan]
        units = [here.energy, here.hospital] if hasattr(standing, "share") else units
        milestone = getattr(standing, "milestone", standing)
        left = [unit for unit in units if unit not in {share.unit_id for share in milestone.shares}]
        chosen = some(lot, left, 2)
        return {
            "portions": [{"unit_id": unit, **self.targets(standing, lot), "text": "完成"} for unit in chosen]
        }

    def targets(self, standing: Any, lot: random.Random) -> Any:
        known = (
            [indicator.id for indicator in in_order(standing.milestone.indicators)]
            if hasattr(standing, "share")
            else []
        )
        chosen = known or [indicator.id for indicator in in_order(standing.indicators)]
        aimed = some(lot, chosen)
        return {
            "targets": [{"indicator_id": each, "quantity": lot.choice((None, "1", "2.5"))} for each in aimed]
        }

    def figures(self, standing: Any, lot: random.Random) -> Any:
        plain = [i for i in in_order(standing.indicators) if not i.card.listed]
        stated = [self.stated(i.id, lot) for i in some(lot, plain)]
        return {"figures": stated, "as_of_on": self.clock().date() - timedelta(days=lot.choice((0, 1, 5)))}

    def stated(self, indicator: int, lot: random.Random) -> dict[str, Any]:
        quantity = Decimal(lot.randint(0, 10**9)).scaleb(-lot.randint(0, 8))
        if self.ways[indicator] != "ratio":
            return {"indicator_id": indicator, "quantity": quantity}
        base = lot.choice((Decimal(0), Decimal(3), quantity + 7))
        return {"indicator_id": indicator, "quantity": quantity if base else Decimal(0), "base": base}

    def correction(self, standing: Any, lot: random.Random) -> Any:
        (entry,) = some(lot, [entry for entry in in_order(standing.entries) if entry.quantity is not None], 1)
        stated = self.stated(entry.indicator_id, lot)
        nothing = {"quantity": 0, **({"base": 0} if "base" in stated else {})}
        given = lot.choice(({k: v for k, v in stated.items() if k != "indicator_id"}, nothing))
        return {"entry_id": entry.id, **given}

    def items(self, standing: Any, lot: random.Random) -> Any:
        today = self.clock().date().isoformat()
        return {
            "indicator_id": max(self.ways),
            "items": [{"institution": lot.choice(SCHOOLS), "true_on": today}],
        }

    # What holds after every act

    def check(self) -> None:
        """Every truth; what fails says in which life it did, and after how many acts."""
        try:
            self.what_is_kept_is_what_the_rows_come_to()
            self.a_list_is_the_sum_of_its_items()
            self.what_is_accepted_is_accepted_whole()
        except AssertionError as untrue:
            untrue.add_note(f"life {self.life}, act {self.acts}")
            raise

    def what_is_kept_is_what_the_rows_come_to(self) -> None:
        with self.services.reading() as tx:
            rows = Rows.of(tx, self.milestone)
            milestone, shares = kept_on_milestone(tx, self.milestone), kept_on_shares(tx, self.milestone)
        for indicator, way in self.ways.items():
            counted = rows.comes_to(None, indicator, way)
            assert milestone[indicator] == (counted[:2] if counted else (None, None)), way
        for (share, indicator), kept in shares.items():
            assert kept == (rows.comes_to(share, indicator, self.ways[indicator]) or (None, None, None))

    def a_list_is_the_sum_of_its_items(self) -> None:
        listed = max(self.ways)
        with self.services.reading() as tx:
            counted = select(ListItem.quantity).where(
                ListItem.indicator_id == listed, ListItem.state == "counted"
            )
            entries = select(ProgressEntry.__table__).where(ProgressEntry.indicator_id == listed)
            reports = tx.execute(entries).all()
            items = sum(tx.execute(counted).scalars(), Decimal(0))
        gone = {entry.corrects_id for entry in reports}
        assert sum((entry.quantity for entry in reports if entry.id not in gone), Decimal(0)) == items

    def what_is_accepted_is_accepted_whole(self) -> None:
        """Under an accepted share nothing is left open, and an accepted milestone waits for no share."""
        with self.services.reading() as tx:
            shares = {
                row.id: row for row in tx.execute(select(Share.__table__).where(Share.task_id == self.task))
            }
            state = tx.execute(select(Milestone.state).where(Milestone.id == self.milestone)).scalar_one()
        for share in shares.values():
            assert (share.digest is not None) == (share.state == "accepted")
            above = shares[share.parent_id].state if share.parent_id else state
            if above == "accepted":
                assert share.state in ("accepted", "waived")


def assign_task(tx: Connection, cast: Cast, here: Districts, number: int) -> tuple[int, int, dict[int, str]]:
    """A task of the lead, a joint unit and three districts, with one milestone of four figures, none with a target."""
    task = add(
        tx, Task, plan_id=cast.plan, number=number, name=f"任务{number}", printed_name="-", goal="-", printed_goal="-",
        state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=START,
    )  # fmt: skip
    places = (
        (cast.lead, PartRole.LEAD), (cast.joint, PartRole.JOINT),
        *((unit, PartRole.CONTRIBUTOR) for unit in (here.qingpu, here.chongming, here.jinshan)),
    )  # fmt: skip
    for ordinal, (unit, role) in enumerate(places, 1):
        add(tx, Part, task_id=task, unit_id=unit, role=role, ordinal=ordinal, state=PartState.ASSIGNED)
    milestone = add(
        tx, Milestone, task_id=task, year=2022, text="完成", printed_text="完成", state=MilestoneState.PLANNED,
        due_on=date(2022, 12, 30), due_basis=DueBasis.YEAR_END, due_rule="preceding",
    )  # fmt: skip
    ways = {}
    for ordinal, (metric, (way, basis, kind, card)) in enumerate(WAYS.items(), 1):
        indicator = add(
            tx, Indicator, task_id=task, milestone_id=milestone, ordinal=ordinal, metric=metric, quantity=None,
            unit="项", comparator=Comparator.AT_LEAST, basis=basis, kind=kind, definition=card,
        )  # fmt: skip
        ways[indicator] = way
    return task, milestone, ways


def lend_hands(
    services: Services, cast: Cast, clock: HandClock, lives: int, acts: int
) -> Counter[tuple[str, str]]:
    with services.transaction() as tx:
        here = settle_districts(tx, cast)
        for name in SCHOOLS:
            enter_school(tx, name)
    done: Counter[tuple[str, str]] = Counter()
    for life in range(lives):
        hands = Hands(services, cast, here, clock, done, life)
        hands.check()
        for _ in range(acts):
            hands.go_on()
            hands.check()
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None
    return done


def test_the_kept_figures_are_what_the_rows_come_to(services: Services, cast: Cast, clock: HandClock) -> None:
    """On PostgreSQL a third of the lives: what an act does to a figure does not hang on the database."""
    done = lend_hands(services, cast, clock, lives=5 if POSTGRESQL else 15, acts=60)
    assert POSTGRESQL or {act for act in ACTS if not done[act]} == set(), "every act was done in some life"


@pytest.mark.soak
def test_after_many_lives_as_well(services: Services, cast: Cast, clock: HandClock) -> None:
    lend_hands(services, cast, clock, lives=300, acts=100)
