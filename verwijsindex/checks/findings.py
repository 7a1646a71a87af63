"""What was found: a sentence for a human in Dutch, without a secret or a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    GOOD = "goed"  #: in order
    WARNING = "waarschuwing"  #: works, but is not as it should be
    FAULT = "fout"  #: does not work, or is not safe


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        level: How bad it is.
        part: What was looked at.
        text: What was found and what it means.
        advice: What to do; None when it is in order.
    """

    level: Level
    part: str
    text: str
    advice: str | None = None


_MARKS = {Level.GOOD: "goed", Level.WARNING: "let op", Level.FAULT: "FOUT"}


def lines(found: Finding) -> list[str]:
    """Return *found* as it is shown on a terminal."""
    shown = [f"{_MARKS[found.level]:6} {found.part}: {found.text}"]
    if found.advice is not None:
        shown.append(f"       → {found.advice}")
    return shown


def good(part: str, text: str) -> Finding:
    """Return that *part* is in order."""
    return Finding(Level.GOOD, part, text)


def warning(part: str, text: str, advice: str) -> Finding:
    """Return what is not as it should be."""
    return Finding(Level.WARNING, part, text, advice)


def fault(part: str, text: str, advice: str) -> Finding:
    """Return what does not work or is not safe."""
    return Finding(Level.FAULT, part, text, advice)


def length(duration: timedelta) -> str:
    """Return *duration* in Dutch, in its largest unit that is not below two."""
    seconds = round(abs(duration.total_seconds()))
    for unit, size in (("dagen", 86_400), ("uur", 3600), ("minuten", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
