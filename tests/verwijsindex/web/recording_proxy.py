"""A proxy that keeps every byte a browser sends, to wherever; only some sites are really there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from urllib.parse import SplitResult, urlsplit

PATIENCE_SECONDS = 10
_NOT_THERE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RecordingProxy:
    """An HTTP proxy on loopback.

    A browser told to use it for everything asks nobody else: names are not
    even looked up, and a connection that is opened in advance is counted.
    """

    def __init__(self, *base_urls: str) -> None:
        """Pass on what is for *base_urls*; keep the rest and say that nobody is there."""
        self._sites = [urlsplit(one) for one in base_urls]
        self._changed = Condition()
        self._sent = bytearray()
        self._accepted: list[tuple[str, int]] = []
        self._own = 0
        self._open = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def seen(self) -> tuple[int, int]:
        """Connections opened, and bytes sent, so far."""
        # Connections are accepted in order: once this one is, all before it are counted.
        with socket.create_connection(self._listener.getsockname()) as own:
            self._wait(lambda: own.getsockname() in self._accepted)
        with self._changed:
            self._own += 1
            return len(self._accepted) - self._own, len(self._sent)

    def sent_since(self, seen: tuple[int, int]) -> bytes:
        """Return what was sent after *seen*."""
        with self._changed:
            return bytes(self._sent[seen[1] :])

    def wait_until_sent(self, wanted: bytes) -> bool:
        """Wait for *wanted*; False when it does not come."""
        return self._wait(lambda: wanted in self._sent)

    def wait_until_left(self) -> bool:
        """Wait until the browser has closed all its connections."""
        return self._wait(lambda: self._open == 0)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    def _wait(self, condition: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, PATIENCE_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                browser, address = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._accepted.append(address)
                self._open += 1
                self._changed.notify_all()
            Thread(target=self._serve, args=[browser], daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        site: socket.socket | None = None
        try:
            while data := browser.recv(65_536):
                with self._changed:
                    self._sent += data
                    self._changed.notify_all()
                if site is None and (found := self._site_of(data)):
                    site = socket.create_connection((found.hostname or "", found.port))
                    Thread(target=_pass_back, args=[site, browser], daemon=True).start()
                if site is None:
                    browser.sendall(_NOT_THERE)
                else:
                    site.sendall(data)
        except OSError:
            pass  # whoever is at the other end has left
        finally:
            browser.close()
            if site is not None:
                site.close()
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def _site_of(self, data: bytes) -> SplitResult | None:
        target = data.split(b" ", 2)[1] if data.count(b" ") > 1 else b""
        for one in self._sites:
            if target.startswith(f"http://{one.netloc}/".encode()):
                return one
        return None


def _pass_back(site: socket.socket, browser: socket.socket) -> None:
    try:
        while data := site.recv(65_536):
            browser.sendall(data)
    except OSError:
        pass  # as above


@contextmanager
def recording(*base_urls: str) -> Iterator[RecordingProxy]:
    """Run a proxy."""
    proxy = RecordingProxy(*base_urls)
    try:
        yield proxy
    finally:
        proxy.close()
