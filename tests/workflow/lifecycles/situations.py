"""Situations that acts are tried in. Each is made by performing what came before it, never by writing a state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import func, select

from models import (
    Adjustment,
    Card,
    Extension,
    Instruction,
    Milestone,
    Notice,
    Part,
    Problem,
    Report,
    Task,
    Waiver,
    WorkPlan,
)
from models.states import DueBasis, MilestoneState, Origin, PartRole, PartState, Role, TaskState
from tests.people import Cast, accept, add, add_person, approval_of, do, file, sign
from workflow.bootstrap import Services
from workflow.meetings import MeetingEntry, enter_meeting

NUMBERS = count(1)
"""Of minutes: no two meetings are the same."""
REASON = "联席会议第3次会议议定。"
WHY = "部分单位搬迁，暂不具备审计条件。"


def a_new_task(services: Services, cast: Cast) -> int:
    return cast.task


def an_acknowledged_task(services: Services, cast: Cast) -> int:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    return cast.task


def a_task_under_way(services: Services, cast: Cast) -> int:
    a_started_milestone(services, cast)
    return cast.task


def a_suspended_task(services: Services, cast: Cast) -> int:
    a_task_under_way(services, cast)
    do(services, "task", cast.task, "suspend", cast.amira, reason=REASON)
    return cast.task


def a_completed_task(services: Services, cast: Cast) -> int:
    """300 audits accepted in the first year, the second year waived: complete, and 300 short of its goal."""
    accept(services, cast)
    do(services, "milestone", cast.second, "waive", None, reason=REASON)
    return cast.task


def a_finished_task(services: Services, cast: Cast, quantity: str = "300") -> int:
    """Both years carried through all steps; `quantity` is what the second year reached."""
    accept(services, cast)
    carry(services, cast, cast.second, cast.second_indicator, quantity)
    return cast.task


def a_closed_task(services: Services, cast: Cast) -> int:
    a_finished_task(services, cast)
    do(services, "task", cast.task, "close_out", cast.amira)
    return cast.task


def a_cancelled_task(services: Services, cast: Cast) -> int:
    a_task_under_way(services, cast)
    do(services, "task", cast.task, "cancel", cast.amira, reason=REASON)
    return cast.task


def a_planned_milestone(services: Services, cast: Cast) -> int:
    an_acknowledged_task(services, cast)
    return cast.milestone


def a_started_milestone(services: Services, cast: Cast) -> int:
    an_acknowledged_task(services, cast)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    return cast.milestone


def a_milestone_with_all_it_needs(services: Services, cast: Cast) -> int:
    a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=progress(cast.indicator, "300"))
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    return cast.milestone


def a_submitted_milestone(services: Services, cast: Cast) -> int:
    a_milestone_with_all_it_needs(services, cast)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    return cast.milestone


def an_accepted_milestone(services: Services, cast: Cast) -> int:
    accept(services, cast)
    return cast.milestone


def a_joint_part(services: Services, cast: Cast) -> int:
    return part_of(services, cast.task, cast.joint)


def the_lead_part(services: Services, cast: Cast) -> int:
    return part_of(services, cast.task, cast.lead)


def a_raised_card(services: Services, cast: Cast) -> int:
    an_acknowledged_task(services, cast)
    do(services, "milestone", cast.milestone, "raise_card", None, details=earned())
    return latest(services, Card)


def an_acknowledged_card(services: Services, cast: Cast) -> int:
    card = a_raised_card(services, cast)
    do(services, "card", card, "acknowledge", cast.olga)
    return card


def an_appealed_card(services: Services, cast: Cast) -> int:
    card = a_raised_card(services, cast)
    do(services, "card", card, "appeal", cast.lena, reason="数据已在期限前报送。")
    return card


def a_card_whose_work_is_done(services: Services, cast: Cast) -> int:
    card = an_acknowledged_card(services, cast)
    do(services, "milestone", cast.milestone, "waive", None, reason=REASON)
    return card


def a_card_to_verify(services: Services, cast: Cast) -> int:
    card = a_card_whose_work_is_done(services, cast)
    do(services, "card", card, "request_verification", cast.olga)
    return card


def a_drafted_notice(services: Services, cast: Cast) -> int:
    do(services, "task", cast.task, "draft_notice", cast.amira, details=notice_draft(services, cast))
    return latest(services, Notice)


def a_signed_notice(services: Services, cast: Cast) -> int:
    notice = a_drafted_notice(services, cast)
    do(services, "notice", notice, "sign_off", cast.sven)
    return notice


def an_issued_notice(services: Services, cast: Cast) -> int:
    notice = a_signed_notice(services, cast)
    do(services, "notice", notice, "issue", cast.amira)
    return notice


def an_acknowledged_notice(services: Services, cast: Cast) -> int:
    notice = an_issued_notice(services, cast)
    do(services, "notice", notice, "acknowledge", cast.olga)
    return notice


def an_answered_notice(services: Services, cast: Cast) -> int:
    notice = an_acknowledged_notice(services, cast)
    do(services, "notice", notice, "reply", cast.olga, details={"text": "预计7月15日前完成。"})
    return notice


def an_instruction(services: Services, cast: Cast) -> int:
    do(services, "task", cast.task, "instruct", cast.sven, details=asking(cast.lead, services.clock().date()))
    return latest(services, Instruction)


def an_acknowledged_instruction(services: Services, cast: Cast) -> int:
    instruction = an_instruction(services, cast)
    do(services, "instruction", instruction, "acknowledge", cast.rashid)
    return instruction


def an_answered_instruction(services: Services, cast: Cast) -> int:
    instruction = an_acknowledged_instruction(services, cast)
    do(services, "instruction", instruction, "reply", cast.olga, details={"text": "推进计划已报送。"})
    return instruction


def asking(unit: int, due_on: date) -> dict[str, Any]:
    return {"unit_id": unit, "text": "请一周内报送推进计划。", "due_on": due_on}


def a_meeting(services: Services, cast: Cast) -> int:
    """What the joint meeting decided two days before."""
    entry = MeetingEntry(
        name="公共机构节能工作联席会议第3次会议", number=f"会纪〔2022〕{next(NUMBERS)}号", held_on=date(2022, 1, 12),
        decisions=["将2022年能源审计目标由300家调整为280家。", "暂缓两项任务两个月。"],
    )  # fmt: skip
    with services.transaction() as tx:
        return enter_meeting(tx, entry, cast.amira, services.clock())


def propose(
    services: Services, cast: Cast, kind: str, change: dict[str, Any], who: int | None = None, **more: Any
) -> int:
    """A proposal by Amira, unless by somebody else: the adjustment."""
    details = {"kind": kind, "meeting_id": a_meeting(services, cast), "decision": 1, "change": change, **more}
    do(
        services, "task", cast.task, "propose_adjustment", who or cast.amira, reason=REASON, details=details
    )  # fmt: skip
    return latest(services, Adjustment)


def a_proposed_adjustment(services: Services, cast: Cast) -> int:
    return propose(services, cast, "retarget", {"quantity": "280"}, indicator_id=cast.indicator)


def a_required_work_plan(services: Services, cast: Cast) -> int:
    an_acknowledged_task(services, cast)
    return latest(services, WorkPlan)


def a_submitted_work_plan(services: Services, cast: Cast) -> int:
    work_plan = a_required_work_plan(services, cast)
    do(services, "work_plan", work_plan, "submit", cast.olga, details=planned(cast))
    return work_plan


def an_approved_work_plan(services: Services, cast: Cast) -> int:
    work_plan = a_submitted_work_plan(services, cast)
    sign(services, "work_plan", work_plan, cast.amira)
    return work_plan


def asked_extension(due_on: str = "2023-01-31") -> dict[str, str]:
    """Until when, and what is done by now."""
    return {"due_on": due_on, "progress": "已完成270家，其余30家已进场。"}


def a_requested_extension(services: Services, cast: Cast) -> int:
    a_started_milestone(services, cast)
    return request_extension(services, cast)


def request_extension(services: Services, cast: Cast, due_on: str = "2023-01-31") -> int:
    """Olga asks for more time for the first milestone: the extension."""
    asked = asked_extension(due_on)
    do(services, "milestone", cast.milestone, "request_extension", cast.olga, reason=WHY, details=asked)
    return latest(services, Extension)


def a_granted_extension(services: Services, cast: Cast) -> int:
    extension = a_requested_extension(services, cast)
    sign(services, "extension", extension, cast.rashid, cast.amira)
    return extension


def a_requested_waiver(services: Services, cast: Cast) -> int:
    a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "request_waiver", cast.olga, reason=WHY)
    return latest(services, Waiver)


def a_due_report(services: Services, cast: Cast) -> int:
    """On what was left of January."""
    an_acknowledged_task(services, cast)
    period = {"from_on": "2022-01-14", "upto_on": "2022-01-31", "due_on": "2022-02-11"}
    do(services, "task", cast.task, "call_report", None, details=period)
    return latest(services, Report)


def a_filed_report(services: Services, cast: Cast) -> int:
    report = a_due_report(services, cast)
    do(services, "report", report, "file", cast.olga, details=told())
    return report


def a_raised_problem(services: Services, cast: Cast) -> int:
    do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": "审计经费尚未落实。"})
    return latest(services, Problem)


def an_answered_problem(services: Services, cast: Cast) -> int:
    problem = a_raised_problem(services, cast)
    do(services, "problem", problem, "answer", cast.amira, details={"text": "已商市财政局。"})
    return problem


def planned(cast: Cast, *steps: tuple[str, str]) -> dict[str, Any]:
    """A work plan with checkpoints (day, quantity) of the first milestone; by default half by midsummer."""
    checkpoints = [
        {"milestone_id": cast.milestone, "due_on": due_on, "text": f"完成{quantity}家。",
         "indicator_id": cast.indicator, "quantity": quantity}
        for due_on, quantity in steps or (("2022-06-30", "150"), ("2022-12-30", "300"))
    ]  # fmt: skip
    return {"text": "分两批推进。", "checkpoints": checkpoints}


def told(*problems: str) -> dict[str, Any]:
    """What people say in a report."""
    return {"done": "完成20家。", "next_steps": "下月完成15家。", "problems": list(problems)}


def carry(services: Services, cast: Cast, milestone: int, indicator: int, quantity: str) -> None:
    """A milestone from planned to accepted. Falls short of a target only where the target was lowered."""
    do(services, "milestone", milestone, "start", cast.olga)
    do(services, "milestone", milestone, "report", cast.olga, details=progress(indicator, quantity))
    do(services, "milestone", milestone, "attach", cast.olga, details=file())
    do(services, "milestone", milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, milestone), "approve", signer)


def progress(indicator: int, quantity: str, on: date = date(2022, 1, 14)) -> dict[str, Any]:
    return {
        "figures": [{"indicator_id": indicator, "quantity": quantity}],
        "as_of_on": on,
        "note": "已完成审计。",
    }


def earned(colour: str = "red", rung: str = "late-15", episode: int = 1) -> dict[str, Any]:
    """A card as the ladder hands it over, with the notice that goes with it."""
    return {
        "colour": colour, "rung": rung, "episode": episode, "earned_on": "2022-01-14", "days_late": 15,
        "reply_on": "2022-01-24", "working": {"days_late": 15, "limit": 15, "rules_version": "default-1"},
        "notice_kind": f"{colour}_card",
    }  # fmt: skip


def notice_draft(services: Services, cast: Cast) -> dict[str, Any]:
    return {
        "unit_id": cast.lead,
        "milestone_id": cast.milestone,
        "requirement": "请于5个工作日内报送进展情况及下一步措施。",
        "reply_on": services.clock().date(),
    }


def latest(services: Services, model: Any) -> int:
    """The id of the row that was made last."""
    with services.reading() as tx:
        return int(tx.execute(select(func.max(model.id))).scalar_one())


def state_of(services: Services, model: Any, row_id: int) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(model.state).where(model.id == row_id)).scalar_one())


def part_of(services: Services, task: int, unit: int) -> int:
    with services.reading() as tx:
        found = select(Part.id).where(Part.task_id == task, Part.unit_id == unit)
        return int(tx.execute(found).scalar_one())


def joint_owner(services: Services, cast: Cast) -> int:
    """An owner in the joint unit, who works on its part."""
    with services.transaction() as tx:
        return add_person(tx, "joan", "乔安", (Role.OWNER, cast.joint))


def due_on(services: Services, milestone: int) -> date:
    with services.reading() as tx:
        found: date = tx.execute(select(Milestone.due_on).where(Milestone.id == milestone)).scalar_one()
        return found


def further_tasks(services: Services, cast: Cast, count: int) -> list[Cast]:
    """The cast before further tasks of one milestone each: every task is a root of its own."""
    return [_before_another_task(services, cast, 100 + n) for n in range(count)]


def _before_another_task(services: Services, cast: Cast, number: int) -> Cast:
    with services.transaction() as tx:
        task = add(
            tx, Task, plan_id=cast.plan, number=number, name=f"任务{number}", printed_name="-", goal="-",
            printed_goal="-", state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=services.clock(),
        )  # fmt: skip
        add(
            tx, Part, task_id=task, unit_id=cast.lead, role=PartRole.LEAD, ordinal=1, state=PartState.ASSIGNED
        )
        milestone = add(
            tx, Milestone, task_id=task, year=2022, text="完成", printed_text="完成", state=MilestoneState.PLANNED,
            due_on=date(2022, 12, 30), due_basis=DueBasis.YEAR_END, due_rule="preceding",
        )  # fmt: skip
    return replace(cast, task=task, milestone=milestone)
