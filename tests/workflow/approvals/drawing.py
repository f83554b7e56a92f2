"""Definitions, absences and moves by lot: from every mode, condition and way to go on, and from everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.workflow.approvals.ground import PLAN
from tests.workflow.approvals.offices import PEOPLE, Absence
from tests.workflow.approvals.rights import STILL, Move, Seat
from tests.workflow.approvals.rules import Round

EVERYBODY = sorted(PEOPLE)
GROUPS: dict[str, tuple[str, ...]] = {"panel": ("jun", "cai", "gao", "lena", "petra")}
RESUMES = (
    ["restart"],
    ["straight_back"],
    ["straight_back"],
    ["straight_back", "restart"],
    ["restart", "straight_back"],
)
WEIGHTS = {
    "approve": 52, "oppose": 14, "return": 10, "return_to_step": 40, "transfer": 5, "delegate": 8, "give_back": 12,
    "take_back": 7, "add_signers": 12, "remove_signer": 6, "urge": 7, "copy": 1, "comment": 1,
}  # fmt: skip
SIGNERS = (
    {"role": "reviewer", "of": "lead"}, {"role": "reviewer", "of": "joint"}, {"role": "reviewer", "of": "joint"},
    {"people": ["jun", "lena", "cai", "owen", "leo"]}, {"people": ["olga", "chen"]}, {"group": "panel"},
    {"superior_of": "submitter"}, {"role": "supervisor", "of": "office"},
)  # fmt: skip
SIGNER_KEYS = ("role", "of", "people", "group", "superior_of")
MODES: tuple[dict[str, Any], ...] = (
    {}, {"mode": "any"}, {"mode": "all"}, {"mode": "all"}, {"mode": "sequence"},
    {"mode": "vote", "vote": {"ratio": "2/3"}}, {"mode": "vote", "vote": {"ratio": "1/2"}},
    {"mode": "vote", "vote": {"count": 2}},
)  # fmt: skip


def a_definition(lot: Random) -> dict[str, Any]:
    same_person = lot.choice(("ask_again", "carry_over"))
    steps: list[dict[str, Any]] = [_step(lot, n) for n in range(lot.choice((1, 2, 2, 3, 3)))]
    if same_person == "carry_over" and lot.random() < 0.7:
        steps = _of_the_same(lot, steps)
    if len(steps) > 1 and lot.random() < 0.2:
        who = {"superior_of": steps[0]["key"], "when_empty": "skip"}
        steps.insert(lot.randint(1, len(steps)), {"key": "above", **who, **lot.choice(MODES)})
    if lot.random() < 0.5:
        steps.append({"key": "accept", "role": "supervisor", "of": "office"})
    return {
        "key": "own", "purpose": "acceptance", "holds_for": {"plan": PLAN}, "steps": steps,
        "own_submission": lot.choice(("forbid", "forbid", "skip", "superior")),
        "same_person": same_person,
        "returns": {"to_steps": lot.random() < 0.85, "resume": lot.choice(RESUMES)},
    }  # fmt: skip


def _step(lot: Random, n: int) -> dict[str, Any]:
    step: dict[str, Any] = {"key": f"step_{n + 1}", **lot.choice(SIGNERS), **lot.choice(MODES)}
    step["when_empty"] = lot.choice(("refuse", "skip", "supervisor"))
    if "people" in step:
        step["people"] = lot.sample(step["people"], lot.randint(1, len(step["people"])))
    if lot.random() < 0.5:
        step["limit"] = {"days": lot.randint(1, 4), "then": lot.choice(("urge", "escalate", "pass"))}
    if lot.random() < 0.15:
        step["only_if"] = {"joint_units_at_least": lot.choice((2, 4))}
    if lot.random() < 0.15:
        step["confirm_above"] = lot.choice((1, 3))
    return step


def _of_the_same(lot: Random, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps, each with the signers of the first; now and then only some of them, in another order, or a unit's
    seats among people's."""
    whose = {key: steps[0][key] for key in SIGNER_KEYS if key in steps[0]}
    bare = [{key: value for key, value in step.items() if key not in SIGNER_KEYS} for step in steps]
    return [{**step, **_some_of(lot, whose)} for step in bare]


def _some_of(lot: Random, whose: dict[str, Any]) -> dict[str, Any]:
    if whose.get("of") == "joint" and lot.random() < 0.25:
        return {"people": lot.sample(["jun", "cai", "gao", "mei", "leo"], 3)}
    if "people" in whose:
        return {"people": lot.sample(whose["people"], lot.randint(1, len(whose["people"])))}
    return whose


def some_absences(lot: Random, today: date) -> list[Absence]:
    """Nobody stands in for somebody who stands in."""
    people = lot.sample(EVERYBODY, 2 * lot.choice((0, 0, 1, 2, 3)))
    return [
        Absence(person, substitute, today + timedelta(days=(first := lot.randint(0, 4))),
                today + timedelta(days=first + lot.randint(0, 9)))
        for person, substitute in zip(people[::2], people[1::2], strict=True)
    ]  # fmt: skip


