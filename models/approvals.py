"""Approvals: definitions as data, one approval per submission, its seats and the decisions taken in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, index_where, one_of
from models.states import (
    ApprovalState,
    AtLimit,
    IndicatorKind,
    Purpose,
    Relation,
    Role,
    SeatState,
    StepMode,
    Verdict,
)


class ApprovalDefinition(Row, Rooted):
    """Ordered steps. A new edition is a new row, and running approvals keep theirs. The first edition under a key is
    the root of them all: its chain records every one."""

    __tablename__ = "approval_definition"
    __table_args__ = (
        UniqueConstraint("key", "edition"),
        Index(
            "uq_approval_definition_in_force", "key", unique=True,
            sqlite_where=text("superseded_at IS NULL"), postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_approval_definition_purpose", "purpose"),
    )  # fmt: skip
    key: Mapped[str] = mapped_column(String(60))
    edition: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    """What it holds for; null: for all of them."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    kind: Mapped[IndicatorKind | None] = mapped_column(one_of(IndicatorKind))
    narrowness: Mapped[int] = mapped_column(default=0)
    body: Mapped[dict[str, Any]]
    source: Mapped[str | None] = mapped_column(Text)
    """The text as it was entered (YAML)."""
    sha256: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime | None]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Null: it shipped with Duban."""
    superseded_at: Mapped[datetime | None]


class Approval(Row, Versioned):
    """One round of signatures over one submission."""

    __tablename__ = "approval"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        UniqueConstraint("subject_kind", "subject_id", "round"),
        Index("ix_approval_task_id", "task_id"),
        Index("ix_approval_milestone_id", "milestone_id"),
        Index("ix_approval_opened_by", "opened_by"),
        Index(
            "uq_approval_one_open", "subject_kind", "subject_id", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
    )  # fmt: skip
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int | None]
    """The milestone it is about; null where it is about the task as a whole."""
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose))
    round: Mapped[int]
    state: Mapped[ApprovalState] = mapped_column(one_of(ApprovalState))
    definition_id: Mapped[int] = mapped_column(ForeignKey("approval_definition.id"))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over targets, figures, evidence versions and the submission's text."""
    signed_facts: Mapped[str] = mapped_column(Text)
    """The canonical text under the digest: what was asked for approval, for ever."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The department that submitted: it may not accept."""
    carries_over: Mapped[bool] = mapped_column(default=False)
    """Whether who signed one step need not sign the next one as well."""
    returned_step: Mapped[int | None]
    """Of a returned round: the step from which the next one goes on; null: from the first."""
    closed_at: Mapped[datetime | None]


def _of_open_seats(name: str, *columns: str) -> Index:
    """What waits is found without reading what was ever signed."""
    is_open = text("state = 'open'")
    return Index(name, *columns, sqlite_where=is_open, postgresql_where=is_open)


