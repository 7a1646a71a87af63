"""Load from one process: keep-alive connections, one thread each, as little work as can be."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

CONCURRENCY = 16
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Measured:
    """What a run of requests took.

    Attributes:
        seconds: From the first request sent to the last answer read.
        latencies: Seconds per request, sorted.
        statuses: How often each.
    """

    seconds: float
    latencies: tuple[float, ...]
    statuses: Counter[int]

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the latency, seconds, below which that many percent stay."""
        return self.latencies[
            min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        ]


def request_bytes(path: str, token: str, body: Any) -> bytes:
    """Return a whole POST, ready to be sent."""
    content = json.dumps(body, separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send_all(port: int, requests: Sequence[bytes], *, concurrency: int = CONCURRENCY) -> Measured:
    """Send *requests* in order over that many connections; return what it took."""
    ticket = count()
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    lock = threading.Lock()
    ready = threading.Barrier(concurrency + 1)

    def work() -> None:
        own: list[float] = []
        seen: Counter[int] = Counter()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.wait()
            while (number := next(ticket)) < len(requests):
                before = time.perf_counter()
                connection.sendall(requests[number])
                seen[_status(connection)] += 1
                own.append(time.perf_counter() - before)
        with lock:
            latencies.extend(own)
            statuses.update(seen)

    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    assert len(latencies) == len(requests), "a connection was lost"
    return Measured(seconds, tuple(sorted(latencies)), statuses)


def _status(connection: socket.socket) -> int:
    """Read one answer; return its status."""
    received = connection.recv(65536)
    while _END not in received:
        received += _more(connection)
    head, _, body = received.partition(_END)
    lines = head.lower().split(b"\r\n")
    (length,) = (int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError
    return received
