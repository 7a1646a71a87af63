"""``python -m benchmarks [--quick] [PART…]``: measure, print a table, keep JSON."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from benchmarks import (
    alerts,
    caseloads,
    evaluating,
    growth,
    memory,
    pages,
    registration,
    where_time_goes,
)
from benchmarks.stage import Stage, make_stage
from benchmarks.table import Row, as_text, keep

#: Each part, with the stage and how much of the whole work it is to do.
PARTS: dict[str, Callable[[Stage, float], list[Row]]] = {
    "registration": lambda stage, scale: registration.measure_registration(
        stage, registrations=int(4000 * scale), pgbench_seconds=max(2, int(10 * scale))
    ),
    "batch": lambda stage, scale: registration.measure_batch(
        stage, batches=max(2, int(12 * scale))
    ),
    "caseload": lambda stage, scale: caseloads.measure_caseloads(
        stage, parts=max(10, int(30 * scale))
    ),
    "service": lambda stage, scale: evaluating.measure_service(stage, requests=int(600 * scale)),
    "alerts": lambda stage, scale: alerts.measure_alerts(stage, mails=int(2000 * scale)),
    "pages": lambda stage, scale: pages.measure_pages(stage, requests=int(200 * scale)),
    "memory": lambda stage, scale: memory.measure_memory(stage, requests=int(100_000 * scale)),
    "growth": lambda stage, scale: growth.measure_growth(
        stage,
        signals=10**6 if scale < 1 else 10**7,
        registrations=max(1000, int(2000 * scale)),
        pgbench_seconds=5,
    ),
}
#: Parts on one stage follow each other on the same rows; growth starts with an empty index.
STAGES = (
    ("registration", "batch", "caseload", "service", "alerts"),
    ("pages",),
    ("memory",),
    ("growth",),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; rough figures")
    parser.add_argument(
        "--profile", action="store_true", help="say where the time of a registration goes, instead"
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    scale = 0.1 if asked.quick else 1.0
    parts = asked.parts or PARTS
    if "alerts" in parts and "registration" not in parts:
        parser.error("alerts needs registration: it makes the matches to tell of")
    if asked.profile:
        with make_stage() as stage:
            print(where_time_goes.report(stage, registrations=int(1000 * scale)))
        return
    rows: list[Row] = []
    for stage_parts in STAGES:
        if wanted := [part for part in stage_parts if part in parts]:
            with make_stage() as stage:
                for part in wanted:
                    print(f"measuring: {part}", file=sys.stderr, flush=True)
                    rows += PARTS[part](stage, scale)
    print(f"{os.cpu_count()} cores; medians of three runs")
    print(as_text(rows))
    print(f"\nkept: {keep(rows)}", file=sys.stderr)


if __name__ == "__main__":
    main()
