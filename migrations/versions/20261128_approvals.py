"""Approvals of any shape: scoped definitions, seats of persons, turns and votes, absences; extensions and waivers.

Revision ID: 0004
Revises: 0003

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops triggers and CHECK constraints in silence, so no table is rebuilt by it: SQLite makes the new
table and copies, PostgreSQL alters. Every definition, approval, seat and decision stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

PURPOSES = ("acceptance", "extension", "waiver", "adjustment", "work_plan")
INDICATOR_KINDS = ("count", "amount", "rate", "change", "deliverable", "judged", "maintained")
APPROVAL_STATES = ("open", "approved", "returned", "withdrawn", "voided")
STEP_MODES = ("any", "all", "sequence", "vote")
ROLES = ("owner", "reviewer", "leader", "supervisor", "signatory", "inspector", "auditor", "admin")
RELATIONS = ("before", "beside", "after")
SEAT_STATES_BEFORE = ("waiting", "open", "signed", "returned", "lapsed")
SEAT_STATES = ("waiting", "open", "signed", "opposed", "returned", "lapsed", "removed", "set_aside")
AT_LIMITS = ("urge", "escalate", "pass")
VERDICTS = ("approve", "oppose", "return", "no_objection", "carried")
REQUEST_STATES = ("requested", "granted", "refused", "withdrawn")

SEAT_IS_SOMEBODYS = "person_id IS NOT NULL OR (unit_id IS NOT NULL AND role IS NOT NULL)"
SEAT_IS_ADDED_SOMEWHERE = "(added_to IS NULL) = (relation IS NULL)"
DECISION_IS_SOMEBODYS = "decided_by IS NOT NULL OR verdict = 'no_objection'"

NEW_TABLES = (
    "approval_party",
    "approval_comment",
    "absence",
    "extension",
    "waiver",
)
"""In the order in which they are made."""


def upgrade() -> None:
    let_go_append_only()
    renew_definition()
    renew_approval()
    create_signer_groups()
    renew_seat()
    renew_decision()
    create_tables()
    keep_append_only()


def downgrade() -> None:
    let_go_append_only()
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    forget_what_does_not_fit()
    straighten_routes()
    restore_decision()
    restore_seat()
    drop_signer_groups()
    restore_approval()
    restore_definition()
    keep_append_only()


# What both databases say alike


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def choice(
    table: str, name: str, enum: str, values: tuple[str, ...], *, nullable: bool = False
) -> sa.Column[str]:
    """A column that holds only these values. Its CHECK is named for the table, under whatever name that is made."""
    check = op.f(f"ck_{table}_known_{enum}")
    kind = sa.Enum(*values, name=check, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=nullable)


def reference(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}"))


def of_milestone(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["milestone_id", "task_id"],
        ["milestone.id", "milestone.task_id"],
        name=op.f(f"fk_{table}_milestone_id_task_id"),
    )


def version() -> sa.Column[int]:
    return sa.Column("version", ID, server_default="1", nullable=False)


def create_unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


# How SQLite and PostgreSQL come to a table's new shape


def remake(table: str, *parts: sa.Column[Any] | sa.Constraint, filled: Mapping[str, str]) -> None:
    """Under another name first: what points at the table by name goes on doing so. `filled`: columns, and from what."""
    op.create_table(f"new_{table}", *parts)
    into, taken = ", ".join(filled), ", ".join(filled.values())
    op.execute(f"INSERT INTO new_{table} ({into}) SELECT {taken} FROM {table}")  # noqa: S608
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


def as_it_was(*columns: str) -> dict[str, str]:
    return {name: name for name in columns}


def alter(table: str, *changes: str) -> None:
    """One by one: within one statement a default would be dropped before its column is there."""
    for change in changes:
        op.execute(f"ALTER TABLE {table} {change}")


def check_of(table: str, name: str, enum: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"CONSTRAINT ck_{table}_known_{enum} CHECK ({name} IN ({listed}))"


def new_choice(table: str, name: str, enum: str, values: tuple[str, ...]) -> str:
    return f"ADD COLUMN {name} VARCHAR(32) {check_of(table, name, enum, values)}"


def new_reference(table: str, name: str, target: str) -> str:
    return f"ADD COLUMN {name} BIGINT CONSTRAINT fk_{table}_{name} REFERENCES {target} (id)"


def into_choice(table: str, name: str, enum: str, values: tuple[str, ...]) -> tuple[str, str]:
    """Free text becomes one of these values."""
    return f"ALTER COLUMN {name} TYPE VARCHAR(32)", f"ADD {check_of(table, name, enum, values)}"


def out_of_choice(table: str, name: str, enum: str, length: int) -> tuple[str, str]:
    return f"DROP CONSTRAINT ck_{table}_known_{enum}", f"ALTER COLUMN {name} TYPE VARCHAR({length})"


# Definitions

DEFINITION = ("id", "key", "edition", "body", "sha256")
SUPERSEDE = """
UPDATE approval_definition SET superseded_at = coalesce(
    (SELECT min(approval.opened_at) FROM approval JOIN approval_definition AS later ON later.id = approval.definition_id
     WHERE later.key = approval_definition.key AND later.edition > approval_definition.edition),
    '2026-01-01T00:00:00.000000Z')
