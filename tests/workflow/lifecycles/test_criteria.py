"""Criteria 验收要点: drafted, approved, returned, kept once signed; evidence tied to points; submitting asks for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from models import Approval, Criteria, Milestone
from models.states import Role
from tests.people import Cast, add_person, approval_of, do, file
from tests.workflow.lifecycles import judged as j
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.districts import Districts, a_share_under_way, break_down, settle_districts
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.criteria import proofs
from workflow.errors import Malformed, NotFound, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.facts import ShareFact, TieFact
from workflow.standings import load_milestones

OTHER = ["已印发管理制度", "已开展全员培训", "已完成年度自查", "已公开结果"]


def draft(services: Services, cast: Cast, who: int, points: Any = j.POINTS) -> None:
    do(services, "milestone", cast.milestone, "draft_criteria", who, details={"points": points})


def lacking(services: Services, cast: Cast) -> dict[str, Any]:
    """What stands in the way of submitting, by code."""
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    return {lack.code: lack.facts for lack in error.value.missing}


def test_drafting_writes_the_points_and_tells_the_supervisors(services: Services, cast: Cast) -> None:
    j.make_judged(services, cast)
    a.an_acknowledged_task(services, cast)
    with watching(services) as seen:
        draft(services, cast, cast.olga)
    criteria = a.latest(services, Criteria)
    assert seen.events == [
        ("milestone", "draft_criteria", "planned", cast.olga),
        ("criteria", "draft", "drafted", cast.olga),
    ]
    assert seen.letters == [("criteria_drafted", {"role": "supervisor", "office": True})]
    assert (a.state_of(services, Criteria, criteria), j.texts(services)) == ("drafted", j.POINTS)


def test_spaces_around_a_point_are_no_part_of_it(services: Services, cast: Cast) -> None:
    j.make_judged(services, cast)
    a.an_acknowledged_task(services, cast)
    draft(services, cast, cast.olga, ["  甲 ", "乙", "丙\n"])
    assert j.texts(services) == ["甲", "乙", "丙"]
    with refused(services, NotReady) as error:
        do(services, "criteria", a.latest(services, Criteria), "redraft", cast.olga,
           details={"points": ["甲", " 甲", "乙"]})  # fmt: skip
    assert [(m.code, m.facts["point"]) for m in error.value.missing] == [("distinct_points", "甲")]


@pytest.mark.parametrize(
    "points",
    [[], ["甲", "乙"], list("甲乙丙丁戊己庚辛"), ["甲", "乙", " "], ["甲", "乙", "字" * 301], "甲乙丙"],
)
def test_what_are_no_three_to_seven_points_is_malformed(services: Services, cast: Cast, points: Any) -> None:
    j.make_judged(services, cast)
    a.an_acknowledged_task(services, cast)
    with refused(services, Malformed):
        draft(services, cast, cast.olga, points)


def test_a_counted_milestone_takes_no_criteria(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        draft(services, cast, cast.olga)
    assert [lack.code for lack in error.value.missing] == ["judged"]


def test_criteria_are_drafted_once_and_then_anew(services: Services, cast: Cast) -> None:
    criteria = j.drafted(services, cast)
    with refused(services, NotReady) as error:
        draft(services, cast, cast.olga, OTHER)
    assert [lack.code for lack in error.value.missing] == ["not_drafted"]
    with watching(services) as seen:
        do(services, "criteria", criteria, "redraft", cast.olga, details={"points": OTHER})
    assert j.texts(services) == OTHER
    assert seen.events == [("criteria", "redraft", "drafted", cast.olga)]
    assert seen.topics == ["criteria_drafted"]


def test_evidence_stays_tied_to_a_point_whose_words_stay(services: Services, cast: Cast) -> None:
    criteria = j.covered(services, cast)
    (proof,) = j.evidence(services)
    do(services, "criteria", criteria, "reopen", cast.amira, reason=a.REASON)
    do(services, "criteria", criteria, "redraft", cast.olga, details={"points": OTHER})
    assert j.ties(services) == {("已印发管理制度", proof)}


def test_a_supervisor_approves_and_the_owners_are_told(services: Services, cast: Cast) -> None:
    criteria = j.drafted(services, cast)
    with watching(services) as seen:
        do(services, "criteria", criteria, "approve", cast.amira)
    assert seen.events == [("criteria", "approve", "approved", cast.amira)]
    assert seen.letters == [("criteria_approved", {"role": "owner", "unit_id": cast.lead})]
    with refused(services, WrongState):
        do(services, "criteria", criteria, "redraft", cast.olga, details={"points": OTHER})


def test_nobody_approves_what_they_drafted(services: Services, cast: Cast) -> None:
    j.make_judged(services, cast)
    a.a_started_milestone(services, cast)
    with services.transaction() as tx:
        both = add_person(tx, "both", "兼职", (Role.OWNER, cast.lead), (Role.SUPERVISOR, cast.office))
    draft(services, cast, both)
    criteria = a.latest(services, Criteria)
    with refused(services, NotPermitted):
        do(services, "criteria", criteria, "approve", both)
    do(services, "criteria", criteria, "approve", cast.amira)


def test_criteria_are_returned_with_a_reason(services: Services, cast: Cast) -> None:
    criteria = j.drafted(services, cast)
    with refused(services, ReasonRequired):
        do(services, "criteria", criteria, "return", cast.amira)
    with watching(services) as seen:
        do(services, "criteria", criteria, "return", cast.amira, reason="要点不可核查。")
    assert seen.letters == [("criteria_returned", {"role": "owner", "unit_id": cast.lead})]
    with refused(services, WrongState):
        do(services, "criteria", criteria, "approve", cast.amira)
    do(services, "criteria", criteria, "redraft", cast.olga, details={"points": OTHER})
    assert a.state_of(services, Criteria, criteria) == "drafted"


def test_criteria_that_are_signed_or_accepted_by_stay(services: Services, cast: Cast) -> None:
    criteria = j.covered(services, cast)
    approval = j.hand_in(services, cast, cast.rashid, cast.jun)
    for _ in ("submitted", "accepted"):
        with refused(services, NotReady) as error:
            do(services, "criteria", criteria, "reopen", cast.amira, reason=a.REASON)
        assert [lack.code for lack in error.value.missing] == ["not_signed"]
        if a.state_of(services, Milestone, cast.milestone) == "submitted":
            marks = j.marks(services, "met", "met", "met")
            do(services, "approval", approval, "approve", cast.amira, details=marks)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    do(services, "criteria", criteria, "reopen", cast.amira, reason=a.REASON)
    assert a.state_of(services, Criteria, criteria) == "returned"


CAST = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
WHO = {"redraft": {"olga"}, "approve": {"amira"}, "return": {"amira"}, "reopen": {"amira"}}


@pytest.mark.parametrize("action", sorted(WHO))
def test_nobody_but_those_named_may(services: Services, cast: Cast, action: str) -> None:
    criteria = j.approved(services, cast) if action == "reopen" else j.drafted(services, cast)
    details = {"points": OTHER} if action == "redraft" else None
    for name in CAST:
        if name not in WHO[action]:
            refusal = NotFound if name in ("petra", "ines") else NotPermitted
            with refused(services, refusal):
                do(services, "criteria", criteria, action, getattr(cast, name), reason="—", details=details)
    for name in WHO[action]:
        do(services, "criteria", criteria, action, getattr(cast, name), reason="—", details=details)


def test_submitting_asks_for_criteria_then_their_approval_then_evidence(
    services: Services, cast: Cast
) -> None:
    j.make_judged(services, cast)
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=j.NOTE)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    assert lacking(services, cast) == {"criteria_drafted": {}}
    draft(services, cast, cast.olga)
    assert lacking(services, cast) == {"criteria_approved": {"kind": "criteria", "state": "drafted"}}
    do(services, "criteria", a.latest(services, Criteria), "approve", cast.amira)
    assert lacking(services, cast) == {"criteria_covered": {"points": "；".join(j.POINTS), "count": 3}}
    tie(services, cast, cast.olga, j.evidence(services)[0], j.points(services)[:2])
    assert lacking(services, cast) == {"criteria_covered": {"points": j.POINTS[2], "count": 1}}
    tie(services, cast, cast.olga, j.evidence(services)[0], j.points(services))
    j.hand_in(services, cast)
    assert a.state_of(services, Milestone, cast.milestone) == "submitted"


def tie(services: Services, cast: Cast, who: int, evidence: int, points: list[int]) -> None:
    details = {"evidence_id": evidence, "criterion_ids": points}
    do(services, "milestone", cast.milestone, "tie", who, details=details)


def test_tying_says_all_the_points_of_one_piece(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    (proof,), (first, *_) = j.evidence(services), j.points(services)
    tie(services, cast, cast.olga, proof, [first, first])
    assert j.ties(services) == {(j.POINTS[0], proof)}
    tie(services, cast, cast.olga, proof, [])
    assert j.ties(services) == set()


def test_each_unit_ties_its_own_evidence_and_the_lead_everybodys(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    joan, (first, *_) = a.joint_owner(services, cast), j.points(services)
    do(services, "milestone", cast.milestone, "attach", joan, details=file(sha256="1" * 64))
    of_lead, of_joint = j.evidence(services)
    tie(services, cast, joan, of_joint, [first])
    tie(services, cast, cast.olga, of_joint, j.points(services)[1:])
    with refused(services, NotReady) as error:
        tie(services, cast, joan, of_lead, [first])
    assert [lack.code for lack in error.value.missing] == ["own_evidence"]
    with refused(services, NotPermitted):
        tie(services, cast, cast.jun, of_joint, [first])


def test_a_point_of_no_criteria_is_refused(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    with refused(services, NotReady) as error:
        tie(services, cast, cast.olga, j.evidence(services)[0], [999])
    assert [(lack.code, lack.facts["field"]) for lack in error.value.missing] == [
        ("own_criterion", "criterion_ids")
    ]
    with refused(services, NotReady) as error:
        details = file(sha256="1" * 64).model_copy(update={"criteria": [999]})
        do(services, "milestone", cast.milestone, "attach", cast.olga, details=details)
    assert [(lack.code, lack.facts["field"]) for lack in error.value.missing] == [
        ("own_criterion", "criteria")
    ]


def test_nothing_is_tied_while_it_is_submitted(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    j.hand_in(services, cast)
    with refused(services, WrongState):
        tie(services, cast, cast.olga, j.evidence(services)[0], [])


def test_evidence_that_is_taken_away_covers_no_point(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    details = {"evidence_id": j.evidence(services)[0]}
    do(services, "milestone", cast.milestone, "detach", cast.olga, reason="误传。", details=details)
    assert j.ties(services) == set()
    assert "criteria_covered" in lacking(services, cast)


def test_what_supersedes_takes_over_the_points(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    (old,) = j.evidence(services)
    newer = file(sha256="1" * 64).model_copy(update={"supersedes_id": old})
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=newer)
    assert j.ties(services) == {(text, j.evidence(services)[1]) for text in j.POINTS}


def test_the_points_and_their_evidence_are_what_is_signed(services: Services, cast: Cast) -> None:
    j.covered(services, cast)
    first = digest(services, j.hand_in(services, cast, cast.rashid))
    do(services, "approval", approval_of(services, cast.milestone), "return", cast.jun, reason="材料不对应。")
    tie(services, cast, cast.olga, j.evidence(services)[0], j.points(services)[::-1])
    again = digest(services, j.hand_in(services, cast))
    assert again == first, "the same points in another order are the same"
    do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file(sha256="1" * 64))
    tie(services, cast, cast.olga, j.evidence(services)[1], j.points(services)[:1])
    assert digest(services, j.hand_in(services, cast)) != first


def digest(services: Services, approval: int) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(Approval.digest).where(Approval.id == approval)).scalar_one())


def with_shares(services: Services, cast: Cast) -> tuple[Districts, list[int]]:
    """A judged milestone with approved criteria, broken down by words into two districts' shares."""
    j.approved(services, cast)
    with services.transaction() as tx:
        here = settle_districts(tx, cast)
    shares = break_down(
        services, cast, *({"unit_id": unit, "text": "印发本区制度"} for unit in (here.qingpu, here.chongming))
    )
    for share, owner in zip(shares, (here.qing, here.chong), strict=True):
        a_share_under_way(services, share, owner)
        do(services, "share", share, "report", owner, details=j.NOTE)
    return here, shares