def a_move(lot: Random, of: Round) -> Move:
    """Anything by anybody: most of it is refused."""
    action = lot.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    return _filled(lot, of, action, lot.choice(EVERYBODY), lot.randrange(len(of.seats)))


def a_likely_move(lot: Random, of: Round, day: date) -> Move:
    """By somebody who has something to do with a seat: most of it is taken."""
    mine = [
        (who, n)
        for n, s in enumerate(of.seats)
        if s.state == "open"
        for who in EVERYBODY
        if of.right(who, s, day)
    ]
    still = [n for n, s in enumerate(of.seats) if s.state in STILL]
    lent = [(str(s.person), s.lent_by, n) for n, s in enumerate(of.seats) if s.lent_by and s.state == "open"]
    voting = [(who, n) for who, n in mine if of.seats[n].mode == "vote"]
    later = [(who, n) for who, n in mine if of.seats[n].step > 1 and of.seats[n].mode != "vote"]
    beside = [(who, n) for who, n in mine if any(s.state == "signed" for s in of.seats)]
    likely: dict[str, list[tuple[str, int]]] = {
        "oppose": voting, "return": beside or mine, "return_to_step": later, "delegate": mine, "add_signers": mine,
        "transfer": [*mine, *(("amira", n) for n in still)],
        "give_back": [(who, n) for who, _, n in lent], "take_back": [(by, n) for _, by, n in lent],
        "remove_signer": [(of.seats[n].added_by or "amira", n) for n in still],
        "urge": [(of.opener, n) for n in still], "copy": [(of.opener, 0)], "comment": [(who, n) for who, n in mine],
    }  # fmt: skip
    open_to = {action: likely.get(action, mine) for action in WEIGHTS if likely.get(action, mine)}
    action = lot.choices(list(open_to), [WEIGHTS[action] for action in open_to])[0]
    who, n = lot.choice(open_to[action])
    move = _filled(lot, of, action, who, n)
    seat = of.seats[n]
    fit = [to for to in EVERYBODY if to != of.opener and of.suits(to, who, seat, day)]
    return replace(move, people=(lot.choice(fit),)) if fit and action in ("transfer", "delegate") else move


def a_tempting_move(lot: Random, of: Round, day: date) -> Move:
    """What somebody careless would let pass: by who would have the right but for one rule, or rightly, but for
    somebody who may not."""
    open_ones = [n for n, s in enumerate(of.seats) if s.state == "open"] or [0]
    urged = [n for n in open_ones if of.seats[n].urged]
    if urged and lot.random() < 0.5:
        return _filled(lot, of, "urge", of.opener, lot.choice(urged))
    near = [(who, n) for n in open_ones for who in EVERYBODY if _nearly(of, who, of.seats[n], day)]
    mine = [(who, n) for n in open_ones for who in EVERYBODY if of.right(who, of.seats[n], day)]
    if not mine or (near and lot.random() < 0.6):
        lent = [(who, n) for who, n in near if of.seats[n].lent_by]
        who, n = lot.choice(lent or near or [(of.opener, open_ones[0])])
        return _filled(
            lot, of, lot.choice(("approve", "approve", "oppose", "delegate", "add_signers")), who, n
        )
    who, n = lot.choice(mine)
    move = _filled(lot, of, lot.choice(("transfer", "delegate", "add_signers")), who, n)
    sitting = [s.person for s in of.seats if s.step == of.seats[n].step and s.person]
    return replace(move, people=(lot.choice([of.opener, of.opener, *sitting]),))


def _nearly(of: Round, who: str, seat: Seat, day: date) -> bool:
    """Whether somebody has to do with a seat, and yet no right to sign it: they handed it in, their grant has ended,
    they are of the department that is supervised, it is lent."""
    granted = any((grant.role, grant.unit) == (seat.role, seat.unit) for grant in PEOPLE[who])
    close = (granted and seat.person is None) or who in (seat.person, seat.lent_by)
    return close and of.right(who, seat, day) is None


def _filled(lot: Random, of: Round, action: str, who: str, n: int) -> Move:
    steps = [each.key for each in of.seats if each.step < of.seats[n].step] or [of.seats[n].key]
    step = lot.choice(steps if lot.random() < 0.9 else [each.key for each in of.seats])
    people = tuple(lot.sample(EVERYBODY, 1 if action in ("transfer", "delegate") else lot.randint(1, 2)))
    resume = lot.choice((None, None, None, "restart", "straight_back"))
    return Move(who, action, n, people, lot.choice(("before", "beside", "after")), step, resume)


def a_move_that_is_taken(lot: Random, of: Round, day: date, taken: Callable[[Move], bool]) -> Move:
    """One that is, if one is found soon."""
    moves = (a_likely_move(lot, of, day) for _ in range(12))
    return next((move for move in moves if taken(move)), a_move(lot, of))
