"""Audit logs on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.clock import Clock
from tests.verwijsindex.audit.audit_world import Log
from tests.world import make_settings
from verwijsindex.services import make_services


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at the present: ids are made by the machine's own."""
    return Clock(datetime.fromtimestamp(time.time(), UTC))


@pytest.fixture
def log(database_url: str, clock: Clock) -> Iterator[Log]:
    """Return an empty audit log; the test runs on each database."""
    services = make_services(make_settings(database_url), clock=clock)
    yield Log(services, clock)
    services.engine.dispose()


@pytest.fixture
def signed(log: Log) -> Log:
    """Return a log of six rows, with checkpoints over two, four and six of them."""
    for _ in range(3):
        log.write(2)
        assert log.link() == 2
        log.sign()
    return log
