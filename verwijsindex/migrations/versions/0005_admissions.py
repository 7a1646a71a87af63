"""Admission in steps: cohorts, the waiting list, and what is recorded of each organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IS_CONTACT = "(step = 'privacycontact')"


def upgrade() -> None:
    op.add_column(
        "organisations",
        sa.Column("registers", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint("name", name=op.f("uq_cohorts_name")),
    )
    op.create_table(
        "admissions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("waiting_since", sa.Date(), nullable=True),
        sa.Column("admitting_since", sa.Date(), nullable=True),
        sa.Column("active_since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_admissions_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_admissions_cohort_id_cohorts")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_admissions")),
    )
    op.create_table(
        "admission_records",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(300), nullable=True),
        sa.Column("contact_name", sa.String(200), nullable=True),
        sa.Column("contact_email", sa.String(254), nullable=True),
        sa.Column("contact_phone", sa.String(30), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('convenant', 'dpia', 'privacycontact')",
            name=op.f("ck_admission_records_recorded_step"),
        ),
        *(
            sa.CheckConstraint(
                f"{IS_CONTACT} = ({name} IS NOT NULL)", name=op.f(f"ck_admission_records_{name}")
            )
            for name in ("contact_name", "contact_email", "contact_phone")
        ),
        sa.CheckConstraint(
            f"{IS_CONTACT} = (document IS NULL)", name=op.f("ck_admission_records_document")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_admission_records_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "step", name=op.f("pk_admission_records")),
    )


def downgrade() -> None:
    # The release before this one would admit whoever is not stopped.
    op.execute(
        "UPDATE organisations SET status = 'gestopt' WHERE status IN ('wachtlijst', 'in_toelating')"
    )
    op.drop_table("admission_records")
    op.drop_table("admissions")
    op.drop_table("cohorts")
    op.drop_column("organisations", "registers")
