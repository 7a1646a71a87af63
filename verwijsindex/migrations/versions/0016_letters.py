"""Letters of check-ups are found by whom they are for, and old ones by when they went."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHECKUPS = "kind IN ('lapsing', 'still_involved')"
LETTERS = "kind IN ('address_refused', 'fishing', 'lapsing', 'stalled', 'still_involved')"


def upgrade() -> None:
    op.create_index(
        "ix_outbox_checkups",
        "outbox",
        ["recipient"],
        sqlite_where=sa.text(CHECKUPS),
        postgresql_where=sa.text(CHECKUPS),
    )
    op.create_index(
        "ix_outbox_letters",
        "outbox",
        ["finished_at"],
        sqlite_where=sa.text(LETTERS),
        postgresql_where=sa.text(LETTERS),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_letters", table_name="outbox")
    op.drop_index("ix_outbox_checkups", table_name="outbox")
