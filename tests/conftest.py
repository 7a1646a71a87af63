"""What every test has: databases, a clock, and no network beyond this machine.

The fixtures are in ``databases.py``, ``clock.py`` and ``chromium.py``.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest

_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM = 2 << 30  # bytes: a run on two cores keeps less than a tenth of it

pytest_plugins = [
    "tests.databases",
    "tests.clock",
    "tests.chromium",
    "tests.world",
    "tests.mail_server",
]

LOOPBACK = "127.0.0.1,::1,localhost"

_STEADY = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("local", **_STEADY)
hypothesis.settings.register_profile("ci", **_STEADY, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let tests connect to this machine only, however pytest was started."""
    config.option.allow_hosts = LOOPBACK
    config.option.allow_unix_socket = True
    _work_in_memory()


def _work_in_memory() -> None:
    """Have databases and other files of tests made in memory, where it has the room.

    Nothing that a test is about survives a power cut: to wait for a disk proves nothing.
    """
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK):
        flags = os.statvfs(_MEMORY).f_flag
        if not flags & os.ST_NOEXEC and shutil.disk_usage(_MEMORY).free >= _ROOM:
            os.environ["TMPDIR"] = str(_MEMORY)
            tempfile.tempdir = None


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what stays: eleven thousand tests and all modules.

    Else it goes through half a million objects every few tests.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def patience() -> timedelta:
    """How long a test may wait for something that another process does."""
    return timedelta(seconds=30)
