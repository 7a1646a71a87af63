"""(e) What a registration costs with 10⁴ signals in the index, and with 10⁷."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.filling import fill
from benchmarks.load import send_all
from benchmarks.registration import RUNS, alternating, pgbench, prepare_script
from benchmarks.stage import Stage
from benchmarks.table import Row

_FIRST_PERSON = 300_000_000
_FIRST_RUN = 20  # of pgbench's, which makes other persons each


def measure_growth(
    stage: Stage, *, sizes: Sequence[int], registrations: int, pgbench_seconds: int
) -> list[Row]:
    """Return the row on growth: cost at the last of *sizes* against cost at the first.

    And per size a row on the database's part alone, which the web process's
    own work does not dilute.
    """
    web: list[float] = []
    database: list[float] = []
    path, _ = prepare_script(stage)
    for at, size in enumerate(sizes):
        fill(stage, size)
        costs: list[float] = []
        alone: list[float] = []
        with stage.index() as port:  # new connections, so new plans
            for run in range(RUNS + 1):
                number = at * (RUNS + 1) + run
                first = _FIRST_PERSON + number * registrations
                people = list(range(first, first + registrations // 2))
                requests = list(alternating(stage, people))
                done = send_all(port, requests)
                assert done.statuses == {201: len(requests)}, done.statuses
                rate, _ = pgbench(stage, path, _FIRST_RUN + number, pgbench_seconds)
                if run:
                    costs.append(1 / done.per_second)
                    alone.append(1 / rate)
        web.append(median(costs))
        database.append(median(alone))
    return [
        _row("a registration over HTTP", sizes, web),
        _row("its database work alone (pgbench)", sizes, database),
    ]


def _row(what: str, sizes: Sequence[int], costs: Sequence[float]) -> Row:
    # Cost: seconds of the whole machine per registration.
    between = ", ".join(
        f"{size:,}: {cost * 1000:.2f}" for size, cost in zip(sizes, costs, strict=True)
    )
    return Row(
        f"growth of {what}",
        f"{costs[-1] * 1000:.2f} ms with {sizes[-1]:,} signals",
        f"ms by signals: {between}",
        costs[-1] / costs[0],
        "<= 1.3",
    )
