"""Where the demonstration's web server is found: by name, whatever the name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
import pytest

from verwijsindex.demo.web_server import NoFreePort, WebServer


def hello(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hier"]


def test_is_found_where_the_name_is_an_ipv6_address_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = socket.getaddrinfo

    def six_first(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        both = asked("127.0.0.1", port, *args, **options)
        if host != "localhost":
            return asked(host, port, *args, **options)
        six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))
        return [six, *both]

    with closing(WebServer(0)) as web:
        web.start(hello)
        monkeypatch.setattr(socket, "getaddrinfo", six_first)
        assert web.base_url.startswith("http://localhost:")
        assert httpx.get(web.base_url).text == "hier"


def test_leaves_a_port_to_who_has_it_at_the_ipv6_address() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        try:
            web = WebServer(port)
        except NoFreePort:  # beyond the last port there is no next one
            return
        with closing(web):
            assert not web.base_url.endswith(f":{port}")
