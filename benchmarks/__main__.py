"""``python -m benchmarks [--quick] [PART…]``: measure, print a table, keep JSON."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks import alerts, evaluating, registration, where_time_goes
from benchmarks.stage import make_stage
from benchmarks.table import as_text, keep

PARTS = ("registration", "batch", "service", "alerts")


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
    with make_stage() as stage:
        if asked.profile:
            print(where_time_goes.report(stage, registrations=int(1000 * scale)))
            return
        rows = []
        for part in parts:
            print(f"measuring: {part}", file=sys.stderr, flush=True)
            if part == "registration":
                rows += registration.measure_registration(
                    stage, registrations=int(4000 * scale), pgbench_seconds=max(2, int(10 * scale))
                )
            elif part == "batch":
                rows += registration.measure_batch(stage, batches=max(2, int(12 * scale)))
            elif part == "service":
                rows += evaluating.measure_service(stage, requests=int(600 * scale))
            else:
                if "registration" not in parts:
                    parser.error("alerts needs registration: it makes the matches to tell of")
                rows += alerts.measure_alerts(stage, mails=int(2000 * scale))
    print(f"{os.cpu_count()} cores; medians of three runs")
    print(as_text(rows))
    print(f"\nkept: {keep(rows)}", file=sys.stderr)


if __name__ == "__main__":
    main()
