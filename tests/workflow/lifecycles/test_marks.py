"""The accepter's marks: every point, by the last step alone; cleared when the milestone begins anew."""

from __future__ import annotations

from typing import Any

import pytest

from models import Milestone, Part
from models.states import PartRole, PartState
from tests.people import Cast, add, approval_of, do
from tests.workflow.lifecycles import judged as j
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotReady

ALL_MET = ("met", "met", "met")


def refusals(services: Services, approval: int, who: int, details: Any) -> list[tuple[str, Any]]:
    """What stands in the way of approving so: (code, points)."""
    with refused(services, NotReady) as error:
        do(services, "approval", approval, "approve", who, details=details)
    return [(lack.code, lack.facts.get("points", lack.facts.get("point"))) for lack in error.value.missing]


def test_the_accepter_marks_every_point_with_the_last_signature(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    given = j.marks(services, "met", "partly", "met", note2="专人尚未发文。")
    with watching(services) as seen:
        do(services, "approval", approval, "approve", cast.amira, details=given)
    assert seen.acts == ["approval.approve", "approval.conclude", "milestone.accept"]
    now = services.clock()
    assert j.marked(services) == [
        ("met", None, cast.amira, now),
        ("partly", "专人尚未发文。", cast.amira, now),
        ("met", None, cast.amira, now),
    ]


def test_points_without_a_mark_are_named(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    assert refusals(services, approval, cast.amira, None) == [("points_marked", "；".join(j.POINTS))]
    one = j.marks(services, "met")
    assert refusals(services, approval, cast.amira, one) == [("points_marked", "；".join(j.POINTS[1:]))]


def test_what_is_not_met_is_returned_and_not_approved(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    given = j.marks(services, "met", "not_met", "not_met")
    assert refusals(services, approval, cast.amira, given) == [("points_met", "；".join(j.POINTS[1:]))]
    do(services, "approval", approval, "return", cast.amira, reason="要点二、三未达到。")
    assert a.state_of(services, Milestone, cast.milestone) == "returned"
    assert j.marked(services) == [(None, None, None, None)] * 3


@pytest.mark.parametrize("note", ["", "  "])
def test_partly_says_what_is_lacking(services: Services, cast: Cast, note: str) -> None:
    approval = j.to_be_accepted(services, cast)
    given = j.marks(services, "met", "met", "partly", note3=note)
    assert refusals(services, approval, cast.amira, given) == [("mark_note", j.POINTS[2])]


def test_no_other_seat_gives_marks(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    approval = j.hand_in(services, cast)
    for signer in (cast.rashid, cast.jun):
        given = j.marks(services, *ALL_MET)
        assert refusals(services, approval, signer, given) == [("marks_by_accepter", None)]
        do(services, "approval", approval, "approve", signer, details={"opinion": "同意。"})


def test_marks_of_other_points_or_twice_are_refused(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    given = j.marks(services, *ALL_MET)
    given["marks"].append({"criterion_id": 999, "mark": "met"})
    assert refusals(services, approval, cast.amira, given) == [("own_criterion", None)]
    given["marks"][3]["criterion_id"] = j.points(services)[0]
    assert refusals(services, approval, cast.amira, given) == [("one_mark_each", j.POINTS[0])] * 2


def test_a_mark_is_one_of_three(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    with refused(services, Malformed):
        do(services, "approval", approval, "approve", cast.amira, details=j.marks(services, "good"))


def test_a_counted_milestone_takes_no_marks(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
    stray = {"marks": [{"criterion_id": 1, "mark": "met"}]}
    assert refusals(services, approval, cast.amira, stray) == [("own_criterion", None)]
    do(services, "approval", approval, "approve", cast.amira)


def test_reopening_clears_the_marks(services: Services, cast: Cast) -> None:
    approval = j.to_be_accepted(services, cast)
    do(services, "approval", approval, "approve", cast.amira, details=j.marks(services, *ALL_MET))
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    assert j.marked(services) == [(None, None, None, None)] * 3
    again = j.hand_in(services, cast, cast.rashid, cast.jun)
    assert refusals(services, again, cast.amira, None) == [("points_marked", "；".join(j.POINTS))]
    do(services, "approval", again, "approve", cast.amira, details=j.marks(services, *ALL_MET))
    assert a.state_of(services, Milestone, cast.milestone) == "accepted"


def test_marks_of_a_round_that_was_returned_are_no_marks_of_the_next(services: Services, cast: Cast) -> None:
    """An office may have its last step signed by all joint units: the second may return what the first has marked."""
    body = {
        "key": "milestone",
        "purpose": "acceptance",
        "steps": [{"key": "accept", "role": "reviewer", "of": "joint", "mode": "all"}],
    }
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock())
        add(
            tx,
            Part,
            task_id=cast.task,
            unit_id=cast.other,
            role=PartRole.JOINT,
            ordinal=3,
            state=PartState.ASSIGNED,
        )
    j.covered(services, cast)
    approval = j.hand_in(services, cast)
    do(services, "approval", approval, "approve", cast.jun, details=j.marks(services, *ALL_MET))
    assert [mark for mark, *_ in j.marked(services)] == list(ALL_MET)
    do(services, "approval", approval, "return", cast.petra, reason="材料不全。")
    j.hand_in(services, cast)
    assert j.marked(services) == [(None, None, None, None)] * 3
