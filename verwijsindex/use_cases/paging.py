"""Which piece of a list is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a list: *number* starts at 1."""

    number: int = 1
    size: int = 50

    @property
    def offset(self) -> int:
        """How many results stand before this page."""
        return (self.number - 1) * self.size
