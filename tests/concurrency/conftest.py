"""A crowd on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.concurrency.crowd import Crowd, open_crowd
from tests.faults.postbox import Postbox, open_postbox
from tests.world import World

_THREADS = 60


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    """Return a world without members that is used from many threads at once."""
    with open_crowd(world, threads=_THREADS) as made:
        yield made


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """Return a mail server that counts what arrives."""
    with open_postbox() as made:
        yield made


only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
