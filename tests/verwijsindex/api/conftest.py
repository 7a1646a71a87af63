"""One world per module, for tests that change nothing: making one costs more than a request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.world import Member, World, lend_world


@pytest.fixture(scope="module")
def still_world(
    _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Return a world on SQLite that all tests of a module share."""
    path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("still") / "verwijsindex.db")
    with lend_world(f"sqlite:///{path}", Clock()) as made:
        yield made


@pytest.fixture(scope="module")
def still_member(still_world: World) -> Member:
    """Return an organisation of it, with all scopes."""
    return still_world.member("Schuldhulp")
