"""A deadline on each of many short pieces of work, with one thread for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType


class Watch:
    """Calls something when a ``with`` block on it lasts too long.

    One block at a time. The thread starts with the first one; it looks at the
    clock when the block that it waits for should have ended, and not at every
    block's beginning and end: blocks are many and overruns are few.
    """

    def __init__(self, limit: timedelta, overrun: Callable[[], None]) -> None:
        """Take the limit of each block.

        Args:
            limit: How long a block may take.
            overrun: Called once, by the thread, for a block that takes longer.
        """
        self._limit = limit.total_seconds()
        self._overrun = overrun
        self._changed = threading.Condition()
        self._due: float | None = None  # of the block that is open, on the monotonic clock
        self._sleeps = False  # until it is told of a block
        self._stopped = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._changed:
            self._due = time.monotonic() + self._limit
            if self._sleeps:
                self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._due = None

    def stop(self) -> None:
        """End the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                # Every block has the same limit, so a later one is never due
                # before the one that is waited for.
                if self._due is None:
                    self._sleeps = True
                    self._changed.wait()
                    self._sleeps = False
                elif (left := self._due - time.monotonic()) > 0:
                    self._changed.wait(left)
                else:
                    self._due = None
                    self._overrun()
