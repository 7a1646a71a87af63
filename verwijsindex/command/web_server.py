"""Serving an application with granian, as both parties do."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces

STOP_SECONDS = 30  # for the requests that are being answered


def serve_application(
    target: str, *, host: str, port: int, workers: int, threads: int, factory: bool = False
) -> None:
    """Serve *target* (``module:name``) until SIGTERM; requests under way are finished.

    Args:
        target: The application, or with *factory* what makes it.
        host: Address to listen on.
        port: TCP port.
        workers: Processes; one that dies is replaced.
        threads: Per process.
        factory: Whether *target* is to be called.
    """
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=factory,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        # A process that is told to stop while it starts does not hear it, and
        # granian would wait for it for ever.
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
        log_enabled=False,
    ).serve()
