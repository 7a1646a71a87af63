"""Engines, transactions and migrations, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import select
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from verwijsindex.sqlite_turns import TurnConnection, Turns

MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_BUSY_MILLISECONDS = 30_000
#: libpq's: a server that lost its power is given up in seconds, not in the
#: minutes that TCP would take. What the URL says goes before.
_POSTGRESQL_PATIENCE = {
    "connect_timeout": 5,  # seconds, for each host
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}
_PREPARE_AFTER = 5  # executions of one statement on one connection; psycopg's own default
_READ_ONLY = "25006"  # PostgreSQL's code of a write on a standby, appendix A
# Any number that is ours alone: the advisory locks of one database share them.
_TICK_LOCK_SPACE = 0x5649


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Return an engine whose errors name a constraint and never show a row.

    Args:
        url: ``sqlite:////path`` or ``postgresql+psycopg://…``.
        pool_size: Connections kept; PostgreSQL only.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={"factory": TurnConnection},
            poolclass=QueuePool,
            max_overflow=-1,  # threads wait in one queue, that of the turns
        )
        turns = Turns()
        event.listen(engine, "connect", lambda raw, _: setattr(raw, "turns", turns))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    else:
        given = make_url(url).query
        patience = {k: v for k, v in _POSTGRESQL_PATIENCE.items() if k not in given}
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=pool_size,
            pool_pre_ping=False,  # a round trip each time; see _refuse_dead
            isolation_level="READ COMMITTED",
            connect_args={**patience, "prepare_threshold": None},
        )
        event.listen(engine, "connect", _allow_preparing)
        event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "handle_error", _strip_values)
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the factory of sessions on *engine*."""
    return sessionmaker(engine, expire_on_commit=False)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # sqlite3 would begin a transaction of its own, deferred: two of those that
    # read first and write later cannot both succeed. We begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an accepted signal survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is gone from the file too
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.take_turn(_SQLITE_BUSY_MILLISECONDS / 1000)
    except sqlite3.OperationalError as error:  # SQLAlchemy translates it for statements alone
        raise OperationalError("BEGIN IMMEDIATE", None, error) from None
    # When it fails SQLAlchemy rolls back, which gives the turn back.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _allow_preparing(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let psycopg prepare statements, unless something stands between us and PostgreSQL.

    Prepared statements halve the time of a registration, but they are state
    of a session: behind pgbouncer in transaction mode the next transaction may
    come to another one. A pooler tells a process id of its own invention.
    """
    connection.autocommit = True
    (process_id,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    connection.autocommit = False
    if process_id == connection.info.backend_pid:
        connection.prepare_threshold = _PREPARE_AFTER


def _refuse_dead(connection: DBAPIConnection, *_: object) -> None:
    """Have the pool replace a connection that the server closed while nobody used it.

    The server says nothing on a connection that lies idle, except that it is
    going: whatever can be read is the end. So that a restart of the database
    costs those requests that were at it, and not one more for each connection.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def is_passing(error: BaseException) -> bool:
    """Whether *error* says that the database cannot do it now: nothing was done, ask again.

    It is restarting, full, unreachable, no longer the primary, or too busy.
    """
    if isinstance(error, (OperationalError, PoolTimeout)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) == _READ_ONLY


def _strip_values(context: ExceptionContext) -> None:
    """Keep the constraint's name of an error and drop its text.

    PostgreSQL's DETAIL repeats the row, and with it a pseudonym; and an error
    is printed in places that nobody thought of.
    """
    original: Any = context.original_exception
    constraint = getattr(getattr(original, "diag", None), "constraint_name", None)
    if constraint is None and type(original).__module__ == "sqlite3":
        return  # SQLite names columns, never values
    words = f"{type(original).__name__} ({constraint or 'no constraint'})"
    original.args = (words,)
    if isinstance(context.sqlalchemy_exception, SQLAlchemyError):
        context.sqlalchemy_exception.args = (words,)


def empty_log(engine: Engine) -> None:
    """Bring SQLite's write-ahead log into its file, and empty it: it holds pages as they were.

    What somebody reads just now waits for the next time. PostgreSQL has its own ways.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


def take_tick_lock(session: Session, number: int) -> bool:
    """Take the lock of a periodic job until the transaction ends; False when another has it.

    A transaction-level lock, for behind pgbouncer a session-level one would
    stay with a connection that is somebody else's by then. On SQLite the
    transaction is exclusive already.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(
        session.execute(
            text("SELECT pg_try_advisory_xact_lock(:space, :number)"),
            {"space": _TICK_LOCK_SPACE, "number": number},
        ).scalar_one()
    )


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for the migrations in this package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema at *url* up to *revision*. Safe to run twice, and by two at once."""
    command.upgrade(alembic_config(url), revision)


def schema_is_current(session: Session) -> bool:
    """Whether every migration of this release has been applied."""
    from alembic.runtime.migration import MigrationContext

    applied = set(MigrationContext.configure(session.connection()).get_current_heads())
    return applied == _heads(MIGRATIONS)


@cache
def _heads(migrations: Path) -> frozenset[str]:
    """Return the newest revisions; kept, for to find them every migration is read."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(str(migrations)).get_heads())
