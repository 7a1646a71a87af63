"""A unit's whole caseload: sent for the first time, again in full, and again by ids alone."""

from __future__ import annotations

import http.client
import json
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks.evaluations import evaluate, signal_body
from benchmarks.stage import Stage
from benchmarks.table import Row

_PART = 1000


def measure_caseloads(stage: Stage, *, parts: int) -> list[Row]:
    """Return the rows on synchronising without changes, beside registering the same rows.

    One caller, one part after the other, as a source system sends them; each part is
    sent in the three ways in turn, for the machine is not as quick at all times.
    Evaluating beforehand is left out on both sides.
    """
    member = stage.members[0]
    people = list(range(10**9, 10**9 + (parts + 1) * _PART))
    sealed = evaluate(stage, member.organisation_id, people)
    rows = [
        {k: v for k, v in signal_body(member, one, person).items() if k != "afdeling"}
        for one, person in zip(sealed, people, strict=True)
    ]
    firsts, fulls, by_ids = [], [], []
    with stage.index() as port:
        for at in range(0, len(rows), _PART):
            part = rows[at : at + _PART]
            if at == _PART:
                # The first part warmed up. As autovacuum does within a minute:
                with psycopg.connect(stage.postgresql_url, autocommit=True) as connection:
                    connection.execute("ANALYZE")
            first, answer = _send(stage, port, part)
            full, _ = _send(stage, port, part)
            ids = [{"id": each["id"]} for each in answer["resultaten"]]
            assert len(ids) == len(part)
            short, _ = _send(stage, port, ids)
            if at:
                firsts.append(first)
                fulls.append(full)
                by_ids.append(short)
    first, full, short = median(firsts), median(fulls), median(by_ids)
    beside = f"registering the same rows: {_PART / first:,.0f} rows/s"
    kinds = (("caseload without changes", full, "<= 0.5"), ("the same by ids", short, "<= 0.1"))
    return [
        Row(name, f"{_PART / seconds:,.0f} rows/s", beside, seconds / first, goal)
        for name, seconds, goal in kinds
    ]


def _send(stage: Stage, port: int, rows: list[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    """Send *rows* as a run that is never finished; return seconds and the answer."""
    member = stage.members[0]
    token = stage.fresh_token(member)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = {
        "run": str(uuid4()),
        "deel": 1,
        "laatste": False,
        "afdeling": str(member.unit_id),
        "signalen": rows,
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    before = perf_counter()
    connection.request("POST", "/api/v1/caseloads", json.dumps(body), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    seconds = perf_counter() - before
    assert answer.status == 200, content
    connection.close()
    return seconds, content
