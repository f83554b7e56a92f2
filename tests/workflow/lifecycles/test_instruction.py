"""Instructions 批示: from a leader's words to the unit's reply, and none left open when a task is closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import Grant, Instruction
from models.states import Role
from tests.people import START, Cast, HandClock, add, add_person, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted, NotReady, ReasonRequired, WrongState

TODAY = START.date()


def row(services: Services, instruction: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Instruction.__table__).where(Instruction.id == instruction)).one()


def addressed(unit: int) -> list[dict[str, Any]]:
    return [{"role": role, "unit_id": unit} for role in ("owner", "leader")]


def test_a_leader_instructs_and_the_unit_is_told(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        instruction = a.an_instruction(services, cast)
    assert seen.events == [
        ("task", "instruct", "assigned", cast.sven), ("instruction", "issue", "issued", cast.sven),
    ]  # fmt: skip
    assert seen.letters == [("instructed", audience) for audience in addressed(cast.lead)]
    found = row(services, instruction)
    assert (found.task_id, found.unit_id, found.due_on, found.issued_by) == (
        cast.task,
        cast.lead,
        TODAY,
        cast.sven,
    )
    assert (found.state, found.text, found.reply) == ("issued", "请一周内报送推进计划。", None)


def test_a_leader_who_sees_all_by_another_right_instructs_too(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        add(tx, Grant, person_id=cast.karl, role=Role.LEADER, unit_id=cast.other, from_on=TODAY)
    do(services, "task", cast.task, "instruct", cast.karl, details=a.asking(cast.joint, TODAY))


@pytest.mark.parametrize("who", ["olga", "lena", "amira", "karl"])
def test_nobody_else_does(services: Services, cast: Cast, who: str) -> None:
    with refused(services, NotPermitted):
        do(services, "task", cast.task, "instruct", getattr(cast, who), details=a.asking(cast.lead, TODAY))


def test_the_unit_has_a_part_and_the_limit_is_ahead(services: Services, cast: Cast) -> None:
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "instruct", cast.sven,
           details=a.asking(cast.other, TODAY - timedelta(days=1)))  # fmt: skip
    assert [(m.code, m.facts["field"]) for m in error.value.missing] == [
        ("own_unit", "unit_id"), ("not_in_past", "due_on"),
    ]  # fmt: skip


def test_a_reply_goes_to_who_asked_and_to_the_supervisors(services: Services, cast: Cast) -> None:
    instruction = a.an_acknowledged_instruction(services, cast)
    with watching(services) as seen:
        do(services, "instruction", instruction, "reply", cast.lena, details={"text": "已报送。"})
    assert seen.events == [("instruction", "reply", "replied", cast.lena)]
    assert seen.letters == [
        ("instruction_replied", {"person_id": cast.sven}),
        ("instruction_replied", {"role": "supervisor", "office": True}),
    ]
    found = row(services, instruction)
    assert (found.reply, found.replied_by, found.replied_at) == ("已报送。", cast.lena, services.clock())


def test_a_reply_needs_no_acknowledgement_before_it(services: Services, cast: Cast) -> None:
    instruction = a.an_instruction(services, cast)
    do(services, "instruction", instruction, "reply", cast.olga, details={"text": "已报送。"})
    assert row(services, instruction).state == "replied"


@pytest.mark.parametrize(
    ("who", "refusal"), [("rashid", NotPermitted), ("jun", NotFound), ("petra", NotFound)]
)
def test_only_owner_or_leader_of_the_unit_replies(
    services: Services, cast: Cast, who: str, refusal: Any
) -> None:
    instruction = a.an_instruction(services, cast)
    with refused(services, refusal):
        do(services, "instruction", instruction, "reply", getattr(cast, who), details={"text": "已报送。"})


def test_a_leader_asks_again_with_a_new_limit(services: Services, cast: Cast, clock: HandClock) -> None:
    instruction = a.an_answered_instruction(services, cast)
    clock.go_to(2022, 2, 1)
    with refused(services, ReasonRequired):
        do(services, "instruction", instruction, "ask_again", cast.sven)
    with refused(services, NotReady):
        do(services, "instruction", instruction, "ask_again", cast.sven, reason="不具体",
           details={"due_on": "2022-01-31"})  # fmt: skip
    with watching(services) as seen:
        do(services, "instruction", instruction, "ask_again", cast.sven, reason="不具体",
           details={"due_on": "2022-02-08"})  # fmt: skip
    assert seen.events == [("instruction", "ask_again", "acknowledged", cast.sven)]
    assert seen.letters == [("instruction_asked_again", audience) for audience in addressed(cast.lead)]
    assert row(services, instruction).due_on == date(2022, 2, 8)
    do(services, "instruction", instruction, "reply", cast.olga, details={"text": "补充如下。"})
    assert row(services, instruction).reply == "补充如下。"


def test_without_a_new_limit_the_old_one_stays(services: Services, cast: Cast) -> None:
    instruction = a.an_answered_instruction(services, cast)
    do(services, "instruction", instruction, "ask_again", cast.sven, reason="不具体")
    assert row(services, instruction).due_on == TODAY


@pytest.mark.parametrize("who", ["sven", "amira"])
def test_who_issued_it_or_a_supervisor_closes(services: Services, cast: Cast, who: str) -> None:
    instruction = a.an_answered_instruction(services, cast)
    with watching(services) as seen:
        do(services, "instruction", instruction, "close", getattr(cast, who))
    assert seen.letters == [("instruction_closed", audience) for audience in addressed(cast.lead)]
    assert row(services, instruction).state == "closed"


def test_another_leader_neither_closes_nor_withdraws(services: Services, cast: Cast) -> None:
    instruction = a.an_instruction(services, cast)
    with services.transaction() as tx:
        chief = add_person(tx, "chief", "主任", (Role.LEADER, cast.office))
    with refused(services, NotPermitted):
        do(services, "instruction", instruction, "withdraw", chief, reason="误发")
    do(services, "instruction", instruction, "reply", cast.olga, details={"text": "已报送。"})
    with refused(services, NotPermitted):
        do(services, "instruction", instruction, "close", chief)


def test_who_issued_it_withdraws_it_unanswered(services: Services, cast: Cast) -> None:
    instruction = a.an_instruction(services, cast)
    with watching(services) as seen:
        do(services, "instruction", instruction, "withdraw", cast.sven, reason="误发")
    assert seen.topics == ["instruction_withdrawn"] * 2
    with refused(services, WrongState):
        do(services, "instruction", instruction, "reply", cast.olga, details={"text": "已报送。"})


def test_a_task_is_not_closed_over_an_unanswered_instruction(services: Services, cast: Cast) -> None:
    task = a.a_finished_task(services, cast)
    instruction = a.an_instruction(services, cast)
    for unanswered in (True, False):
        if unanswered:
            with refused(services, NotReady) as error:
                do(services, "task", task, "close_out", cast.amira)
            (lack,) = error.value.missing
            assert (lack.code, lack.facts) == ("instructions_settled", {"count": 1, "units": "市机管局"})
            do(services, "instruction", instruction, "reply", cast.olga, details={"text": "已报送。"})
        else:
            do(services, "task", task, "close_out", cast.amira)
    assert a.state_of(services, Instruction, instruction) == "replied"
