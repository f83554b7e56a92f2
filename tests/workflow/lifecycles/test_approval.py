"""Approval 审批: seats in their turn, signatures over bytes, and what an end of a round leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from models import (
    Approval,
    Decision,
    Indicator,
    Milestone,
    Part,
    ProgressEntry,
    Seat,
    Unit,
)
from models.states import PartRole, PartState, Role, UnitKind
from tests.people import Cast, add, add_person, add_unit, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired, Stale, WrongState
from workflow.law import LAWS


def seats(services: Services, approval: int) -> list[tuple[str, str]]:
    with services.reading() as tx:
        rows = tx.execute(
            select(Seat.step_key, Seat.state).where(Seat.approval_id == approval).order_by(Seat.step, Seat.id)
        )
        return [(row.step_key, str(row.state)) for row in rows]


def submitted(services: Services, cast: Cast) -> int:
    a.a_submitted_milestone(services, cast)
    return approval_of(services, cast.milestone)


def approve(services: Services, approval: int, *signers: int) -> None:
    for signer in signers:
        do(services, "approval", approval, "approve", signer)


def open_for(services: Services, approval: int, who: int) -> list[str]:
    with services.reading() as tx:
        standing = LAWS["approval"].load(tx, [approval], who, services.clock())[approval]
        return [action.name for action, _ in LAWS["approval"].open_to(standing)]


def test_a_signature_is_a_decision_over_the_digest_and_opens_the_next_step(
    services: Services, cast: Cast
) -> None:
    approval = submitted(services, cast)
    assert seats(services, approval) == [
        ("unit_review", "open"),
        ("countersign", "waiting"),
        ("accept", "waiting"),
    ]
    with watching(services) as seen:
        do(services, "approval", approval, "approve", cast.rashid, details={"opinion": "材料齐全，同意。"})
    assert seats(services, approval) == [
        ("unit_review", "signed"),
        ("countersign", "open"),
        ("accept", "waiting"),
    ]
    assert seen.events == [("approval", "approve", "open", cast.rashid)]
    assert seen.letters == [("to_sign", {"role": "reviewer", "unit_id": cast.joint})]
    with services.reading() as tx:
        decision = tx.execute(select(Decision)).one()
        digest = tx.execute(select(Approval.digest)).scalar_one()
    assert (decision.verdict, decision.opinion, decision.digest) == ("approve", "材料齐全，同意。", digest)
    assert (decision.decided_by, decision.decided_at) == (cast.rashid, services.clock())


def test_the_last_signature_accepts_the_milestone_in_the_same_act(services: Services, cast: Cast) -> None:
    approval = submitted(services, cast)
    approve(services, approval, cast.rashid, cast.jun)
    with watching(services) as seen:
        approve(services, approval, cast.amira)
    assert seen.events == [
        ("approval", "approve", "open", cast.amira),
        ("approval", "conclude", "approved", None),
        ("milestone", "accept", "accepted", None),
    ]
    assert seen.letters == [("accepted", {"role": "owner", "unit_id": cast.lead})]
    assert [state for _, state in seats(services, approval)] == ["signed", "signed", "signed"]
    with services.reading() as tx:
        assert tx.execute(select(Milestone.accepted_at).where(Milestone.id == cast.milestone)).scalar_one()
        assert tx.execute(select(Approval.closed_at)).scalar_one() == services.clock()


@pytest.mark.parametrize("signed", [0, 1, 2])
def test_any_signer_in_turn_may_return_it_with_a_reason(services: Services, cast: Cast, signed: int) -> None:
    approval = submitted(services, cast)
    signers = [cast.rashid, cast.jun, cast.amira]
    approve(services, approval, *signers[:signed])
    with refused(services, ReasonRequired):
        do(services, "approval", approval, "return", signers[signed])
    with watching(services) as seen:
        do(services, "approval", approval, "return", signers[signed], reason="缺少盖章页。")
    assert seen.events == [
        ("approval", "return", "returned", signers[signed]),
        ("milestone", "return_for_rework", "returned", None),
    ]
    assert seen.letters == [("returned", {"person_id": cast.olga})]
    assert [state for _, state in seats(services, approval)] == (
        ["signed"] * signed + ["returned"] + ["lapsed"] * (2 - signed)
    )


def test_a_closed_round_takes_no_more_signatures(services: Services, cast: Cast) -> None:
    approval = submitted(services, cast)
    do(services, "approval", approval, "return", cast.rashid, reason="缺少盖章页。")
    for signer in (cast.rashid, cast.amira):
        with refused(services, WrongState):
            approve(services, approval, signer)
    with refused(services, NotPermitted):
        approve(services, approval, cast.olga)
    with refused(services, WrongState):
        do(services, "approval", approval, "void", None, reason="已无必要。")


def test_what_changed_after_submission_is_not_signed(services: Services, cast: Cast) -> None:
    """A correction by other means than the law: the digest no longer holds, and nobody signs over it."""
    approval = submitted(services, cast)
    with services.transaction() as tx:
        add(tx, ProgressEntry, task_id=cast.task, milestone_id=cast.milestone, indicator_id=cast.indicator,
            unit_id=cast.lead, quantity=-5, as_of_on=date(2022, 1, 14), reported_at=services.clock(),
            reported_by=cast.olga)  # fmt: skip
    with refused(services, NotReady) as error:
        approve(services, approval, cast.rashid)
    assert [lack.code for lack in error.value.missing] == ["unchanged"]
    do(services, "approval", approval, "return", cast.rashid, reason="数据已更正，请重新报送。")


@pytest.mark.parametrize("column", ["quantity", "metric", "comparator"])
def test_a_changed_target_is_a_changed_submission(services: Services, cast: Cast, column: str) -> None:
    approval = submitted(services, cast)
    value: Any = {"quantity": 280, "metric": "能源审计及后评估", "comparator": "at_most"}[column]
    with services.transaction() as tx:
        mine = Indicator.__table__.c.id == cast.indicator
        tx.execute(update(Indicator).where(mine).values({column: value}))
    with refused(services, NotReady):
        approve(services, approval, cast.rashid)


def test_a_moved_due_date_is_no_changed_submission(services: Services, cast: Cast) -> None:
    approval = submitted(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason=a.REASON,
        details={"due_on": "2022-11-30"},
    )
    approve(services, approval, cast.rashid)
    assert seats(services, approval)[0] == ("unit_review", "signed")


def test_each_round_is_bound_to_its_own_bytes(services: Services, cast: Cast) -> None:
    first = submitted(services, cast)
    do(services, "approval", first, "return", cast.rashid, reason="缺少盖章页。")
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file("盖章页.pdf", "2" * 64))
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    with services.reading() as tx:
        rows = tx.execute(select(Approval.round, Approval.digest).order_by(Approval.id)).all()
    assert [row.round for row in rows] == [1, 2]
    assert rows[0].digest != rows[1].digest


def three_joint_units(services: Services, cast: Cast) -> list[int]:
    """Two more joint units beside 市教委, each with a reviewer: the three reviewers."""
    signers = [cast.jun]
    with services.transaction() as tx:
        for ordinal, (code, name) in enumerate((("CZJ", "市财政局"), ("FGW", "市发展改革委")), 3):
            unit = add_unit(tx, code, name)
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.JOINT, ordinal=ordinal,
                state=PartState.ASSIGNED)  # fmt: skip
            signers.append(add_person(tx, code.lower(), f"{name}审核人", (Role.REVIEWER, unit)))
    return signers


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_countersigning_waits_for_every_joint_unit_in_any_order(
    services: Services, cast: Cast, order: tuple[int, ...]
) -> None:
    signers = three_joint_units(services, cast)
    approval = submitted(services, cast)
    with watching(services) as seen:
        approve(services, approval, cast.rashid)
    assert seen.topics == ["to_sign"] * 3
    for place in order[:2]:
        with watching(services) as seen:
            approve(services, approval, signers[place])
        assert seen.topics == []
        with refused(services, NotReady):
            approve(services, approval, signers[place])
        with refused(services, NotReady):
            approve(services, approval, cast.amira)
    with watching(services) as seen:
        approve(services, approval, signers[order[2]])
    assert seen.letters == [("to_sign", {"role": "supervisor", "unit_id": cast.office})]
    assert [state for step, state in seats(services, approval) if step == "countersign"] == ["signed"] * 3


def test_one_joint_unit_that_returns_it_ends_the_round_for_all(services: Services, cast: Cast) -> None:
    signers = three_joint_units(services, cast)
    approval = submitted(services, cast)
    approve(services, approval, cast.rashid, signers[0])
    do(services, "approval", approval, "return", signers[1], reason="与我委口径不一致。")
    assert [state for _, state in seats(services, approval)] == [
        "signed", "signed", "returned", "lapsed", "lapsed",
    ]  # fmt: skip
    with refused(services, WrongState):
        approve(services, approval, signers[2])


def test_a_task_without_joint_units_goes_straight_to_acceptance(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        joint = Part.__table__.c.unit_id == cast.joint
        tx.execute(update(Part).where(joint).values(role=PartRole.CONTRIBUTOR))
    approval = submitted(services, cast)
    assert [step for step, _ in seats(services, approval)] == ["unit_review", "accept"]
    approve(services, approval, cast.rashid, cast.amira)
    assert a.state_of(services, Milestone, cast.milestone) == "accepted"


def test_without_an_office_nothing_is_submitted(services: Services, cast: Cast) -> None:
    a.a_milestone_with_all_it_needs(services, cast)
    with services.transaction() as tx:
        tx.execute(update(Unit).values(is_office=False))
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [("signers", {"step": "accept"})]


def test_running_approvals_keep_the_definition_they_began_with(services: Services, cast: Cast) -> None:
    approval = submitted(services, cast)
    body = {
        "key": "milestone",
        "purpose": "acceptance",
        "steps": [{"key": "accept", "role": "supervisor", "of": "office"}],
    }
    with services.transaction() as tx:
        entered = enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
    assert (entered.edition, entered.is_new) == (2, True)
    assert len(seats(services, approval)) == 3
    do(services, "approval", approval, "return", cast.rashid, reason="按新流程报送。")
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    assert seats(services, approval_of(services, cast.milestone)) == [("accept", "open")]


def departments(services: Services, cast: Cast) -> dict[str, int]:
    """The office leads the task itself, from its first department; both departments have a supervisor."""
    with services.transaction() as tx:
        units = {
            n: add(tx, Unit, code=f"LB{n}", name=f"办公室{n}处", aliases=[], kind=UnitKind.DEPARTMENT,
                   parent_id=cast.office, organ_id=cast.office, is_office=True)
            for n in (1, 2)
        }  # fmt: skip
        tx.execute(update(Part).where(Part.__table__.c.unit_id == cast.lead).values(unit_id=cast.office))
        return {
            "owner": add_person(tx, "own1", "一处经办", (Role.OWNER, units[1])),
            "reviewer": add_person(tx, "rev1", "一处审核", (Role.REVIEWER, units[1])),
            "same": add_person(tx, "sup1", "一处督办", (Role.SUPERVISOR, units[1])),
            "other": add_person(tx, "sup2", "二处督办", (Role.SUPERVISOR, units[2])),
            "leader": add_person(tx, "lead0", "分管领导", (Role.LEADER, cast.office)),
        }


@pytest.mark.parametrize(("accepts", "may"), [("same", False), ("other", True), ("leader", True)])
def test_the_supervisor_is_not_the_supervised(
    services: Services, cast: Cast, accepts: str, may: bool
) -> None:
    """The accepting department is not the submitting one; a leader may accept for either."""
    people = departments(services, cast)
    owner = people["owner"]
    do(services, "task", cast.task, "acknowledge", owner)
    do(services, "milestone", cast.milestone, "start", owner)
    do(services, "milestone", cast.milestone, "report", owner, details=a.progress(cast.indicator, "300"))
    do(services, "milestone", cast.milestone, "attach", owner, details=file())
    do(services, "milestone", cast.milestone, "submit", owner, details={"text": "完成"})
    approval = approval_of(services, cast.milestone)
    approve(services, approval, people["reviewer"], cast.jun)
    assert {"approve", "return"}.issubset(open_for(services, approval, people[accepts])) is may
    if may:
        approve(services, approval, people[accepts])
        assert a.state_of(services, Milestone, cast.milestone) == "accepted"
    else:
        with refused(services, NotPermitted):
            approve(services, approval, people[accepts])


def test_whoever_submits_signs_in_no_step_whatever_else_they_hold(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        both = add_person(tx, "both", "兼任", (Role.OWNER, cast.lead), (Role.REVIEWER, cast.lead))
    do(services, "task", cast.task, "acknowledge", both)
    a_started = cast.milestone
    do(services, "milestone", a_started, "start", both)
    do(services, "milestone", a_started, "report", both, details=a.progress(cast.indicator, "300"))
    do(services, "milestone", a_started, "attach", both, details=file())
    do(services, "milestone", a_started, "submit", both, details={"text": "完成"})
    approval = approval_of(services, cast.milestone)
    with refused(services, NotPermitted):
        approve(services, approval, both)
    approve(services, approval, cast.rashid)


def test_of_two_who_accept_at_once_one_wins_and_one_is_told(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        second = add_person(tx, "asha", "安莎", (Role.SUPERVISOR, cast.office))
    approval = submitted(services, cast)
    approve(services, approval, cast.rashid, cast.jun)
    start = Barrier(2)

    def accept(who: int) -> str:
        start.wait()
        try:
            approve(services, approval, who)
        except (WrongState, Stale) as refusal:
            return refusal.code
        return "accepted"

    with watching(services) as seen, ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(accept, (cast.amira, second)))
    assert answers[0] == "accepted"
    assert answers[1] in {"stale", "wrong_state"}
    assert seen.acts == ["approval.approve", "approval.conclude", "milestone.accept"]
    assert seen.topics == ["accepted"]
