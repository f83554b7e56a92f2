"""The gate: other seats may sign over an open definition, whoever accepts may not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from models import Approval, Indicator, Milestone
from models.states import ApprovalState, MilestoneState
from tests.people import Cast, approval_of, do
from tests.workflow.definitions.samples import AUDITS
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import NotReady
from workflow.law import LAWS

QUESTION = "恰好300吨标准煤的机构是否计入？"
OPEN = {**AUDITS, "gaps": [{"field": "formula", "question": QUESTION}]}


def give_card(services: Services, indicator: int, card: dict[str, Any]) -> None:
    """As confirming the plan would have."""
    with services.transaction() as tx:
        table = Indicator.__table__
        tx.execute(update(table).where(table.c.id == indicator).values(definition=card))  # type: ignore[arg-type]


def signed_up_to_the_last(services: Services, cast: Cast) -> int:
    """The approval when only the office's seat is open."""
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
    return approval


def test_other_seats_sign_and_the_last_one_is_told_every_question(services: Services, cast: Cast) -> None:
    give_card(services, cast.indicator, OPEN)
    approval = signed_up_to_the_last(services, cast)
    with refused(services, NotReady) as error:
        do(services, "approval", approval, "approve", cast.amira)
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["count"], lack.facts["questions"]) == ("definitions_settled", 1, QUESTION)
    do(services, "approval", approval, "return", cast.amira, reason="口径未定")


def test_what_may_be_done_says_so_before_anybody_tries(services: Services, cast: Cast) -> None:
    give_card(services, cast.indicator, OPEN)
    approval = signed_up_to_the_last(services, cast)
    with services.reading() as tx:
        standing = LAWS["approval"].load(tx, [approval], cast.amira, services.clock())[approval]
    open_ones = {
        action.name: [lack.code for lack in lacks] for action, lacks in LAWS["approval"].open_to(standing)
    }
    assert (open_ones["approve"], open_ones["return"]) == (["definitions_settled"], [])


def test_a_settled_definition_is_accepted(services: Services, cast: Cast) -> None:
    give_card(services, cast.indicator, AUDITS)
    approval = signed_up_to_the_last(services, cast)
    with watching(services) as seen:
        do(services, "approval", approval, "approve", cast.amira)
    assert "milestone.accept" in seen.acts
    assert a.state_of(services, Milestone, cast.milestone) == MilestoneState.ACCEPTED


def test_settling_the_question_recalls_what_was_submitted_and_the_next_round_goes_through(
    services: Services, cast: Cast
) -> None:
    """What the signers signed over has changed: they sign again, over the settled card."""
    give_card(services, cast.indicator, OPEN)
    approval = signed_up_to_the_last(services, cast)
    settled = {"indicator_id": cast.indicator, "card": {**AUDITS, "formula": "含恰好300吨标准煤的机构"}}
    do(services, "task", cast.task, "define", cast.amira, details=settled, reason="联席会议办公室明确")
    assert a.state_of(services, Approval, approval) == ApprovalState.VOIDED
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    again = approval_of(services, cast.milestone)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", again, "approve", signer)
    assert a.state_of(services, Milestone, cast.milestone) == MilestoneState.ACCEPTED
