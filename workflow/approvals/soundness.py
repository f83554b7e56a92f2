"""Whether a definition does what it seems to say: what no schema can tell, judged from the definition alone."""

from __future__ import annotations

from collections.abc import Iterator

from models.states import AtLimit, Purpose, Role
from workflow.approvals.definitions import SUBMITTER, Definition, Of, Step, WhenEmpty
from workflow.approvals.possibilities import Possibilities, possibilities
from workflow.approvals.remarks import Remark, warning
from workflow.errors import Missing

Remarks = Iterator[Remark]


def check(definition: Definition) -> Remarks:
    """Every fault and every warning."""
    yield from _whole(definition)
    could_be = possibilities(definition)
    if could_be.may_be_none:
        yield warning(("steps",), Missing("definition_may_be_empty"))
    for number, step in enumerate(definition.steps):
        yield from _reached(number, step, could_be)
        yield from _ending(number, step, definition, could_be)
        yield from _counted(number, step)
        if definition.holds_for.plan is None and step.only_if is not None and step.only_if.programmes:
            yield warning(
                ("steps", number, "only_if", "programmes"), Missing("definition_programmes_of_no_plan")
            )


def _whole(definition: Definition) -> Remarks:
    yield from _keys(definition)
    if definition.caps is not None and definition.purpose is not Purpose.EXTENSION:
        yield Remark(("caps",), Missing("definition_caps_of_extension"))
    if definition.holds_for.kind is not None and definition.purpose is Purpose.WORK_PLAN:
        yield Remark(("holds_for", "kind"), Missing("definition_kind_of_milestone"))
    resume = definition.returns.resume
    if len(set(resume)) < len(resume):
        yield Remark(("returns", "resume", 1), Missing("definition_named_twice", {"value": resume[1].value}))


def _keys(definition: Definition) -> Remarks:
    """Steps are known by their keys, those too in which a list of signers is confirmed: a signature that stands from an
    earlier round counts in the step of its key."""
    taken: set[str] = set()
    for number, step in enumerate(definition.steps):
        keys = {step.key, step.confirming_key} if step.confirm_above is not None else {step.key}
        for key in sorted(keys & taken):
            yield Remark(("steps", number, "key"), Missing("definition_named_twice", {"value": key}))
        taken |= keys


def _reached(number: int, step: Step, could_be: Possibilities) -> Remarks:
    if number not in could_be.reached and number not in could_be.refused:
        yield Remark(("steps", number, "only_if"), Missing("definition_unreachable", {"step": step.key}))
    if number in could_be.refused:
        yield warning(("steps", number, "of"), Missing("definition_no_joint_units", {"step": step.key}))


def _ending(number: int, step: Step, definition: Definition, could_be: Possibilities) -> Remarks:
    """What may be the last step decides: never in silence, and of a milestone only the accepter's (督办 and 被督办 are
    two: the supervisor is not the supervised)."""
    if number not in could_be.last:
        return
    if step.limit is not None and step.limit.then is AtLimit.PASS:
        yield Remark(("steps", number, "limit", "then"), Missing("definition_silent_end", {"step": step.key}))
    is_accepters = step.role is Role.SUPERVISOR and step.of is Of.OFFICE
    if definition.purpose is Purpose.ACCEPTANCE and not is_accepters:
        yield Remark(("steps", number), Missing("definition_accepter_last", {"step": step.key}))


def _counted(number: int, step: Step) -> Remarks:
    """Modes and counts against the number of seats, where that is known beforehand."""
    at = ("steps", number)
    for n, login in enumerate(step.people):
        if login in step.people[:n]:
            yield Remark((*at, "people", n), Missing("definition_named_twice", {"value": login}))
    seats = seats_of(step)
    if seats is not None:
        yield from too_few(number, step, seats)
    if seats == 1 and step.confirm_above is not None:
        yield warning((*at, "confirm_above"), Missing("definition_confirms_one", {"step": step.key}))


def seats_of(step: Step) -> int | None:
    """How many seats a step has, where no subject changes it."""
    if step.people:
        return len(set(step.people))
    if step.of in (Of.LEAD, Of.OFFICE) or step.superior_of == SUBMITTER:
        return 1
    return None


def too_few(number: int, step: Step, seats: int) -> Remarks:
    """A vote that is none: one seat, or fewer than the votes that it asks for."""
    if step.vote is None:
        return
    if seats == 1:
        yield warning(("steps", number, "vote"), Missing("definition_vote_of_one", {"step": step.key}))
    elif step.vote.count is not None and step.vote.count > seats:
        facts = {"step": step.key, "count": step.vote.count, "seats": seats}
        yield warning(("steps", number, "vote", "count"), Missing("definition_votes_above_seats", facts))


def may_lack_superior(step: Step) -> bool:
    """Whether a step refuses who has nobody above them."""
    return step.superior_of == SUBMITTER and step.when_empty is WhenEmpty.REFUSE
