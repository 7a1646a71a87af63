"""The file of the store: creating it, recognising it, connecting to it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from verwijsindex.pseudonym_service.errors import StoreRefused

SCHEMA_VERSION = 1
BUSY_TIMEOUT_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE organisations (
    id TEXT NOT NULL CONSTRAINT pk_organisations PRIMARY KEY,
    name TEXT NOT NULL,
    daily_limit INTEGER NOT NULL,
    admitted_at TEXT NOT NULL,
    CONSTRAINT ck_organisations_id CHECK (length(id) = 36),
    CONSTRAINT ck_organisations_daily_limit CHECK (daily_limit > 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE daily_counters (
    day TEXT NOT NULL,
    holder TEXT NOT NULL,
    used INTEGER NOT NULL,
    CONSTRAINT pk_daily_counters PRIMARY KEY (day, holder),
    CONSTRAINT ck_daily_counters_used CHECK (used >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarms (
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    raised_at TEXT NOT NULL,
    CONSTRAINT pk_alarms PRIMARY KEY (day, kind, organisation_id)
) STRICT, WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the existing file at *path* (absolute).

    It is never created here: a file that disappears must not come back empty,
    with all counters at zero.

    Raises:
        sqlite3.Error: There is no such file, or it cannot be opened.
    """
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
    )


def create_store_file(path: Path) -> None:
    """Create the file at *path* (absolute) with mode 0600, unless it is there already.

    Raises:
        StoreRefused: Another program's file, a newer version's, or not writable.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        while True:
            try:
                with closing(connect(path)) as connection:
                    _create_schema(connection)
            except sqlite3.OperationalError as error:
                # Turning to WAL does not wait for a process that does the same.
                if not _is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return
    except (OSError, sqlite3.Error):
        raise StoreRefused from None


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _create_schema(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreRefused  # tables, but not ours
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    elif version != SCHEMA_VERSION:
        raise StoreRefused
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
