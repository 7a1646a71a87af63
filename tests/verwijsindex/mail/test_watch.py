"""The deadline over many short pieces of work."""

from __future__ import annotations

import threading
from datetime import timedelta

from verwijsindex.mail.watch import Watch


def test_a_block_that_lasts_too_long_is_told_of_once() -> None:
    told = threading.Semaphore(0)
    watch = Watch(timedelta(milliseconds=10), told.release)
    for _ in range(3):  # the second one wakes the thread, which sleeps by then
        with watch:
            assert told.acquire(timeout=10)
        assert not told.acquire(blocking=False)
    watch.stop()


def test_blocks_that_end_in_time_are_told_of_never() -> None:
    told: list[int] = []
    watch = Watch(timedelta(hours=1), lambda: told.append(1))
    for _ in range(1000):
        with watch:
            pass
    watch.stop()
    assert told == []


def test_a_watch_that_was_never_used_has_nothing_to_stop() -> None:
    Watch(timedelta(hours=1), lambda: None).stop()
