"""Approvals as answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.views import PersonName, TaskName, UnitName, Version

DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


class DecisionView(BaseModel):
    """What was decided in a seat, and over which digest."""

    verdict: str = Field(examples=["approve"])
    opinion: str | None = Field(examples=["材料齐全，同意。"])
    decided_by: PersonName | None = Field(description="null: the limit passed in silence.")
    substitute_for: PersonName | None = Field(description="In whose stead it was signed (代理).")
    decided_at: datetime = Field(examples=["2022-07-04T02:00:00Z"])
    digest: str = Field(examples=[DIGEST])


class HolderName(PersonName):
    """Somebody who could sign a seat today."""

    substitute_for: PersonName | None = Field(
        default=None, description="In whose stead they could (代理); null: in their own right."
    )


class SeatView(BaseModel):
    """One place to sign in a step."""

    id: int = Field(examples=[41])
    step: int = Field(examples=[1])
    step_key: str = Field(examples=["review"])
    mode: str = Field(examples=["any"])
    turn: int = Field(description="Its place in a sequence.", examples=[0])
    quorum: int | None = Field(description="Of a vote: how many votes carry the step.", examples=[None])
    role: str | None = Field(description="Held by whoever has the role in the unit.", examples=["reviewer"])
    unit: UnitName | None
    person: PersonName | None = Field(description="Who alone may sign it.")
    delegated_by: PersonName | None = Field(description="To whom it comes back 委派.")
    added_to: int | None = Field(description="The seat that it was added to 加签.", examples=[None])
    added_by: PersonName | None = Field(description="Who added it.")
    relation: str | None = Field(description="Where: before, beside or after it.", examples=[None])
    state: str = Field(examples=["signed"])
    opened_at: datetime | None = Field(examples=["2022-07-01T02:00:00Z"])
    limit_days: int | None = Field(description="Working days from its opening.", examples=[7])
    limit_on: date | None = Field(
        description="The last civil day of its limit; later by suspensions.", examples=["2022-07-12"]
    )
    limit_provisional: bool = Field(description="A holiday notice may still move it.", examples=[False])
    overdue: bool = Field(description="That day has passed.", examples=[False])
    at_limit: str | None = Field(description="What happens then: urge, escalate or pass.", examples=["pass"])
    urged_on: date | None = Field(examples=[None])
    decision: DecisionView | None
    may_sign: list[HolderName] | None = Field(
        default=None,
        description="Who could sign it today, or could if it were its turn; told with one approval, of seats that "
        "nobody has signed. Empty: nobody can.",
    )


class ApprovalRow(BaseModel):
    """An approval in a list."""

    id: int = Field(examples=[2])
    task: TaskName
    milestone_id: int | None = Field(description="null: about the task as a whole.", examples=[7])
    year: int | None = Field(examples=[2022])
    purpose: str = Field(examples=["acceptance"])
    subject_kind: str = Field(examples=["milestone"])
    subject_id: int = Field(examples=[7])
    round: int = Field(examples=[1])
    state: str = Field(examples=["open"])
    digest: str = Field(examples=[DIGEST])
    etag: str = Field(description="For `If-Match`: digest and round.", examples=[f'"{DIGEST}.1"'])
    opened_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    opened_by: PersonName
    unit: UnitName | None = Field(description="The unit or department that submitted it.")
    standing_at: list[str] = Field(
        description="Keys of the steps that wait for a signature.", examples=[["countersign"]]
    )
    limit_on: date | None = Field(
        description="The first last day of the limits that run.", examples=["2022-07-12"]
    )
    limit_provisional: bool = Field(description="A holiday notice may still move it.", examples=[False])
    overdue: bool = Field(description="It has passed.", examples=[False])
    suspended: bool = Field(description="The task is suspended: no limit runs.", examples=[False])
    closed_at: datetime | None = Field(examples=[None])
    version: Version


class ApprovalView(ApprovalRow):
    """An approval with its seats and the text that is signed."""

    signed_facts: str = Field(
        description="The canonical text under the digest.", examples=['{"evidence":[]}']
    )
    seats: list[SeatView]


class DefinitionName(BaseModel):
    """The definition that an approval began with, and keeps."""

    key: str = Field(examples=["milestone"])
    edition: int = Field(examples=[1])


class StepView(BaseModel):
    """A step of the route: gone through, waited for, or still to come."""

    number: int = Field(examples=[2])
    key: str = Field(examples=["countersign"])
    label: str = Field(description="In the reader's language.", examples=["会签"])
    mode: str = Field(examples=["all"])
    quorum: int | None = Field(examples=[None])
    state: str = Field(
        description="carried, current, to_come; of a round that is over also lost, ended, not_reached.",
        examples=["current"],
    )
    opened_at: datetime | None = Field(examples=["2022-07-04T02:00:00Z"])
    ended_at: datetime | None = Field(examples=[None])
    working_days: int | None = Field(
        description="On which its signers were asked; days of a suspension do not count.", examples=[3]
    )
    provisional: bool = Field(description="A holiday notice may still change that count.", examples=[False])


class MoveView(BaseModel):
    """A move in the approval's record: who did what with which seat, when and why."""

    seq: int = Field(description="Its place in the task's chain.", examples=[12])
    at: datetime = Field(examples=["2022-07-04T02:00:00Z"])
    action: str = Field(examples=["transfer"])
    label: str = Field(description="In the reader's language.", examples=["转办"])
    actor: PersonName | None = Field(description="null: the system.")
    reason: str | None = Field(examples=["出差，请代为审核。"])
    details: dict[str, Any] | None = Field(examples=[{"seat_id": 41, "person_id": 7}])
    people: list[PersonName] = Field(description="Whom the details name.")


class CommentView(BaseModel):
    """What somebody said without deciding."""

    id: int = Field(examples=[1])
    text: str = Field(examples=["请核对第三季度数据。"])
    mentions: list[PersonName]
    said_by: PersonName
    said_at: datetime = Field(examples=["2022-07-04T02:00:00Z"])


class PartyView(BaseModel):
    """Somebody who was asked about it, beside those whose role has a seat."""

    person: PersonName
    because: str = Field(description="named, copied, mentioned or substitute.", examples=["copied"])
    since_at: datetime = Field(examples=["2022-07-04T02:00:00Z"])


class RoundView(BaseModel):
    """Another round over the same subject."""

    id: int = Field(examples=[1])
    round: int = Field(examples=[1])
    state: str = Field(examples=["returned"])
    opened_at: datetime = Field(examples=["2022-06-20T02:00:00Z"])
    closed_at: datetime | None = Field(examples=["2022-06-24T02:00:00Z"])


class ApprovalCourse(ApprovalView):
    """One approval: its route so far and still to come, and everything said and done on it."""

    definition: DefinitionName
    steps: list[StepView]
    moves: list[MoveView]
    comments: list[CommentView]
    parties: list[PartyView]
    earlier_rounds: list[RoundView] = Field(description="Those of the same subject that the caller sees.")


class BoxCount(BaseModel):
    """How many are in a box, and in how many of them a limit has passed."""

    total: int = Field(examples=[12])
    overdue: int = Field(examples=[1])


class BoxCounts(BaseModel):
    """Every box at once."""

    to_sign: BoxCount
    signed: BoxCount
    opened: BoxCount
    copied: BoxCount
    delegated: BoxCount
    delegated_by_me: BoxCount
