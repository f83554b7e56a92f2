"""An approval's route, pure: from the seats as they are after a move, what opens, what lapses, and where it stands.

A step has *base* seats, those that its definition made. A signer may have others sign before, beside or after
(加签): these hang on the signer's seat, which is complete only with all of them. How many complete base seats carry a
step is its mode's to say. The route stands at the first step that is not carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from models.states import Relation, SeatState, StepMode
from workflow.facts import SeatFact

OUT = (SeatState.REMOVED, SeatState.SET_ASIDE, SeatState.RETURNED)
"""Seats that the route counts no more."""
UNDECIDED = (SeatState.WAITING, SeatState.OPEN)


class Outcome(StrEnum):
    WAITS = "waits"
    """Signatures are wanted."""
    THROUGH = "through"
    """Every step is carried."""
    LOST = "lost"
    """A vote can no more be won."""


@dataclass(frozen=True, slots=True)
class After:
    """Where a route stands: the seats that open now, those that nobody need sign any more, and the outcome."""

    opens: tuple[SeatFact, ...]
    lapses: tuple[SeatFact, ...]
    outcome: Outcome
    step: int | None
    """The step that it stands at; None: it is through."""


def after(seats: Sequence[SeatFact]) -> After:
    """Where the route stands with these seats. Open seats of later steps stay open: who returned to an earlier step
    disturbs nobody else."""
    live = [seat for seat in seats if seat.state not in OUT]
    lapses: list[SeatFact] = []
    for step in sorted({seat.step for seat in live if seat.added_to is None}):
        tree = Tree([seat for seat in live if seat.step == step])
        if tree.is_lost:
            return After((), tuple(lapses), Outcome.LOST, step)
        if not tree.is_carried:
            return After(tuple(tree.opening()), tuple(lapses), Outcome.WAITS, step)
        lapses += [seat for seat in tree.seats if seat.state in UNDECIDED]
    return After((), tuple(lapses), Outcome.THROUGH, None)


class Tree:
    """One step: its base seats, and what hangs on each. What hung on a seat that is out counts no more: who was asked
    along with a signer carries nothing in their place."""

    def __init__(self, seats: Sequence[SeatFact]) -> None:
        self.seats = sorted(seats, key=lambda seat: (seat.turn, seat.id))
        ids = {seat.id for seat in seats}
        self.base = [seat for seat in self.seats if seat.added_to is None]
        self._on: dict[int, list[SeatFact]] = {}
        for seat in self.seats:
            if seat.added_to in ids:
                self._on.setdefault(seat.added_to or 0, []).append(seat)

    @property
    def mode(self) -> str:
        return self.base[0].mode

    def hanging(self, seat: SeatFact, *relations: Relation) -> Iterator[SeatFact]:
        """Those added to a seat, in the given places."""
        return (each for each in self._on.get(seat.id, ()) if not relations or each.relation in relations)

    def complete(self, seat: SeatFact) -> bool:
        """Signed, with all that hangs on it."""
        return seat.state == SeatState.SIGNED and all(self.complete(each) for each in self.hanging(seat))

    @property
    def is_carried(self) -> bool:
        complete = sum(self.complete(seat) for seat in self.base)
        if self.mode == StepMode.ANY:
            return complete > 0
        if self.mode == StepMode.VOTE:
            return complete >= self._needed
        return complete == len(self.base)

    @property
    def is_lost(self) -> bool:
        """Too many have voted against, or left the vote, for it to be won."""
        if self.mode != StepMode.VOTE:
            return False
        against = sum(self._opposed(seat) for seat in self.base)
        return len(self.base) - against < self._needed

    @property
    def _needed(self) -> int:
        return self.base[0].quorum or len(self.base)

    def _opposed(self, seat: SeatFact) -> bool:
        """A vote against; so is that of who was asked to sign along with it."""
        return seat.state == SeatState.OPPOSED or any(self._opposed(each) for each in self.hanging(seat))

    def opening(self) -> Iterator[SeatFact]:
        """Waiting seats whose turn it is: of a sequence the first that is not complete, else every one."""
        turn: Iterable[SeatFact] = self.base
        if self.mode == StepMode.SEQUENCE:
            turn = [seat for seat in self.base if not self.complete(seat)][:1]
        for seat in turn:
            yield from self._opening(seat)

    def _opening(self, seat: SeatFact) -> Iterator[SeatFact]:
        """First those before it; then itself and those beside it; when it is signed, those after it."""
        before = [each for each in self.hanging(seat, Relation.BEFORE) if not self.complete(each)]
        if before:
            for each in before:
                yield from self._opening(each)
            return
        if seat.state == SeatState.WAITING:
            yield seat
        for each in self.hanging(seat, Relation.BESIDE):
            yield from self._opening(each)
        if seat.state == SeatState.SIGNED:
            for each in self.hanging(seat, Relation.AFTER):
                yield from self._opening(each)


def with_state(seats: Sequence[SeatFact], ids: Iterable[int], state: SeatState) -> tuple[SeatFact, ...]:
    """The same seats, those with another state."""
    changed = set(ids)
    return tuple(replace(seat, state=state) if seat.id in changed else seat for seat in seats)


def complete_seats(seats: Sequence[SeatFact]) -> list[SeatFact]:
    """The base seats that are signed, with all that hangs on them."""
    tree = Tree([seat for seat in seats if seat.state not in OUT])
    return [seat for seat in tree.base if tree.complete(seat)]


def earlier_steps(seats: Sequence[SeatFact], of: SeatFact) -> list[tuple[int, str]]:
    """The steps that an approval may go back to from a seat, in order: number and key."""
    steps = {(seat.step, seat.step_key) for seat in seats if seat.state not in OUT and seat.step < of.step}
    return sorted(steps)