def share_proof(services: Services, share: int, owner: int, *points: int) -> int:
    details = file(sha256=f"{share:064x}").model_copy(update={"criteria": list(points)})
    do(services, "share", share, "attach", owner, details=details)
    return j.evidence(services)[-1]


def tie_share(services: Services, share: int, who: int, evidence: int, points: list[int]) -> None:
    do(services, "share", share, "tie", who, details={"evidence_id": evidence, "criterion_ids": points})


def test_what_a_share_brings_covers_a_point_once_it_is_accepted(services: Services, cast: Cast) -> None:
    here, (share, other) = with_shares(services, cast)
    proof = share_proof(services, share, here.qing, j.points(services)[0])
    assert j.ties(services) == {(j.POINTS[0], proof)}
    do(services, "share", other, "waive", cast.olga, reason=a.REASON)
    do(services, "share", share, "submit", here.qing, details={"text": "已印发。"})
    tie_share(services, share, cast.olga, proof, j.points(services))
    assert lacking(services, cast)["criteria_covered"]["count"] == 3
    do(services, "share", share, "accept", cast.olga)
    approval = j.hand_in(services, cast)
    with services.reading() as tx:
        signed = tx.execute(select(Approval.signed_facts).where(Approval.id == approval)).scalar_one()
    assert json.loads(signed)["ties"] == [[point, proof] for point in j.points(services)]


