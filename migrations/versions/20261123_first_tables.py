"""first tables

Revision ID: 0001
Revises: nothing

Rules: expand, release, then contract. Import nothing of ours: a migration must mean the same for ever.
Alembic's batch mode drops triggers in silence: make the append-only triggers again after it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_definition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_definition")),
        sa.UniqueConstraint("key", "edition", name=op.f("uq_approval_definition_key_edition")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_kind", sa.String(length=20), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=True),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("root_kind", "root_id", "seq", name=op.f("uq_audit_event_root_kind_root_id_seq")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"], unique=False)
    op.create_index("ix_audit_event_subject", "audit_event", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "calendar_year",
        sa.Column(
            "year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("notice", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("route", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "headers",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kept_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("person_id", "route", "key", name=op.f("uq_kept_answer_person_id_route_key")),
    )
    op.create_index("ix_kept_answer_kept_at", "kept_answer", ["kept_at"], unique=False)
    op.create_table(
        "number_counter",
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column(
            "year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_counter")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column(
            "audience",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("root_kind", sa.String(length=20), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "written_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "addressed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_open", "outbox", ["addressed_at", "id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("printed_title", sa.String(length=300), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "active",
                "discarded",
                name="known_planstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "reading",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "imported_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_plan_code")),
    )
    op.create_table(
        "rule_set",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("edition", name=op.f("uq_rule_set_edition")),
    )
    op.create_table(
        "schedule_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False),
        sa.Column(
            "leased_until", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "started_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "finished_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column(
            "outcome",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_schedule_run_job_due_at")),
    )
    op.create_table(
        "seal",
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("heads", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("sealed_on", name=op.f("pk_seal")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column(
            "value",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("printed_name", sa.String(length=200), nullable=True),
        sa.Column(
            "aliases",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "organ",
                "department",
                "group",
                name="known_unitkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("organ_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_office", sa.Boolean(), nullable=False),
        sa.Column("is_district", sa.Boolean(), nullable=False),
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
        sa.CheckConstraint(
            "kind <> 'department' OR parent_id IS NOT NULL", name=op.f("ck_unit_department_has_organ")
        ),
        sa.ForeignKeyConstraint(["organ_id"], ["unit.id"], name=op.f("fk_unit_organ_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_index("ix_unit_organ_id", "unit", ["organ_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "lead",
                "joint",
                "contributor",
                "informed",
                name="known_partrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["unit.id"], name=op.f("fk_appointment_group_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_appointment_plan_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_appointment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint(
            "plan_id", "task_number", "unit_id", name=op.f("uq_appointment_plan_id_task_number_unit_id")
        ),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["calendar_year.year"], name=op.f("fk_calendar_day_year")),
        sa.PrimaryKeyConstraint("day_on", name=op.f("pk_calendar_day")),
    )
    op.create_index(op.f("ix_calendar_day_year"), "calendar_day", ["year"], unique=False)
    op.create_table(
        "goal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column(
            "comparator",
            sa.Enum(
                "at_least",
                "at_most",
                "done",
                "none",
                name="known_comparator",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_goal_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index(op.f("ix_goal_plan_id"), "goal", ["plan_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["unit.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_group_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "unit_id", name=op.f("uq_group_member_group_id_unit_id")),
    )
    op.create_index("ix_group_member_unit_id", "group_member", ["unit_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "active",
                "departed",
                name="known_personstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("failed_sign_ins", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "locked_until", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
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
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_person_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("printed_name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_programme_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("plan_id", "ordinal", name=op.f("uq_programme_plan_id_ordinal")),
    )
    op.create_table(
        "activation_slip",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("used_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_activation_slip_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_slip")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_activation_slip_code_hash")),
    )
    op.create_index(op.f("ix_activation_slip_person_id"), "activation_slip", ["person_id"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=True),
        sa.Column(
            "scopes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "revoked_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("kind IN ('session', 'token')", name=op.f("ck_credential_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_credential_secret_hash")),
    )
    op.create_index(op.f("ix_credential_person_id"), "credential", ["person_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "leased_until", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_outbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )
    op.create_index(op.f("ix_delivery_outbox_id"), "delivery", ["outbox_id"], unique=False)
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sort", sa.String(length=12), nullable=False),
        sa.Column("task_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=True),
        sa.Column("body_text", sa.Text(), nullable=True),
        sa.Column("body_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("appendix_text", sa.Text(), nullable=True),
        sa.Column("appendix_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "ruled",
                name="known_findingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "ruling",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "ruled_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("ruled_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_finding_plan_id")),
        sa.ForeignKeyConstraint(["ruled_by"], ["person.id"], name=op.f("fk_finding_ruled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("plan_id", "ordinal", name=op.f("uq_finding_plan_id_ordinal")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "reviewer",
                "leader",
                "supervisor",
                "signatory",
                "inspector",
                "auditor",
                "admin",
                name="known_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "to_on IS NULL OR to_on >= from_on", name=op.f("ck_role_grant_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_role_grant_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index("ix_role_grant_person_id", "role_grant", ["person_id"], unique=False)
    op.create_index("ix_role_grant_unit_id_role", "role_grant", ["unit_id", "role"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("printed_name", sa.String(length=300), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("printed_goal", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "acknowledged",
                "in_progress",
                "suspended",
                "completed",
                "closed",
                "cancelled",
                name="known_taskstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "document",
                "ruling",
                "instruction",
                "meeting",
                "inspection",
                name="known_origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin_details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("source_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source_sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "assigned_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("suspended_on", sa.Date(), nullable=True),
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
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_task_plan_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_task_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_task_plan_id_number")),
    )
    op.create_index("ix_task_state", "task", ["state"], unique=False)
    op.create_table(
        "milestone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("printed_text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "in_progress",
                "submitted",
                "accepted",
                "returned",
                "waived",
                name="known_milestonestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "due_basis",
            sa.Enum(
                "printed",
                "year_end",
                "event",
                "ruling",
                "adjustment",
                "suspension",
                "extension",
                name="known_duebasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_rule", sa.String(length=20), nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("source_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission", sa.Text(), nullable=True),
        sa.Column(
            "submitted_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("submitted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("submitted_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "accepted_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("light", sa.String(length=8), nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_milestone_submitted_by")),
        sa.ForeignKeyConstraint(
            ["submitted_unit_id"], ["unit.id"], name=op.f("fk_milestone_submitted_unit_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_milestone_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("id", "task_id", name=op.f("uq_milestone_id_task_id")),
    )
    op.create_index(
        "ix_milestone_open_due_on",
        "milestone",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
        postgresql_where=sa.text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
    )
    op.create_index("ix_milestone_task_id", "milestone", ["task_id"], unique=False)
    op.create_table(
        "part",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "lead",
                "joint",
                "contributor",
                "informed",
                name="known_partrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "acknowledged",
                name="known_partstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "acknowledged_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("acknowledged_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["person.id"], name=op.f("fk_part_acknowledged_by")),
        sa.ForeignKeyConstraint(["group_id"], ["unit.id"], name=op.f("fk_part_group_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_part_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_part_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part")),
        sa.UniqueConstraint("id", "task_id", name=op.f("uq_part_id_task_id")),
        sa.UniqueConstraint("task_id", "unit_id", name=op.f("uq_part_task_id_unit_id")),
    )
    op.create_index("ix_part_unit_id", "part", ["unit_id"], unique=False)
    op.create_index(
        "uq_part_one_lead",
        "part",
        ["task_id"],
        unique=True,
        sqlite_where=sa.text("role = 'lead'"),
        postgresql_where=sa.text("role = 'lead'"),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "approved",
                "returned",
                "withdrawn",
                "voided",
                name="known_approvalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("definition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_facts", sa.Text(), nullable=False),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("opened_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["approval_definition.id"], name=op.f("fk_approval_definition_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_approval_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_approval_opened_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_approval_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint(
            "milestone_id", "purpose", "round", name=op.f("uq_approval_milestone_id_purpose_round")
        ),
    )
    op.create_index("ix_approval_task_id", "approval", ["task_id"], unique=False)
    op.create_index(
        "uq_approval_one_open",
        "approval",
        ["milestone_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "yellow", "red", name="known_cardcolour", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("episode", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "raised",
                "acknowledged",
                "rectifying",
                "verifying",
                "lifted",
                "appealed",
                "revoked",
                name="known_cardstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "working",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "raised_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("raised_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_card_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_card_raised_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_card_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_card_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint(
            "milestone_id", "rung", "episode", name=op.f("uq_card_milestone_id_rung_episode")
        ),
    )
    op.create_index("ix_card_task_id", "card", ["task_id"], unique=False)
    op.create_index("ix_card_unit_id", "card", ["unit_id"], unique=False)
    op.create_table(
        "due_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "printed",
                "year_end",
                "event",
                "ruling",
                "adjustment",
                "suspension",
                "extension",
                name="known_duebasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_due_move_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_move")),
    )
    op.create_index(op.f("ix_due_move_milestone_id"), "due_move", ["milestone_id"], unique=False)
    op.create_table(
        "indicator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("goal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("metric", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("printed_quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column(
            "comparator",
            sa.Enum(
                "at_least",
                "at_most",
                "done",
                "none",
                name="known_comparator",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("strength", sa.String(length=20), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "level",
                "annual_increment",
                "cumulative",
                name="known_basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "count",
                "amount",
                "rate",
                "change",
                "deliverable",
                "judged",
                "maintained",
                name="known_indicatorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "definition",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("source_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["goal_id"], ["indicator.id"], name=op.f("fk_indicator_goal_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_indicator_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_indicator_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
    )
    op.create_index("ix_indicator_milestone_id", "indicator", ["milestone_id"], unique=False)
    op.create_index("ix_indicator_task_id", "indicator", ["task_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=False),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("tick_on", sa.Date(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_reminder_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "milestone_id", "due_on", "rung", name=op.f("uq_reminder_milestone_id_due_on_rung")
        ),
    )
    op.create_index("ix_reminder_tick_on", "reminder", ["tick_on"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "supervision",
                "yellow_card",
                "red_card",
                name="known_noticekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "drafted",
                "signed_off",
                "issued",
                "acknowledged",
                "replied",
                "closed",
                "replaced",
                "voided",
                name="known_noticestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requirement", sa.Text(), nullable=True),
        sa.Column("reply_on", sa.Date(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("facts_sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "drafted_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column(
            "signed_off_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("signed_off_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "issued_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column(
            "printed_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL)", name=op.f("ck_notice_numbered_when_issued")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_notice_card_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_notice_milestone_id")),
        sa.ForeignKeyConstraint(["signed_off_by"], ["person.id"], name=op.f("fk_notice_signed_off_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_notice_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("card_id", name=op.f("uq_notice_card_id")),
        sa.UniqueConstraint("code", name=op.f("uq_notice_code")),
        sa.UniqueConstraint("series", "year", "number", name=op.f("uq_notice_series_year_number")),
    )
    op.create_index("ix_notice_task_id", "notice", ["task_id"], unique=False)
    op.create_index("ix_notice_unit_id", "notice", ["unit_id"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "open",
                "signed",
                "returned",
                "lapsed",
                name="known_seatstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_seat_approval_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seat_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("approval_id", "step", "unit_id", name=op.f("uq_seat_approval_id_step_unit_id")),
        sa.UniqueConstraint("id", "approval_id", name=op.f("uq_seat_id_approval_id")),
    )
    op.create_index("ix_seat_open", "seat", ["state", "unit_id"], unique=False)
    op.create_table(
        "share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("target", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "acknowledged",
                "in_progress",
                "submitted",
                "accepted",
                "returned",
                "waived",
                name="known_sharestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
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
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seat_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decided_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_decision_approval_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["seat_id", "approval_id"],
            ["seat.id", "seat.approval_id"],
            name=op.f("fk_decision_seat_id_approval_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_decision_seat_id")),
    )
    op.create_index("ix_decision_approval_id", "decision", ["approval_id"], unique=False)
    op.create_index("ix_decision_decided_by", "decision", ["decided_by"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("store_key", sa.String(length=200), nullable=False),
        sa.Column("true_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "attached",
                "accepted",
                "superseded",
                "detached",
                name="known_evidencestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "attached_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("attached_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="1",
            nullable=False,
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_not_empty")),
        sa.ForeignKeyConstraint(["attached_by"], ["person.id"], name=op.f("fk_evidence_attached_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_evidence_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_evidence_share_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["evidence.id"], name=op.f("fk_evidence_supersedes_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_evidence_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_evidence_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_evidence_supersedes_id")),
    )
    op.create_index("ix_evidence_milestone_id", "evidence", ["milestone_id"], unique=False)
    op.create_index("ix_evidence_store_key", "evidence", ["store_key"], unique=False)
    op.create_index("ix_evidence_task_id", "evidence", ["task_id"], unique=False)
    op.create_table(
        "progress_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Numeric().with_variant(sa.String(40), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column(
            "reported_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("reported_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("as_of_on IS NOT NULL", name=op.f("ck_progress_entry_dated")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_progress_entry_indicator_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "task_id"],
            ["milestone.id", "milestone.task_id"],
            name=op.f("fk_progress_entry_milestone_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_progress_entry_reported_by")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_progress_entry_share_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_progress_entry_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_progress_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_entry")),
    )
    op.create_index("ix_progress_entry_milestone_id", "progress_entry", ["milestone_id"], unique=False)
    op.create_index("ix_progress_entry_task_id", "progress_entry", ["task_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_index("ix_progress_entry_task_id", table_name="progress_entry")
    op.drop_index("ix_progress_entry_milestone_id", table_name="progress_entry")
    op.drop_table("progress_entry")
    op.drop_index("ix_evidence_task_id", table_name="evidence")
    op.drop_index("ix_evidence_store_key", table_name="evidence")
    op.drop_index("ix_evidence_milestone_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_decision_decided_by", table_name="decision")
    op.drop_index("ix_decision_approval_id", table_name="decision")
    op.drop_table("decision")
    op.drop_index("ix_share_unit_id", table_name="share")
    op.drop_index("ix_share_task_id", table_name="share")
    op.drop_table("share")
    op.drop_index("ix_seat_open", table_name="seat")
    op.drop_table("seat")
    op.drop_index("ix_notice_unit_id", table_name="notice")
    op.drop_index("ix_notice_task_id", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_reminder_tick_on", table_name="reminder")
    op.drop_table("reminder")
    op.drop_index("ix_indicator_task_id", table_name="indicator")
    op.drop_index("ix_indicator_milestone_id", table_name="indicator")
    op.drop_table("indicator")
    op.drop_index(op.f("ix_due_move_milestone_id"), table_name="due_move")
    op.drop_table("due_move")
    op.drop_index("ix_card_unit_id", table_name="card")
    op.drop_index("ix_card_task_id", table_name="card")
    op.drop_table("card")
    op.drop_index(
        "uq_approval_one_open",
        table_name="approval",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_approval_task_id", table_name="approval")
    op.drop_table("approval")
    op.drop_index(
        "uq_part_one_lead",
        table_name="part",
        sqlite_where=sa.text("role = 'lead'"),
        postgresql_where=sa.text("role = 'lead'"),
    )
    op.drop_index("ix_part_unit_id", table_name="part")
    op.drop_table("part")
    op.drop_index("ix_milestone_task_id", table_name="milestone")
    op.drop_index(
        "ix_milestone_open_due_on",
        table_name="milestone",
        sqlite_where=sa.text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
        postgresql_where=sa.text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
    )
    op.drop_table("milestone")
    op.drop_index("ix_task_state", table_name="task")
    op.drop_table("task")
    op.drop_index("ix_role_grant_unit_id_role", table_name="role_grant")
    op.drop_index("ix_role_grant_person_id", table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_table("finding")
    op.drop_index("ix_delivery_state_next_at", table_name="delivery")
    op.drop_index(op.f("ix_delivery_outbox_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_credential_person_id"), table_name="credential")
    op.drop_table("credential")
    op.drop_index(op.f("ix_activation_slip_person_id"), table_name="activation_slip")
    op.drop_table("activation_slip")
    op.drop_table("programme")
    op.drop_table("person")
    op.drop_index("ix_group_member_unit_id", table_name="group_member")
    op.drop_table("group_member")
    op.drop_index(op.f("ix_goal_plan_id"), table_name="goal")
    op.drop_table("goal")
    op.drop_index(op.f("ix_calendar_day_year"), table_name="calendar_day")
    op.drop_table("calendar_day")
    op.drop_table("appointment")
    op.drop_index("ix_unit_organ_id", table_name="unit")
    op.drop_table("unit")
    op.drop_table("setting")
    op.drop_table("seal")
    op.drop_table("schedule_run")
    op.drop_table("rule_set")
    op.drop_table("plan")
    op.drop_index("ix_outbox_open", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("number_counter")
    op.drop_index("ix_kept_answer_kept_at", table_name="kept_answer")
    op.drop_table("kept_answer")
    op.drop_table("calendar_year")
    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("approval_definition")
    # ### end Alembic commands ###
