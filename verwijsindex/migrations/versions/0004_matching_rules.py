"""Rules with grounds, per version and for pairs of organisations; pairs seen from one side; reviews.

The old table ``match_rules`` stays as it is, for the release before this one
may run beside this one for a while, and reads it. It goes with a later release.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STARTER_RULES = Path(__file__).parents[1] / "starter_rules.toml"


def upgrade() -> None:
    versions = op.create_table(
        "matching_rule_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_matching_rule_versions_from_one")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_matching_rule_versions")),
    )
    rules = op.create_table(
        "matching_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("low_domain", sa.String(40), nullable=True),
        sa.Column("high_domain", sa.String(40), nullable=True),
        sa.Column("sensitivity", sa.String(40), nullable=True),
        sa.Column("low_organisation_id", sa.Uuid(), nullable=True),
        sa.Column("high_organisation_id", sa.Uuid(), nullable=True),
        sa.Column("effect", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "low_domain <= high_domain", name=op.f("ck_matching_rules_domains_in_order")
        ),
        sa.CheckConstraint(
            "low_organisation_id < high_organisation_id",
            name=op.f("ck_matching_rules_organisations_in_order"),
        ),
        sa.CheckConstraint(
            "(low_domain IS NULL) = (high_domain IS NULL)"
            " AND (low_domain IS NULL) = (sensitivity IS NULL)"
            " AND (low_domain IS NULL) = (low_organisation_id IS NOT NULL)"
            " AND (low_domain IS NULL) = (high_organisation_id IS NOT NULL)",
            name=op.f("ck_matching_rules_domains_or_organisations"),
        ),
        sa.CheckConstraint(
            "effect <> 'eerst_gevoelige_kant' OR sensitivity IS NULL OR sensitivity = 'een'",
            name=op.f("ck_matching_rules_first_of_one_sensitive_side"),
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["matching_rule_versions.version"],
            name=op.f("fk_matching_rules_version_matching_rule_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["low_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_matching_rules_low_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["high_organisation_id"],
            ["organisations.id"],
            name=op.f("fk_matching_rules_high_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_rules")),
        sa.UniqueConstraint(
            "version",
            "low_domain",
            "high_domain",
            "sensitivity",
            name=op.f("uq_matching_rules_version_low_domain_high_domain_sensitivity"),
        ),
    )
    op.create_index(
        "uq_matching_rules_organisations",
        "matching_rules",
        ["version", "low_organisation_id", "high_organisation_id"],
        unique=True,
    )
    op.create_table(
        "subject_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest_due", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_subject_reviews_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_reviews")),
    )
    op.create_index(op.f("ix_subject_reviews_requested_at"), "subject_reviews", ["requested_at"])
    op.create_table(
        "review_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest_due", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_review_rounds_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rounds")),
    )
    op.create_index(op.f("ix_review_rounds_due"), "review_rounds", ["due"])
    op.add_column(
        "participations", sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("participations", sa.Column("shown_as", sa.Uuid(), nullable=True))
    # Until now a part was made when it saw somebody, and knew the match by its own id.
    op.execute("UPDATE participations SET first_seen_at = joined_at, shown_as = match_id")
    op.create_index(op.f("ix_participations_shown_as"), "participations", ["shown_as"])
    op.add_column(
        "match_pairs", sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("match_pairs", sa.Column("revealed_by", sa.String(40), nullable=True))

    # A migration is handed no clock.
    now = datetime.now(UTC)  # nosemgrep: clock-not-injected
    _convert(versions, rules, now)
    _add_starter_set(versions, rules, now)


def _convert(versions: sa.Table, rules: sa.Table, now: datetime) -> None:
    """Carry the old rules over: "one is sensitive, or both" becomes a rule for each."""
    old = op.get_bind().execute(
        sa.text(
            "SELECT version, low_domain, high_domain, either_sensitive, effect, basis"
            " FROM match_rules ORDER BY version"
        )
    )
    rows = [
        {
            "id": uuid4(),
            "version": row.version,
            "low_domain": row.low_domain,
            "high_domain": row.high_domain,
            "sensitivity": sensitivity,
            "effect": row.effect,
            "basis": row.basis,
            "reference": "Niet vastgelegd",
        }
        for row in old
        for sensitivity in (("een", "beide") if row.either_sensitive else ("geen",))
    ]
    op.bulk_insert(
        versions,
        [
            {
                "version": version,
                "made_at": now,
                "made_by": "startset",
                "reason": "Overgenomen bij het bijwerken van de database",
            }
            for version in sorted({row["version"] for row in rows})
        ],
    )
    op.bulk_insert(rules, rows)


def _add_starter_set(versions: sa.Table, rules: sa.Table, now: datetime) -> None:
    """Add the starter set as version 2, unless somebody made rules of their own."""
    if op.get_bind().execute(sa.select(sa.func.max(versions.c.version))).scalar() != 1:
        return
    starter = tomllib.loads(STARTER_RULES.read_text(encoding="utf-8"))
    op.bulk_insert(
        versions,
        [{"version": 2, "made_at": now, "made_by": "startset", "reason": starter["reden"]}],
    )
    op.bulk_insert(
        rules,
        [
            {
                "id": uuid4(),
                "version": 2,
                "low_domain": low,
                "high_domain": high,
                "sensitivity": rule["gevoelig"],
                "effect": rule["gevolg"],
                "basis": rule["grondslag"],
                "reference": rule["verwijzing"],
            }
            for rule in starter["regels"]
            for low, high in rule["paren"]
        ],
    )
    # Whoever is registered already is held against them. In 'a digest': mail at once
    # would be a flood.
    crowded = op.get_bind().execute(
        sa.text(
            "SELECT subject_id FROM signals WHERE status = 'actief'"
            " GROUP BY subject_id HAVING count(*) > 1"
        ).columns(subject_id=sa.Uuid())
    )
    reviews = sa.table(
        "subject_reviews",
        sa.column("id", sa.Uuid()),
        sa.column("subject_id", sa.Uuid()),
        sa.column("requested_at", sa.DateTime(timezone=True)),
        sa.column("digest_due", sa.DateTime(timezone=True)),
    )
    op.bulk_insert(
        reviews,
        [
            {"id": uuid4(), "subject_id": row.subject_id, "requested_at": now, "digest_due": now}
            for row in crowded
        ],
    )


def downgrade() -> None:
    # What is seen from one side is unknown to the release before this one.
    op.execute("DELETE FROM match_pairs WHERE visibility <> 'beide'")
    for column in ("revealed_by", "revealed_at"):
        op.drop_column("match_pairs", column)
    op.drop_index(op.f("ix_participations_shown_as"), "participations")
    for column in ("shown_as", "first_seen_at"):
        op.drop_column("participations", column)
    op.drop_table("review_rounds")
    op.drop_table("subject_reviews")
    op.drop_table("matching_rules")
    op.drop_table("matching_rule_versions")
