"""The rights of the index's own account on PostgreSQL, where it is not the owner of the tables."""

from __future__ import annotations

AUDIT_TABLES = ("audit_events", "audit_links", "audit_checkpoints")


def rights_sql(role: str) -> str:
    """Return the statements that let *role* run the index and alter no audit.

    For the owner to run, and to run again after each upgrade: a new table
    has no rights yet.

    Args:
        role: An existing role that owns nothing and is no superuser.
    """
    name = '"' + role.replace('"', '""') + '"'
    audit = ", ".join(AUDIT_TABLES)
    return (
        f"GRANT USAGE ON SCHEMA public TO {name};\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};\n"
        f"REVOKE ALL ON {audit}, alembic_version FROM {name};\n"
        f"GRANT SELECT, INSERT ON {audit} TO {name};\n"
        f"GRANT SELECT ON alembic_version TO {name};\n"
    )
