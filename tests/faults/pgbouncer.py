"""Debian's pgbouncer in transaction mode. Where it is missing the test fails; it is not skipped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.clusters import DATABASE, SERVER_USER, Cluster, own
from tests.faults.processes import wait_until
from tests.mail_server import free_port

#: Far fewer than the threads that ask, so that transactions wander over the sessions.
SESSIONS = 4
_SETTINGS = """
[databases]
{database} = host=127.0.0.1 port={postgresql_port} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
{more}
"""


@contextmanager
def open_pgbouncer(cluster: Cluster, folder: Path, *, more: str = "") -> Iterator[str]:
    """Return the SQLAlchemy URL of *cluster*'s database behind pgbouncer.

    Args:
        cluster: What stands behind it.
        folder: That other accounts can come at; pgbouncer gets a new one in it.
        more: Lines of its configuration.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.fail("no pgbouncer: install Debian's package (make test-all does so as root)")
    port = free_port()
    home = folder / f"pgbouncer-{port}"
    home.mkdir()
    own(home)
    settings = home / "pgbouncer.ini"
    settings.write_text(
        _SETTINGS.format(
            database=DATABASE,
            postgresql_port=cluster.port,
            port=port,
            sessions=SESSIONS,
            more=more,
        )
    )
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(
            [program, settings],
            user=SERVER_USER,
            extra_groups=[] if SERVER_USER else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: _listens(port) or running.poll() is not None, "pgbouncer listens")
        assert running.poll() is None, (home / "log").read_text()
        yield f"postgresql+psycopg://index@127.0.0.1:{port}/{DATABASE}"
    finally:
        running.kill()
        running.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
