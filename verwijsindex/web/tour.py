"""The walk-through: what a newcomer does, and what must then be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        title: What it is, in Dutch.
        shows: What must then be seen.
        command: For a shell; None where there is something to look at.
        page: Endpoint of the page to look at; None where there is none.
        page_label: What its button says.
    """

    title: str
    shows: str
    command: str | None = None
    page: str | None = None
    page_label: str = "Bekijk de mails"


@dataclass(frozen=True, slots=True)
class Tour:
    """The steps of the walk-through, and those for who wants to see more."""

    steps: Sequence[Step]
    extra: Sequence[Step]
