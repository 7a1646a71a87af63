"""The worker: everything that happens without anybody asking.

APScheduler with a memory job store, in this process alone. Every job may run
in several workers at once: deliveries are claimed row by row, the others take
a lock for their transaction and do nothing when another worker has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

import httpx
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from match import counters, digests
from match.ending import lapse_overdue
from match.subjects import LOCKED_AT_ONCE_LIMIT
from verwijsindex import event_log
from verwijsindex.canary import check_canaries
from verwijsindex.database import take_tick_lock
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.services import Services

_GATHER_LOCK, _LAPSE_LOCK, _FOLD_LOCK = 1, 2, 3
_LAPSE_EVERY = timedelta(minutes=10)
_FOLD_EVERY = timedelta(hours=1)
_CANARY_EVERY = timedelta(hours=1)


class Worker:
    """Runs the periodic jobs until it is stopped."""

    def __init__(self, services: Services, *, poll: timedelta = timedelta(seconds=1)) -> None:
        """Take the services.

        Args:
            services: Of this process.
            poll: How often the outbox is looked at.
        """
        self._services = services
        self._stop = threading.Event()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(5)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self._every(poll, self.deliver)
        self._every(poll, self.gather)
        self._every(_LAPSE_EVERY, self.lapse)
        self._every(_FOLD_EVERY, self.fold)
        self._every(_CANARY_EVERY, self.check_canaries)

    def start(self) -> None:
        """Start working, in threads of its own."""
        event_log.log(event_log.STARTED, part="worker", version=version("verwijsindex"))
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the mail that is being sent, give the others back, and stop."""
        self._stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        event_log.log(event_log.STOPPED, part="worker")

    def deliver(self) -> None:
        """Deliver all that is due."""
        while not self._stop.is_set() and deliver_due(self._services, stop=self._stop):
            pass

    def gather(self) -> None:
        """Make up the digests that are due."""
        services = self._services
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _GATHER_LOCK):
                return
            made = digests.gather(session, policy=services.settings.digest, now=services.clock())
        if made:
            event_log.log(event_log.DIGESTS_GATHERED, count=made)

    def lapse(self) -> None:
        """Lapse the signals whose last day passed, a hundred subjects at a time."""
        services = self._services
        lapsed = LOCKED_AT_ONCE_LIMIT
        while lapsed and not self._stop.is_set():
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _LAPSE_LOCK):
                    return
                lapsed = lapse_overdue(session, now=services.clock(), today=services.today())
            if lapsed:
                event_log.log(event_log.SIGNALS_LAPSED, count=lapsed)

    def fold(self) -> None:
        """Fold the daily counters of the days before today."""
        services = self._services
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _FOLD_LOCK):
                return
            folded = counters.fold(session, before=services.today())
        if folded:
            event_log.log(event_log.COUNTERS_FOLDED, count=folded)

    def check_canaries(self) -> None:
        """Ask the pseudonym service for the canaries, and compare."""
        with httpx.Client() as http:
            check_canaries(self._services, http)

    def _every(self, period: timedelta, job: Callable[[], None]) -> None:
        def run() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 (the next time it may work)
                event_log.log_unexpected(error, route=f"worker {job.__name__}")

        self._scheduler.add_job(
            run,
            "interval",
            seconds=period.total_seconds(),
            next_run_time=self._services.clock(),
            id=job.__name__,
        )
