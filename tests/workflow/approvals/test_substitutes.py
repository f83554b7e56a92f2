"""Signing in somebody's stead 代理: on which days, with which right, and what of it is seen; by law and by rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import Decision, Grant, Part, Task, Unit
from models.states import Role, UnitKind
from tests.people import Cast, HandClock, add, add_person, approval_of, do, file, submit
from tests.workflow.approvals.signing import REASON, approve, for_whom, may, sees
from tests.workflow.directory.leave import MONDAY, announce, end_absence, open_seat
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow import visibility
from workflow.bootstrap import Services
from workflow.errors import DubanError, NotFound, NotPermitted, NotReady


@pytest.fixture
def countersigning(services: Services, cast: Cast) -> int:
    """An approval that waits for the joint unit, whose reviewer is Jun."""
    approval = submit(services, cast)
    approve(services, approval, cast.rashid)
    return approval


@pytest.mark.parametrize(
    ("day", "holds"), [(16, False), (17, True), (19, True), (21, True), (22, False)]
)  # fmt: skip
def test_a_substitute_signs_from_the_first_day_to_the_last(
    services: Services, cast: Cast, clock: HandClock, countersigning: int, day: int, holds: bool
) -> None:
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, day, 0 if day == 17 else 23)
    assert may(services, countersigning, cast.petra) is holds
    if not holds:
        with refused(services, NotFound):
            approve(services, countersigning, cast.petra)
        return
    with watching(services) as seen:
        approve(services, countersigning, cast.petra)
    assert seen.events == [("approval", "approve", "open", cast.petra)]
    with services.reading() as tx:
        decision = tx.execute(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    assert (decision.decided_by, decision.substitute_for) == (cast.petra, cast.jun)
    assert for_whom(services, "approve") == [None, cast.jun]


def test_an_absence_that_was_ended_gives_no_right_from_that_moment(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    absence = announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    assert may(services, countersigning, cast.petra)
    end_absence(services, cast.jun, absence)
    assert not may(services, countersigning, cast.petra)
    with refused(services, NotFound):
        approve(services, countersigning, cast.petra)


def test_the_absent_may_still_sign_themselves_and_then_there_is_nothing_left(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    approve(services, countersigning, cast.jun)
    with services.reading() as tx:
        decision = tx.execute(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    assert (decision.decided_by, decision.substitute_for) == (cast.jun, None)
    assert not sees(services, countersigning, cast.petra)


def test_what_a_substitute_signed_they_see_for_ever_and_the_rest_not_at_all(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    announce(services, cast.jun, cast.petra)
    assert not sees(services, countersigning, cast.petra)
    clock.go_to(2022, 1, 18)
    assert sees(services, countersigning, cast.petra)
    approve(services, countersigning, cast.petra)
    clock.go_to(2022, 3, 1)
    assert sees(services, countersigning, cast.petra)
    assert not may(services, countersigning, cast.petra)
    with services.reading() as tx:
        tasks = tx.execute(visibility.tasks(Task.id), visibility.bound(cast.petra, clock())).all()
    assert tasks == []


def test_what_is_over_is_not_shown_to_a_later_substitute(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    approve(services, countersigning, cast.jun, cast.amira)
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    assert not sees(services, countersigning, cast.petra)


def test_a_seat_whose_turn_has_not_come_is_seen_and_waits(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    assert sees(services, approval, cast.petra)
    assert not may(services, approval, cast.petra)
    with refused(services, NotReady) as error:
        approve(services, approval, cast.petra)
    assert [lack.code for lack in error.value.missing] == ["seat_turn"]


def test_a_substitutes_own_right_comes_first(services: Services, cast: Cast, clock: HandClock) -> None:
    with services.transaction() as tx:
        second = add_person(tx, "reva", "芮华", (Role.REVIEWER, cast.lead))
    approval = submit(services, cast)
    announce(services, cast.rashid, second)
    clock.go_to(2022, 1, 18)
    approve(services, approval, second)
    with services.reading() as tx:
        assert tx.execute(select(Decision.substitute_for)).scalar_one() is None


def test_nobody_signs_their_own_submission_in_anothers_stead(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    announce(services, cast.rashid, cast.olga)
    clock.go_to(2022, 1, 18)
    assert not may(services, approval, cast.olga)
    with refused(services, NotPermitted):
        approve(services, approval, cast.olga)


def test_nobody_has_their_own_submission_signed_in_their_stead(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Olga reviews as well, and is away: her substitute signs what others submit, never what she did."""
    with services.transaction() as tx:
        add(
            tx,
            Grant,
            person_id=cast.olga,
            role=Role.REVIEWER,
            unit_id=cast.lead,
            from_on=MONDAY - timedelta(3),
        )
    approval = submit(services, cast)
    announce(services, cast.olga, cast.petra)
    clock.go_to(2022, 1, 18)
    assert not may(services, approval, cast.petra)
    with refused(services, DubanError):
        approve(services, approval, cast.petra)


