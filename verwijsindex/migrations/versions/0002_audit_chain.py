"""The audit's chain and its checkpoints; what is written there can only be added to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Each with the columns by which a row can be in the way of another one.
TABLES = {
    "audit_events": ("id",),
    "audit_links": ("seq", "event_id"),
    "audit_checkpoints": ("seq",),
}


def upgrade() -> None:
    op.create_table(
        "audit_links",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_audit_links_seq_from_one")),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_audit_links_hash_length")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_events.id"], name=op.f("fk_audit_links_event_id_audit_events")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_links_event_id")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.CheckConstraint("row_count > 0", name=op.f("ck_audit_checkpoints_covers_something")),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_audit_checkpoints_hash_length")),
        sa.CheckConstraint(
            "length(signature) = 64", name=op.f("ck_audit_checkpoints_signature_length")
        ),
        sa.ForeignKeyConstraint(
            ["seq"], ["audit_links.seq"], name=op.f("fk_audit_checkpoints_seq_audit_links")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_checkpoints")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def downgrade() -> None:
    # A table takes its triggers along; those of audit_events stay behind it.
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_links")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_events_insert_only ON audit_events")
        op.execute("DROP FUNCTION refuse_audit_change()")
    else:
        for deed in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER audit_events_no_{deed}")


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    for table in TABLES:
        # Per statement: it costs nothing per row, and TRUNCATE knows no rows.
        op.execute(
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
        # Also for a session that calls itself a replica.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_insert_only")


def _refuse_changes_on_sqlite() -> None:
    for table, keys in TABLES.items():
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )
        # INSERT OR REPLACE deletes what is in its way and fires no trigger for that.
        # (NEW.rowid is -1 where none was given.)
        in_the_way = " OR ".join(f"{key} = NEW.{key}" for key in (*keys, "rowid"))
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {in_the_way})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
        )
