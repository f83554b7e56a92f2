"""Approvals as answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.views import PersonName, TaskName, UnitName, Version


class DecisionView(BaseModel):
    """What was decided in a seat, and over which digest."""

    verdict: str = Field(examples=["approve"])
    opinion: str | None = Field(examples=["材料齐全，同意。"])
    decided_by: PersonName | None = Field(description="null: the limit passed in silence.")
    substitute_for: PersonName | None = Field(description="In whose stead it was signed (代理).")
    decided_at: datetime = Field(examples=["2022-07-04T02:00:00Z"])
    digest: str = Field(examples=["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"])


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
    relation: str | None = Field(description="Where: before, beside or after it.", examples=[None])
    state: str = Field(examples=["signed"])
    opened_at: datetime | None = Field(examples=["2022-07-01T02:00:00Z"])
    decision: DecisionView | None


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
    digest: str = Field(examples=["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"])
    opened_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    opened_by: PersonName
    closed_at: datetime | None = Field(examples=[None])
    version: Version


class ApprovalView(ApprovalRow):
    """An approval with its route and the text that is signed."""

    signed_facts: str = Field(
        description="The canonical text under the digest.", examples=['{"evidence":[]}']
    )
    seats: list[SeatView]
