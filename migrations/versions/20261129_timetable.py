"""The timetable in view: heartbeats of the processes that run it, how long runs took, by whose hand; calendar feeds.

Revision ID: timetable
Revises: notices

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops triggers and CHECK constraints in silence, so no table is rebuilt by it: columns are added
to a table as it stands.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "timetable"
down_revision = "notices"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
RUN_COLUMNS = ("took_ms", "ordered_by")


def upgrade() -> None:
    for name in RUN_COLUMNS:
        op.add_column("schedule_run", sa.Column(name, ID, nullable=True))
    op.create_table(
        "scheduler_process",
        sa.Column("id", ID, nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("beaten_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduler_process"),
        sa.UniqueConstraint("mark", name="uq_scheduler_process_mark"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_calendar_feed_person_id"),
        sa.UniqueConstraint("secret_hash", name="uq_calendar_feed_secret_hash"),
    )
    op.create_index("ix_calendar_feed_person_id", "calendar_feed", ["person_id"])


def downgrade() -> None:
    op.drop_table("calendar_feed")
    op.drop_table("scheduler_process")
    for name in RUN_COLUMNS:
        op.execute(f"ALTER TABLE schedule_run DROP COLUMN {name}")
