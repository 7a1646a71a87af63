"""A unit's whole caseload: sent for the first time, again in full, and again by ids alone."""

from __future__ import annotations

import http.client
import json
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from benchmarks.evaluations import evaluate, signal_body
from benchmarks.stage import Stage
from benchmarks.table import Row

_PART = 1000
_RUNS = 3


def measure_caseloads(stage: Stage, *, parts: int) -> list[Row]:
    """Return the rows on synchronising without changes, beside registering the same rows.

    One caller, one part after the other, as a source system sends them.
    Evaluating beforehand is left out on both sides.
    """
    member = stage.members[0]
    firsts, fulls, by_ids = [], [], []
    with stage.index() as port:
        for run in range(_RUNS):
            people = list(range(10**9 + run * parts * _PART, 10**9 + (run + 1) * parts * _PART))
            sealed = evaluate(stage, member.organisation_id, people)
            rows = [
                {k: v for k, v in signal_body(member, one, person).items() if k != "afdeling"}
                for one, person in zip(sealed, people, strict=True)
            ]
            first, answers = _send(stage, port, rows)
            full, _ = _send(stage, port, rows)
            ids = [{"id": each["id"]} for answer in answers for each in answer["resultaten"]]
            assert len(ids) == len(rows)
            short, _ = _send(stage, port, ids)
            firsts.append(first)
            fulls.append(full)
            by_ids.append(short)
    first, full, short = median(firsts), median(fulls), median(by_ids)
    count = parts * _PART
    beside = f"registering the same rows: {count / first:,.0f} rows/s"
    kinds = (("caseload without changes", full, "<= 0.5"), ("the same by ids", short, "<= 0.1"))
    return [
        Row(name, f"{count / seconds:,.0f} rows/s", beside, seconds / first, goal)
        for name, seconds, goal in kinds
    ]


def _send(stage: Stage, port: int, rows: list[dict[str, Any]]) -> tuple[float, list[Any]]:
    """Send *rows* as a run of parts that is never finished; return seconds and answers."""
    member = stage.members[0]
    token, run = stage.fresh_token(member), str(uuid4())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    answers = []
    before = perf_counter()
    for at in range(0, len(rows), _PART):
        body = {
            "run": run,
            "deel": at // _PART + 1,
            "laatste": False,
            "afdeling": str(member.unit_id),
            "signalen": rows[at : at + _PART],
        }
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/caseloads", json.dumps(body), headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, content
        answers.append(content)
    seconds = perf_counter() - before
    connection.close()
    return seconds, answers
