"""The shapes that readings answer with: English field names, civil dates and instants in ISO, quantities as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

Named = Annotated[str, Field(examples=["市机管局"])]
Version = Annotated[int, Field(description="Counts each change; the ETag.", examples=[1])]
Light = Annotated[str, Field(description="green, blue, yellow or red.", examples=["green"])]

AWAITS = Field(description="The event whose dates are still awaited (日期待定).", examples=[None])


class UnitName(BaseModel):
    id: int = Field(examples=[3])
    name: Named


class PersonName(BaseModel):
    id: int = Field(examples=[21])
    name: str = Field(examples=["欧文洁"])


class TaskName(BaseModel):
    id: int = Field(examples=[4])
    number: int = Field(examples=[4])
    name: str = Field(examples=["推进公共机构开展能源审计及后评估"])


class BoardTask(BaseModel):
    """What everybody signed in may know of a task: its name, light and lead."""

    id: int = Field(examples=[4])
    number: int = Field(examples=[4])
    name: str = Field(examples=["推进公共机构开展能源审计及后评估"])
    programme: str | None = Field(examples=["基础工程"])
    lead: UnitName | None
    light: Light
    seen: bool = Field(description="Whether the caller may open it.", examples=[True])


class TaskRow(BaseModel):
    """A task in a list."""

    id: int = Field(examples=[4])
    plan_id: int = Field(examples=[1])
    number: int = Field(examples=[4])
    name: str = Field(examples=["推进公共机构开展能源审计及后评估"])
    programme: str | None = Field(examples=["基础工程"])
    state: str = Field(examples=["in_progress"])
    lead: UnitName | None
    light: Light
    milestones_done: int = Field(description="Accepted or waived.", examples=[1])
    milestones_total: int = Field(examples=[2])
    next_due_on: date | None = Field(description="Of the first open milestone.", examples=["2022-12-30"])
    version: Version


class PartView(BaseModel):
    """One unit's place in a task, with its own 签收."""

    id: int = Field(examples=[9])
    task_id: int = Field(examples=[4])
    unit: UnitName
    role: str = Field(examples=["lead"])
    state: str = Field(examples=["acknowledged"])
    acknowledged_at: datetime | None = Field(examples=["2022-01-17T01:00:00Z"])
    version: Version


class Measure(BaseModel):
    """An indicator with what has been reached so far."""

    id: int = Field(examples=[11])
    metric: str = Field(examples=["能源审计"])
    target: str | None = Field(examples=["300"])
    reached: str | None = Field(description="null: nothing reported yet.", examples=["180"])
    met: bool = Field(examples=[False])
    reported: str | None = Field(
        default=None,
        description="What was reported by now, accepted or not; told with a milestone.",
        examples=[None],
    )
    unit: str | None = Field(examples=["家"])
    comparator: str = Field(examples=["at_least"])
    basis: str = Field(examples=["annual_increment"])
    kind: str = Field(examples=["count"])
    original: str | None = Field(
        default=None, description="The first target, where it has moved since.", examples=["300"]
    )
    numerator: str | None = Field(default=None, description="Of a ratio, as counted.", examples=[None])
    denominator: str | None = Field(default=None, examples=[None])
    not_applicable: bool = Field(default=False, description="0/0: there is nothing to measure by.")
    definition_open: int = Field(default=0, description="Questions that its definition card leaves open.")


class MilestoneRow(BaseModel):
    """A milestone in a list."""

    id: int = Field(examples=[7])
    task: TaskName
    year: int = Field(examples=[2022])
    text: str = Field(examples=["300家能源审计"])
    state: str = Field(examples=["in_progress"])
    light: Light
    due_on: date = Field(examples=["2022-12-30"])
    due_basis: str = Field(examples=["year_end"])
    due_provisional: bool = Field(examples=[False])
    due_awaits_event: str | None = AWAITS
    version: Version


class TaskMilestone(BaseModel):
    """A milestone within its task."""

    id: int = Field(examples=[7])
    year: int = Field(examples=[2022])
    text: str = Field(examples=["300家能源审计"])
    state: str = Field(examples=["in_progress"])
    light: Light
    due_on: date = Field(examples=["2022-12-30"])
    due_basis: str = Field(examples=["year_end"])
    due_provisional: bool = Field(examples=[False])
    due_awaits_event: str | None = AWAITS
    version: Version
    indicators: list[Measure]


