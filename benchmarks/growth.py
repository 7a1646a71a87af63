"""(e) What a registration costs with 10⁷ signals in the index, beside 10⁴, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.filling import fill
from benchmarks.load import send_all
from benchmarks.registration import RUNS, alternating, pgbench, prepare_script
from benchmarks.stage import Stage, make_stage
from benchmarks.table import Row

_FIRST_PERSON = 300_000_000
_FIRST_RUN = 20  # of pgbench's, which makes other persons each
_SMALL = 10_000


def measure_growth(
    stage: Stage, *, signals: int, registrations: int, pgbench_seconds: int
) -> list[Row]:
    """Return the row on growth: cost with *signals* in the index against cost with 10,000.

    And a row on the database's part alone, which the web process's own work
    does not dilute.
    """
    fill(stage, signals)
    with make_stage() as small:
        fill(small, _SMALL)
        # Small and large take turns, for the machine is not as quick at all times.
        stages = (small, stage)
        paths = [prepare_script(one)[0] for one in stages]
        web: tuple[list[float], list[float]] = ([], [])
        database: tuple[list[float], list[float]] = ([], [])
        with small.index() as small_port, stage.index() as port:
            for run in range(RUNS + 1):  # the first warms up
                for turn, one in enumerate(stages):
                    first = _FIRST_PERSON + run * registrations
                    people = list(range(first, first + registrations // 2))
                    requests = list(alternating(one, people))
                    done = send_all((small_port, port)[turn], requests)
                    assert done.statuses == {201: len(requests)}, done.statuses
                    rate, _ = pgbench(one, paths[turn], _FIRST_RUN + run, pgbench_seconds)
                    if run:
                        web[turn].append(1 / done.per_second)
                        database[turn].append(1 / rate)
    return [
        _row("a registration over HTTP", signals, web),
        _row("its database work alone (pgbench)", signals, database),
    ]


def _row(what: str, signals: int, costs: tuple[Sequence[float], Sequence[float]]) -> Row:
    # Cost: seconds of the whole machine per registration.
    small, large = map(median, costs)
    return Row(
        f"growth of {what}",
        f"{large * 1000:.2f} ms with {signals:,} signals",
        f"{small * 1000:.2f} ms with {_SMALL:,}",
        large / small,
        "<= 1.3",
    )
