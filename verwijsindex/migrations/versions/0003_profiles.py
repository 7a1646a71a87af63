"""Profiles in versions, what they act on, and mails to organisations as such."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ABOUT_A_MATCH = "('match', 'wrong_person')"
ABOUT_A_PROFILE = "('profile_published', 'profile_review')"


def upgrade() -> None:
    op.create_table(
        "profile_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_profile_versions_number_from_one")),
        sa.CheckConstraint(
            "(state = 'gepubliceerd') = (published_at IS NOT NULL)",
            name=op.f("ck_profile_versions_published"),
        ),
        sa.CheckConstraint(
            "(state = 'concept') = (agreed_at IS NULL)", name=op.f("ck_profile_versions_agreed")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_profile_versions_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_versions")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_profile_versions_organisation_id_number")
        ),
    )
    op.create_index(
        "uq_profile_versions_concept",
        "profile_versions",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'gepubliceerd'"),
        postgresql_where=sa.text("state <> 'gepubliceerd'"),
    )
    op.create_table(
        "waiting_times",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("product_key", sa.String(40), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weeks BETWEEN 0 AND 260", name=op.f("ck_waiting_times_weeks")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_waiting_times_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "product_key", name=op.f("pk_waiting_times")),
    )
    for column in (
        sa.Column("default_months", sa.Integer(), server_default="12", nullable=False),
        sa.Column("longest_months", sa.Integer(), server_default="24", nullable=False),
        sa.Column("follow_up_days", sa.Integer(), server_default="5", nullable=False),
        sa.Column("telling_ways", sa.JSON(), nullable=True),
        sa.Column("mailbox", sa.String(254), nullable=True),
    ):
        op.add_column("organisations", column)
    op.add_column("professionals", sa.Column("trained_on", sa.Date(), nullable=True))
    # Whoever works with the index already goes on doing so.
    op.execute("UPDATE professionals SET trained_on = CURRENT_DATE")

    with op.batch_alter_table("legal_bases") as batch:
        batch.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_constraint(
            op.f("uq_legal_bases_organisation_id_domain_age_group_valid_from"), type_="unique"
        )
    op.create_index(
        "uq_legal_bases_in_use",
        "legal_bases",
        ["organisation_id", "domain", "age_group", "valid_from"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )

    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("organisation_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("profile_version_id", sa.Uuid(), nullable=True))
        batch.alter_column("unit_id", existing_type=sa.Uuid(), nullable=True)
        batch.drop_constraint(op.f("ck_outbox_about_something"), type_="check")
        batch.create_foreign_key(
            op.f("fk_outbox_organisation_id_organisations"),
            "organisations",
            ["organisation_id"],
            ["id"],
        )
        batch.create_foreign_key(
            op.f("fk_outbox_profile_version_id_profile_versions"),
            "profile_versions",
            ["profile_version_id"],
            ["id"],
        )
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_match"),
            f"(kind IN {ABOUT_A_MATCH}) = (participation_id IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_profile"),
            f"(kind IN {ABOUT_A_PROFILE}) = (profile_version_id IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_outbox_unit_or_organisation"),
            "(organisation_id IS NULL) <> (unit_id IS NULL)",
        )
    if op.get_bind().dialect.name == "postgresql":
        _keep_published_on_postgresql()
    else:
        _keep_published_on_sqlite()


def downgrade() -> None:
    op.execute(f"DELETE FROM outbox WHERE kind IN {ABOUT_A_PROFILE}")
    op.execute("DELETE FROM outbox WHERE unit_id IS NULL")
    with op.batch_alter_table("outbox") as batch:
        for name in ("about_a_match", "about_a_profile", "unit_or_organisation"):
            batch.drop_constraint(op.f(f"ck_outbox_{name}"), type_="check")
        batch.drop_constraint(
            op.f("fk_outbox_profile_version_id_profile_versions"), type_="foreignkey"
        )
        batch.drop_constraint(op.f("fk_outbox_organisation_id_organisations"), type_="foreignkey")
        batch.drop_column("profile_version_id")
        batch.drop_column("organisation_id")
        batch.alter_column("unit_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_check_constraint(
            op.f("ck_outbox_about_something"), "(kind = 'digest') = (participation_id IS NULL)"
        )
    op.drop_index("uq_legal_bases_in_use", "legal_bases")
    with op.batch_alter_table("legal_bases") as batch:
        batch.create_unique_constraint(
            op.f("uq_legal_bases_organisation_id_domain_age_group_valid_from"),
            ["organisation_id", "domain", "age_group", "valid_from"],
        )
        batch.drop_column("withdrawn_at")
        batch.drop_column("review_on")
    op.drop_column("professionals", "trained_on")
    for name in ("mailbox", "telling_ways", "follow_up_days", "longest_months", "default_months"):
        op.drop_column("organisations", name)
    op.drop_table("waiting_times")
    op.drop_table("profile_versions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_published()")


def _keep_published_on_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a published profile is never changed'
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER profile_versions_published BEFORE UPDATE OR DELETE ON profile_versions"
        " FOR EACH ROW WHEN (OLD.state = 'gepubliceerd')"
        " EXECUTE FUNCTION refuse_change_of_published()"
    )


def _keep_published_on_sqlite() -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER profile_versions_no_{deed.lower()} BEFORE {deed} ON profile_versions"
            " WHEN OLD.state = 'gepubliceerd'"
            " BEGIN SELECT RAISE(ABORT, 'a published profile is never changed'); END"
        )
