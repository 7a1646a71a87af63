"""The family match: who the parents are that signals name, and parts and mails of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = "('match', 'wrong_person', 'reminder', 'lead_asked')"
ABOUT_A_MATCH = "('match', 'family', 'wrong_person', 'reminder', 'lead_asked')"


def upgrade() -> None:
    op.create_table(
        "relations",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["signals.id"],
            name=op.f("fk_relations_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_relations_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("signal_id", "subject_id", name=op.f("pk_relations")),
    )
    op.create_index(op.f("ix_relations_subject_id"), "relations", ["subject_id"])
    # The release before this one writes none of another kind.
    op.add_column(
        "participations",
        sa.Column("kind", sa.String(40), server_default="persoon", nullable=False),
    )
    _replace_check(ABOUT_A_MATCH)


def downgrade() -> None:
    family = "SELECT id FROM participations WHERE kind = 'gezin'"
    for rows in (
        f"outbox WHERE participation_id IN ({family})",
        f"follow_up_steps WHERE participation_id IN ({family})",
        "case_leads WHERE match_id IN (SELECT id FROM matches WHERE kind = 'gezin')",
        f"match_pairs WHERE low_participation_id IN ({family})",
        "participations WHERE kind = 'gezin'",
        "matches WHERE kind = 'gezin'",
    ):
        op.execute(f"DELETE FROM {rows}")  # noqa: S608
    _replace_check(BEFORE)
    op.drop_column("participations", "kind")
    op.drop_index(op.f("ix_relations_subject_id"), "relations")
    op.drop_table("relations")


def _replace_check(kinds: str) -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint(op.f("ck_outbox_about_a_match"), type_="check")
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_match"),
            f"(kind IN {kinds}) = (participation_id IS NOT NULL)",
        )
