"""Index and pseudonym service as two real HTTP servers on loopback, in threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.clock import Clock
from tests.mail_server import free_port
from tests.world import Member, World, index_keys, make_world, service_keys
from verwijsindex.client import ClientSecret, ClientSettings, IndexConnection
from verwijsindex.pseudonym_service import administration
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store


class _Silent(WSGIRequestHandler):
    """Leaves the request log to the applications, as granian does in production."""

    def log(self, *_: Any) -> None:
        pass


@contextmanager
def serving(app: Flask, port: int) -> Iterator[str]:
    """Serve *app* on loopback; give its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    server.daemon_threads = False  # closing waits for them
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Servers:
    """Both applications, served.

    Attributes:
        world: The index behind *index_url*, to make members in.
        service: The other application.
        store: Path of the pseudonym service's own file.
        index_url: Without a path.
        service_url: Up to and including ``/v1``.
    """

    world: World
    service: Flask
    store: Path
    index_url: str
    service_url: str

    def admit(self, member: Member) -> None:
        """Do what the pseudonym service's administrator does for a new organisation."""
        store = Store(self.store)
        administration.admit(
            store, organisation_id=member.id, name=member.name, now=self.world.clock()
        )
        store.close()

    def client_settings(self, member: Member) -> ClientSettings:
        """Return vi-client's settings for *member*, with its client secret."""
        assert member.client.secret is not None
        return ClientSettings(
            self.index_url,
            self.service_url,
            str(member.client.id),
            ClientSecret(member.client.secret),
        )

    def connect(self, member: Member) -> IndexConnection:
        """Return vi-client's connection of *member*, over HTTP."""
        return IndexConnection(self.client_settings(member), clock=self.world.clock)

    def today(self) -> date:
        """Return the calendar day in the Netherlands."""
        return self.world.services.today()


@contextmanager
def serve_both(database_url: str, folder: Path, clock: Clock, **settings: Any) -> Iterator[Servers]:
    """Run both applications; *settings* change those of the index."""
    index_port, service_port = free_port(), free_port()
    store = folder / "pseudonym-service.db"
    index_url = f"http://127.0.0.1:{index_port}"
    service_url = f"http://127.0.0.1:{service_port}/v1"
    service = create_service(
        ServiceSettings(keys=service_keys(), index_keys=index_keys().public(), store=store),
        clock=clock,
    )
    world = make_world(database_url, clock, base_url=index_url, service_url=service_url, **settings)
    with ExitStack() as stack:
        stack.callback(world.services.engine.dispose)
        stack.enter_context(serving(service, service_port))
        stack.enter_context(serving(world.app, index_port))
        yield Servers(world, service, store, index_url, service_url)
