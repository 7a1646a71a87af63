"""What every test has: databases, a clock, and no network beyond this machine.

The fixtures are in ``databases.py``, ``clock.py`` and ``chromium.py``.
"""

from __future__ import annotations

import os
from datetime import timedelta

import hypothesis
import pytest

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


@pytest.fixture(scope="session")
def patience() -> timedelta:
    """How long a test may wait for something that another process does."""
    return timedelta(seconds=30)
