"""Channels: a delivery is for a person, a group's robot or a webhook; a person's own inbox; webhooks.

Revision ID: channels
Revises: timetable

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops constraints in silence, so no table is rebuilt by it: SQLite makes the new table and copies,
PostgreSQL alters. Every delivery stays; on the way back only those that were for no person.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "channels"
down_revision = "timetable"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
STATES = ("active", "paused", "disabled", "ended")
FOR_ONE = (
    "(CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN robot IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN webhook_id IS NULL THEN 0 ELSE 1 END) = 1"
)
KEPT = "id, outbox_id, person_id, channel, message_id, state, attempts, next_at, leased_until, sent_at, error"


def upgrade() -> None:
    _create_webhook()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(
            _columns(),
            [*_keys(), sa.CheckConstraint(FOR_ONE, name=op.f("ck_delivery_for_one")), _webhook_key()],
        )
    else:
        _widen()
    op.create_index("ix_delivery_person_id_channel", "delivery", ["person_id", "channel", "id"])
    op.create_index(op.f("ix_delivery_webhook_id"), "delivery", ["webhook_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_webhook_id"), table_name="delivery")
    op.drop_index("ix_delivery_person_id_channel", table_name="delivery")
    op.execute("DELETE FROM delivery WHERE person_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(_columns_before(), _keys())
    else:
        _narrow()
    op.drop_table("webhook")


def _create_webhook() -> None:
    known = ", ".join(f"'{state}'" for state in STATES)
    op.create_table(
        "webhook",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("salt", sa.String(40), nullable=False),
        sa.Column("salt_before", sa.String(40), nullable=True),
        sa.Column("overlap_until", INSTANT, nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("chain_seq", ID, server_default="0", nullable=False),
        sa.Column("chain_head", sa.String(64), server_default="", nullable=False),
        sa.Column("version", ID, server_default="1", nullable=False),
        sa.CheckConstraint(f"state IN ({known})", name=op.f("ck_webhook_known_webhookstate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )


def _new_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("robot", sa.String(40), nullable=True),
        sa.Column("webhook_id", ID, nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
    ]


def _columns_before(*, person: bool = False) -> list[sa.Column[Any]]:
    """As they were; `person`: whether a delivery may do without one."""
    return [
        sa.Column("id", ID, nullable=False),
        sa.Column("outbox_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=person),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
    ]


def _columns() -> list[sa.Column[Any]]:
    return [*_columns_before(person=True), *_new_columns()]


def _keys() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_outbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    ]


def _webhook_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_delivery_webhook_id"))


def _rebuild(columns: list[sa.Column[Any]], constraints: list[sa.Constraint]) -> None:
    """SQLite cannot loosen a column: the table is made anew under its own name, with all its rows."""
    op.drop_index("ix_delivery_state_next_at", table_name="delivery")
    op.drop_index(op.f("ix_delivery_outbox_id"), table_name="delivery")
    op.rename_table("delivery", "delivery_before")
    op.create_table("delivery", *columns, *constraints)
    op.execute(f"INSERT INTO delivery ({KEPT}) SELECT {KEPT} FROM delivery_before")  # noqa: S608
    op.drop_table("delivery_before")
    op.create_index(op.f("ix_delivery_outbox_id"), "delivery", ["outbox_id"], unique=False)
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"], unique=False)


def _widen() -> None:
    op.alter_column("delivery", "person_id", existing_type=ID, nullable=True)
    for column in _new_columns():
        op.add_column("delivery", column)
    op.create_foreign_key(op.f("fk_delivery_webhook_id"), "delivery", "webhook", ["webhook_id"], ["id"])
    op.create_check_constraint(op.f("ck_delivery_for_one"), "delivery", FOR_ONE)


def _narrow() -> None:
    op.drop_constraint(op.f("ck_delivery_for_one"), "delivery", type_="check")
    op.drop_constraint(op.f("fk_delivery_webhook_id"), "delivery", type_="foreignkey")
    for column in _new_columns():
        op.drop_column("delivery", column.name)
    op.alter_column("delivery", "person_id", existing_type=ID, nullable=False)
