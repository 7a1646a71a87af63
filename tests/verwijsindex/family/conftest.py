"""An index that has the family match switched on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.world import World, lend_world


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[World]:
    """Return an index without members; the test runs on each database."""
    with lend_world(database_url, clock, family_match=True) as made:
        yield made
