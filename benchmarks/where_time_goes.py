"""Where the time of one registration goes: each statement, and Python by function."""

from __future__ import annotations

import cProfile
import io
import pstats
import re
import time
from collections import defaultdict
from typing import Any

from sqlalchemy import event

from benchmarks.evaluations import evaluate, signal_body
from benchmarks.stage import Stage
from verwijsindex.application import create_index

_START = 500_000_000
_FUNCTIONS = 45


def report(stage: Stage, *, registrations: int) -> str:
    """Return a text: registering in this process, one at a time, over PostgreSQL's socket."""
    client = create_index(stage.services).test_client()
    people = list(range(_START, _START + registrations))
    bodies = []
    for member in stage.members:
        sealed = evaluate(stage, member.organisation_id, people)
        headers = {"Authorization": f"Bearer {stage.fresh_token(member)}"}
        bodies.append(
            [(signal_body(member, one, p), headers) for one, p in zip(sealed, people, strict=True)]
        )
    warm, half = registrations // 10, registrations // 2
    lines: list[str] = []

    def go(start: int, end: int, turn: int) -> tuple[float, float]:
        before, busy = time.perf_counter(), time.process_time()
        for body, headers in bodies[turn][start:end]:
            assert client.post("/api/v1/signalen", json=body, headers=headers).status_code == 201
        count = end - start
        return (time.perf_counter() - before) / count, (time.process_time() - busy) / count

    go(0, warm, 0)
    go(0, warm, 1)
    for turn, name in ((0, "first registration"), (1, "one that makes a match")):
        spent: dict[str, float] = defaultdict(float)
        timer = _Timer(stage, spent)
        whole, busy = go(warm, half, turn)
        timer.start()
        timed, _ = go(half, registrations, turn)
        timer.stop()
        count = registrations - half
        lines += [f"{name}: {whole * 1000:.2f} ms (with Flask's test client, no network)"]
        lines += [f"  {busy * 1000:.3f} ms  of processor time in this process"]
        lines += [f"  {ms / count * 1000:.3f} ms  {sql}" for sql, ms in spent.items()]
        total = sum(spent.values()) / count
        lines += [f"  {total * 1000:.3f} ms  in the database and its driver"]
        lines += [f"  {(timed - total) * 1000:.3f} ms  Python around it", ""]
    return "\n".join(lines) + _profile(stage, client)


class _Timer:
    """Adds up the seconds of each statement, by its first words."""

    def __init__(self, stage: Stage, spent: dict[str, float]) -> None:
        self._engine, self._spent = stage.services.engine, spent
        self._begun = 0.0
        dialect: Any = self._engine.dialect
        self._dialect, self._do_commit = dialect, dialect.do_commit

    def start(self) -> None:
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)

        def do_commit(connection: Any) -> None:
            before = time.perf_counter()
            self._do_commit(connection)
            self._spent["COMMIT"] += time.perf_counter() - before

        self._dialect.do_commit = do_commit

    def stop(self) -> None:
        event.remove(self._engine, "before_cursor_execute", self._before)
        event.remove(self._engine, "after_cursor_execute", self._after)
        self._dialect.do_commit = self._do_commit

    def _before(self, *_: Any) -> None:
        self._begun = time.perf_counter()

    def _after(self, _c: Any, _cursor: Any, sql: str, *_: Any) -> None:
        self._spent[_short(sql)] += time.perf_counter() - self._begun


def _short(sql: str) -> str:
    sql = re.sub(r"\s+", " ", sql)
    found = re.search(r"(?:INSERT INTO|UPDATE|FROM) (\w+)", re.sub(r"\(SELECT.*?\)", "", sql))
    return f"{sql.split()[0]} {found[1] if found else ''}"


def _profile(stage: Stage, client: Any) -> str:
    people = list(range(_START * 2, _START * 2 + 300))
    requests = []
    for member in stage.members:
        headers = {"Authorization": f"Bearer {stage.fresh_token(member)}"}
        for sealed, person in zip(
            evaluate(stage, member.organisation_id, people), people, strict=True
        ):
            requests.append((signal_body(member, sealed, person), headers))
    profile = cProfile.Profile()
    profile.enable()
    for body, headers in requests:
        client.post("/api/v1/signalen", json=body, headers=headers)
    profile.disable()
    texts = []
    for order in ("cumulative", "tottime"):
        stream = io.StringIO()
        pstats.Stats(profile, stream=stream).sort_stats(order).print_stats(_FUNCTIONS)
        text = re.sub(r"\S*/site-packages/|\S*/lib/python[0-9.]*/", "", stream.getvalue())
        texts.append(text.replace(f"{_root()}/", ""))
    return "\n".join(texts)


def _root() -> str:
    from pathlib import Path

    return str(Path(__file__).resolve().parents[1])
