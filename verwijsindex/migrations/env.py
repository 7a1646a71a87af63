"""Run by Alembic: applies migrations in one transaction, on either database."""

from typing import Literal

from alembic import context
from sqlalchemy import Enum, text

from orgprofiles.base import UtcDateTime
from verwijsindex.database import make_engine
from verwijsindex.tables import METADATA

_MIGRATION_LOCK = 0x56490001


def _render(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our columns of closed words and of moments as what the database has."""
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


engine = make_engine(context.config.attributes["url"])
try:
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # SQLite changes a table by making it anew, and others refer to it: their
            # references are looked at in the end (https://sqlite.org/lang_altertable.html §7).
            # Past SQLAlchemy, which would begin a transaction, in which this does nothing.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        if connection.dialect.name == "postgresql":
            # One migration at a time, and no queue of requests behind a table lock
            # that is itself waiting.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            compare_type=True,
            render_item=_render,
            render_as_batch=is_sqlite,
        )
        with context.begin_transaction():
            context.run_migrations()
        if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise RuntimeError("a migration left references to nothing; nothing was changed")
        connection.commit()
finally:
    engine.dispose()
