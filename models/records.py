"""The record: audit events in hash chains, daily seals, the outbox with its deliveries, answers kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Row


class AuditEvent(Row):
    """One act. Append-only: triggers refuse UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("root_kind", "root_id", "seq"),
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        Index("ix_audit_event_at", "at"),
    )
    root_kind: Mapped[str] = mapped_column(String(20))
    root_id: Mapped[int]
    seq: Mapped[int]
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    actor_id: Mapped[int | None]
    """Null: the system."""
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the whole event, as hashed."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the event before it in the chain and this event's text."""


class Seal(Base):
    """A digest over all chain heads at a day's end and the seal before it."""

    __tablename__ = "seal"
    sealed_on: Mapped[date] = mapped_column(primary_key=True)
    heads: Mapped[int]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class OutboxRow(Row):
    """Something that must be told, written in the transaction of the act. Who exactly is found when sent."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "addressed_at", "id"),)
    topic: Mapped[str] = mapped_column(String(60))
    """Kind of letter: `to_sign`, `reminder`, …"""
    audience: Mapped[dict[str, Any]]
    """`{role, unit_id}`, `{role}` in the office, or `{person_id}`."""
    facts: Mapped[dict[str, Any]]
    root_kind: Mapped[str] = mapped_column(String(20))
    root_id: Mapped[int]
    written_at: Mapped[datetime]
    addressed_at: Mapped[datetime | None]


class Delivery(Row):
    """One message by one channel to one person, one group of a chat program or one webhook, tried until it is gone or
    parked. A message of the inbox has arrived with its row."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id"),
        CheckConstraint(
            "(CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN robot IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN webhook_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="for_one",
        ),
        Index("ix_delivery_state_next_at", "state", "next_at"),
        Index("ix_delivery_person_id_channel", "person_id", "channel", "id"),
    )
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    robot: Mapped[str | None] = mapped_column(String(40))
    """The name of a group's robot; its address and secret stand in the settings alone."""
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhook.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(120))
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """About a red card: it waits for no opening hour."""
    state: Mapped[str] = mapped_column(String(10))
    """`waiting`, `sent` or `parked`."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """When its person marked it read; of the inbox alone."""
    error: Mapped[str | None] = mapped_column(String(500))


class KeptAnswer(Row):
    """The answer to a POST that carried an Idempotency-Key, kept for 24 hours."""

    __tablename__ = "kept_answer"
    __table_args__ = (
        UniqueConstraint("person_id", "route", "key"),
        Index("ix_kept_answer_kept_at", "kept_at"),
    )
    person_id: Mapped[int]
    route: Mapped[str] = mapped_column(String(300))
    key: Mapped[str] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes]
    kept_at: Mapped[datetime]


class Setting(Base):
    """Facts about this database and its office: the demo mark, names, series of numbers."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]]
