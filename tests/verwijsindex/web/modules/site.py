"""An index with the routes that the modules call, recorded and disturbed at will; a real service."""

from __future__ import annotations

import json
import mimetypes
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

import verwijsindex.web
from tests.clock import Clock
from tests.serving import own_port
from tests.world import Member, World, index_keys, lend_world, service_keys
from verwijsindex.pseudonym_service import administration
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store

STATIC = Path(verwijsindex.web.__file__).parent / "static"
CSRF = {"X-CSRF-Token": "k4n4r13"}


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@dataclass
class Recorded:
    """A request as a server got it."""

    path: str
    headers: str
    body: bytes


class RestartableServer:
    """An application on a port of its own, which may be closed and opened again."""

    def __init__(self, app: Flask, port: int) -> None:
        self._app = app
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to listen."""
        self._server = make_server(
            "127.0.0.1", self._port, self._app, threaded=True, request_handler=_Silent
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Let connections be refused."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None


@dataclass
class Site:
    """Both servers.

    Attributes:
        url: The index's origin.
        service_url: Up to and including ``/v1``.
        at_index: Requests with a body that reached the index, in order.
        at_service: The same of the pseudonym service.
        before: Called with each request to the index before it is handled.
        after: The same afterwards; may close the connection.
    """

    world: World
    url: str
    service_url: str
    store: Path
    index_server: RestartableServer | None = None
    at_index: list[Recorded] = field(default_factory=list)
    at_service: list[Recorded] = field(default_factory=list)
    before: Callable[[Recorded], Response | None] = lambda _: None
    after: Callable[[Recorded], None] = lambda _: None
    before_service: Callable[[Recorded], Response | None] = lambda _: None
    member: Member | None = None

    @property
    def today(self) -> str:
        """The day that both servers live in."""
        return self.world.services.today().isoformat()

    def admit(self, name: str = "Schuldhulp", **how: Any) -> Member:
        """Make the organisation whose professional is signed in."""
        self.member = self.world.member(name, **how)
        store = Store(self.store)
        administration.admit(
            store, organisation_id=self.member.id, name=name, now=self.world.clock()
        )
        store.close()
        return self.member

    def settings(self) -> dict[str, Any]:
        """Return what a page tells the worker."""
        assert self.member is not None
        return {
            "units": [
                {"id": str(one), "naam": name} for name, one in sorted(self.member.units.items())
            ],
            "addresses": {
                "token": "/token",
                "service": self.service_url,
                "signals": "/signalen",
            },
            "csrf": CSRF,
            "hasFamily": True,
            "today": self.today,
            "firstPauseMs": 10,
        }

    def batches(self, *, trial: bool) -> list[dict[str, Any]]:
        """Return the batches of signals that reached the index."""
        bodies = [json.loads(one.body) for one in self.at_index if one.path == "/signalen"]
        return [body for body in bodies if body["proef"] is trial]


def drop_connection() -> None:
    """Let the browser never hear the answer of the request that is being handled."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


@contextmanager
def serve_site(database_url: str, clock: Clock, folder: Path) -> Iterator[Site]:
    """Run both servers on loopback; the service allows the index's pages and no others."""
    index_port, service_port = own_port("index"), own_port("service")
    url, service_url = f"http://127.0.0.1:{index_port}", f"http://127.0.0.1:{service_port}/v1"
    how = {"base_url": url, "service_url": service_url, "family_match": True}
    with lend_world(database_url, clock, **how) as world:
        site = Site(world, url, service_url, folder / "pseudonym-service.db")
        yield from _served(site, index_port, service_port)


def _served(site: Site, index_port: int, service_port: int) -> Iterator[Site]:
    service = create_service(
        ServiceSettings(
            keys=service_keys(),
            index_keys=index_keys().public(),
            store=site.store,
            allowed_origin=site.url,
        ),
        clock=site.world.clock,
    )
    _record_service(service, site)
    servers = [
        RestartableServer(_pages(site), index_port),
        RestartableServer(service, service_port),
    ]
    site.index_server = servers[0]
    try:
        for one in servers:
            one.open()
        yield site
    finally:
        for one in servers:
            one.close()


def _recorded() -> Recorded:
    return Recorded(
        request.full_path.rstrip("?"), str(request.headers), request.get_data(cache=True)
    )


def _record_service(service: Flask, site: Site) -> None:
    def record() -> Response | None:
        if request.method == "POST":
            site.at_service.append(_recorded())
            return site.before_service(site.at_service[-1])
        return None

    # After the answer to a preflight, before the guards.
    service.before_request(record)


def _pages(site: Site) -> Flask:
    app = Flask("pages", static_folder=None)
    connect = f"connect-src 'self' {site.service_url.removesuffix('/v1')}"
    page_policy = (
        f"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self';"
        f" img-src 'self'; {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    worker_policy = f"default-src 'none'; script-src 'self'; {connect}"

    @app.get("/")
    def start() -> Response:
        return Response(
            '<!doctype html><html lang="nl"><title>Leeg</title><link rel="icon" href="/static/merk.svg">',
            headers={"Content-Security-Policy": page_policy},
        )

    @app.get("/static/<path:name>")
    def static(name: str) -> Response:
        path = (STATIC / name).resolve()
        if not path.is_relative_to(STATIC) or not path.is_file():
            abort(404)
        return Response(
            path.read_bytes(),
            content_type=mimetypes.guess_type(name)[0],
            headers={
                "Content-Security-Policy": worker_policy,
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )

    @app.post("/token")
    def token() -> Response:
        return _handled(site, _token)

    @app.post("/signalen")
    def signals() -> Response:
        return _handled(site, _signals)

    return app


def _handled(site: Site, handle: Callable[[Site], Response]) -> Response:
    recorded = _recorded()
    site.at_index.append(recorded)
    if any(request.headers.get(name) != value for name, value in CSRF.items()):
        abort(403)
    answer = site.before(recorded) or handle(site)
    site.after(recorded)
    return answer


def _token(site: Site) -> Response:
    assert site.member is not None
    token = site.world.token(site.member.client, resource="pseudoniemen")
    return _json({"access_token": token, "token_type": "Bearer", "expires_in": 60})


def _signals(site: Site) -> Response:
    assert site.member is not None
    answer = site.world.http.post(
        "/api/v1/signalen/batch",
        data=request.get_data(),
        content_type="application/json",
        headers=site.member.headers,
    )
    return Response(answer.data, status=answer.status_code, content_type=answer.content_type)


def _json(content: Any) -> Response:
    return Response(json.dumps(content), content_type="application/json")


def problem(status: int, detail: str = "", **headers: str) -> Response:
    """Return an error as both servers make them."""
    return Response(
        json.dumps({"title": "Fout", "status": status, "detail": detail}),
        status=status,
        content_type="application/problem+json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of cells as a client file."""
    return "".join(";".join(cells) + "\r\n" for cells in rows).encode()
