"""Where a browser reaches an index: at the same place test after test, so that it can be lent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from tests.clock import Clock
from tests.world import World, lend_world
from verwijsindex.demo.web_server import WebServer

# Below those that the system gives to whoever asks for any.
_PORTS = range(20_000, 32_000)


@cache
def own_port(purpose: str) -> int:
    """Return a port of loopback for *purpose* that is this process's; nobody listens on it yet."""
    del purpose  # one port for each
    first = os.getpid() * 31 % len(_PORTS)
    for port in (*_PORTS[first:], *_PORTS[:first]):
        if port in _TAKEN:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _TAKEN.add(port)
        return port
    raise AssertionError("no port is free")


_TAKEN: set[int] = set()


@contextmanager
def serve_world(database_url: str, clock: Clock, **how: Any) -> Iterator[World]:
    """Lend an index without members that a browser can reach at its base URL.

    Args:
        database_url: Of this test.
        clock: Of this test.
        **how: As :func:`tests.world.lend_world` takes it.
    """
    with (
        closing(WebServer(own_port("web"))) as web,
        lend_world(database_url, clock, base_url=web.base_url, **how) as world,
    ):
        web.start(world.app)
        yield world
