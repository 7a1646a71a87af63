"""The worker's own decisions; what its jobs do is tested where they live."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crypto.person import SubjectKind
from tests.clock import Clock
from tests.world import make_world
from verwijsindex import worker
from verwijsindex.key_checks import KeyState


def test_canaries_are_checked_hourly_and_each_minute_while_something_is_the_matter(
    sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(sqlite_url, clock)
    asked: list[timedelta] = []
    answer = dict.fromkeys(SubjectKind, KeyState.AGREES)
    start = clock()

    def ask(*_: object) -> dict[SubjectKind, KeyState]:
        asked.append(clock() - start)
        return answer

    monkeypatch.setattr(worker, "check_canaries", ask)
    running = worker.Worker(world.services)

    def minutes(number: int) -> list[float]:
        asked.clear()
        for _ in range(number):
            running.check_canaries()
            clock.advance(timedelta(minutes=1))
        return [one / timedelta(minutes=1) for one in asked]

    assert minutes(70) == [0, 60]
    answer[SubjectKind.PARENT] = KeyState.WRONG
    assert minutes(53) == [120, 121, 122]
    answer[SubjectKind.PARENT] = KeyState.AGREES
    assert minutes(65) == [123, 183]
    world.services.engine.dispose()
