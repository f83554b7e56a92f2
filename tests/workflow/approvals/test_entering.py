"""Definitions put in force by an office: judged with all that they name, recorded, the last one never taken away."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from models import Approval, ApprovalDefinition, AuditEvent, Milestone, Seat, SignerGroup, SignerGroupMember
from models.states import Purpose, Role
from tests.people import START, Cast, add, add_person, approval_of, do, submit
from workflow import audit
from workflow.adapters.approval_files import read_yaml
from workflow.approvals.choosing import choose
from workflow.approvals.entering import enter_stated, judge_here, withdraw
from workflow.approvals.remarks import DefinitionInvalid, Stated
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted, NotReady

OFFICE = {"key": "accept", "role": "supervisor", "of": "office"}
REVIEW = {"key": "unit_review", "role": "reviewer", "of": "lead"}


def stated(key: str = "own", *steps: dict[str, Any], **more: Any) -> Stated:
    return Stated({"key": key, "purpose": "acceptance", "steps": [*steps, OFFICE], **more})


def entered(services: Services, who: int, given: Stated) -> int:
    with services.transaction() as tx:
        return enter_stated(tx, given, who, services.clock())[0].id


def found(services: Services, given: Stated) -> list[tuple[bool, str, str]]:
    """(is a warning, field, code) of all that is said of a definition with a database at hand."""
    with services.reading() as tx:
        judged = judge_here(tx, given, services.clock())
    return [
        (sort, told.facts["field"], told.code)
        for sort, remarks in ((False, judged.faults), (True, judged.warnings))
        for told in given.tell(remarks)
    ]


def events(tx: Connection) -> list[Any]:
    mine = select(AuditEvent.__table__).where(AuditEvent.root_kind == "approval_definition")
    return list(tx.execute(mine.order_by(AuditEvent.root_id, AuditEvent.seq)))


def kept(services: Services) -> tuple[int, int]:
    with services.reading() as tx:
        return tuple(
            tx.execute(select(func.count()).select_from(model)).scalar_one()
            for model in (ApprovalDefinition, AuditEvent)
        )  # type: ignore[return-value]


def test_an_edition_is_entered_with_its_text_and_recorded(services: Services, cast: Cast) -> None:
    text = "# 试行\nkey: own\npurpose: acceptance\nsteps:\n  - {key: accept, role: supervisor, of: office}\n"
    id_ = entered(services, cast.amira, read_yaml(text.encode()))
    with services.reading() as tx:
        row = tx.execute(select(ApprovalDefinition.__table__).where(ApprovalDefinition.id == id_)).one()
        (event,) = events(tx)
        assert audit.verify(tx)[1] is None
    assert (row.key, row.edition, row.source, row.entered_by) == ("own", 1, text, cast.amira)
    assert (row.entered_at, row.superseded_at) == (services.clock(), None)
    assert (event.root_id, event.subject_id, event.action, event.actor_id) == (id_, id_, "enter", cast.amira)
    told = json.loads(event.text)["details"]
    assert (told["key"], told["edition"], told["sha256"]) == ("own", 1, row.sha256)
    assert told["body"] == row.body


def test_editions_under_one_key_share_the_chain_of_the_first(services: Services, cast: Cast) -> None:
    first = entered(services, cast.amira, stated())
    again = entered(services, cast.amira, stated())
    assert again == first, "what says the same is no new edition"
    second = entered(services, cast.amira, stated("own", REVIEW))
    other = entered(services, cast.amira, stated("other"))
    with services.transaction() as tx:
        withdraw(tx, second, "试行结束。", cast.amira, services.clock())
    with services.reading() as tx:
        told = [(e.root_id, e.seq, e.subject_id, e.action) for e in events(tx)]
        assert audit.verify(tx)[1] is None
    assert told == [
        (first, 1, first, "enter"),
        (first, 2, second, "enter"),
        (first, 3, second, "withdraw"),
        (other, 1, other, "enter"),
    ]


def test_an_edition_of_what_ships_is_recorded_in_the_chain_of_the_shipped_one(
    services: Services, cast: Cast
) -> None:
    entered(services, cast.amira, stated("milestone", REVIEW))
    with services.reading() as tx:
        (event,) = events(tx)
        first = select(func.min(ApprovalDefinition.id)).where(ApprovalDefinition.key == "milestone")
        assert event.root_id == tx.execute(first).scalar_one()
        assert audit.verify(tx)[1] is None


def test_an_open_approval_keeps_the_edition_that_it_began_with(services: Services, cast: Cast) -> None:
    """Another comes into force while one runs: the running one goes its old way, the next round the new one."""
    approval = submit(services, cast)
    entered(services, cast.amira, stated("milestone", returns={"resume": ["straight_back"]}))
    do(services, "approval", approval, "approve", cast.rashid)
    do(services, "approval", approval, "return", cast.jun, reason="缺少盖章页。")
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已补齐。"})
    second = approval_of(services, cast.milestone)
    with services.reading() as tx:
        began = dict(tx.execute(select(Approval.id, Approval.definition_id)).all())
        editions = dict(tx.execute(select(ApprovalDefinition.id, ApprovalDefinition.edition)).all())
        steps = {each: steps_of(tx, each) for each in (approval, second)}
        returned = tx.execute(select(Approval.returned_step).where(Approval.id == approval)).scalar_one()
    assert [editions[began[each]] for each in (approval, second)] == [1, 2]
    assert steps == {approval: ["unit_review", "countersign", "accept"], second: ["accept"]}
    assert returned is None, "returned as its own edition says: to begin again"


def steps_of(tx: Connection, approval: int) -> list[str]:
    own = select(Seat.step_key).where(Seat.approval_id == approval).order_by(Seat.step)
    return list(tx.execute(own).scalars())


def test_a_withdrawn_edition_goes_on_for_what_is_open(services: Services, cast: Cast) -> None:
    own = entered(services, cast.amira, stated("own", REVIEW, holds_for={"kind": "count"}))
    approval = submit(services, cast)
    with services.transaction() as tx:
        withdraw(tx, own, "恢复一般流程。", cast.amira, services.clock())
        assert choose(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone).definition.key == "milestone"
    for signer in (cast.rashid, cast.amira):
        do(services, "approval", approval, "approve", signer)
    with services.reading() as tx:
        assert tx.execute(select(Approval.definition_id, Approval.state)).one() == (own, "approved")


@pytest.mark.parametrize("who", ["olga", "rashid", "jun", "sven", "lena", "ines", "karl", "petra"])
def test_only_supervisors_of_the_office_enter_and_withdraw(services: Services, cast: Cast, who: str) -> None:
    own = entered(services, cast.amira, stated())
    before = kept(services)
    for act in (
        lambda tx: enter_stated(tx, stated("another"), getattr(cast, who), services.clock()),
        lambda tx: withdraw(tx, own, "。", getattr(cast, who), services.clock()),
    ):
        with services.transaction() as tx, pytest.raises(NotPermitted):
            act(tx)
    assert kept(services) == before


def test_every_fault_is_told_and_nothing_is_kept(services: Services, cast: Cast) -> None:
    before = kept(services)
    text = """\
