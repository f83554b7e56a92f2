"""How a round begins, by the rules once more: from a definition to the seats of the small model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from tests.workflow.approvals.offices import JOINT, LEAD, OFFICE, PEOPLE, Office
from tests.workflow.approvals.rights import Seat
from tests.workflow.approvals.rules import Round


class Holder(NamedTuple):
    role: str | None = None
    unit: str | None = None
    person: str | None = None


SUPERVISORS = Holder("supervisor", OFFICE)
UNITS = {"lead": (LEAD,), "joint": JOINT, "office": (OFFICE,)}


class NobodyThere(Exception):
    """A step without anybody, in which somebody must sign."""


def open_round(
    office: Office, definition: Mapping[str, Any], opener: str, day: date, before: Round | None
) -> Round:
    """The round as it begins; `before`: the one that was just returned. Raises NobodyThere."""
    seats = list(_seats(office, definition, opener, day))
    if not seats:
        raise NobodyThere("anywhere")
    kept = _kept(office, seats, opener, day, before)
    begun = _begun(office, definition, opener, day, seats, kept)
    return begun if begun.state == "open" else _begun(office, definition, opener, day, seats, {})


def _begun(
    office: Office, definition: Mapping[str, Any], opener: str, day: date, seats: Sequence[Mapping[str, Any]],
    kept: Mapping[int, Seat],
) -> Round:  # fmt: skip
    returns = definition.get("returns", {})
    begun = Round(
        office, opener, day, definition.get("same_person") == "carry_over",
        tuple(returns.get("resume", ("restart",))), returns.get("to_steps", True), [Seat(**seat) for seat in seats],
    )  # fmt: skip
    begun.parties = {seat.person for seat in begun.seats if seat.person}
    for n, old in kept.items():
        seat = begun.seats[n]
        seat.state, seat.signer, seat.for_, seat.kept = "signed", old.signer, old.for_, True
        begun.parties.add(str(old.signer))
    begun.go_on(day)
    return begun


def _seats(office: Office, definition: Mapping[str, Any], opener: str, day: date) -> Iterator[dict[str, Any]]:
    number = 0
    seated: dict[str, list[Holder]] = {}
    for step in definition["steps"]:
        if len(JOINT) < step.get("only_if", {}).get("joint_units_at_least", 0):
            continue
        holders = seated[step["key"]] = _holders(office, definition, step, opener, day, seated)
        if step.get("confirm_above") is not None and len(holders) > step["confirm_above"]:
            number += 1
            key = f"confirm_signers_{step['key']}"
            yield {"step": number, "key": key, "mode": "any", **SUPERVISORS._asdict()}
        number += bool(holders)
        yield from (_seat(number, step, n, holder, len(holders)) for n, holder in enumerate(holders))


def _seat(number: int, step: Mapping[str, Any], n: int, holder: Holder, of: int) -> dict[str, Any]:
    mode, limit, vote = step.get("mode", "any"), step.get("limit"), step.get("vote")
    return {
        "step": number, "key": step["key"], "mode": mode, "turn": n if mode == "sequence" else 0,
        "quorum": _quorum(vote, of) if vote else 0, "limit": (limit["days"], limit["then"]) if limit else None,
        **holder._asdict(),
    }  # fmt: skip


def _quorum(vote: Mapping[str, Any], seats: int) -> int:
    return min(vote["count"], seats) if "count" in vote else ceil(Fraction(vote["ratio"]) * seats)


def _holders(
    office: Office, definition: Mapping[str, Any], step: Mapping[str, Any], opener: str, day: date,
    seated: Mapping[str, Sequence[Holder]],
) -> list[Holder]:  # fmt: skip
    rule = definition.get("own_submission", "forbid")
    found = (_spared(office, rule, each, opener, day) for each in _named(office, step, opener, day, seated))
    holders = list(dict.fromkeys(each for each in found if each))
    if holders or step.get("when_empty") == "skip":
        return holders
    if step.get("when_empty") == "supervisor":
        return [SUPERVISORS]
    raise NobodyThere(step["key"])


def _named(
    office: Office, step: Mapping[str, Any], opener: str, day: date, seated: Mapping[str, Sequence[Holder]]
) -> Iterator[Holder]:
    if "role" in step:
        yield from (Holder(step["role"], unit) for unit in UNITS[step["of"]])
    elif "superior_of" in step:
        earlier = seated.get(step["superior_of"], ())
        yield from (Holder("leader", each.unit) for each in earlier if each.unit)
        people = [opener] if step["superior_of"] == "submitter" else [e.person for e in earlier if e.person]
        superiors = (office.superior(str(person), day) for person in people)
        yield from (Holder(person=superior) for superior in superiors if superior)
    else:
        yield from (Holder(person=who) for who in step.get("people") or office.groups[step["group"]])


def _spared(office: Office, rule: str, holder: Holder, opener: str, day: date) -> Holder | None:
    """Nobody signs their own submission: a seat that would be theirs alone is left out, or goes to their superior."""
    if holder.person is None:
        sharing = {who for who in PEOPLE if office.holds(who, holder.role, holder.unit, day)}
        alone = rule != "forbid" and sharing == {opener}
    else:
        alone = holder.person == opener
    if not alone:
        return holder
    superior = office.superior(opener, day) if rule == "superior" else None
    return holder._replace(person=superior) if superior else None


def _kept(
    office: Office, seats: Sequence[Mapping[str, Any]], opener: str, day: date, before: Round | None
) -> dict[int, Seat]:
    """What others had signed, where the one before comes straight back; not what one may not sign now."""
    if before is None or before.state != "returned" or before.comes_back_to is None:
        return {}
    done = [s for s in before.live() if s.on is None and s.step <= before.comes_back_to and before.done(s)]
    by_name = {
        _whose(s.key, s.role, s.unit, s.person): s for s in done if s.signer and s is not before.root_of_end
    }
    found = {
        n: by_name[name]
        for n, s in enumerate(seats)
        if (name := _whose(s["key"], s["role"], s["unit"], s["person"])) in by_name
    }
    return {n: old for n, old in found.items() if _fit(office, seats[n], old, opener, day)}


def _whose(key: str, role: str | None, unit: str | None, person: str | None) -> tuple[str | None, ...]:
    return (key, role, unit) if role else (key, person)


def _fit(office: Office, seat: Mapping[str, Any], old: Seat, opener: str, day: date) -> bool:
    people = {str(old.signer), str(old.for_)}
    accepts = seat["role"] == "supervisor"
    return opener not in people and not (accepts and any(office.serves(who, LEAD, day) for who in people))
