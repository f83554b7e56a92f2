"""Many hands, one number: shares, lists, criteria, work plans, reports, adjustments, instructions, named events.

Revision ID: 0003
Revises: 0002

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops triggers and CHECK constraints in silence, so no table is rebuilt by it: SQLite makes the new
table and copies, PostgreSQL alters. No release ever wrote a row into `share`: it is made anew.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric().with_variant(sa.String(40), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
SHARE_OPEN = "state IN ('issued', 'acknowledged', 'in_progress', 'submitted', 'returned')"
SHARE_STATES = ("issued", "acknowledged", "in_progress", "submitted", "accepted", "returned", "waived")
REPORTING = ("none", "monthly", "quarterly")
NEW_TABLES = (
    "institution",
    "named_event",
    "meeting",
    "instruction",
    "report",
    "work_plan",
    "criteria",
    "problem",
    "adjustment",
    "attestation",
    "checkpoint",
    "criterion",
    "share_target",
    "criterion_evidence",
    "list_item",
    "target_move",
)
"""In the order in which they are made."""


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def known(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def create_index_where(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(
        name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def upgrade() -> None:
    renew_share()
    renew_card()
    renew_reminder()
    create_tables()
    extend_tables()
    forget_null_definitions()
    count_reported()
    keep_append_only()


def downgrade() -> None:
    let_go_append_only()
    narrow_tables()
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    restore_reminder()
    restore_card()
    restore_share()


# Tables that change in what SQLite cannot alter


def renew_share() -> None:
    _drop_share()
    op.create_table(
        "share",
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("state", known("known_sharestate", SHARE_STATES), nullable=False),
        sa.Column("round", ID, nullable=False),
        sa.Column("submission", sa.Text(), nullable=True),
        sa.Column("short_because", sa.Text(), nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("accepted_by", ID, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("light", sa.String(length=8), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_by", ID, nullable=True),
        sa.Column("version", ID, server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("milestone_id", "unit_id", name=op.f("uq_share_milestone_id_unit_id")),
        sa.UniqueConstraint("id", "milestone_id", name=op.f("uq_share_id_milestone_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_share_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_share_unit_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_share_submitted_by")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_share_accepted_by")),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_share_issued_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_share_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id", "milestone_id"],
            ["share.id", "share.milestone_id"],
            name=op.f("fk_share_parent_id_milestone_id"),
        ),
    )
    op.create_index("ix_share_unit_id", "share", ["unit_id"])
    op.create_index("ix_share_task_id", "share", ["task_id"])
    op.create_index("ix_share_parent_id", "share", ["parent_id"])
    op.create_index(
        "ix_share_open_due_on",
        "share",
        ["due_on"],
        sqlite_where=sa.text(SHARE_OPEN),
        postgresql_where=sa.text(SHARE_OPEN),
    )
    _point_at_share()


def restore_share() -> None:
    _drop_share()
    op.create_table(
        "share",
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("indicator_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("target", EXACT, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", known("known_sharestate", SHARE_STATES), nullable=False),
        sa.Column("version", ID, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_share_indicator_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_share_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_share_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_share_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("milestone_id", "unit_id", name=op.f("uq_share_milestone_id_unit_id")),
    )
    op.create_index("ix_share_task_id", "share", ["task_id"], unique=False)
    op.create_index("ix_share_unit_id", "share", ["unit_id"], unique=False)
    _point_at_share()


POINTS_AT_SHARE = ("progress_entry", "evidence")


def _drop_share() -> None:
    if not on_sqlite():
        for table in POINTS_AT_SHARE:
            op.drop_constraint(f"fk_{table}_share_id", table, type_="foreignkey")
    op.drop_table("share")


def _point_at_share() -> None:
    """SQLite's references go by name, and find the new table."""
    if not on_sqlite():
        for table in POINTS_AT_SHARE:
            op.create_foreign_key(op.f(f"fk_{table}_share_id"), table, "share", ["share_id"], ["id"])