class Seat(Row):
    """One place to sign in a step: of a role in a unit, whoever holds it when signing, or of one person."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("id", "approval_id"),
        ForeignKeyConstraint(["added_to", "approval_id"], ["seat.id", "seat.approval_id"]),
        CheckConstraint("person_id IS NOT NULL OR (unit_id IS NOT NULL AND role IS NOT NULL)", name="somebodys"),
        CheckConstraint("(added_to IS NULL) = (relation IS NULL)", name="added_somewhere"),
        Index("ix_seat_approval_id", "approval_id"),
        _of_open_seats("ix_seat_open_unit_id_role", "unit_id", "role"),
        _of_open_seats("ix_seat_open_person_id", "person_id"),
        _of_open_seats("ix_seat_open_limit", "limit_days", "days_lost", "opened_at", "approval_id"),
        Index("ix_seat_unit_id_role", "unit_id", "role"),
        Index("ix_seat_person_id", "person_id"),
        index_where("ix_seat_delegated_by", "delegated_by", "delegated_by IS NOT NULL"),
    )  # fmt: skip
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    step: Mapped[int]
    step_key: Mapped[str] = mapped_column(String(40))
    mode: Mapped[StepMode] = mapped_column(one_of(StepMode))
    turn: Mapped[int] = mapped_column(default=0)
    """Its place in a sequence."""
    quorum: Mapped[int | None]
    """Of a vote: how many votes carry the step."""
    role: Mapped[Role | None] = mapped_column(one_of(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who alone may sign it: named by the definition, or given the seat by a move."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("signer_group.id"))
    """In which they hold it: theirs while they are a member."""
    delegated_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """To whom it comes back 委派: until then it is looked at, not signed."""
    added_to: Mapped[int | None]
    relation: Mapped[Relation | None] = mapped_column(one_of(Relation))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[SeatState] = mapped_column(one_of(SeatState))
    opened_at: Mapped[datetime | None]
    limit_days: Mapped[int | None]
    """Working days from its opening."""
    days_lost: Mapped[int] = mapped_column(default=0, server_default="0")
    """Working days by which its limit is later: its task was suspended while it was open."""
    at_limit: Mapped[AtLimit | None] = mapped_column(one_of(AtLimit))
    limit_met_at: Mapped[datetime | None]
    """When what happens at the limit happened."""
    urged_on: Mapped[date | None]


class Decision(Row):
    """What was decided in a seat, by whom, and over which bytes."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["seat_id", "approval_id"], ["seat.id", "seat.approval_id"]),
        CheckConstraint("decided_by IS NOT NULL OR verdict = 'no_objection'", name="somebodys"),
        UniqueConstraint("seat_id"),
        Index("ix_decision_approval_id", "approval_id"),
        Index("ix_decision_decided_by_approval_id", "decided_by", "approval_id"),
        Index(
            "ix_decision_in_stead",
            "decided_by",
            sqlite_where=text("substitute_for IS NOT NULL"),
            postgresql_where=text("substitute_for IS NOT NULL"),
        ),
    )
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    seat_id: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(one_of(Verdict))
    opinion: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Null: the limit passed in silence."""
    substitute_for: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The absent person whose right was used 代理."""
    decided_at: Mapped[datetime]


class ApprovalParty(Row):
    """A person who was asked about an approval in whatever way: they see it for ever, and nothing more by it."""

    __tablename__ = "approval_party"
    __table_args__ = (
        UniqueConstraint("approval_id", "person_id", "because"),
        CheckConstraint("because IN ('named', 'copied', 'mentioned', 'substitute')", name="because"),
        Index("ix_approval_party_person_id", "person_id"),
    )
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    because: Mapped[str] = mapped_column(String(12))
    """`named`: held a seat of their own, by definition or by a move; `copied` 抄送; `mentioned` in a comment;
    `substitute`: signed for somebody."""
    since_at: Mapped[datetime]


class ApprovalComment(Row):
    """What somebody said about an approval, without deciding."""

    __tablename__ = "approval_comment"
    __table_args__ = (Index("ix_approval_comment_approval_id", "approval_id"),)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of people."""
    said_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    said_at: Mapped[datetime]


class Absence(Row):
    """Days on which somebody else may sign in a person's stead 代理."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="ends_after_it_begins"),
        CheckConstraint("substitute_id <> person_id", name="somebody_else"),
        Index("ix_absence_person_id", "person_id"),
        Index("ix_absence_substitute_id", "substitute_id"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    substitute_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    """When it was taken back before its last day."""


class SignerGroup(Row, Rooted, Versioned):
    """People who sign as a group, by its code in a definition."""

    __tablename__ = "signer_group"
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    ended_on: Mapped[date | None]


class SignerGroupMember(Row):
    __tablename__ = "signer_group_member"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        Index("ix_signer_group_member_person_id", "person_id"),
    )
    group_id: Mapped[int] = mapped_column(ForeignKey("signer_group.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ordinal: Mapped[int] = mapped_column(default=0)
    """Its turn in a sequence."""
