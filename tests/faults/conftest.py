"""A mail server that counts, and an index that is run by real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.postbox import Postbox, open_postbox
from tests.faults.processes import Deployment, open_deployment


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """Return a mail server that counts what arrives."""
    with open_postbox() as made:
        yield made


@pytest.fixture
def deployment(postgresql_url: str, tmp_path: Path, postbox: Postbox) -> Iterator[Deployment]:
    """Return an index without members on PostgreSQL; nothing runs yet."""
    with open_deployment(postgresql_url, tmp_path, smtp_port=postbox.port) as made:
        yield made
