"""Who may: each action against each of the cast, by hand. Rights are those held on the day of the act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from models import Grant, Part
from models.states import PartRole, PartState, Role
from tests.people import Cast, HandClock, add, add_person, approval_of, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted
from workflow.law import LAWS

CAST = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
UNSEEN = ("petra", "ines")
"""Another unit's people, and an inspector without a round: for them there is no such thing."""
UNSEEN_BESIDES = {"instruction": ("jun",)}
"""An instruction is between who issued it, the unit addressed and the lead."""
UNIT = "olga rashid lena"
OFFICE = "amira sven"

ALLOWED: dict[str, tuple[Callable[[Services, Cast], int], dict[str, str]]] = {
    "task": (
        a.a_new_task,
        {
            "acknowledge": UNIT,
            "start": "olga system",
            "suspend": "amira system",
            "resume": "amira system",
            "complete": "system",
            "close_out": "amira",
            "reopen": "amira",
            "resume_work": "system",
            "cancel": "amira system",
            "draft_notice": "amira",
            "instruct": "sven",
            "propose_adjustment": "amira olga",
            "set_reporting": "amira",
            "call_report": "system",
            "raise_problem": "olga",
            "define": "amira",
        },
    ),
    "part": (a.a_joint_part, {"acknowledge": "jun"}),
    "milestone": (
        a.a_submitted_milestone,
        {
            "start": "olga",
            "report": "olga",
            "attach": "olga",
            "detach": "olga",
            "draft_criteria": "olga",
            "tie": "olga",
            "correct": "olga",
            "break_down": "olga",
            "enter_items": "olga",
            "submit": "olga",
            "withdraw": "olga",
            "accept": "system",
            "return_for_rework": "system",
            "recall": "system",
            "waive": "system",
            "reopen": "amira system",
            "redate": "amira system",
            "follow_event": "system",
            "request_extension": "olga",
            "request_waiver": "olga",
            "rule_shortfall": "amira",
            "carry_surplus": "amira",
            "raise_card": "system",
            "follow_calendar": "system",
            "call_attestation": "system",
            "report_violation": "olga amira ines",
        },
    ),
    "adjustment": (
        a.a_proposed_adjustment,
        {
            "approve": "system",
            "refuse": "system",
            "withdraw": "amira",
            "lapse": "system",
            "put_forward": "system",
        },
    ),
    "share": (
        d.a_share_that_the_lead_handed_in,
        {
            "acknowledge": UNIT,
            "start": "olga",
            "report": "olga",
            "correct": "olga",
            "enter_items": "olga",
            "attach": "olga",
            "detach": "olga",
            "tie": "olga",
            "break_down": "olga",
            "submit": "olga",
            "withdraw": "olga",
            "accept": "rashid",
            "return_for_rework": "rashid system",
            "amend": "olga",
            "waive": "olga system",
            "reopen": "olga amira system",
            "raise_card": "system",
            "follow_calendar": "system",
        },
    ),
    "card": (
        a.a_raised_card,
        {
            "acknowledge": UNIT,
            "rectify": UNIT,
            "request_verification": UNIT,
            "appeal": UNIT,
            "dismiss_appeal": "amira",
            "lift": "amira",
            "revoke": "amira",
        },
    ),
    "instruction": (
        a.an_instruction,
        {
            "acknowledge": UNIT,
            "reply": "olga lena",
            "ask_again": "sven",
            "close": OFFICE,
            "withdraw": "sven",
        },
    ),
    "notice": (
        a.a_drafted_notice,
        {
            "sign_off": "sven",
            "send_back": OFFICE,
            "issue": OFFICE,
            "acknowledge": UNIT,
            "reply": UNIT,
            "close": OFFICE,
            "discard": OFFICE,
            "void": OFFICE,
        },
    ),
    "work_plan": (
        a.a_submitted_work_plan,
        {
            "submit": "olga",
            "approve": "system",
            "return": "system",
            "lapse": "system",
            "put_forward": "system",
            "reopen": "amira",
            "redate": "system",
            "follow_calendar": "system",
        },
    ),
    "extension": (
        a.a_requested_extension,
        {"grant": "system", "refuse": "system", "withdraw": "olga", "lapse": "system"},
    ),
    "waiver": (
        a.a_requested_waiver,
        {"grant": "system", "refuse": "system", "withdraw": "olga", "lapse": "system"},
    ),
    "report": (a.a_due_report, {"file": "olga", "redate": "system", "follow_calendar": "system"}),
    "problem": (a.a_raised_problem, {"answer": "amira", "settle": "olga amira", "reopen": "olga"}),
}
ROWS = [(kind, action, allowed) for kind, (_, rows) in ALLOWED.items() for action, allowed in rows.items()]


