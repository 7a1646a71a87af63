"""PostgreSQL servers that are a test's own: restarted, killed, copied and promoted.

The server of the whole run is everybody's; what breaks here breaks for nobody
else. Each listens on a port of loopback of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.databases import postgresql_tools
from tests.mail_server import free_port

DATABASE = "verwijsindex"
#: PostgreSQL and pgbouncer refuse to run as root.
SERVER_USER = "nobody" if os.geteuid() == 0 else None
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
# Kill -9 and an immediate stop lose nothing without it; a power cut would.
fsync = off
"""


def own(path: Path) -> None:
    """Give *path* to the account that servers run as."""
    if SERVER_USER is not None:
        shutil.chown(path, SERVER_USER)


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server.

    Attributes:
        home: Its folder; the data are in ``data``.
        port: Of loopback.
    """

    home: Path
    port: int

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        """The address, for SQLAlchemy, of the index's database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def run(self, tool: str, *arguments: object) -> None:
        """Run one of PostgreSQL's tools; fail with what it says."""
        with (self.home / "tools.log").open("w+") as log:
            done = subprocess.run(
                [postgresql_tools() / tool, *map(str, arguments)],
                user=SERVER_USER,
                extra_groups=[] if SERVER_USER else None,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
            log.seek(0)
            assert done.returncode == 0, f"{tool}: {log.read()}"

    def control(self, *arguments: object) -> None:
        """Run pg_ctl on this server, and wait until it is done."""
        self.run("pg_ctl", "-D", self.data, "-w", *arguments)

    def start(self) -> None:
        """Start it."""
        self.control("-l", self.home / "server.log", "start")

    def restart(self, mode: str) -> None:
        """Stop it (``fast``: all sessions are ended; ``immediate``: as a crash), and start it."""
        self.control("-m", mode, "-l", self.home / "server.log", "restart")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, unless it was."""
        if (self.data / "postmaster.pid").exists():
            self.control("-m", mode, "stop")

    def configure(self, **settings: str) -> None:
        """Append settings to its configuration file; they are read at a start or ``reload``."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            for name, value in settings.items():
                file.write(f"{name} = '{value}'\n")

    def execute(self, statement: str, *, database: str = DATABASE) -> list[tuple]:
        """Run a statement; return its rows."""
        address = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def copy(self, home: Path, name: str) -> Cluster:
        """Make a standby that follows this server under *name*; it is not started yet."""
        made = Cluster(_make_home(home), free_port())
        source = f"host=127.0.0.1 port={self.port} user=postgres application_name={name}"
        made.run("pg_basebackup", "-D", made.data, "-R", "-X", "stream", "-c", "fast", "-d", source)
        made.configure(port=str(made.port))
        return made


@contextmanager
def open_folder() -> Iterator[Path]:
    """Return a folder that servers can come at, for pytest's own are closed to other accounts."""
    folder = Path(tempfile.mkdtemp(prefix="vi-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def open_cluster(
    *, wal: Path | None = None, tables: Path | None = None
) -> Iterator[tuple[Cluster, Path]]:
    """Return a running server with a migrated database, and a folder for more of them.

    Args:
        wal: Where its write-ahead log is to be; must be empty, or not there.
        tables: Where the database's tables are to be; must be empty.
    """
    from verwijsindex.database import migrate

    with open_folder() as folder:
        cluster = Cluster(_make_home(folder / "one"), free_port())
        more = [] if wal is None else ["--waldir", wal, "--wal-segsize", "1"]
        cluster.run(
            "initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", *more
        )
        with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        cluster.configure(port=str(cluster.port))
        cluster.start()
        try:
            where = ""
            if tables is not None:
                cluster.execute(f"CREATE TABLESPACE small LOCATION '{tables}'", database="postgres")
                where = "TABLESPACE small"
            cluster.execute(f"CREATE DATABASE {DATABASE} {where}", database="postgres")
            migrate(cluster.url)
            yield cluster, folder
        finally:
            cluster.stop()


def _make_home(home: Path) -> Path:
    home.mkdir(mode=0o700)
    own(home)
    return home
