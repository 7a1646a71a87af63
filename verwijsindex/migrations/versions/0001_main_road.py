"""The main road: who takes part, signals, matches, outbox, audit; and the first rules."""

from itertools import combinations_with_replacement
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As they were at this revision: a migration does not change with the code.
DOMAINS = sorted(
    [
        "jeugd",
        "zorg",
        "ggz",
        "verslaving",
        "schulden",
        "wonen",
        "werk_en_inkomen",
        "onderwijs",
        "ouderen",
        "veiligheid",
        "welzijn",
        "juridisch",
        "maatschappelijke_ondersteuning",
    ]
)


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("trace_id", sa.Uuid(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_object_id", "audit_events", ["object_id"])

    op.create_table(
        "key_checks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_checks")),
    )
    op.create_table(
        "match_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("low_domain", sa.String(40), nullable=False),
        sa.Column("high_domain", sa.String(40), nullable=False),
        sa.Column("either_sensitive", sa.Boolean(), nullable=False),
        sa.Column("effect", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "low_domain <= high_domain", name=op.f("ck_match_rules_low_is_not_above_high")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_rules")),
        sa.UniqueConstraint(
            "version",
            "low_domain",
            "high_domain",
            "either_sensitive",
            name=op.f("uq_match_rules_version_low_domain_high_domain_either_sensitive"),
        ),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("bsn_basis", sa.String(length=200), nullable=True),
        sa.Column("reference_pattern", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.create_table(
        "subjects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(pseudonym) = 32", name=op.f("ck_subjects_pseudonym_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("kind", "pseudonym", name=op.f("uq_subjects_kind_pseudonym")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("limits", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("jwk", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(secret_hash IS NULL) <> (jwk IS NULL)", name=op.f("ck_clients_secret_or_key")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_clients_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "daily_counters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.String(40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_daily_counters_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_counters")),
    )
    op.create_index(
        "ix_daily_counters_day_organisation_id", "daily_counters", ["day", "organisation_id"]
    )

    op.create_table(
        "legal_bases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("age_group", sa.String(40), nullable=False),
        sa.Column("demands", sa.String(40), nullable=False),
        sa.Column("may_defer", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_legal_bases_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_bases")),
        sa.UniqueConstraint(
            "organisation_id",
            "domain",
            "age_group",
            "valid_from",
            name=op.f("uq_legal_bases_organisation_id_domain_age_group_valid_from"),
        ),
    )
    op.create_table(
        "matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (closed_at IS NULL)", name=op.f("ck_matches_closed_when_not_open")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_matches_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
    )
    op.create_index("ix_matches_subject_id", "matches", ["subject_id"])
    op.create_index(
        "uq_matches_open_subject",
        "matches",
        ["subject_id", "kind"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "secure_mail_domains",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mail_domain", sa.String(length=253), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_secure_mail_domains_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "mail_domain", name=op.f("pk_secure_mail_domains")
        ),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("independent", sa.Boolean(), nullable=False),
        sa.Column("mailbox", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_units_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_units_organisation_id_name")),
    )
    op.create_table(
        "client_units",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients.id"],
            name=op.f("fk_client_units_client_id_clients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_client_units_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("client_id", "unit_id", name=op.f("pk_client_units")),
    )
    op.create_table(
        "professionals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "length(key) BETWEEN 1 AND 64", name=op.f("ck_professionals_key_length")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_professionals_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_professionals_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professionals")),
        sa.UniqueConstraint(
            "organisation_id", "key", name=op.f("uq_professionals_organisation_id_key")
        ),
    )
    op.create_index("ix_professionals_unit_id", "professionals", ["unit_id"])

    op.create_table(
        "used_jtis",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("jti", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients.id"],
            name=op.f("fk_used_jtis_client_id_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_jtis")),
    )
    op.create_index("ix_used_jtis_expires_at", "used_jtis", ["expires_at"])

    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("professional_id", sa.Uuid(), nullable=True),
        sa.Column("legal_basis_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "(status = 'actief') = (ended_at IS NULL)",
            name=op.f("ck_signals_ended_when_not_active"),
        ),
        sa.CheckConstraint(
            "(status = 'beeindigd') = (reason IS NOT NULL)",
            name=op.f("ck_signals_reason_when_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["legal_basis_id"],
            ["legal_bases.id"],
            name=op.f("fk_signals_legal_basis_id_legal_bases"),
        ),
        sa.ForeignKeyConstraint(
            ["professional_id"],
            ["professionals.id"],
            name=op.f("fk_signals_professional_id_professionals"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_signals_subject_id_subjects")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_signals_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    op.create_index(
        "ix_signals_active_professional_id",
        "signals",
        ["professional_id"],
        sqlite_where=sa.text("status = 'actief'"),
        postgresql_where=sa.text("status = 'actief'"),
    )
    op.create_index(
        "ix_signals_active_subject",
        "signals",
        ["subject_id"],
        sqlite_where=sa.text("status = 'actief'"),
        postgresql_where=sa.text("status = 'actief'"),
    )
    op.create_index(
        "ix_signals_lapses",
        "signals",
        ["lapses"],
        sqlite_where=sa.text("status = 'actief'"),
        postgresql_where=sa.text("status = 'actief'"),
    )
    op.create_index("ix_signals_reference_hash", "signals", ["reference_hash"])
    op.create_index("ix_signals_unit_id_id", "signals", ["unit_id", "id"])
    op.create_index(
        "uq_signals_active_professional",
        "signals",
        ["subject_id", "professional_id"],
        unique=True,
        sqlite_where=sa.text("status = 'actief' AND professional_id IS NOT NULL"),
        postgresql_where=sa.text("status = 'actief' AND professional_id IS NOT NULL"),
    )
    op.create_index(
        "uq_signals_active_unit",
        "signals",
        ["subject_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("status = 'actief' AND professional_id IS NULL"),
        postgresql_where=sa.text("status = 'actief' AND professional_id IS NULL"),
    )

    op.create_table(
        "informings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("informed_by", sa.String(40), nullable=True),
        sa.Column("informed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("informed_how", sa.String(40), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("reaction", sa.String(40), nullable=True),
        sa.Column("deferral_reason", sa.String(40), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(deferral_reason IS NULL) = (informed_on IS NOT NULL)",
            name=op.f("ck_informings_told_or_deferred"),
        ),
        sa.CheckConstraint(
            "(deferral_reason IS NULL) = (review_on IS NULL)",
            name=op.f("ck_informings_deferral_review"),
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["signals.id"],
            name=op.f("fk_informings_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informings")),
    )
    op.create_index("ix_informings_signal_id", "informings", ["signal_id"])

    op.create_table(
        "participations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["match_id"], ["matches.id"], name=op.f("fk_participations_match_id_matches")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_participations_signal_id_signals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participations")),
        sa.UniqueConstraint(
            "match_id", "signal_id", name=op.f("uq_participations_match_id_signal_id")
        ),
    )
    op.create_index("ix_participations_signal_id", "participations", ["signal_id"])

    op.create_table(
        "match_pairs",
        sa.Column("low_participation_id", sa.Uuid(), nullable=False),
        sa.Column("high_participation_id", sa.Uuid(), nullable=False),
        sa.Column("visibility", sa.String(40), nullable=False),
        sa.Column("mails", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "low_participation_id < high_participation_id",
            name=op.f("ck_match_pairs_low_is_lower_than_high"),
        ),
        sa.ForeignKeyConstraint(
            ["high_participation_id"],
            ["participations.id"],
            name=op.f("fk_match_pairs_high_participation_id_participations"),
        ),
        sa.ForeignKeyConstraint(
            ["low_participation_id"],
            ["participations.id"],
            name=op.f("fk_match_pairs_low_participation_id_participations"),
        ),
        sa.PrimaryKeyConstraint(
            "low_participation_id", "high_participation_id", name=op.f("pk_match_pairs")
        ),
    )
    op.create_index(
        "ix_match_pairs_high_participation_id", "match_pairs", ["high_participation_id"]
    )

    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Uuid(), nullable=False),
        sa.Column("professional_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=True),
        sa.Column("about_signal_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=60), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'digest') = (participation_id IS NULL)", name=op.f("ck_outbox_about_something")
        ),
        sa.CheckConstraint(
            "(state = 'gathered') = (digest_id IS NOT NULL)", name=op.f("ck_outbox_digest_gathered")
        ),
        sa.CheckConstraint(
            "(state = 'sending') = (lease_token IS NOT NULL)",
            name=op.f("ck_outbox_lease_when_sent"),
        ),
        sa.ForeignKeyConstraint(
            ["about_signal_id"], ["signals.id"], name=op.f("fk_outbox_about_signal_id_signals")
        ),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["outbox.id"], name=op.f("fk_outbox_digest_id_outbox")
        ),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participations.id"],
            name=op.f("fk_outbox_participation_id_participations"),
        ),
        sa.ForeignKeyConstraint(
            ["professional_id"],
            ["professionals.id"],
            name=op.f("fk_outbox_professional_id_professionals"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_outbox_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", "recipient", name=op.f("uq_outbox_event_id_recipient")),
    )
    op.create_index("ix_outbox_digest_id", "outbox", ["digest_id"])
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_index("ix_outbox_participation_id", "outbox", ["participation_id"])
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["due"],
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["recipient"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    rules = sa.table(
        "match_rules",
        sa.column("id", sa.Uuid()),
        sa.column("version", sa.Integer()),
        sa.column("low_domain", sa.String()),
        sa.column("high_domain", sa.String()),
        sa.column("either_sensitive", sa.Boolean()),
        sa.column("effect", sa.String()),
        sa.column("basis", sa.String()),
    )
    op.bulk_insert(
        rules,
        [
            {
                "id": uuid4(),
                "version": 1,
                "low_domain": low,
                "high_domain": high,
                "either_sensitive": sensitive,
                "effect": "geen_match" if sensitive else "match",
                "basis": "Startset: samenwerkingsafspraken van de deelnemers",
            }
            for low, high in combinations_with_replacement(DOMAINS, 2)
            for sensitive in (False, True)
        ],
    )


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("match_pairs")
    op.drop_table("participations")
    op.drop_table("informings")
    op.drop_table("signals")
    op.drop_table("used_jtis")
    op.drop_table("professionals")
    op.drop_table("client_units")
    op.drop_table("units")
    op.drop_table("secure_mail_domains")
    op.drop_table("matches")
    op.drop_table("legal_bases")
    op.drop_table("daily_counters")
    op.drop_table("clients")
    op.drop_table("subjects")
    op.drop_table("organisations")
    op.drop_table("match_rules")
    op.drop_table("key_checks")
    op.drop_table("audit_events")