key: own
purpose: acceptance
holds_for: {plan: nowhere}
steps:
  - key: heads
    people: [amira, nobody]
  - key: town
    group: towns
  - key: last
    people: [amira]
    limit: {days: 5, then: pass}
"""
    with services.transaction() as tx, pytest.raises(DefinitionInvalid) as refused:
        enter_stated(tx, read_yaml(text.encode()), cast.amira, services.clock())
    assert [(m.facts["at_line"], m.facts["field"], m.code) for m in refused.value.missing] == [
        (3, "holds_for.plan", "scope_known"),
        (6, "steps.0.people.1", "definition_person_known"),
        (8, "steps.1.group", "definition_group_known"),
        (9, "steps.2", "definition_accepter_last"),
        (11, "steps.2.limit.then", "definition_silent_end"),
    ]
    assert kept(services) == before


def test_a_group_that_has_ended_is_not_there_and_an_empty_one_is_doubtful(
    services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        group = add(tx, SignerGroup, code="heads", name="处长", ended_on=START.date())
        add(tx, SignerGroupMember, group_id=group, person_id=cast.jun)
        add(tx, SignerGroup, code="nobody", name="空组")
    assert found(
        services, stated("milestone", {"key": "a", "group": "heads"}, {"key": "b", "group": "nobody"})
    ) == [
        (False, "steps.0.group", "definition_group_known"),
        (True, "steps.1.group", "definition_group_empty"),
    ]


def test_who_has_left_is_not_there(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        admin = add_person(tx, "adele", "艾德", (Role.ADMIN, None))
    given = stated("milestone", {"key": "a", "people": ["amira", "jun"]})
    assert found(services, given) == []
    do(services, "person", cast.jun, "depart", admin, reason="退休。")
    assert found(services, given) == [(False, "steps.0.people.1", "definition_person_known")]


def test_a_vote_of_a_group_is_held_against_its_members(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        group = add(tx, SignerGroup, code="heads", name="处长")
        for person in (cast.jun, cast.rashid):
            add(tx, SignerGroupMember, group_id=group, person_id=person)
    vote = {"key": "a", "group": "heads", "mode": "vote"}
    assert found(services, stated("milestone", {**vote, "vote": {"count": 2}})) == []
    assert found(services, stated("milestone", {**vote, "vote": {"count": 3}})) == [
        (True, "steps.0.vote.count", "definition_votes_above_seats")
    ]


def test_programmes_and_tasks_are_looked_up_in_the_plan(services: Services, cast: Cast) -> None:
    given = stated(
        "milestone",
        {**REVIEW, "only_if": {"programmes": [1, 77]}},
        holds_for={"plan": "shanghai-2022", "task": 77},
    )
    assert found(services, given) == [
        (False, "holds_for.task", "scope_known"),
        (False, "steps.0.only_if.programmes.1", "scope_known"),
    ]


def test_an_office_without_a_leader_is_doubtful_where_a_superior_is_wanted(
    services: Services, cast: Cast
) -> None:
    above = {"key": "above", "superior_of": "submitter"}
    late = {**REVIEW, "limit": {"days": 3, "then": "escalate"}}
    given = stated("milestone", above, late, own_submission="superior")
    wanted = [
        (True, "own_submission", "definition_no_superior"),
        (True, "steps.0.superior_of", "definition_no_superior"),
        (True, "steps.1.limit.then", "definition_no_superior"),
    ]
    assert found(services, given) == wanted
    with services.transaction() as tx:
        add_person(tx, "lin", "林主任", (Role.LEADER, cast.office))
    assert found(services, given) == []


def test_a_role_of_the_office_that_nobody_holds_is_doubtful(services: Services, cast: Cast) -> None:
    assert found(services, stated("milestone", {"key": "a", "role": "leader", "of": "office"})) == [
        (True, "steps.0.role", "definition_role_unheld")
    ]
    assert found(services, stated("milestone", {"key": "a", "role": "signatory", "of": "office"})) == []


def test_taking_over_from_another_of_the_same_scope_is_said(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        _, warnings = enter_stated(tx, stated(), cast.amira, services.clock())
    assert [(w.missing.code, w.missing.facts) for w in warnings] == [
        ("definition_takes_over", {"other": "milestone"})
    ]
    assert found(services, stated("other", holds_for={"kind": "count"})) == []


def test_editions_under_one_key_are_for_one_purpose(services: Services, cast: Cast) -> None:
    assert (False, "purpose", "definition_purpose_of_key") in found(
        services, stated("milestone", purpose="waiver")
    )


def test_what_would_have_no_step_is_not_handed_in(services: Services, cast: Cast) -> None:
    """Nobody could decide: it is refused as a step without signers is, and stays with its owner."""
    small = {**OFFICE, "only_if": {"quantity_below": 1}}
    given = Stated({"key": "own", "purpose": "acceptance", "holds_for": {"kind": "count"}, "steps": [small]})
    assert (True, "steps", "definition_may_be_empty") in found(services, given)
    entered(services, cast.amira, given)
    with pytest.raises(NotReady) as refused:
        submit(services, cast)
    assert [lack.code for lack in refused.value.missing] == ["signers"]
    with services.reading() as tx:
        assert tx.execute(select(Approval.id)).all() == []
        state = select(Milestone.state).where(Milestone.id == cast.milestone)
        assert tx.execute(state).scalar_one() == "in_progress"


# The last that holds everywhere


def general(services: Services, cast: Cast) -> int:
    """The one definition of milestones that holds everywhere: its id."""
    with services.reading() as tx:
        return choose(tx, Purpose.ACCEPTANCE, cast.task, cast.milestone).id


def test_the_last_general_definition_of_a_purpose_stays(services: Services, cast: Cast) -> None:
    last, before = general(services, cast), kept(services)
    with services.transaction() as tx, pytest.raises(NotReady) as refused:
        withdraw(tx, last, "不再需要。", cast.amira, services.clock())
    assert [lack.code for lack in refused.value.missing] == ["definition_last_general"]
    narrower = stated("milestone", holds_for={"kind": "count"})
    with services.transaction() as tx, pytest.raises(NotReady):
        enter_stated(tx, narrower, cast.amira, services.clock())
    assert kept(services) == before
    entered(services, cast.amira, stated("general"))
    entered(services, cast.amira, narrower)
    with services.transaction() as tx, pytest.raises(NotReady):
        withdraw(tx, general_of(tx, "general"), "不再需要。", cast.amira, services.clock())


def general_of(tx: Connection, key: str) -> int:
    own = ApprovalDefinition.key == key, ApprovalDefinition.superseded_at.is_(None)
    return int(tx.execute(select(ApprovalDefinition.id).where(*own)).scalar_one())


def test_what_is_not_in_force_or_not_there_is_not_withdrawn(services: Services, cast: Cast) -> None:
    first = entered(services, cast.amira, stated())
    entered(services, cast.amira, stated("own", REVIEW))
    with services.transaction() as tx, pytest.raises(NotReady) as refused:
        withdraw(tx, first, "。", cast.amira, services.clock())
    assert [lack.code for lack in refused.value.missing] == ["definition_in_force"]
    with services.transaction() as tx, pytest.raises(NotFound):
        withdraw(tx, 77, "。", cast.amira, services.clock())


def test_two_who_withdraw_the_last_two_at_once_leave_one(services: Services, cast: Cast) -> None:
    ids = [general(services, cast), entered(services, cast.amira, stated("general"))]
    together = Barrier(2)

    def go(id_: int) -> bool:
        together.wait()
        try:
            with services.transaction() as tx:
                withdraw(tx, id_, "。", cast.amira, services.clock())
        except NotReady:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, ids)) == [False, True]
    assert general(services, cast) in ids


def test_two_who_enter_under_one_key_at_once_follow_one_another(services: Services, cast: Cast) -> None:
    together = Barrier(2)

    def go(given: Stated) -> int:
        together.wait()
        with services.transaction() as tx:
            return enter_stated(tx, given, cast.amira, services.clock())[0].edition

    with ThreadPoolExecutor(2) as pool:
        editions = pool.map(go, [stated("own", REVIEW), stated("own", same_person="carry_over")])
        assert sorted(editions) == [1, 2]
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None
        assert [(e.seq, e.action) for e in events(tx)] == [(1, "enter"), (2, "enter")]
