"""(a) One registration over HTTP, beside pgbench with the same statements; (b) a batch of 1,000."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter
from uuid import UUID

from benchmarks.evaluations import Sealed, evaluate, signal_body
from benchmarks.filling import fill
from benchmarks.load import CONCURRENCY, request_bytes, send_all
from benchmarks.stage import CORES, Stage
from benchmarks.statements import pgbench_script
from benchmarks.table import Row
from crypto import base64url
from crypto.keyring import IndexSecretKeys, ServicePublicKeys
from crypto.person import SubjectKind
from verwijsindex.services import Unblinder, system_clock

RUNS = 3
_SIGNALS = 10_000  # in the index beforehand, or plans would be those for empty tables
_APART = 64  # registrations between the first and the second of one person
_BATCH = 1000
_BATCHES_AT_ONCE = 2


def measure_registration(stage: Stage, *, registrations: int, pgbench_seconds: int) -> list[Row]:
    """Return the rows on one registration; half of them make a match."""
    fill(stage, _SIGNALS)
    path, statements = prepare_script(stage)
    measured, bench = [], []
    with stage.index() as port:
        pgbench(stage, path, 9, 1)  # at once, should the script be wrong
        for run in range(RUNS + 1):  # the first warms up
            people = range(run * registrations, run * registrations + registrations // 2)
            requests = list(alternating(stage, list(people)))
            done = send_all(port, requests)
            assert done.statuses == {201: len(requests)}, done.statuses
            found = pgbench(stage, path, run, pgbench_seconds if run else 2)
            if run:
                measured.append(done)
                bench.append(found)
    rate = median(one.per_second for one in measured)
    best, latency = (median(values) for values in zip(*bench, strict=True))
    p50, p99 = (median(one.percentile(p) for one in measured) for p in (50, 99))
    return [
        Row(
            "registration over HTTP",
            f"{rate:,.0f}/s",
            f"pgbench, the same {statements / 2:.1f} statements: {best:,.0f}/s",
            rate / best,
            ">= 0.20",
        ),
        Row(
            "its p99",
            f"{p99 * 1000:.1f} ms (p50 {p50 * 1000:.1f} ms)",
            f"pgbench's mean: {latency * 1000:.2f} ms",
            p99 / latency,
            "<= 20",
        ),
    ]


def prepare_script(stage: Stage) -> tuple[str, int]:
    """Write pgbench's script of two registrations; return its path and how many statements."""
    script, statements = pgbench_script(stage)
    path = stage.folder / "registration.sql"
    path.write_text(script, encoding="utf-8")
    return str(path), statements


def alternating(stage: Stage, people: list[int]) -> Iterator[bytes]:
    """Yield requests: some persons for one organisation, then the same for the other."""
    tokens = [stage.fresh_token(member) for member in stage.members]
    sealed = [evaluate(stage, member.organisation_id, people) for member in stage.members]
    for start in range(0, len(people), _APART):
        for turn, member in enumerate(stage.members):
            for at in range(start, min(start + _APART, len(people))):
                body = signal_body(member, sealed[turn][at], people[at])
                yield request_bytes("/api/v1/signalen", tokens[turn], body)


def pgbench(stage: Stage, path: str, run: int, seconds: int) -> tuple[float, float]:
    """Return registrations a second and the mean seconds of one; the script makes two."""
    program = str(stage.tools / "pgbench")
    options = f"-n -M prepared -c {CONCURRENCY} -j {CORES} -T {seconds} -D n=0 -D run={run}"
    done = subprocess.run(
        [program, *options.split(), "-f", path, stage.postgresql_url],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (tps,) = re.findall(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    (latency,) = re.findall(r"^latency average = ([0-9.]+) ms", done.stdout, re.MULTILINE)
    return float(tps) * 2, float(latency) / 2000


def measure_batch(stage: Stage, *, batches: int) -> list[Row]:
    """Return the row on batches of 1,000, beside opening and unblinding alone on all cores."""
    rates, alone = [], []
    with stage.index() as port:
        for run in range(RUNS):
            first = 100_000_000 + run * 1_000_000
            people = list(range(first, first + batches * _BATCH // 2))
            requests = []
            for member in stage.members:
                sealed = evaluate(stage, member.organisation_id, people)
                token = stage.fresh_token(member)
                for at in range(0, len(people), _BATCH):
                    rows = [
                        signal_body(member, one, person)
                        for one, person in zip(
                            sealed[at : at + _BATCH], people[at : at + _BATCH], strict=True
                        )
                    ]
                    body = {"signalen": rows, "proef": False}
                    requests.append(request_bytes("/api/v1/signalen/batch", token, body))
            done = send_all(port, requests, concurrency=_BATCHES_AT_ONCE)
            assert done.statuses == {200: len(requests)}, done.statuses
            rates.append(done.per_second * _BATCH)
            alone.append(_cryptography(stage, stage.members[-1].organisation_id, sealed))
    rate, best = median(rates), median(alone)
    return [
        Row(
            "batch of 1,000, two at once",
            f"{rate:,.0f} rows/s",
            f"opening and unblinding alone, {CORES} cores: {best:,.0f}/s",
            rate / best,
            ">= 0.50",
        )
    ]


def _cryptography(stage: Stage, organisation_id: UUID, sealed: list[Sealed]) -> float:
    keys = stage.services.settings.keys.to_json(), stage.service_keys.public().to_json()
    work = partial(_unblind_all, *keys, organisation_id)
    parts = [sealed[core::CORES] for core in range(CORES)]
    with ProcessPoolExecutor(CORES) as pool:
        list(pool.map(work, [part[:10] for part in parts]))  # the processes start
        before = perf_counter()
        list(pool.map(work, parts))
        return len(sealed) / (perf_counter() - before)


def _unblind_all(secret: str, public: str, organisation_id: UUID, sealed: list[Sealed]) -> int:
    keys, service = IndexSecretKeys.from_json(secret), ServicePublicKeys.from_json(public)
    unblinder = Unblinder(keys.scalar, keys.box_from(service), service)
    unblinder.pseudonyms(
        [(base64url.decode(message), base64url.decode(blind)) for message, blind in sealed],
        organisation_id=organisation_id,
        kind=SubjectKind.PERSON,
        now=system_clock(),
    )
    return len(sealed)
