"""The outbox may carry what comes of a match and of a signal, and letters to an account."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = "('match', 'wrong_person')"
ABOUT_A_MATCH = "('match', 'wrong_person', 'reminder', 'lead_asked')"
TO_AN_ACCOUNT = "('stalled', 'address_refused', 'fishing', 'directing_asked')"
OTHERS = "('transferred', 'lapsing', 'still_involved', 'reminder', 'lead_asked')"


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("account_id", sa.Uuid(), nullable=True))
        batch.drop_constraint(op.f("ck_outbox_about_a_match"), type_="check")
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_match"),
            f"(kind IN {ABOUT_A_MATCH}) = (participation_id IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_outbox_to_an_account"),
            f"(kind IN {TO_AN_ACCOUNT}) = (account_id IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_signal"),
            "kind <> 'transferred' OR about_signal_id IS NOT NULL",
        )


def downgrade() -> None:
    op.execute(f"DELETE FROM outbox WHERE kind IN {TO_AN_ACCOUNT} OR kind IN {OTHERS}")  # noqa: S608
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint(op.f("ck_outbox_about_a_signal"), type_="check")
        batch.drop_constraint(op.f("ck_outbox_to_an_account"), type_="check")
        batch.drop_constraint(op.f("ck_outbox_about_a_match"), type_="check")
        batch.create_check_constraint(
            op.f("ck_outbox_about_a_match"),
            f"(kind IN {BEFORE}) = (participation_id IS NOT NULL)",
        )
        batch.drop_column("account_id")