def standing(services: Services, kind: str, subject: int, who: int | None) -> Any:
    with services.reading() as tx:
        return LAWS[kind].load(tx, [subject], who, services.clock())[subject]


@pytest.mark.parametrize("kind", sorted(ALLOWED))
def test_every_action_is_tried(kind: str) -> None:
    assert set(ALLOWED[kind][1]) == set(LAWS[kind].actions)


@pytest.mark.parametrize(("kind", "action", "allowed"), ROWS)
def test_nobody_but_those_named_may(
    services: Services, cast: Cast, kind: str, action: str, allowed: str
) -> None:
    subject = ALLOWED[kind][0](services, cast)
    row = LAWS[kind].actions[action]
    actors = {name: getattr(cast, name) for name in CAST} | {"system": None}
    may = {name for name, who in actors.items() if row.may(standing(services, kind, subject, who))}
    assert may == set(allowed.split())


@pytest.mark.parametrize("kind", sorted(ALLOWED))
def test_others_may_not_even_know_of_it(services: Services, cast: Cast, kind: str) -> None:
    subject = ALLOWED[kind][0](services, cast)
    for name in CAST:
        assert standing(services, kind, subject, getattr(cast, name)).seen == (
            name not in (*UNSEEN, *UNSEEN_BESIDES.get(kind, ()))
        )
    with refused(services, NotFound):
        do(services, kind, subject, next(iter(LAWS[kind].actions)), cast.petra)


def test_each_step_of_an_approval_has_its_own_signers(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    for signer in ("rashid", "jun", "amira"):
        assert {n for n in CAST if _signs(services, approval, getattr(cast, n))} == {signer}
        do(services, "approval", approval, "approve", getattr(cast, signer))
    assert not any(_signs(services, approval, getattr(cast, n)) for n in CAST)


def _signs(services: Services, approval: int, who: int) -> bool:
    """Whether approving is open to somebody, with nothing missing."""
    found = LAWS["approval"].open_to(_approval(services, approval, who))
    return any(action.name == "approve" and not lacks for action, lacks in found)


def _approval(services: Services, approval: int, who: int) -> Any:
    return standing(services, "approval", approval, who)


def test_an_owner_of_a_joint_unit_reports_but_does_not_submit(services: Services, cast: Cast) -> None:
    a.a_milestone_with_all_it_needs(services, cast)
    joan = a.joint_owner(services, cast)
    do(services, "milestone", cast.milestone, "report", joan, details=a.progress(cast.indicator, "5"))
    with refused(services, NotPermitted):
        do(services, "milestone", cast.milestone, "submit", joan, details={"text": "完成"})


def test_an_informed_unit_reads_and_does_nothing(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=PartRole.INFORMED, ordinal=3,
            state=PartState.ASSIGNED)  # fmt: skip
    with refused(services, NotPermitted):
        do(
            services,
            "milestone",
            cast.milestone,
            "report",
            cast.petra,
            details=a.progress(cast.indicator, "1"),
        )


@pytest.mark.parametrize(
    ("from_on", "to_on"), [(date(2022, 1, 15), None), (date(2021, 1, 1), date(2022, 1, 13))]
)
def test_a_right_of_yesterday_or_tomorrow_is_none_today(
    services: Services, cast: Cast, from_on: date, to_on: date | None
) -> None:
    with services.transaction() as tx:
        held = Grant.__table__.c.person_id == cast.olga
        tx.execute(update(Grant).where(held).values(from_on=from_on, to_on=to_on))
    with refused(services, NotFound):
        do(services, "task", cast.task, "acknowledge", cast.olga)


def test_a_right_counts_in_the_civil_day_of_the_office(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """At 17:00 UTC on the 14th it is the 15th in Shanghai."""
    with services.transaction() as tx:
        late = add_person(tx, "late", "迟到", (Role.OWNER, cast.lead), since=date(2022, 1, 15))
    clock.now = clock.now.replace(hour=17)
    do(services, "task", cast.task, "acknowledge", late)
