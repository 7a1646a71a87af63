"""(c) The pseudonym service over HTTP in batches of 100, beside libsodium alone."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import perf_counter

import rbcl

from benchmarks.load import request_bytes, send_all
from benchmarks.stage import CORES, Stage
from benchmarks.table import Row
from crypto import base64url, oprf
from crypto.tokens import SERVICE_AUDIENCE, SERVICE_TOKEN_LIFETIME

RUNS = 3
_BATCH = 100
_HASHES = 64  # different bodies


def measure_service(stage: Stage, *, requests: int) -> list[Row]:
    """Return the row on evaluating."""
    rates, alone = [], []
    with stage.pseudonym_service() as port:
        for run in range(RUNS + 1):
            done = send_all(port, _requests(stage, requests if run else requests // 4))
            assert set(done.statuses) == {200}, done.statuses
            if run:
                rates.append(done.per_second * _BATCH)
                alone.append(_multiplications(requests * _BATCH // 8))
    rate, best = median(rates), median(alone)
    return [
        Row(
            "pseudonym service, batches of 100",
            f"{rate:,.0f} elements/s",
            f"libsodium's multiplication alone, {CORES} cores: {best:,.0f}/s",
            rate / best,
            ">= 0.60",
        )
    ]


def _requests(stage: Stage, count: int) -> list[bytes]:
    bodies = [
        {
            "soort": "persoon",
            "elementen": [
                base64url.encode(oprf.multiply_base(oprf.random_scalar())) for _ in range(_BATCH)
            ],
            "batch": True,
        }
        for _ in range(_HASHES)
    ]
    keys, now = stage.services.settings.keys, stage.services.clock()
    tokens = [
        keys.service_token.sign(
            {"org": str(member.organisation_id), "limits": "groot"},
            audience=SERVICE_AUDIENCE,
            lifetime=SERVICE_TOKEN_LIFETIME,
            now=now,
        )
        for member in stage.members
    ]
    return [
        request_bytes("/v1/evaluaties", tokens[at % 2], bodies[at % _HASHES]) for at in range(count)
    ]


def _multiplications(count: int) -> float:
    """Return ristretto255 multiplications a second by all cores at once, through rbcl."""
    with ProcessPoolExecutor(CORES) as pool:
        list(pool.map(_multiply, [10] * CORES))
        before = perf_counter()
        list(pool.map(_multiply, [count] * CORES))
        return count * CORES / (perf_counter() - before)


def _multiply(count: int) -> int:
    scalar = oprf.random_scalar().value
    element = oprf.multiply_base(oprf.random_scalar())
    for _ in range(count):
        rbcl.crypto_scalarmult_ristretto255(scalar, element)
    return os.getpid()
