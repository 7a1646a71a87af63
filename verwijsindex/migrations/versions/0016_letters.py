"""Letters of check-ups are found by whom they are for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHECKUPS = "kind IN ('lapsing', 'still_involved')"


def upgrade() -> None:
    op.create_index(
        "ix_outbox_checkups",
        "outbox",
        ["recipient"],
        sqlite_where=sa.text(CHECKUPS),
        postgresql_where=sa.text(CHECKUPS),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_checkups", table_name="outbox")
