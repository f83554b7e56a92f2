"""Interleaved rounds: every side takes its turn in each round, with one process per client."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from benchmarks.ground import Ground, Item, People, Side, walk
from benchmarks.handwritten import Handwritten
from benchmarks.mapped import Mapped
from benchmarks.performed import Performed

SIDES: dict[str, Callable[[str, People], Side]] = {
    "perform": Performed,
    "hand-written": Handwritten,
    "ORM + transitions": Mapped,
}
FLOOR = "hand-written"
FILLED = 600
"""Lifecycles that lie in the tables before anything is timed: the planner works with indexes, as in use."""
AT_ONCE = 10
"""Lifecycles that a client walks between two looks into the inbox."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's part of one round: lifecycles per second over all clients, and client CPU per lifecycle (ms)."""

    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A side over all rounds: medians; the ratio to the floor is the median over rounds of that round's ratio."""

    side: str
    rate: float
    cpu: float
    ratio: float
    spread: tuple[float, float]
    """The lower and upper quartile of the rounds' ratios."""
    lifecycles: int


class Clients:
    """Processes that each hold one connection per side, and walk what they are handed."""

    def __init__(self, url: str, people: People, how_many: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.ends: list[Connection] = []
        self.processes = []
        for _ in range(how_many):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, url, people), daemon=True)
            process.start()
            self.ends.append(here)
            self.processes.append(process)

    def turn(self, side: str, items: Sequence[Sequence[Item]]) -> Turn:
        """Hand each client its items; the turn lasts until the last one is done."""
        began = time.perf_counter()
        for end, own in zip(self.ends, items, strict=True):
            end.send((side, own))
        cpu = sum(_answer(end) for end in self.ends)
        seconds = time.perf_counter() - began
        count = sum(map(len, items))
        return Turn(rate=count / seconds, cpu=1000 * cpu / count)

    def close(self) -> None:
        for end in self.ends:
            end.send(None)
        for process in self.processes:
            process.join()


def _answer(end: Connection) -> float:
    answer = end.recv()
    if isinstance(answer, BaseException):
        raise answer
    return float(answer)


def _serve(end: Connection, url: str, people: People) -> None:
    sides = {name: opens(url, people) for name, opens in SIDES.items()}
    while (order := end.recv()) is not None:
        name, items = order
        try:
            before = _cpu()
            for start in range(0, len(items), AT_ONCE):
                walk(sides[name], people, items[start : start + AT_ONCE])
            end.send(_cpu() - before)
        except Exception as error:
            end.send(error)
    for side in sides.values():
        side.close()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def clients(url: str, people: People, how_many: int) -> Iterator[Clients]:
    opened = Clients(url, people, how_many)
    try:
        yield opened
    finally:
        opened.close()


def fill(ground: Ground, url: str, how_many: int) -> None:
    """Let the floor walk `how_many` lifecycles untimed, then tell the planner."""
    side = Handwritten(url, ground.people)
    walk(side, ground.people, ground.add(how_many))
    side.close()
    ground.settle()


def measure(ground: Ground, url: str, how_many: int, *, seconds: float, rounds: int) -> list[Outcome]:
    """Outcomes of all sides for so many clients; each side is timed for about `seconds` in all."""
    with clients(url, ground.people, how_many) as crew:
        turn = partial(_turn, ground, crew, how_many)
        each = {name: _how_many(turn, name, seconds / rounds, how_many) for name in SIDES}
        turns: dict[str, list[Turn]] = {name: [] for name in SIDES}
        for number in range(rounds):
            for name in _order(number):
                turns[name].append(turn(name, each[name]))
    return [_outcome(name, turns, each[name] * how_many * rounds) for name in SIDES]


def _order(number: int) -> list[str]:
    """Who goes first changes from round to round."""
    names = list(SIDES)
    first = number % len(names)
    return names[first:] + names[:first]


def _turn(ground: Ground, crew: Clients, how_many: int, side: str, each: int) -> Turn:
    items = ground.add(each * how_many)
    return crew.turn(side, [items[n * each : (n + 1) * each] for n in range(how_many)])


def _how_many(turn: Callable[[str, int], Turn], side: str, seconds: float, crew_size: int) -> int:
    """Lifecycles per client that fill `seconds`, after a warm-up that lets statements be compiled and prepared."""
    warm = turn(side, 2)
    if seconds > 0:
        warm = turn(side, 8)
    return max(1, round(warm.rate * seconds / crew_size))


def _outcome(name: str, turns: dict[str, list[Turn]], lifecycles: int) -> Outcome:
    ratios = sorted(own.rate / floor.rate for own, floor in zip(turns[name], turns[FLOOR], strict=True))
    return Outcome(
        side=name,
        rate=median(turn.rate for turn in turns[name]),
        cpu=median(turn.cpu for turn in turns[name]),
        ratio=median(ratios),
        spread=(ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]),
        lifecycles=lifecycles,
    )


def as_facts(outcome: Outcome) -> dict[str, Any]:
    """For `--json`."""
    return {
        "side": outcome.side,
        "lifecycles_per_second": round(outcome.rate, 1),
        "ratio_to_hand_written": round(outcome.ratio, 3),
        "ratio_quartiles": [round(value, 3) for value in outcome.spread],
        "client_cpu_ms_per_lifecycle": round(outcome.cpu, 2),
        "lifecycles_timed": outcome.lifecycles,
    }
