"""How somebody wants to be mailed, who stands in, refused addresses, and reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WAITS = "follow_up IN ('open', 'opgepakt', 'niet_bereikt')"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _to_professional(column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_stand_ins_{column}_professionals")
    return sa.ForeignKeyConstraint([column], ["professionals.id"], name=name)


def upgrade() -> None:
    op.add_column(
        "professionals",
        sa.Column("delivery", sa.String(40), server_default="direct", nullable=False),
    )
    op.add_column("professionals", _moment("mail_refused_at"))
    op.add_column("units", _moment("mail_refused_at"))
    op.add_column(
        "outbox",
        sa.Column("from_import", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("outbox", _moment("routed_at"))
    op.add_column("participations", sa.Column("deadline_set_on", sa.Date(), nullable=True))
    op.add_column("participations", _moment("reminded_at"))
    op.add_column("participations", _moment("escalated_at"))
    op.create_index(
        "ix_participations_unsettled",
        "participations",
        ["deadline"],
        sqlite_where=sa.text(WAITS),
        postgresql_where=sa.text(WAITS),
    )
    op.create_table(
        "stand_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("professional_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("delivery", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_stand_ins_days_in_order")),
        sa.CheckConstraint(
            "professional_id <> substitute_id", name=op.f("ck_stand_ins_somebody_else")
        ),
        _to_professional("professional_id"),
        _to_professional("substitute_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_ins")),
    )
    for column in ("professional_id", "substitute_id"):
        op.create_index(op.f(f"ix_stand_ins_{column}"), "stand_ins", [column])


def downgrade() -> None:
    # A worker of before does not know the kind; what it carried is told one by one.
    op.execute(
        "UPDATE outbox SET state = 'waiting', digest_id = NULL WHERE digest_id IN"
        " (SELECT id FROM outbox WHERE kind = 'team_digest' AND state IN ('pending', 'dead'))"
    )
    op.execute(
        "UPDATE outbox SET state = 'skipped', digest_id = NULL WHERE digest_id IN"
        " (SELECT id FROM outbox WHERE kind = 'team_digest')"
    )
    op.execute("DELETE FROM outbox WHERE kind = 'team_digest'")
    op.drop_table("stand_ins")
    op.drop_index("ix_participations_unsettled", table_name="participations")
    for name in ("escalated_at", "reminded_at", "deadline_set_on"):
        op.drop_column("participations", name)
    for name in ("routed_at", "from_import"):
        op.drop_column("outbox", name)
    op.drop_column("units", "mail_refused_at")
    for name in ("mail_refused_at", "delivery"):
        op.drop_column("professionals", name)
