"""Who recorded what came of a match is asked again when somebody new comes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = "follow_up IN ('open', 'opgepakt', 'niet_bereikt')"
WAITS = f"{BEFORE} OR asked_again_at IS NOT NULL"


def upgrade() -> None:
    for name in ("asked_again_at", "recorded_again_at"):
        op.add_column(
            "participations", sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        )
    # The release before this one finds by it what it asks for, too.
    _replace_index(WAITS)


def downgrade() -> None:
    _replace_index(BEFORE)
    for name in ("recorded_again_at", "asked_again_at"):
        op.drop_column("participations", name)


def _replace_index(waits: str) -> None:
    op.drop_index("ix_participations_unsettled", table_name="participations")
    op.create_index(
        "ix_participations_unsettled",
        "participations",
        ["deadline"],
        sqlite_where=sa.text(waits),
        postgresql_where=sa.text(waits),
    )
