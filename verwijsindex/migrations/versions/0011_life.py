"""A signal knows when it was confirmed, and a participation that whom it saw was deleted."""

import sqlalchemy as sa
from alembic import op

from orgprofiles.base import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: What refers to something that is deleted is found by it.
REFERRING = (
    ("outbox", "about_signal_id"),
    ("case_leads", "participation_id"),
    ("case_leads", "proposed_by"),
)
OVER = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("signals", sa.Column("confirmed_at", UtcDateTime(), nullable=True))
    op.add_column("participations", sa.Column("deleted_ended_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_signals_ended_at", "signals", ["ended_at"], sqlite_where=OVER, postgresql_where=OVER
    )
    for table, column in REFERRING:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table, column in REFERRING:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    op.drop_index("ix_signals_ended_at", "signals")
    op.drop_column("participations", "deleted_ended_at")
    op.drop_column("signals", "confirmed_at")
