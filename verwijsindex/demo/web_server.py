"""The demonstration's web server: threads, on this machine only, finishing what it began."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"
#: By name, for browsers have no passkeys at a bare address.
NAME = "localhost"
_PORTS_TRIED = 50


class NoFreePort(Exception):
    """Geen van de poorten is vrij; geef een andere op met --port."""


class WebServer:
    """A port, and later the application that answers on it.

    Not for production: the demonstration needs everything in one process.
    """

    def __init__(self, port: int) -> None:
        """Take *port*, or the next one that is free; 0 takes any.

        Raises:
            NoFreePort: Of fifty ports.
        """
        with _first_free(port) as bound:
            self._inside = _InFlight()
            self._server = _Server(
                HOST,
                bound.getsockname()[1],
                self._inside,
                handler=_Handler,
                fd=bound.fileno(),
            )
        self._thread = Thread(target=self._serve, name="web", daemon=True)

    @property
    def base_url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://{NAME}:{self._server.port}"

    def start(self, app: WSGIApplication) -> None:
        """Answer with *app*, in threads."""
        self._inside.app = app
        self._thread.start()

    def stop(self, patience: timedelta = timedelta(seconds=20)) -> bool:
        """Take in nothing new and finish the rest; False when *patience* ran out first."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        else:
            self._server.server_close()
        return self._inside.wait_until_empty(patience)

    def close(self) -> None:
        """Stop, whatever is left undone."""
        self.stop()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)


class _Server(ThreadedWSGIServer):
    request_queue_size = 128


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds; browsers open connections that they may never use
    # Header and body are written apart; without this each waits for the other's receipt.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Log nothing: the application logs its requests, without what was in them."""


class _InFlight:
    """Counts the requests that are being answered."""

    def __init__(self) -> None:
        self.app: WSGIApplication | None = None
        self._count = 0
        self._changed = Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.app is not None, "started without an application"  # noqa: S101
        with self._changed:
            self._count += 1
        try:
            # Read here: afterwards nobody would know when the answer is done.
            answer = self.app(environ, start_response)
            try:
                return list(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait_until_empty(self, patience: timedelta) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, patience.total_seconds())


@contextmanager
def _first_free(port: int) -> Iterator[socket.socket]:
    for candidate in [port] if port == 0 else range(port, min(port + _PORTS_TRIED, 65_536)):
        try:
            bound = socket.create_server((HOST, candidate), backlog=_Server.request_queue_size)
        except OSError:
            continue
        with bound:
            if _is_someone_elses(bound.getsockname()[1]):
                continue
            yield bound
        return
    raise NoFreePort


def _is_someone_elses(port: int) -> bool:
    """Whether another program answers where browsers look first when localhost is ::1 too."""
    try:
        socket.create_connection(("::1", port), timeout=1).close()
    except OSError:
        return False
    return True
