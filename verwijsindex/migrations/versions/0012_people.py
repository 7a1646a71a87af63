"""Caseloads come in runs of parts; what looks like searching is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'lopend' AND NOT is_trial")


def upgrade() -> None:
    op.create_table(
        "caseload_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload_runs")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_caseload_runs_unit_id_units")
        ),
        sa.UniqueConstraint("unit_id", "run", name=op.f("uq_caseload_runs_unit_id_run")),
        sa.CheckConstraint(
            "(state = 'klaar') = (finished_at IS NOT NULL)",
            name=op.f("ck_caseload_runs_finished_when_done"),
        ),
        sa.CheckConstraint("ended >= 0", name=op.f("ck_caseload_runs_ended_not_negative")),
    )
    op.create_index(
        "uq_caseload_runs_open_unit",
        "caseload_runs",
        ["unit_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(op.f("ix_caseload_runs_started_at"), "caseload_runs", ["started_at"])
    op.create_table(
        "caseload_parts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("moved", sa.LargeBinary(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_caseload_parts")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["caseload_runs.id"],
            name=op.f("fk_caseload_parts_run_id_caseload_runs"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_caseload_parts_number_from_one")),
        sa.CheckConstraint("unknown >= 0", name=op.f("ck_caseload_parts_unknown_not_negative")),
        sa.CheckConstraint("length(kept) % 16 = 0", name=op.f("ck_caseload_parts_kept_of_ids")),
        sa.CheckConstraint("length(moved) % 16 = 0", name=op.f("ck_caseload_parts_moved_of_ids")),
    )
    op.create_table(
        "fishing_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("professional_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fishing_findings")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_fishing_findings_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["professional_id"],
            ["professionals.id"],
            name=op.f("fk_fishing_findings_professional_id_professionals"),
        ),
        sa.CheckConstraint(
            "withdrawn <= registered", name=op.f("ck_fishing_findings_withdrawn_of_registered")
        ),
        sa.CheckConstraint(
            "wrong <= withdrawn", name=op.f("ck_fishing_findings_wrong_of_withdrawn")
        ),
    )
    op.create_index(op.f("ix_fishing_findings_found_at"), "fishing_findings", ["found_at"])
    op.create_index(
        "ix_fishing_findings_organisation",
        "fishing_findings",
        ["organisation_id", "found_at"],
        sqlite_where=sa.text("professional_id IS NULL"),
        postgresql_where=sa.text("professional_id IS NULL"),
    )
    op.create_index(
        op.f("ix_fishing_findings_professional_id_found_at"),
        "fishing_findings",
        ["professional_id", "found_at"],
    )


def downgrade() -> None:
    op.drop_table("fishing_findings")
    op.drop_table("caseload_parts")
    op.drop_table("caseload_runs")