class MeetingName(BaseModel):
    """The meeting that something rests on."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["公共机构节能工作联席会议第3次会议"])
    number: str = Field(description="Of the minutes.", examples=["沪机管会纪〔2022〕3号"])
    held_on: date = Field(examples=["2022-06-01"])


class TargetMoveView(BaseModel):
    """A move of a target, with its reason: the original figure is never lost."""

    indicator_id: int = Field(examples=[11])
    metric: str = Field(examples=["能源审计"])
    from_quantity: str | None = Field(examples=["300"])
    to_quantity: str | None = Field(examples=["280"])
    basis: str = Field(examples=["adjustment"])
    other_id: int | None = Field(
        description="Of a figure carried over, the indicator it came from or went to.", examples=[None]
    )
    adjustment_id: int | None = Field(examples=[1])
    meeting: MeetingName | None
    reason: str = Field(examples=["联席会议第3次会议议定。"])
    moved_at: datetime = Field(examples=["2022-06-02T02:00:00Z"])
    moved_by: PersonName | None


class TaskView(TaskRow):
    """A task with all that its page shows."""

    printed_name: str = Field(examples=["推進公共機構開展能源審計及後評估"])
    goal: str = Field(examples=["推动600家以上公共机构开展能源审计。"])
    printed_goal: str = Field(examples=["推動600家以上公共機構開展能源審計。"])
    origin: str = Field(examples=["document"])
    origin_details: dict[str, Any] | None = Field(
        description="Of an item opened by hand: who instructed, which decision, or what was found.",
        examples=[{"by": "王副市长", "on": "2022-03-01", "text": "请机管局牵头研究。"}],
    )
    source_line: int | None = Field(examples=[140])
    assigned_at: datetime = Field(examples=["2022-01-14T01:00:00Z"])
    suspended_on: date | None = Field(examples=[None])
    suspended_until_on: date | None = Field(
        description="The day on which it is taken up again by itself.", examples=[None]
    )
    reporting: str = Field(description="none: as its plan says.", examples=["none"])
    parts: list[PartView]
    milestones: list[TaskMilestone]
    goals: list[Measure]
    target_moves: list[TargetMoveView] = Field(description="Of its goals, oldest first.")


class FigureView(BaseModel):
    """A reported figure, or words without one."""

    id: int = Field(examples=[31])
    indicator_id: int | None = Field(examples=[11])
    share_id: int | None = Field(description="null: on the milestone itself.", examples=[None])
    quantity: str | None = Field(description="Of a ratio, the numerator.", examples=["180"])
    base: str | None = Field(description="Of a ratio, the denominator.", examples=[None])
    delivered: dict[str, Any] | None = Field(description="Of a deliverable: the document.", examples=[None])
    corrects_id: int | None = Field(description="The figure that it takes the place of.", examples=[None])
    note: str | None = Field(examples=["已完成180家能源审计。"])
    unit: UnitName
    as_of_on: date = Field(examples=["2022-06-30"])
    reported_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    reported_by: PersonName


class EvidenceView(BaseModel):
    """佐证材料: a file, known by its SHA-256."""

    id: int = Field(examples=[5])
    milestone_id: int = Field(examples=[7])
    share_id: int | None = Field(description="null: on the milestone itself.", examples=[None])
    task_id: int = Field(examples=[4])
    file_name: str = Field(examples=["能源审计报告.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48213])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    true_on: date = Field(description="When what it shows became true.", examples=["2022-06-30"])
    expires_on: date | None = Field(examples=[None])
    state: str = Field(examples=["attached"])
    supersedes_id: int | None = Field(examples=[None])
    unit: UnitName
    attached_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    attached_by: PersonName
    version: Version


class DueMoveView(BaseModel):
    """A move of a due date, with its reason."""

    from_on: date | None = Field(examples=["2022-12-30"])
    to_on: date = Field(examples=["2023-01-13"])
    basis: str = Field(examples=["ruling"])
    reason: str | None = Field(examples=["经联席会议同意"])
    moved_at: datetime = Field(examples=["2022-12-20T02:00:00Z"])


class ShareName(BaseModel):
    id: int = Field(examples=[12])
    text: str = Field(description="What the unit is to bring.", examples=["完成20家能源审计"])
    due_on: date = Field(examples=["2022-11-30"])


class CardView(BaseModel):
    """牌: a card, with the numbers and the rule that earned it."""

    id: int = Field(examples=[1])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    share: ShareName | None = Field(description="The share that was late; none: the milestone itself.")
    unit: UnitName
    colour: str = Field(examples=["red"])
    rung: str = Field(examples=["late_15"])
    episode: int = Field(examples=[1])
    earned_on: date = Field(examples=["2023-01-30"])
    state: str = Field(examples=["raised"])
    working: dict[str, Any] = Field(examples=[{"days_late": 15, "rules": "2022-1"}])
    raised_at: datetime = Field(examples=["2023-01-30T22:00:00Z"])
    version: Version


class NoticeView(BaseModel):
    """通知: numbered at issue."""

    id: int = Field(examples=[1])
    task: TaskName
    milestone_id: int | None = Field(examples=[7])
    card_id: int | None = Field(examples=[1])
    unit: UnitName
    kind: str = Field(examples=["red_card"])
    state: str = Field(examples=["issued"])
    reference: str | None = Field(description="文号.", examples=["沪机管督〔2023〕1号"])
    code: str | None = Field(examples=["9A0364B9E99B"])
    requirement: str | None = Field(examples=[None])
    reply_on: date = Field(examples=["2023-02-06"])
    reply: str | None = Field(examples=[None])
    drafted_at: datetime = Field(examples=["2023-01-30T22:00:00Z"])
    issued_at: datetime | None = Field(examples=["2023-01-31T02:00:00Z"])
    pdf: str | None = Field(
        description="Where the paper is, once it is printed.", examples=["/api/v1/notices/1/pdf"]
    )
    pdf_sha256: str | None = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    version: Version
