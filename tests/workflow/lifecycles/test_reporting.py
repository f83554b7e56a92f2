"""Each unit reports and attaches for itself: nobody in another's name, and nobody touches another's evidence."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import Evidence, Part, ProgressEntry
from models.states import PartRole, PartState, Role
from tests.people import Cast, add, add_person, do, file
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotReady

LONG_AGO = ["0001-01-01", "0202-06-30", "1999-12-31"]
NEVER = ["2101-01-01", "9999-12-31"]


@pytest.fixture
def otto(services: Services, cast: Cast) -> int:
    """An owner in the joint unit; the milestone is started, and holds evidence of the lead."""
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    with services.transaction() as tx:
        return add_person(tx, "otto", "奥托", (Role.OWNER, cast.joint))


def evidence(services: Services) -> list[tuple[int, int, str]]:
    with services.reading() as tx:
        statement = select(Evidence.id, Evidence.unit_id, Evidence.state).order_by(Evidence.id)
        return [tuple(row) for row in tx.execute(statement)]  # type: ignore[misc]


def lacks(services: Services, cast: Cast, action: str, who: int, **more: Any) -> list[str]:
    with pytest.raises(NotReady) as refusal:
        do(services, "milestone", cast.milestone, action, who, **more)
    return [lack.code for lack in refusal.value.missing]


def test_a_joint_unit_takes_no_evidence_of_the_lead_away(services: Services, cast: Cast, otto: int) -> None:
    ((of_lead, _, _),) = evidence(services)
    detaching = {"details": {"evidence_id": of_lead}, "reason": "误传。"}
    assert lacks(services, cast, "detach", otto, **detaching) == ["own_evidence"]
    superseding = file(sha256="1" * 64).model_copy(update={"supersedes_id": of_lead})
    assert lacks(services, cast, "attach", otto, details=superseding) == ["own_evidence"]
    assert evidence(services) == [(of_lead, cast.lead, "attached")]


def test_the_lead_takes_away_what_a_joint_unit_attached(services: Services, cast: Cast, otto: int) -> None:
    do(services, "milestone", cast.milestone, "attach", otto, details=file(sha256="1" * 64))
    of_joint = evidence(services)[1][0]
    do(
        services,
        "milestone",
        cast.milestone,
        "detach",
        cast.olga,
        details={"evidence_id": of_joint},
        reason="重复。",
    )
    assert evidence(services)[1] == (of_joint, cast.joint, "detached")


def test_what_was_taken_away_is_not_superseded(services: Services, cast: Cast, otto: int) -> None:
    ((of_lead, _, _),) = evidence(services)
    do(
        services,
        "milestone",
        cast.milestone,
        "detach",
        cast.olga,
        details={"evidence_id": of_lead},
        reason="误传。",
    )
    again = file(sha256="1" * 64).model_copy(update={"supersedes_id": of_lead})
    assert lacks(services, cast, "attach", cast.olga, details=again) == ["own_evidence"]


@pytest.mark.parametrize("unit", ["lead", "other", "nowhere"])
def test_nobody_reports_or_attaches_in_the_name_of_another_unit(
    services: Services, cast: Cast, otto: int, unit: str
) -> None:
    unit_id = 10**20 if unit == "nowhere" else getattr(cast, unit)
    report = {"note": "已完成。", "as_of_on": "2022-01-14", "unit_id": unit_id}
    assert lacks(services, cast, "report", otto, details=report) == ["reporting_unit"]
    attached = file(sha256="1" * 64).model_copy(update={"unit_id": unit_id})
    assert lacks(services, cast, "attach", otto, details=attached) == ["reporting_unit"]


def test_nobody_reports_for_a_unit_that_is_only_informed(services: Services, cast: Cast, otto: int) -> None:
    """Whoever owns in two units reports for the one that works on the task."""
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=PartRole.INFORMED, ordinal=3,
            state=PartState.ASSIGNED)  # fmt: skip
        both = add_person(tx, "both", "双双", (Role.OWNER, cast.other), (Role.OWNER, cast.joint))
    report = {"note": "已完成。", "as_of_on": "2022-01-14"}
    assert lacks(services, cast, "report", both, details={**report, "unit_id": cast.other}) == [
        "reporting_unit"
    ]
    do(services, "milestone", cast.milestone, "report", both, details=report)
    with services.reading() as tx:
        statement = select(ProgressEntry.unit_id).where(ProgressEntry.reported_by == both)
        assert tx.execute(statement).scalar_one() == cast.joint


@pytest.mark.parametrize("day", LONG_AGO + NEVER)
def test_a_slip_of_the_pen_does_not_keep_the_clock_counting(services: Services, cast: Cast, day: str) -> None:
    """A due date in the year 1 once kept the scan of the whole plan from ending."""
    a.a_started_milestone(services, cast)
    with pytest.raises(Malformed):
        do(
            services,
            "milestone",
            cast.milestone,
            "redate",
            cast.amira,
            reason="议定。",
            details={"due_on": day},
        )
    notice = {
        "unit_id": cast.lead,
        "milestone_id": cast.milestone,
        "requirement": "报送进展。",
        "reply_on": day,
    }
    with pytest.raises(Malformed):
        do(services, "task", cast.task, "draft_notice", cast.amira, details=notice)
    report = {"note": "已完成。", "as_of_on": day}
    with pytest.raises(Malformed):
        do(services, "milestone", cast.milestone, "report", cast.olga, details=report)