CARD = (
    "id", "task_id", "milestone_id", "unit_id", "colour", "rung", "episode", "earned_on", "state", "working",
    "raised_at", "raised_by", "version",
)  # fmt: skip


def renew_card() -> None:
    if on_sqlite():
        _remake_card(by_share=True)
    else:
        op.add_column("card", sa.Column("share_id", ID, nullable=True))
        op.create_foreign_key(op.f("fk_card_share_id"), "card", "share", ["share_id"], ["id"])
        op.drop_constraint("uq_card_milestone_id_rung_episode", "card", type_="unique")
    for name, column, where in (
        ("uq_card_one_a_milestone", "milestone_id", "share_id IS NULL"),
        ("uq_card_one_a_share", "share_id", "share_id IS NOT NULL"),
    ):
        op.create_index(
            name,
            "card",
            [column, "rung", "episode"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def restore_card() -> None:
    op.drop_index("uq_card_one_a_share", table_name="card")
    op.drop_index("uq_card_one_a_milestone", table_name="card")
    op.execute("DELETE FROM notice WHERE card_id IN (SELECT id FROM card WHERE share_id IS NOT NULL)")
    op.execute("DELETE FROM card WHERE share_id IS NOT NULL")
    if on_sqlite():
        _remake_card(by_share=False)
        return
    op.drop_column("card", "share_id")
    op.create_unique_constraint(
        op.f("uq_card_milestone_id_rung_episode"), "card", ["milestone_id", "rung", "episode"]
    )


def _remake_card(*, by_share: bool) -> None:
    """Under another name first: notices point at `card` by name, and go on doing so."""
    share = sa.Column("share_id", ID, sa.ForeignKey("share.id", name=op.f("fk_card_share_id")))
    once = ("milestone_id", "rung", "episode")
    op.create_table(
        "new_card",
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        *([share] if by_share else []),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("colour", known(op.f("ck_card_known_cardcolour"), ("yellow", "red")), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("episode", ID, nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            known(
                op.f("ck_card_known_cardstate"),
                ("raised", "acknowledged", "rectifying", "verifying", "lifted", "appealed", "revoked"),
            ),
            nullable=False,
        ),
        sa.Column("working", JSON, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by", ID, nullable=True),
        sa.Column("version", ID, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_card_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_card_raised_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_card_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_card_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        *([] if by_share else [sa.UniqueConstraint(*once, name=op.f("uq_card_milestone_id_rung_episode"))]),
    )
    names = ", ".join(CARD)
    op.execute(f"INSERT INTO new_card ({names}) SELECT {names} FROM card")  # noqa: S608
    op.drop_table("card")
    op.rename_table("new_card", "card")
    op.create_index("ix_card_task_id", "card", ["task_id"], unique=False)
    op.create_index("ix_card_unit_id", "card", ["unit_id"], unique=False)


def renew_reminder() -> None:
    """A reminder is of anything that has a due date."""
    op.rename_table("reminder", "old_reminder")
    op.drop_index("ix_reminder_tick_on", table_name="old_reminder")
    op.create_table(
        "reminder",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        *_reminder_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder" if on_sqlite() else "pk_new_reminder")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "due_on",
            "rung",
            name=op.f("uq_reminder_subject_kind_subject_id_due_on_rung"),
        ),
    )
    _fill_reminder("subject_kind, subject_id", "'milestone', milestone_id")


def restore_reminder() -> None:
    op.execute("DELETE FROM reminder WHERE subject_kind <> 'milestone'")
    op.rename_table("reminder", "old_reminder")
    op.drop_index("ix_reminder_tick_on", table_name="old_reminder")
    op.create_table(
        "reminder",
        sa.Column("id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        *_reminder_columns(),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_reminder_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder" if on_sqlite() else "pk_new_reminder")),
        sa.UniqueConstraint(
            "milestone_id", "due_on", "rung", name=op.f("uq_reminder_milestone_id_due_on_rung")
        ),
    )
    _fill_reminder("milestone_id", "subject_id")


def _reminder_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=False),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("tick_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )


def _fill_reminder(into: str, taken: str) -> None:
    rest = "due_on, rung, overtaken, tick_on, recorded_at"
    op.execute(f"INSERT INTO reminder (id, {into}, {rest}) SELECT id, {taken}, {rest} FROM old_reminder")  # noqa: S608
    op.drop_table("old_reminder")
    op.create_index("ix_reminder_tick_on", "reminder", ["tick_on"], unique=False)
    if not on_sqlite():
        op.execute("ALTER TABLE reminder RENAME CONSTRAINT pk_new_reminder TO pk_reminder")
        op.execute("ALTER SEQUENCE reminder_id_seq1 RENAME TO reminder_id_seq")
        op.execute("SELECT setval('reminder_id_seq', coalesce((SELECT max(id) FROM reminder), 0) + 1, false)")


# Tables that get further columns

REFERENCES = (
    ("due_move", "share_id", "share"),
    ("progress_entry", "corrects_id", "progress_entry"),
)
CHOICES = (("task", "reporting"), ("plan", "reporting"))
COLUMNS = (
    ("task", lambda: sa.Column("suspended_until_on", sa.Date(), nullable=True)),
    ("task", lambda: sa.Column("reporting_from_on", sa.Date(), nullable=True)),
    ("plan", lambda: sa.Column("definitions", JSON, nullable=True)),
    ("plan", lambda: sa.Column("reporting_from_on", sa.Date(), nullable=True)),
    ("plan", lambda: sa.Column("work_plan_days", ID, server_default="15", nullable=False)),
    ("milestone", lambda: sa.Column("event", sa.String(length=60), nullable=True)),
    ("indicator", lambda: sa.Column("reached", EXACT, nullable=True)),
    ("indicator", lambda: sa.Column("reached_base", EXACT, nullable=True)),
    ("milestone", lambda: sa.Column("without_shares", sa.Text(), nullable=True)),
    ("progress_entry", lambda: sa.Column("base", EXACT, nullable=True)),
    ("progress_entry", lambda: sa.Column("delivered", JSON, nullable=True)),
)


def extend_tables() -> None:
    for table, column in COLUMNS:
        op.add_column(table, column())
    for table, name in CHOICES:
        _add_choice(table, name)
    for table, name, target in REFERENCES:
        _add_reference(table, name, target)
    op.create_index("uq_progress_entry_corrects_id", "progress_entry", ["corrects_id"], unique=True)
    op.create_index("ix_progress_entry_share_id", "progress_entry", ["share_id"])
    op.create_index("ix_evidence_share_id", "evidence", ["share_id"])
    op.create_index("ix_due_move_share_id", "due_move", ["share_id"])


def forget_null_definitions() -> None:
    """Confirming a plan wrote the JSON text `null` where it meant that there is none."""
    op.execute("UPDATE indicator SET definition = NULL WHERE CAST(definition AS TEXT) = 'null'")


def count_reported() -> None:
    """What indicators have reached by now is kept from here on: increments add up, of levels the latest report holds."""
    entry = sa.table("progress_entry", *map(sa.column, ("id", "indicator_id", "quantity", "as_of_on")))
    indicator = sa.table("indicator", *map(sa.column, ("id", "basis", "reached")))
    reported = (
        sa.select(entry.c.indicator_id, sa.cast(entry.c.quantity, sa.String), indicator.c.basis)
        .join(indicator, indicator.c.id == entry.c.indicator_id)
        .where(entry.c.quantity.is_not(None))
        .order_by(entry.c.as_of_on, entry.c.id)
    )
    reached: dict[int, Decimal] = {}
    for indicator_id, quantity, basis in op.get_bind().execute(reported):
        before = reached.get(indicator_id, Decimal(0)) if basis == "annual_increment" else Decimal(0)
        reached[indicator_id] = before + Decimal(quantity)
    for indicator_id, counted in reached.items():
        kept = sa.cast(sa.literal(format(counted, "f"), sa.String), sa.String if on_sqlite() else sa.Numeric)
        op.execute(sa.update(indicator).where(indicator.c.id == indicator_id).values(reached=kept))


def narrow_tables() -> None:
    op.drop_index("ix_due_move_share_id", table_name="due_move")
    op.drop_index("ix_evidence_share_id", table_name="evidence")
    op.drop_index("ix_progress_entry_share_id", table_name="progress_entry")
    op.drop_index("uq_progress_entry_corrects_id", table_name="progress_entry")
    for table, name in (
        *((table, name) for table, name, _ in reversed(REFERENCES)),
        *reversed(CHOICES),
        *((table, str(column().name)) for table, column in reversed(COLUMNS)),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _add_choice(table: str, name: str) -> None:
    listed = ", ".join(f"'{value}'" for value in REPORTING)
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR(32) DEFAULT 'none' NOT NULL "
        f"CONSTRAINT ck_{table}_known_reporting CHECK ({name} IN ({listed}))"
    )


def _add_reference(table: str, name: str, target: str) -> None:
    kind = "INTEGER" if on_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {name} {kind} CONSTRAINT fk_{table}_{name} REFERENCES {target} (id)"
    )


# Records that nobody may change


def keep_append_only() -> None:
    if not on_sqlite():
        op.execute(
            "CREATE TRIGGER target_move_append_only BEFORE UPDATE OR DELETE ON target_move "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER target_move_no_truncate BEFORE TRUNCATE ON target_move "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER target_move_no_{verb.lower()} BEFORE {verb} ON target_move "
            "BEGIN SELECT RAISE(ABORT, 'target_move is append-only'); END"
        )


def let_go_append_only() -> None:
    if on_sqlite():
        op.execute("DROP TRIGGER target_move_no_update")
        op.execute("DROP TRIGGER target_move_no_delete")
    else:
        op.execute("DROP TRIGGER target_move_append_only ON target_move")
        op.execute("DROP TRIGGER target_move_no_truncate ON target_move")


# Further tables


def create_tables() -> None:
    op.create_table(
        "institution",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=40), server_default="", nullable=False),
        sa.Column("sort", sa.String(length=60), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("floor_area", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("users", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "chain_seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column("chain_head", sa.String(length=64), server_default="", nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_institution_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("code", name=op.f("uq_institution_code")),
        sa.UniqueConstraint("folded_name", "district", name=op.f("uq_institution_folded_name_district")),
    )
    op.create_index("ix_institution_unit_id", "institution", ["unit_id"], unique=False)
    op.create_table(
        "named_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "dated",
                name="known_eventstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("upto_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("dated_at", INSTANT, nullable=True),
        sa.Column("dated_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ask_on", sa.Date(), nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_named_event_plan_id")),
        sa.ForeignKeyConstraint(["dated_by"], ["person.id"], name=op.f("fk_named_event_dated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_event")),
        sa.UniqueConstraint("plan_id", "name", "year", name=op.f("uq_named_event_plan_id_name_year")),
    )
    create_index_where("ix_named_event_open_ask_on", "named_event", "ask_on", "state NOT IN ('dated')")
    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column(
            "decisions",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("media_type", sa.String(length=120), nullable=True),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("store_key", sa.String(length=200), nullable=True),
        sa.Column(
            "entered_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "chain_seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column("chain_head", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_meeting_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_meeting_name_number")),
    )
    op.create_table(
        "instruction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "acknowledged",
                "replied",
                "closed",
                name="known_instructionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "issued_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("issued_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column(
            "replied_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("replied_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_instruction_issued_by")),
        sa.ForeignKeyConstraint(["replied_by"], ["person.id"], name=op.f("fk_instruction_replied_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_instruction_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_instruction_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    create_index_where(
        "ix_instruction_open_due_on", "instruction", "due_on", "state IN ('issued', 'acknowledged')"
    )
    op.create_index("ix_instruction_task_id", "instruction", ["task_id"], unique=False)
    op.create_index("ix_instruction_unit_id", "instruction", ["unit_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("upto_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due", "filed", name="known_reportstate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("next_steps", sa.Text(), nullable=True),
        sa.Column(
            "figures",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "filed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("filed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["person.id"], name=op.f("fk_report_filed_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_report_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("task_id", "unit_id", "from_on", name=op.f("uq_report_task_id_unit_id_from_on")),
    )
    create_index_where("ix_report_open_due_on", "report", "due_on", "state NOT IN ('filed')")
    op.create_index("ix_report_unit_id", "report", ["unit_id"], unique=False)
    op.create_table(
        "work_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "required",
                "submitted",
                "approved",
                "returned",
                name="known_workplanstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column(
            "submitted_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("submitted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "approved_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["person.id"], name=op.f("fk_work_plan_approved_by")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_work_plan_submitted_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_work_plan_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_plan")),
        sa.UniqueConstraint("task_id", name=op.f("uq_work_plan_task_id")),
    )
    create_index_where("ix_work_plan_open_due_on", "work_plan", "due_on", "state IN ('required', 'returned')")
    op.create_table(
        "criteria",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "drafted",
                "approved",
                "returned",
                name="known_criteriastate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "drafted_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("drafted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "approved_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["person.id"], name=op.f("fk_criteria_approved_by")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_criteria_drafted_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_criteria_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_criteria_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint("id", "milestone_id", name=op.f("uq_criteria_id_milestone_id")),
        sa.UniqueConstraint("milestone_id", name=op.f("uq_criteria_milestone_id")),
    )
    op.create_index("ix_criteria_task_id", "criteria", ["task_id"], unique=False)
    op.create_table(
        "problem",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "raised",
                "answered",
                "settled",
                name="known_problemstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "raised_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("raised_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column(
            "answered_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_problem_answered_by")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_problem_raised_by")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_problem_report_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_problem_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_problem_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index("ix_problem_report_id", "problem", ["report_id"], unique=False)
    op.create_index("ix_problem_state", "problem", ["state"], unique=False)
    op.create_index("ix_problem_task_id", "problem", ["task_id"], unique=False)
    op.create_table(
        "adjustment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "retarget",
                "redate",
                "assign",
                "add_milestone",
                "cancel_milestone",
                "split",
                "merge",
                "cancel",
                "suspend",
                name="known_adjustmentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "change",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "refused",
                "withdrawn",
                name="known_adjustmentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "proposed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("proposed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decided_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_adjustment_decided_by")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_adjustment_indicator_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_adjustment_meeting_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_adjustment_milestone_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_adjustment_proposed_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_adjustment_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    op.create_index("ix_adjustment_meeting_id", "adjustment", ["meeting_id"], unique=False)
    op.create_index("ix_adjustment_state", "adjustment", ["state"], unique=False)
    op.create_index("ix_adjustment_task_id", "adjustment", ["task_id"], unique=False)
    op.create_table(
        "attestation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("upto_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "attested",
                "violated",
                name="known_attestationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("violation", sa.Text(), nullable=True),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("closed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_attestation_closed_by")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_attestation_indicator_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_attestation_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_attestation_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_attestation_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
        sa.UniqueConstraint("indicator_id", "from_on", name=op.f("uq_attestation_indicator_id_from_on")),
    )
    create_index_where(
        "ix_attestation_open_due_on", "attestation", "due_on", "state NOT IN ('attested', 'violated')"
    )
    op.create_index("ix_attestation_milestone_id", "attestation", ["milestone_id"], unique=False)
    op.create_index("ix_attestation_task_id", "attestation", ["task_id"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_checkpoint_indicator_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_checkpoint_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_checkpoint_task_id")),
        sa.ForeignKeyConstraint(["work_plan_id"], ["work_plan.id"], name=op.f("fk_checkpoint_work_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
    )
    op.create_index("ix_checkpoint_milestone_id", "checkpoint", ["milestone_id"], unique=False)
    op.create_index("ix_checkpoint_work_plan_id", "checkpoint", ["work_plan_id"], unique=False)
    op.create_table(
        "criterion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "met",
                "partly",
                "not_met",
                name="known_mark",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("mark_note", sa.Text(), nullable=True),
        sa.Column(
            "marked_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("marked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["criteria_id", "milestone_id"],
            ["criteria.id", "criteria.milestone_id"],
            name=op.f("fk_criterion_criteria_id_milestone_id"),
        ),
        sa.ForeignKeyConstraint(["marked_by"], ["person.id"], name=op.f("fk_criterion_marked_by")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_criterion_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("criteria_id", "ordinal", name=op.f("uq_criterion_criteria_id_ordinal")),
    )
    op.create_index("ix_criterion_milestone_id", "criterion", ["milestone_id"], unique=False)
    op.create_table(
        "share_target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("reached", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("reached_base", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_share_target_indicator_id")
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_target_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_target")),
        sa.UniqueConstraint("share_id", "indicator_id", name=op.f("uq_share_target_share_id_indicator_id")),
    )
    op.create_index("ix_share_target_indicator_id", "share_target", ["indicator_id"], unique=False)
    op.create_table(
        "criterion_evidence",
        sa.Column("criterion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_criterion_evidence_criterion_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_criterion_evidence_evidence_id")
        ),
        sa.PrimaryKeyConstraint("criterion_id", "evidence_id", name=op.f("pk_criterion_evidence")),
    )
    op.create_index(
        op.f("ix_criterion_evidence_evidence_id"), "criterion_evidence", ["evidence_id"], unique=False
    )
    op.create_table(
        "list_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=False),
        sa.Column("true_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "counted",
                "struck",
                name="known_itemstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("struck_reason", sa.Text(), nullable=True),
        sa.Column(
            "struck_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("struck_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "entered_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_list_item_entered_by")),
        sa.ForeignKeyConstraint(["entry_id"], ["progress_entry.id"], name=op.f("fk_list_item_entry_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_list_item_evidence_id")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_list_item_indicator_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_list_item_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_list_item_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["scope_id"], ["indicator.id"], name=op.f("fk_list_item_scope_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_list_item_share_id")),
        sa.ForeignKeyConstraint(["struck_by"], ["person.id"], name=op.f("fk_list_item_struck_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_list_item_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_list_item_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_item")),
    )
    op.create_index("ix_list_item_entry_id", "list_item", ["entry_id"], unique=False)
    op.create_index("ix_list_item_institution_id", "list_item", ["institution_id"], unique=False)
    op.create_index("ix_list_item_milestone_id", "list_item", ["milestone_id"], unique=False)
    op.create_index("ix_list_item_share_id", "list_item", ["share_id"], unique=False)
    op.create_index("ix_list_item_task_id", "list_item", ["task_id"], unique=False)
    op.create_index(
        "uq_list_item_counted_once",
        "list_item",
        ["scope_id", "institution_id"],
        unique=True,
        sqlite_where=sa.text("state = 'counted' AND scope_id IS NOT NULL"),
        postgresql_where=sa.text("state = 'counted' AND scope_id IS NOT NULL"),
    )
    op.create_table(
        "target_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("to_quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column(
            "basis",
            sa.Enum(
                "adjustment",
                "carry_over",
                "surplus",
                "waiver",
                name="known_targetbasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("adjustment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("moved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["adjustment_id"], ["adjustment.id"], name=op.f("fk_target_move_adjustment_id")
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_target_move_indicator_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_target_move_meeting_id")),
        sa.ForeignKeyConstraint(["moved_by"], ["person.id"], name=op.f("fk_target_move_moved_by")),
        sa.ForeignKeyConstraint(["other_id"], ["indicator.id"], name=op.f("fk_target_move_other_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_target_move_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_move")),
    )
    op.create_index(op.f("ix_target_move_indicator_id"), "target_move", ["indicator_id"], unique=False)
    op.create_index(op.f("ix_target_move_task_id"), "target_move", ["task_id"], unique=False)