WHERE EXISTS (SELECT 1 FROM approval_definition AS later
              WHERE later.key = approval_definition.key AND later.edition > approval_definition.edition)
"""
"""Nobody noted when an edition gave way to the next: it had, when an approval first used a later one."""


def renew_definition() -> None:
    if on_sqlite():
        _remake_definition()
    else:
        _widen_definition()
    _change_bodies(lambda body: {**body, "purpose": "acceptance"})
    op.execute(SUPERSEDE)
    create_unique_where(
        "uq_approval_definition_in_force", "approval_definition", ["key"], "superseded_at IS NULL"
    )
    op.create_index("ix_approval_definition_purpose", "approval_definition", ["purpose"])


def restore_definition() -> None:
    op.drop_index("ix_approval_definition_purpose", table_name="approval_definition")
    op.drop_index("uq_approval_definition_in_force", table_name="approval_definition")
    _change_bodies(lambda body: {name: value for name, value in body.items() if name != "purpose"})
    if on_sqlite():
        remake(
            "approval_definition",
            *_definition_columns(),
            *_definition_keys(),
            filled=as_it_was(*DEFINITION),
        )
        return
    gone = (
        "purpose", "plan_id", "programme_id", "task_id", "kind", "narrowness", "source", "entered_at", "entered_by",
        "superseded_at", "chain_seq", "chain_head",
    )  # fmt: skip
    alter("approval_definition", *(f"DROP COLUMN {name}" for name in gone))


def _remake_definition() -> None:
    table = "approval_definition"
    remake(
        table,
        *_definition_columns(),
        choice(table, "purpose", "purpose", PURPOSES),
        sa.Column("plan_id", ID, nullable=True),
        sa.Column("programme_id", ID, nullable=True),
        sa.Column("task_id", ID, nullable=True),
        choice(table, "kind", "indicatorkind", INDICATOR_KINDS, nullable=True),
        sa.Column("narrowness", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("entered_at", INSTANT, nullable=True),
        sa.Column("entered_by", ID, nullable=True),
        sa.Column("superseded_at", INSTANT, nullable=True),
        sa.Column("chain_seq", ID, server_default="0", nullable=False),
        sa.Column("chain_head", sa.String(length=64), server_default="", nullable=False),
        reference(table, "plan_id", "plan"),
        reference(table, "programme_id", "programme"),
        reference(table, "task_id", "task"),
        reference(table, "entered_by", "person"),
        *_definition_keys(),
        filled={**as_it_was(*DEFINITION), "purpose": "'acceptance'", "narrowness": "0"},
    )


def _definition_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("edition", ID, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
    )


def _definition_keys() -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_definition")),
        sa.UniqueConstraint("key", "edition", name=op.f("uq_approval_definition_key_edition")),
    )


def _widen_definition() -> None:
    table = "approval_definition"
    alter(
        table,
        new_choice(table, "purpose", "purpose", PURPOSES) + " DEFAULT 'acceptance' NOT NULL",
        "ALTER COLUMN purpose DROP DEFAULT",
        new_reference(table, "plan_id", "plan"),
        new_reference(table, "programme_id", "programme"),
        new_reference(table, "task_id", "task"),
        new_choice(table, "kind", "indicatorkind", INDICATOR_KINDS),
        "ADD COLUMN narrowness BIGINT DEFAULT 0 NOT NULL",
        "ALTER COLUMN narrowness DROP DEFAULT",
        "ADD COLUMN source TEXT",
        "ADD COLUMN entered_at TIMESTAMP WITH TIME ZONE",
        new_reference(table, "entered_by", "person"),
        "ADD COLUMN superseded_at TIMESTAMP WITH TIME ZONE",
        "ADD COLUMN chain_seq BIGINT DEFAULT 0 NOT NULL",
        "ADD COLUMN chain_head VARCHAR(64) DEFAULT '' NOT NULL",
    )


def _change_bodies(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The digest stays: it is of what was entered, and says by which edition an approval runs."""
    definition = sa.table("approval_definition", sa.column("id"), sa.column("body", JSON))
    tx = op.get_bind()
    for id_, body in tx.execute(sa.select(definition.c.id, definition.c.body)).all():
        tx.execute(sa.update(definition).where(definition.c.id == id_).values(body=change(body)))