def test_a_share_is_tied_by_its_unit_and_the_lead_alone(services: Services, cast: Cast) -> None:
    here, (share, other) = with_shares(services, cast)
    proof, first = share_proof(services, share, here.qing), j.points(services)[:1]
    tie_share(services, share, here.qing, proof, first)
    for who, refusal in ((here.chong, NotFound), (cast.petra, NotFound), (cast.jun, NotPermitted)):
        with refused(services, refusal):
            tie_share(services, share, who, proof, [])
    with refused(services, NotReady) as error:
        tie_share(services, other, here.chong, proof, first)
    assert [lack.code for lack in error.value.missing] == ["own_evidence"]
    with refused(services, NotReady) as error:
        tie_share(services, share, here.qing, proof, [999])
    assert [lack.code for lack in error.value.missing] == ["own_criterion"]


def test_what_the_signers_look_at_is_not_tied_anew_from_a_share(services: Services, cast: Cast) -> None:
    here, (share, other) = with_shares(services, cast)
    proof = share_proof(services, share, here.qing, *j.points(services))
    do(services, "share", other, "waive", cast.olga, reason=a.REASON)
    do(services, "share", share, "submit", here.qing, details={"text": "已印发。"})
    do(services, "share", share, "accept", cast.olga)
    approval = j.hand_in(services, cast, cast.rashid)
    with refused(services, NotReady) as error:
        tie_share(services, share, cast.olga, proof, [])
    assert [lack.code for lack in error.value.missing] == ["milestone_open"]
    do(services, "approval", approval, "approve", cast.jun)


@pytest.mark.parametrize(("above", "counts"), [("in_progress", False), ("accepted", True), ("waived", False)])
def test_a_sub_units_evidence_counts_with_the_share_above(
    services: Services, cast: Cast, above: str, counts: bool
) -> None:
    with services.reading() as tx:
        standing = load_milestones(tx, [cast.milestone], None, services.clock())[cast.milestone]
    due_on, tie = standing.due_on, TieFact(criterion_id=1, evidence_id=9, share_id=2)
    shares = (
        ShareFact(1, None, cast.other, "青浦区机管局", above, due_on, 1),
        ShareFact(2, 1, cast.other, "青浦区中心医院", "accepted", due_on, 1),
    )
    assert proofs(replace(standing, shares=shares, ties=(tie,))) == ([tie] if counts else [])