@pytest.fixture
def office(services: Services, cast: Cast) -> dict[str, int]:
    """The office leads the task from its first department; both of its departments have a supervisor."""
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
        }


def submit_from(services: Services, cast: Cast, owner: int) -> int:
    do(services, "task", cast.task, "acknowledge", owner)
    do(services, "milestone", cast.milestone, "start", owner)
    do(services, "milestone", cast.milestone, "report", owner, details=a.progress(cast.indicator, "300"))
    do(services, "milestone", cast.milestone, "attach", owner, details=file())
    do(services, "milestone", cast.milestone, "submit", owner, details={"text": "完成"})
    return approval_of(services, cast.milestone)


@pytest.mark.parametrize(
    ("absent", "substitute", "accepts"),
    [("other", "same", False), ("same", "other", True), ("same", "petra", False), ("other", "petra", True)],
)
def test_the_supervised_accept_neither_themselves_nor_by_a_substitute(
    services: Services, cast: Cast, clock: HandClock, office: dict[str, int], absent: str, substitute: str,
    accepts: bool,
) -> None:  # fmt: skip
    """The department rule holds for both: who stands in, and in whose stead. The other department's own right stays."""
    approval = submit_from(services, cast, office["owner"])
    approve(services, approval, office["reviewer"], cast.jun)
    people = {**office, "petra": cast.petra}
    announce(services, people[absent], people[substitute])
    clock.go_to(2022, 1, 18)
    assert may(services, approval, people[substitute]) is accepts


def test_who_signed_the_review_in_a_reviewers_stead_does_not_accept_as_well(
    services: Services, cast: Cast, clock: HandClock, office: dict[str, int]
) -> None:
    approval = submit_from(services, cast, office["owner"])
    announce(services, office["reviewer"], office["other"])
    clock.go_to(2022, 1, 18)
    approve(services, approval, office["other"], cast.jun)
    assert not may(services, approval, office["other"])
    with refused(services, NotReady):
        approve(services, approval, office["other"])
    assert may(services, approval, cast.amira)


def test_a_substitute_returns_with_both_names(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    do(services, "approval", countersigning, "return", cast.petra, reason="口径不一致。")
    with services.reading() as tx:
        row = tx.execute(select(Decision).where(Decision.verdict == "return")).one()
    assert (row.decided_by, row.substitute_for) == (cast.petra, cast.jun)
    assert for_whom(services, "return") == [cast.jun]


def test_what_a_substitute_delegates_comes_back_to_the_absent(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    """By then the absence may be over: the substitute could not sign it any more."""
    with services.transaction() as tx:
        clerk = add_person(tx, "ke", "柯员", (Role.OWNER, cast.joint))
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    do(services, "approval", countersigning, "delegate", cast.petra, details={"person_id": clerk})
    assert open_seat(services, countersigning).delegated_by == cast.jun
    assert for_whom(services, "delegate") == [cast.jun]
    assert not may(services, countersigning, cast.petra)
    clock.go_to(2022, 1, 24)
    do(services, "approval", countersigning, "give_back", clerk, details={"opinion": "数据无误。"})
    assert may(services, countersigning, cast.jun)
    approve(services, countersigning, cast.jun)


def test_a_substitute_takes_back_what_the_absent_delegated(
    services: Services, cast: Cast, clock: HandClock, countersigning: int
) -> None:
    with services.transaction() as tx:
        clerk = add_person(tx, "ke", "柯员", (Role.OWNER, cast.joint))
    do(services, "approval", countersigning, "delegate", cast.jun, details={"person_id": clerk})
    announce(services, cast.jun, cast.petra)
    clock.go_to(2022, 1, 18)
    do(services, "approval", countersigning, "take_back", cast.petra)
    seat = open_seat(services, countersigning)
    assert (seat.person_id, seat.delegated_by) == (cast.jun, None)
    assert for_whom(services, "take_back") == [cast.jun]
    assert may(services, countersigning, cast.petra)


def test_a_substitute_does_not_make_the_seat_their_own(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    announce(services, cast.rashid, cast.lena)
    clock.go_to(2022, 1, 18)
    for action in ("transfer", "delegate"):
        with refused(services, NotReady) as error:
            do(
                services,
                "approval",
                approval,
                action,
                cast.lena,
                details={"person_id": cast.lena},
                reason=REASON,
            )
        assert [lack.code for lack in error.value.missing] == ["not_to_the_substitute"]