# Approvals

APPROVAL = (
    "id", "task_id", "milestone_id", "purpose", "round", "state", "definition_id", "digest", "signed_facts",
    "opened_at", "opened_by", "closed_at", "version",
)  # fmt: skip
SUBMITTED_FROM = """(SELECT submitted_unit_id FROM milestone
WHERE milestone.id = approval.milestone_id AND milestone.round = approval.round)"""
"""A milestone knows of its latest round only from where it was submitted."""


def renew_approval() -> None:
    if on_sqlite():
        subject = {"subject_kind": "'milestone'", "subject_id": "milestone_id"}
        filled = {**as_it_was(*APPROVAL), **subject, "opened_unit_id": SUBMITTED_FROM, "carries_over": "0"}
        remake("approval", *_approval(of_anything=True), filled=filled)
    else:
        _widen_approval()
    create_unique_where("uq_approval_one_open", "approval", ["subject_kind", "subject_id"], "state = 'open'")
    op.create_index("ix_approval_task_id", "approval", ["task_id"])
    op.create_index("ix_approval_milestone_id", "approval", ["milestone_id"])
    op.create_index("ix_approval_opened_by", "approval", ["opened_by"])


def restore_approval() -> None:
    for name in (
        "ix_approval_opened_by",
        "ix_approval_milestone_id",
        "ix_approval_task_id",
        "uq_approval_one_open",
    ):
        op.drop_index(name, table_name="approval")
    if on_sqlite():
        remake("approval", *_approval(of_anything=False), filled=as_it_was(*APPROVAL))
    else:
        _narrow_approval()
    op.create_index("ix_approval_task_id", "approval", ["task_id"])
    create_unique_where("uq_approval_one_open", "approval", ["milestone_id", "purpose"], "state = 'open'")


