"""Groups of signers: who keeps them, what definitions make of them, and that who has left signs no more."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import AuditEvent, Seat, SignerGroup, SignerGroupMember
from tests.people import Cast, HandClock, do, submit
from tests.workflow.approvals.signing import REASON, approve, may
from tests.workflow.directory.accounts import add_admin
from tests.workflow.directory.leave import announce, open_seat
from tests.workflow.lifecycles.witness import refused, watching
from workflow import audit
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.approvals.groups import (
    GroupMembers,
    GroupName,
    NewGroup,
    create_group,
    end_group,
    left_seats,
    rename_group,
    set_members,
)
from workflow.bootstrap import Services
from workflow.errors import DubanError, Malformed, NotFound, NotPermitted, NotReady, Stale


def board(services: Services, cast: Cast, *members: int, code: str = "board", who: int | None = None) -> int:
    given = NewGroup(code=code, name="会审组", members=list(members) or [cast.jun, cast.lena])
    with services.transaction() as tx:
        return create_group(tx, given, who or cast.amira, services.clock())


def put(services: Services, cast: Cast, group: int, *members: int, seen: int | None = None) -> None:
    given = GroupMembers(members=list(members))
    with services.transaction() as tx:
        set_members(tx, group, given, cast.amira, services.clock(), seen=seen)


def define(services: Services, cast: Cast, **step: Any) -> None:
    """A route whose only step is the group's."""
    body = {
        "key": "milestone", "purpose": "acceptance", "returns": {"resume": ["restart", "straight_back"]},
        "steps": [{"key": "board", "group": "board", "mode": "all", **step}],
    }  # fmt: skip
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)


def members(services: Services, group: int) -> list[int]:
    with services.reading() as tx:
        mine = select(SignerGroupMember.person_id).where(SignerGroupMember.group_id == group)
        return list(tx.execute(mine.order_by(SignerGroupMember.ordinal)).scalars())


def test_a_group_is_a_root_whose_changes_are_recorded(services: Services, cast: Cast) -> None:
    group = board(services, cast)
    with services.transaction() as tx:
        rename_group(tx, group, GroupName(name="财务会审组"), cast.amira, services.clock(), seen=1)
    put(services, cast, group, cast.sven, cast.jun, seen=2)
    assert members(services, group) == [cast.sven, cast.jun]
    with services.transaction() as tx:
        end_group(tx, group, cast.amira, services.clock(), reason="撤并")
    with services.reading() as tx:
        mine = select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.root_kind == "signer_group")
        acts = [tuple(row) for row in tx.execute(mine.order_by(AuditEvent.seq))]
        row = tx.execute(select(SignerGroup.__table__)).one()
        assert audit.verify(tx)[1] is None
    assert acts == [(name, cast.amira) for name in ("create", "rename", "set_members", "end")]
    assert (row.name, row.ended_on, row.version) == ("财务会审组", services.clock().date(), 4)


@pytest.mark.parametrize("who", ["olga", "petra", "karl", "lena", "sven"])
def test_supervisors_of_the_office_keep_groups_and_nobody_else(
    services: Services, cast: Cast, who: str
) -> None:
    with refused(services, NotPermitted):
        board(services, cast, who=getattr(cast, who))
    group = board(services, cast, cast.jun)
    seen = who in ("karl", "sven")
    with refused(services, NotPermitted if seen else NotFound), services.transaction() as tx:
        rename_group(tx, group, GroupName(name="另一组"), getattr(cast, who), services.clock())


def test_members_are_there_and_named_once_and_a_code_is_one_groups(services: Services, cast: Cast) -> None:
    do(services, "person", cast.petra, "depart", add_admin(services), reason="退休")
    group = board(services, cast)
    for wrong in ([cast.jun, cast.jun], [cast.jun, 999], [cast.jun, cast.petra]):
        with refused(services, Malformed) as error:
            put(services, cast, group, *wrong)
        assert [(m.code, m.facts["field"]) for m in error.value.missing] == [("known_person", "members.1")]
    with refused(services, Malformed) as error:
        board(services, cast)
    assert [lack.code for lack in error.value.missing] == ["group_code_taken"]
    with refused(services, Stale):
        put(services, cast, group, cast.lena, seen=7)


def test_a_group_that_a_definition_in_force_names_does_not_end(services: Services, cast: Cast) -> None:
    group = board(services, cast)
    define(services, cast)
    with refused(services, NotReady) as error, services.transaction() as tx:
        end_group(tx, group, cast.amira, services.clock(), reason="撤并")
    (lack,) = error.value.missing
    assert (lack.code, lack.facts) == ("group_in_force", {"definitions": "milestone"})
    body = {"key": "milestone", "purpose": "acceptance", "steps": [{"key": "one", "people": ["jun"]}]}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
        end_group(tx, group, cast.amira, services.clock(), reason="撤并")
    with refused(services, NotReady) as error:
        put(services, cast, group, cast.jun)
    assert [lack.code for lack in error.value.missing] == ["standing_group"]


