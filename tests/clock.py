"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday; 11:00 in Amsterdam


class Clock:
    """Call it for the moment: an aware datetime in UTC."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, duration: timedelta) -> None:
        """Let *duration* pass."""
        self.moment += duration


@pytest.fixture
def clock() -> Clock:
    """Return a clock at 2026-11-23 10:00 UTC."""
    return Clock()