def _approval(*, of_anything: bool) -> tuple[sa.Column[Any] | sa.Constraint, ...]:
    subject = (
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
    )
    opened_unit = (
        sa.Column("opened_unit_id", ID, nullable=True),
        reference("approval", "opened_unit_id", "unit"),
        sa.Column("carries_over", sa.Boolean(), nullable=False),
        sa.Column("returned_step", ID, nullable=True),
    )
    purpose = (
        choice("approval", "purpose", "purpose", PURPOSES)
        if of_anything
        else sa.Column("purpose", sa.String(length=20), nullable=False)
    )
    once = ("subject_kind", "subject_id", "round") if of_anything else ("milestone_id", "purpose", "round")
    return (
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=of_anything),
        *(subject if of_anything else ()),
        purpose,
        sa.Column("round", ID, nullable=False),
        choice("approval", "state", "approvalstate", APPROVAL_STATES),
        sa.Column("definition_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_facts", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        *(opened_unit if of_anything else ()),
        sa.Column("closed_at", INSTANT, nullable=True),
        version(),
        reference("approval", "definition_id", "approval_definition"),
        of_milestone("approval"),
        reference("approval", "opened_by", "person"),
        reference("approval", "task_id", "task"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint(*once, name=op.f(f"uq_approval_{'_'.join(once)}")),
    )


def _widen_approval() -> None:
    op.drop_index("uq_approval_one_open", table_name="approval")
    op.drop_index("ix_approval_task_id", table_name="approval")
    alter(
        "approval",
        "DROP CONSTRAINT uq_approval_milestone_id_purpose_round",
        "ALTER COLUMN milestone_id DROP NOT NULL",
        "ADD COLUMN subject_kind VARCHAR(20) DEFAULT 'milestone' NOT NULL",
        "ALTER COLUMN subject_kind DROP DEFAULT",
        "ADD COLUMN subject_id BIGINT",
        *into_choice("approval", "purpose", "purpose", PURPOSES),
        new_reference("approval", "opened_unit_id", "unit"),
        "ADD COLUMN carries_over BOOLEAN DEFAULT false NOT NULL",
        "ALTER COLUMN carries_over DROP DEFAULT",
        "ADD COLUMN returned_step BIGINT",
    )
    op.execute(f"UPDATE approval SET subject_id = milestone_id, opened_unit_id = {SUBMITTED_FROM}")  # noqa: S608
    alter(
        "approval",
        "ALTER COLUMN subject_id SET NOT NULL",
        "ADD CONSTRAINT uq_approval_subject_kind_subject_id_round UNIQUE (subject_kind, subject_id, round)",
    )


def _narrow_approval() -> None:
    alter(
        "approval",
        "DROP CONSTRAINT uq_approval_subject_kind_subject_id_round",
        *(
            f"DROP COLUMN {name}"
            for name in ("subject_kind", "subject_id", "opened_unit_id", "carries_over", "returned_step")
        ),
        *out_of_choice("approval", "purpose", "purpose", 20),
        "ALTER COLUMN milestone_id SET NOT NULL",
        "ADD CONSTRAINT uq_approval_milestone_id_purpose_round UNIQUE (milestone_id, purpose, round)",
    )


# Seats

SEAT = ("id", "approval_id", "step", "step_key", "role", "mode", "unit_id", "state", "opened_at")


IS_OPEN = sa.text("state = 'open'")
OF_OPEN_SEATS = {
    "ix_seat_open_unit_id_role": ("unit_id", "role"),
    "ix_seat_open_person_id": ("person_id",),
    "ix_seat_open_limit": ("limit_days", "days_lost", "opened_at", "approval_id"),
}
"""What waits is found without reading what was ever signed."""


def renew_seat() -> None:
    if on_sqlite():
        _remake_seat()
    else:
        op.drop_index("ix_seat_open", table_name="seat")
        _widen_seat()
    op.create_index("ix_seat_approval_id", "seat", ["approval_id"])
    op.create_index("ix_seat_unit_id_role", "seat", ["unit_id", "role"])
    op.create_index("ix_seat_person_id", "seat", ["person_id"])
    where = sa.text("delegated_by IS NOT NULL")
    op.create_index(
        "ix_seat_delegated_by", "seat", ["delegated_by"], sqlite_where=where, postgresql_where=where
    )
    for name, columns in OF_OPEN_SEATS.items():
        op.create_index(name, "seat", list(columns), sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)


def restore_seat() -> None:
    others = ("ix_seat_delegated_by", "ix_seat_person_id", "ix_seat_unit_id_role", "ix_seat_approval_id")
    for name in (*OF_OPEN_SEATS, *others):
        op.drop_index(name, table_name="seat")
    if on_sqlite():
        _remake_old_seat()
    else:
        _narrow_seat()
    op.create_index("ix_seat_open", "seat", ["state", "unit_id"])


def _remake_seat() -> None:
    remake(
        "seat",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("step", ID, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        choice("seat", "mode", "stepmode", STEP_MODES),
        sa.Column("turn", ID, nullable=False),
        sa.Column("quorum", ID, nullable=True),
        choice("seat", "role", "role", ROLES, nullable=True),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("delegated_by", ID, nullable=True),
        sa.Column("added_to", ID, nullable=True),
        choice("seat", "relation", "relation", RELATIONS, nullable=True),
        sa.Column("added_by", ID, nullable=True),
        choice("seat", "state", "seatstate", SEAT_STATES),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("limit_days", ID, nullable=True),
        sa.Column("days_lost", ID, server_default="0", nullable=False),
        choice("seat", "at_limit", "atlimit", AT_LIMITS, nullable=True),
        sa.Column("limit_met_at", INSTANT, nullable=True),
        sa.Column("urged_on", sa.Date(), nullable=True),
        reference("seat", "approval_id", "approval"),
        reference("seat", "unit_id", "unit"),
        reference("seat", "person_id", "person"),
        reference("seat", "group_id", "signer_group"),
        reference("seat", "delegated_by", "person"),
        reference("seat", "added_by", "person"),
        sa.ForeignKeyConstraint(
            ["added_to", "approval_id"],
            ["seat.id", "seat.approval_id"],
            name=op.f("fk_seat_added_to_approval_id"),
        ),
        sa.CheckConstraint(SEAT_IS_SOMEBODYS, name=op.f("ck_seat_somebodys")),
        sa.CheckConstraint(SEAT_IS_ADDED_SOMEWHERE, name=op.f("ck_seat_added_somewhere")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("id", "approval_id", name=op.f("uq_seat_id_approval_id")),
        filled={**as_it_was(*SEAT), "turn": "0"},
    )


def _remake_old_seat() -> None:
    once = ("approval_id", "step", "unit_id")
    remake(
        "seat",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("step", ID, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        choice("seat", "state", "seatstate", SEAT_STATES_BEFORE),
        sa.Column("opened_at", INSTANT, nullable=True),
        reference("seat", "approval_id", "approval"),
        reference("seat", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint(*once, name=op.f("uq_seat_approval_id_step_unit_id")),
        sa.UniqueConstraint("id", "approval_id", name=op.f("uq_seat_id_approval_id")),
        filled=as_it_was(*SEAT),
    )


def _widen_seat() -> None:
    alter(
        "seat",
        "DROP CONSTRAINT uq_seat_approval_id_step_unit_id",
        *into_choice("seat", "mode", "stepmode", STEP_MODES),
        *into_choice("seat", "role", "role", ROLES),
        "ALTER COLUMN role DROP NOT NULL",
        "ALTER COLUMN unit_id DROP NOT NULL",
        "ADD COLUMN turn BIGINT DEFAULT 0 NOT NULL",
        "ALTER COLUMN turn DROP DEFAULT",
        "ADD COLUMN quorum BIGINT",
        new_reference("seat", "person_id", "person"),
        new_reference("seat", "group_id", "signer_group"),
        new_reference("seat", "delegated_by", "person"),
        "ADD COLUMN added_to BIGINT",
        new_choice("seat", "relation", "relation", RELATIONS),
        new_reference("seat", "added_by", "person"),
        "DROP CONSTRAINT ck_seat_known_seatstate",
        f"ADD {check_of('seat', 'state', 'seatstate', SEAT_STATES)}",
        "ADD COLUMN limit_days BIGINT",
        "ADD COLUMN days_lost BIGINT DEFAULT 0 NOT NULL",
        new_choice("seat", "at_limit", "atlimit", AT_LIMITS),
        "ADD COLUMN limit_met_at TIMESTAMP WITH TIME ZONE",
        "ADD COLUMN urged_on DATE",
        "ADD CONSTRAINT fk_seat_added_to_approval_id "
        "FOREIGN KEY (added_to, approval_id) REFERENCES seat (id, approval_id)",
        f"ADD CONSTRAINT ck_seat_somebodys CHECK ({SEAT_IS_SOMEBODYS})",
        f"ADD CONSTRAINT ck_seat_added_somewhere CHECK ({SEAT_IS_ADDED_SOMEWHERE})",
    )


def _narrow_seat() -> None:
    gone = (
        "turn", "quorum", "person_id", "group_id", "delegated_by", "added_to", "relation", "added_by", "limit_days",
        "days_lost", "at_limit", "limit_met_at", "urged_on",
    )  # fmt: skip
    alter(
        "seat",
        "DROP CONSTRAINT ck_seat_added_somewhere",
        "DROP CONSTRAINT ck_seat_somebodys",
        "DROP CONSTRAINT fk_seat_added_to_approval_id",
        *(f"DROP COLUMN {name}" for name in gone),
        "DROP CONSTRAINT ck_seat_known_seatstate",
        f"ADD {check_of('seat', 'state', 'seatstate', SEAT_STATES_BEFORE)}",
        "ALTER COLUMN unit_id SET NOT NULL",
        "ALTER COLUMN role SET NOT NULL",
        *out_of_choice("seat", "role", "role", 20),
        *out_of_choice("seat", "mode", "stepmode", 20),
        "ADD CONSTRAINT uq_seat_approval_id_step_unit_id UNIQUE (approval_id, step, unit_id)",
    )


# Decisions

DECISION = ("id", "approval_id", "seat_id", "verdict", "opinion", "digest", "decided_by", "decided_at")


def renew_decision() -> None:
    if on_sqlite():
        _remake_decision(by_nobody=True)
    else:
        op.drop_index("ix_decision_decided_by", table_name="decision")
        alter(
            "decision",
            *into_choice("decision", "verdict", "verdict", VERDICTS),
            "ALTER COLUMN decided_by DROP NOT NULL",
            new_reference("decision", "substitute_for", "person"),
            f"ADD CONSTRAINT ck_decision_somebodys CHECK ({DECISION_IS_SOMEBODYS})",
        )
    op.create_index("ix_decision_decided_by_approval_id", "decision", ["decided_by", "approval_id"])
    in_stead = sa.text("substitute_for IS NOT NULL")
    op.create_index(
        "ix_decision_in_stead", "decision", ["decided_by"], sqlite_where=in_stead, postgresql_where=in_stead
    )


def restore_decision() -> None:
    op.drop_index("ix_decision_in_stead", table_name="decision")
    op.drop_index("ix_decision_decided_by_approval_id", table_name="decision")
    if on_sqlite():
        _remake_decision(by_nobody=False)
    else:
        alter(
            "decision",
            "DROP CONSTRAINT ck_decision_somebodys",
            "DROP COLUMN substitute_for",
            "ALTER COLUMN decided_by SET NOT NULL",
            *out_of_choice("decision", "verdict", "verdict", 10),
        )
    op.create_index("ix_decision_decided_by", "decision", ["decided_by"])


def _remake_decision(*, by_nobody: bool) -> None:
    """With `by_nobody`, a limit may have passed in silence, and somebody may have signed for somebody else."""
    verdict = (
        choice("decision", "verdict", "verdict", VERDICTS)
        if by_nobody
        else sa.Column("verdict", sa.String(length=10), nullable=False)
    )
    substitute = (
        sa.Column("substitute_for", ID, nullable=True),
        reference("decision", "substitute_for", "person"),
        sa.CheckConstraint(DECISION_IS_SOMEBODYS, name=op.f("ck_decision_somebodys")),
    )
    remake(
        "decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("seat_id", ID, nullable=False),
        verdict,
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("decided_by", ID, nullable=by_nobody),
        *(substitute if by_nobody else ()),
        sa.Column("decided_at", INSTANT, nullable=False),
        reference("decision", "approval_id", "approval"),
        reference("decision", "decided_by", "person"),
        sa.ForeignKeyConstraint(
            ["seat_id", "approval_id"],
            ["seat.id", "seat.approval_id"],
            name=op.f("fk_decision_seat_id_approval_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_decision_seat_id")),
        filled=as_it_was(*DECISION),
    )
    op.create_index("ix_decision_approval_id", "decision", ["approval_id"])


# What the shape before cannot hold

OTHER_APPROVAL = "subject_kind <> 'milestone' OR purpose <> 'acceptance' OR milestone_id IS NULL OR milestone_id <> subject_id"
OTHER_SEAT = f"""
added_to IS NOT NULL OR unit_id IS NULL OR role IS NULL OR state IN ('opposed', 'removed', 'set_aside')
OR approval_id IN (SELECT id FROM approval WHERE {OTHER_APPROVAL})
"""  # noqa: S608
MADE_ANEW = """
EXISTS (SELECT 1 FROM seat AS later WHERE later.approval_id = seat.approval_id AND later.step = seat.step
        AND later.unit_id = seat.unit_id AND later.id > seat.id)
"""
"""Of several seats of a unit in a step the last one counts."""


def forget_what_does_not_fit() -> None:
    _drop_seats(OTHER_SEAT)
    _drop_seats(MADE_ANEW)
    op.execute("DELETE FROM decision WHERE decided_by IS NULL OR verdict = 'no_objection'")
    op.execute(f"DELETE FROM approval WHERE {OTHER_APPROVAL}")  # noqa: S608
    op.execute(
        "DELETE FROM approval_definition WHERE purpose <> 'acceptance' "
        "AND id NOT IN (SELECT definition_id FROM approval)"
    )


def _drop_seats(condition: str) -> None:
    op.execute(f"DELETE FROM decision WHERE seat_id IN (SELECT id FROM seat WHERE {condition})")  # noqa: S608
    op.execute(f"DELETE FROM seat WHERE {condition}")  # noqa: S608


STANDS_AT = """(SELECT min(undecided.step) FROM seat AS undecided
WHERE undecided.approval_id = seat.approval_id AND undecided.state IN ('waiting', 'open'))"""
OF_OPEN = "approval_id IN (SELECT id FROM approval WHERE state = 'open')"


def straighten_routes() -> None:
    """Before, a route stood at one step, and all of its seats were open at once; one signature carried any mode but
    `all`, so that turns and votes become that."""
    op.execute("UPDATE seat SET mode = 'all' WHERE mode IN ('sequence', 'vote')")
    op.execute(
        "UPDATE seat SET state = 'waiting', opened_at = NULL "  # noqa: S608
        f"WHERE state = 'open' AND {OF_OPEN} AND step > {STANDS_AT}"
    )
    op.execute(
        "UPDATE seat SET state = 'open', "  # noqa: S608
        "opened_at = (SELECT opened_at FROM approval WHERE approval.id = seat.approval_id) "
        f"WHERE state = 'waiting' AND {OF_OPEN} AND step = {STANDS_AT}"
    )


# Records that nobody may change: a table made anew is without its triggers, and dropping rows wants them away


def keep_append_only() -> None:
    if not on_sqlite():
        op.execute(
            "CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON decision "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decision_no_{verb.lower()} BEFORE {verb} ON decision "
            "BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END"
        )


def let_go_append_only() -> None:
    if on_sqlite():
        op.execute("DROP TRIGGER decision_no_update")
        op.execute("DROP TRIGGER decision_no_delete")
    else:
        op.execute("DROP TRIGGER decision_append_only ON decision")
        op.execute("DROP TRIGGER decision_no_truncate ON decision")


# Further tables


def create_tables() -> None:
    _create_party()
    _create_comment()
    _create_absence()
    _create_extension()
    _create_waiver()


def _create_party() -> None:
    op.create_table(
        "approval_party",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("because", sa.String(length=12), nullable=False),
        sa.Column("since_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "because IN ('named', 'copied', 'mentioned', 'substitute')",
            name=op.f("ck_approval_party_because"),
        ),
        reference("approval_party", "approval_id", "approval"),
        reference("approval_party", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_party")),
        sa.UniqueConstraint(
            "approval_id",
            "person_id",
            "because",
            name=op.f("uq_approval_party_approval_id_person_id_because"),
        ),
    )
    op.create_index("ix_approval_party_person_id", "approval_party", ["person_id"])


def _create_comment() -> None:
    op.create_table(
        "approval_comment",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", JSON, nullable=False),
        sa.Column("said_by", ID, nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        reference("approval_comment", "approval_id", "approval"),
        reference("approval_comment", "said_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_comment")),
    )
    op.create_index("ix_approval_comment_approval_id", "approval_comment", ["approval_id"])


def _create_absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("substitute_id", ID, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_absence_ends_after_it_begins")),
        sa.CheckConstraint("substitute_id <> person_id", name=op.f("ck_absence_somebody_else")),
        reference("absence", "person_id", "person"),
        reference("absence", "substitute_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_person_id", "absence", ["person_id"])
    op.create_index("ix_absence_substitute_id", "absence", ["substitute_id"])


def create_signer_groups() -> None:
    """Before the seats, which name the group that they are held in."""
    op.create_table(
        "signer_group",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("chain_seq", ID, server_default="0", nullable=False),
        sa.Column("chain_head", sa.String(length=64), server_default="", nullable=False),
        version(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer_group")),
        sa.UniqueConstraint("code", name=op.f("uq_signer_group_code")),
    )
    op.create_table(
        "signer_group_member",
        sa.Column("id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("ordinal", ID, nullable=False),
        reference("signer_group_member", "group_id", "signer_group"),
        reference("signer_group_member", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer_group_member")),
        sa.UniqueConstraint("group_id", "person_id", name=op.f("uq_signer_group_member_group_id_person_id")),
    )
    op.create_index("ix_signer_group_member_person_id", "signer_group_member", ["person_id"])


def drop_signer_groups() -> None:
    op.drop_table("signer_group_member")
    op.drop_table("signer_group")


def _create_extension() -> None:
    _create_request(
        "extension",
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.CheckConstraint("due_on > from_on", name=op.f("ck_extension_later")),
    )


def _create_waiver() -> None:
    _create_request("waiver", sa.Column("reason", sa.Text(), nullable=False))


def _create_request(table: str, *asked: sa.Column[Any] | sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        choice(table, "state", "requeststate", REQUEST_STATES),
        *asked,
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("requested_by", ID, nullable=False),
        sa.Column("requested_unit_id", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        version(),
        of_milestone(table),
        reference(table, "task_id", "task"),
        reference(table, "requested_by", "person"),
        reference(table, "requested_unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_task_id", table, ["task_id"])
    op.create_index(f"ix_{table}_milestone_id", table, ["milestone_id"])
    create_unique_where(f"uq_{table}_one_open", table, ["milestone_id"], "state = 'requested'")
