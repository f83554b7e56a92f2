"""Where a route stands, without a database: the modes, added signers, and what holds for every route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import Relation, SeatState, StepMode
from workflow.approvals.route import After, Outcome, after, complete_seats, earlier_steps
from workflow.facts import SeatFact

WAITING, OPEN, SIGNED = SeatState.WAITING, SeatState.OPEN, SeatState.SIGNED


def seat(id_: int, state: str = WAITING, step: int = 1, mode: str = StepMode.ALL, **more: Any) -> SeatFact:
    return SeatFact(id_, step, f"step_{step}", "reviewer", mode, 1, state, **more)


def added(id_: int, to: int, place: Relation, state: str = WAITING, **more: Any) -> SeatFact:
    return seat(id_, state, added_to=to, relation=place, **more)


def opens(*seats: SeatFact) -> list[int]:
    return [each.id for each in after(seats).opens]


def lapses(*seats: SeatFact) -> list[int]:
    return [each.id for each in after(seats).lapses]


def outcome(*seats: SeatFact) -> Outcome:
    return after(seats).outcome


def played(seats: Sequence[SeatFact], now: After) -> list[SeatFact]:
    """The seats as the engine leaves them: those that open are open, those that lapse have lapsed."""
    to = {each.id: SeatState.OPEN for each in now.opens} | {each.id: SeatState.LAPSED for each in now.lapses}
    return [replace(each, state=to.get(each.id, each.state)) for each in seats]


# Modes


def test_any_signer_carries_a_step_of_one_and_the_others_lapse() -> None:
    step = [seat(n, mode=StepMode.ANY) for n in (1, 2, 3)]
    assert opens(*step) == [1, 2, 3]
    signed = [
        seat(1, OPEN, mode=StepMode.ANY),
        seat(2, SIGNED, mode=StepMode.ANY),
        seat(3, OPEN, mode=StepMode.ANY),
    ]
    assert outcome(*signed) is Outcome.THROUGH
    assert lapses(*signed) == [1, 3]


def test_all_sign_a_countersigning_at_once() -> None:
    assert opens(seat(1), seat(2), seat(3)) == [1, 2, 3]
    assert outcome(seat(1, SIGNED), seat(2, OPEN), seat(3, SIGNED)) is Outcome.WAITS
    assert outcome(seat(1, SIGNED), seat(2, SIGNED), seat(3, SIGNED)) is Outcome.THROUGH


def test_a_sequence_is_signed_one_after_another() -> None:
    first, second, third = (seat(n, mode=StepMode.SEQUENCE, turn=n) for n in (1, 2, 3))
    assert opens(third, second, first) == [1]
    assert opens(replace(first, state=SIGNED), second, third) == [2]
    assert opens(replace(first, state=OPEN), second, third) == []
    assert outcome(*(replace(each, state=SIGNED) for each in (first, second, third))) is Outcome.THROUGH


def vote(*states: str, quorum: int = 2) -> list[SeatFact]:
    return [seat(n, state, mode=StepMode.VOTE, quorum=quorum) for n, state in enumerate(states, 1)]


def test_a_vote_is_won_with_its_quorum_and_lost_when_it_can_no_more_be_won() -> None:
    assert outcome(*vote(SIGNED, OPEN, OPEN)) is Outcome.WAITS
    assert outcome(*vote(SIGNED, SIGNED, OPEN)) is Outcome.THROUGH
    assert lapses(*vote(SIGNED, SIGNED, OPEN)) == [3]
    assert outcome(*vote(SeatState.OPPOSED, OPEN, OPEN)) is Outcome.WAITS
    assert outcome(*vote(SeatState.OPPOSED, SIGNED, SeatState.OPPOSED)) is Outcome.LOST
    assert outcome(*vote(SIGNED, SeatState.REMOVED, SeatState.OPPOSED)) is Outcome.LOST


# Steps


def test_a_step_opens_when_the_one_before_is_carried() -> None:
    assert opens(seat(1, OPEN), seat(2, step=2)) == []
    assert opens(seat(1, SIGNED), seat(2, step=2), seat(3, step=2)) == [2, 3]
    assert after([seat(1, SIGNED), seat(2, step=2)]).step == 2


def test_open_seats_of_a_later_step_are_left_alone() -> None:
    """After a return straight back, others of the step that it was returned from go on signing."""
    now = after([seat(1, SeatState.SET_ASIDE), seat(4), seat(2, OPEN, step=2), seat(3, WAITING, step=2)])
    assert [each.id for each in now.opens] == [4]
    assert now.lapses == ()
    assert now.step == 1


@pytest.mark.parametrize("out", [SeatState.REMOVED, SeatState.SET_ASIDE, SeatState.RETURNED])
def test_who_is_out_is_neither_waited_for_nor_counted(out: SeatState) -> None:
    assert outcome(seat(1, SIGNED), seat(2, out)) is Outcome.THROUGH
    assert outcome(seat(1, OPEN), seat(2, out)) is Outcome.WAITS
    assert outcome(*vote(SIGNED, out, OPEN)) is Outcome.WAITS


def test_one_may_go_back_to_steps_before_ones_own() -> None:
    seats = [
        seat(1, SIGNED),
        seat(2, SIGNED, step=2),
        seat(3, OPEN, step=3),
        seat(4, SeatState.SET_ASIDE, step=2),
    ]
    assert earlier_steps(seats, seats[2]) == [(1, "step_1"), (2, "step_2")]
    assert earlier_steps(seats, seats[0]) == []


# Added signers


def test_who_is_added_before_signs_first() -> None:
    own, asked = seat(1), added(2, 1, Relation.BEFORE)
    assert opens(own, asked) == [2]
    assert opens(own, replace(asked, state=SIGNED)) == [1]


def test_who_is_added_beside_signs_at_the_same_time_and_is_waited_for() -> None:
    own, asked = seat(1), added(2, 1, Relation.BESIDE)
    assert opens(own, asked) == [1, 2]
    assert outcome(replace(own, state=SIGNED), asked) is Outcome.WAITS
    assert outcome(replace(own, state=SIGNED), replace(asked, state=SIGNED)) is Outcome.THROUGH


def test_who_is_added_after_signs_when_the_signer_has() -> None:
    own, asked = seat(1, OPEN), added(2, 1, Relation.AFTER)
    assert opens(own, asked) == []
    assert opens(replace(own, state=SIGNED), asked) == [2]


def test_the_added_may_add_further_signers() -> None:
    nested = [
        seat(1),
        added(2, 1, Relation.BEFORE),
        added(3, 2, Relation.BEFORE),
        added(4, 2, Relation.AFTER),
    ]
    assert opens(*nested) == [3]
    nested[2] = replace(nested[2], state=SIGNED)
    assert opens(*nested) == [2]
    nested[1] = replace(nested[1], state=SIGNED)
    assert opens(*nested) == [4]
    nested[3] = replace(nested[3], state=SIGNED)
    assert opens(*nested) == [1]


def test_a_sequence_waits_for_who_was_added_to_an_earlier_turn() -> None:
    first, second = (seat(n, mode=StepMode.SEQUENCE, turn=n) for n in (1, 2))
    asked = added(3, 1, Relation.AFTER, mode=StepMode.SEQUENCE, turn=1)
    assert opens(replace(first, state=SIGNED), second, asked) == [3]
    assert opens(replace(first, state=SIGNED), second, replace(asked, state=SIGNED)) == [2]


def test_the_added_carry_nothing_in_place_of_who_asked_them() -> None:
    """Of a step of which one signs for all: the one who added a signer was taken off, or returned it."""
    for out in (SeatState.REMOVED, SeatState.RETURNED):
        seats = [
            seat(1, out, mode=StepMode.ANY),
            seat(2, OPEN, mode=StepMode.ANY),
            added(3, 1, Relation.BESIDE, SIGNED, mode=StepMode.ANY),
        ]
        assert outcome(*seats) is Outcome.WAITS


def test_against_in_a_vote_is_also_who_was_asked_along() -> None:
    seats = [
        *vote(SIGNED, OPEN, quorum=2),
        added(3, 1, Relation.BESIDE, SeatState.OPPOSED, mode=StepMode.VOTE, quorum=2),
    ]
    assert outcome(*seats) is Outcome.LOST


def test_complete_is_who_signed_with_all_that_they_added() -> None:
    seats = [
        seat(1, SIGNED),
        added(2, 1, Relation.AFTER, OPEN),
        seat(3, SIGNED),
        added(4, 3, Relation.BESIDE, SIGNED),
    ]
    assert [each.id for each in complete_seats(seats)] == [3]


# Whatever the route


@st.composite
def routes(draw: st.DrawFn) -> list[SeatFact]:
    """Steps of every mode, with signers added at random, in states at random."""
    seats: list[SeatFact] = []
    for step in range(1, draw(st.integers(1, 3)) + 1):
        mode = draw(st.sampled_from(StepMode))
        count = draw(st.integers(1, 4))
        quorum = draw(st.integers(1, count)) if mode is StepMode.VOTE else None
        for n in range(count):
            turn = n if mode is StepMode.SEQUENCE else 0
            seats.append(seat(len(seats) + 1, _drawn_state(draw), step, mode, turn=turn, quorum=quorum))
        for _ in range(draw(st.integers(0, 3))):
            to = draw(st.sampled_from([each for each in seats if each.step == step]))
            more = {"step": step, "mode": mode, "turn": to.turn, "quorum": quorum}
            seats.append(
                added(len(seats) + 1, to.id, draw(st.sampled_from(Relation)), _drawn_state(draw), **more)
            )
    return seats


def _drawn_state(draw: st.DrawFn) -> SeatState:
    return draw(
        st.sampled_from(
            (
                WAITING,
                WAITING,
                OPEN,
                OPEN,
                SIGNED,
                SIGNED,
                SeatState.OPPOSED,
                SeatState.REMOVED,
                SeatState.SET_ASIDE,
            )
        )
    )


@given(routes())
def test_once_applied_nothing_further_follows(seats: list[SeatFact]) -> None:
    now = after(seats)
    again = after(played(seats, now))
    assert (again.opens, again.lapses) == ((), ())
    assert (again.outcome, again.step) == (now.outcome, now.step)


@given(routes())
def test_no_decided_seat_is_opened_or_lapses(seats: list[SeatFact]) -> None:
    now = after(seats)
    assert all(each.state == WAITING for each in now.opens)
    assert all(each.state in (WAITING, OPEN) for each in now.lapses)
    assert {each.id for each in now.opens}.isdisjoint(each.id for each in now.lapses)


@given(routes())
def test_what_opens_is_of_the_step_that_the_route_stands_at(seats: list[SeatFact]) -> None:
    now = after(seats)
    assert {each.step for each in now.opens} <= {now.step}
    assert all(each.step < (now.step or 99) for each in now.lapses)


@given(routes())
def test_the_order_of_seats_does_not_matter(seats: list[SeatFact]) -> None:
    now, back = after(seats), after(seats[::-1])
    assert (now.outcome, now.step) == (back.outcome, back.step)
    assert {each.id for each in now.opens} == {each.id for each in back.opens}


@given(st.integers(1, 5), st.data())
def test_the_order_of_signing_does_not_matter_in_a_countersigning(count: int, data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(list(permutations(range(count)))[:120]))
    seats = [seat(n, OPEN) for n in range(count)]
    for place, n in enumerate(order, 1):
        seats[n] = replace(seats[n], state=SIGNED)
        assert (after(seats).outcome is Outcome.THROUGH) == (place == count)


@given(routes())
def test_a_route_that_nobody_has_lost_ends_when_everybody_who_is_asked_signs(seats: list[SeatFact]) -> None:
    """None is stuck: whoever is open signs, until it is through."""
    seats = [replace(each, state=WAITING) if each.state == SeatState.OPPOSED else each for each in seats]
    for _ in range(len(seats) + 2):
        now = after(seats)
        if now.outcome is not Outcome.WAITS:
            break
        seats = [replace(each, state=SIGNED) if each.state == OPEN else each for each in played(seats, now)]
    gone = {each.step for each in seats} - {
        each.step for each in seats if each.state not in OUT and not each.added_to
    }
    assert now.outcome is Outcome.THROUGH or (now.outcome is Outcome.LOST and _too_few(seats)) or gone


OUT = (SeatState.REMOVED, SeatState.SET_ASIDE, SeatState.RETURNED)


def _too_few(seats: list[SeatFact]) -> bool:
    """A vote that so many have left that its quorum cannot be reached."""
    live = [
        each
        for each in seats
        if each.state not in OUT and each.added_to is None and each.mode == StepMode.VOTE
    ]
    return any(
        sum(each.step == step for each in live) < max(each.quorum or 0 for each in live if each.step == step)
        for step in {each.step for each in live}
    )
