"""The rule on leads: whom to ask first to keep the overview of a match."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_table(
        "lead_rule_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_lead_rule_versions_from_one")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_lead_rule_versions")),
    )
    op.create_table(
        "lead_preferences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("domain", sa.String(40), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("director_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'domein') = (domain IS NOT NULL)", name=op.f("ck_lead_preferences_domain")
        ),
        sa.CheckConstraint(
            "(kind = 'organisatie') = (organisation_id IS NOT NULL)",
            name=op.f("ck_lead_preferences_organisation"),
        ),
        sa.CheckConstraint(
            "(kind = 'matchregisseur') = (director_id IS NOT NULL)",
            name=op.f("ck_lead_preferences_director"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_lead_preferences_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["lead_rule_versions.version"],
            name=op.f("fk_lead_preferences_version_lead_rule_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_preferences")),
        sa.UniqueConstraint("version", "place", name=op.f("uq_lead_preferences_version_place")),
    )
    op.add_column(
        "case_leads",
        sa.Column("by_rule", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("matches", sa.Column("leads_settled_for", sa.Integer(), nullable=True))
    op.create_index(
        "ix_matches_open_leads",
        "matches",
        ["leads_settled_for"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_matches_open_leads", "matches")
    op.drop_column("matches", "leads_settled_for")
    op.drop_column("case_leads", "by_rule")
    op.drop_table("lead_preferences")
    op.drop_table("lead_rule_versions")
