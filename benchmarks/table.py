"""The results: a table to read and JSON to keep."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One thing that was measured.

    Attributes:
        what: In words.
        measured: With its unit.
        against: What the same machine did in the same run, with its unit.
        ratio: The two, divided.
        goal: ``>= 0.2`` or ``<= 20``.
    """

    what: str
    measured: str
    against: str
    ratio: float
    goal: str

    @property
    def is_met(self) -> bool:
        """Whether the ratio is as good as the goal."""
        relation, _, number = self.goal.partition(" ")
        return self.ratio >= float(number) if relation == ">=" else self.ratio <= float(number)


def as_text(rows: list[Row]) -> str:
    """Return the table."""
    head = ("what", "measured", "against", "ratio", "goal", "")
    cells = [head] + [
        (r.what, r.measured, r.against, f"{r.ratio:.2f}", r.goal, "" if r.is_met else "missed")
        for r in rows
    ]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def keep(rows: list[Row]) -> Path:
    """Write the results as JSON; return where."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    content = {
        "at": now.isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "rows": [asdict(row) | {"met": row.is_met} for row in rows],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
