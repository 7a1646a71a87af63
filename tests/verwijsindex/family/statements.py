"""What the database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.world import World


@contextmanager
def asked(world: World) -> Iterator[list[tuple[str, int]]]:
    """Note each statement that the database is asked, and how many rows it gets."""
    found: list[tuple[str, int]] = []

    def note(_c: Any, _cur: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        found.append((statement, len(values) if many else 1))

    event.listen(world.services.engine, "before_cursor_execute", note)
    yield found
    event.remove(world.services.engine, "before_cursor_execute", note)
