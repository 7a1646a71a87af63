def read(connection, session, sa, text, name, table, rows):
    # ruleid: sql-made-of-text, sql-text-with-holes
    # bandit: B608
    connection.execute(f"SELECT id FROM subjects WHERE name = '{name}'")
    # ruleid: sql-made-of-text, sql-text-with-holes
    # bandit: B608
    connection.executemany("DELETE FROM {} WHERE day < ?".format(table), rows)
    # ruleid: sql-made-of-text, sql-text-with-holes
    # bandit: B608
    connection.execute("SELECT id FROM subjects WHERE name = '%s'" % name)
    # ruleid: sql-made-of-text
    # bandit: B608
    connection.execute("SELECT id FROM subjects WHERE name = " + name)
    # ruleid: sql-made-of-text, sql-text-with-holes
    # bandit: B608
    session.execute(sa.text(f"UPDATE signals SET status = '{name}'"))
    # ruleid: sql-text-with-holes
    # bandit: B608
    session.scalars(text(f"SELECT id FROM {table}"))
    # ruleid: sql-text-with-holes
    # bandit: B608
    statement = f"INSERT INTO subjects VALUES ('{name}')"
    # ok: sql-made-of-text
    connection.execute("SELECT id FROM subjects WHERE name = ?", (name,))
    # ok: sql-made-of-text
    connection.execute(f"PRAGMA busy_timeout = {rows}")
    # ok: sql-text-with-holes
    greeting = f"Update for {name}"
    return statement, greeting
