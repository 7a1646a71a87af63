"""Turns at a SQLite file: the threads of a process get its write lock in order of asking.

SQLite lets whoever waits for its lock look again now and then, and gives it to
whoever happens to look first: of a few dozen busy threads one can lose for
longer than it may wait. So the threads of an engine wait for each other here,
and SQLite's own waiting is for other processes only.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque


class Turns:
    """A lock that is given in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait at this moment."""
        return len(self._queue)

    def take(self, seconds: float) -> bool:
        """Wait for the turn; False when it did not come within *seconds*."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Event()
            self._queue.append(turn)
        try:
            return turn.wait(seconds) or not self._leave(turn)
        except BaseException:  # Ctrl-C: nobody would ever give back what came meanwhile
            if not self._leave(turn):
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let the next one go; only for whoever took the turn."""
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._taken = False

    def _leave(self, turn: threading.Event) -> bool:
        """Leave the queue; False when the turn came at the last moment."""
        with self._guard:
            if turn.is_set():
                return False
            self._queue.remove(turn)
            return True


class TurnConnection(sqlite3.Connection):
    """A connection that takes its turn before a transaction and gives it back after.

    After, not at the call: a commit that fails leaves the transaction open,
    and one that succeeds takes its time on the disk.

    Attributes:
        turns: Of the engine; set once the connection is made.
    """

    turns: Turns
    _has_turn = False

    def take_turn(self, seconds: float) -> None:
        """Wait for the turn.

        Raises:
            sqlite3.OperationalError: It did not come within *seconds*.
        """
        if self._has_turn:
            return
        if not self.turns.take(seconds):
            raise sqlite3.OperationalError("database is locked")
        self._has_turn = True

    def commit(self) -> None:
        """Commit; give the turn back unless the transaction is still open."""
        try:
            super().commit()
        finally:
            self._give_back_unless_open()

    def rollback(self) -> None:
        """Roll back; give the turn back unless the transaction is still open."""
        try:
            super().rollback()
        finally:
            self._give_back_unless_open()

    def close(self) -> None:
        """Close, which ends the transaction, and give the turn back."""
        try:
            super().close()
        finally:
            self._give_back()

    def _give_back_unless_open(self) -> None:
        if not self.in_transaction:
            self._give_back()

    def _give_back(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self.turns.give_back()