def test_seats_are_the_members_in_their_order(services: Services, cast: Cast) -> None:
    group = board(services, cast, cast.lena, cast.jun)
    define(services, cast, mode="sequence")
    approval = submit(services, cast)
    with services.reading() as tx:
        rows = tx.execute(select(Seat.person_id, Seat.group_id, Seat.state).order_by(Seat.turn)).all()
    assert [tuple(row) for row in rows] == [(cast.lena, group, "open"), (cast.jun, group, "waiting")]
    approve(services, approval, cast.lena, cast.jun)


def test_who_has_left_the_group_does_not_sign_and_what_waits_is_named(services: Services, cast: Cast) -> None:
    group = board(services, cast, cast.jun, cast.lena)
    define(services, cast)
    approval = submit(services, cast)
    assert may(services, approval, cast.jun)
    put(services, cast, group, cast.lena, cast.rashid)
    assert not may(services, approval, cast.jun)
    assert not may(services, approval, cast.rashid)
    with refused(services, NotPermitted):
        approve(services, approval, cast.jun)
    seat = open_seat(services, approval)
    with services.reading() as tx:
        (left,) = left_seats(tx, group)
    assert (left.id, left.approval_id, left.person_id) == (seat.id, approval, cast.jun)
    details = {"seat_id": seat.id, "person_id": cast.rashid}
    with watching(services) as seen:
        do(services, "approval", approval, "transfer", cast.amira, details=details, reason=REASON)
    assert seen.letters == [("seat_transferred", {"person_id": cast.rashid})]
    approve(services, approval, cast.rashid, cast.lena)


def test_who_comes_back_to_the_group_signs_again(services: Services, cast: Cast) -> None:
    group = board(services, cast, cast.jun, cast.lena)
    define(services, cast)
    approval = submit(services, cast)
    put(services, cast, group, cast.lena)
    assert not may(services, approval, cast.jun)
    put(services, cast, group, cast.lena, cast.jun)
    assert may(services, approval, cast.jun)


def test_nor_does_the_substitute_of_who_has_left(services: Services, cast: Cast, clock: HandClock) -> None:
    group = board(services, cast, cast.jun, cast.lena)
    define(services, cast)
    approval = submit(services, cast)
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    assert may(services, approval, cast.petra)
    put(services, cast, group, cast.lena)
    assert not may(services, approval, cast.petra)
    with refused(services, DubanError):
        approve(services, approval, cast.petra)


def test_what_was_given_by_a_move_does_not_hang_on_the_group(services: Services, cast: Cast) -> None:
    board(services, cast, cast.jun, cast.lena)
    define(services, cast)
    approval = submit(services, cast)
    do(services, "approval", approval, "transfer", cast.jun, details={"person_id": cast.petra}, reason=REASON)
    assert may(services, approval, cast.petra)
    approve(services, approval, cast.petra)


def test_what_was_delegated_comes_back_to_a_member_only(services: Services, cast: Cast) -> None:
    group = board(services, cast, cast.jun, cast.lena)
    define(services, cast)
    approval = submit(services, cast)
    do(services, "approval", approval, "delegate", cast.jun, details={"person_id": cast.petra})
    put(services, cast, group, cast.lena)
    do(services, "approval", approval, "give_back", cast.petra, details={"opinion": "无异议。"})
    assert not may(services, approval, cast.jun)
    put(services, cast, group, cast.lena, cast.jun)
    assert may(services, approval, cast.jun)


def test_a_seat_made_again_is_still_the_groups(services: Services, cast: Cast) -> None:
    """Returned to an earlier step, the group signs once more: as its members."""
    group = board(services, cast, cast.jun, cast.lena)
    second = {"key": "accept", "role": "supervisor", "of": "office"}
    first = {"key": "board", "group": "board", "mode": "all"}
    body = {"key": "milestone", "purpose": "acceptance", "steps": [first, second]}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
    approval = submit(services, cast)
    approve(services, approval, cast.jun, cast.lena)
    do(services, "approval", approval, "return_to_step", cast.amira, details={"step": "board"}, reason=REASON)
    assert may(services, approval, cast.jun)
    put(services, cast, group, cast.lena)
    assert not may(services, approval, cast.jun)
    assert may(services, approval, cast.lena)


def test_running_approvals_keep_the_seats_of_a_group_that_has_ended(services: Services, cast: Cast) -> None:
    group = board(services, cast, cast.jun)
    define(services, cast)
    approval = submit(services, cast)
    body = {"key": "milestone", "purpose": "acceptance", "steps": [{"key": "one", "people": ["jun"]}]}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
        end_group(tx, group, cast.amira, services.clock(), reason="撤并")
    approve(services, approval, cast.jun)
