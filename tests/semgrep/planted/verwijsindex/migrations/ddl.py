def upgrade(op, table):
    # ok: sql-made-of-text
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}")
