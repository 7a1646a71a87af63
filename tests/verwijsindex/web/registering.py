"""The whole index with its pages and a real pseudonym service, for a browser; and who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Response, request
from playwright.sync_api import BrowserContext
from sqlalchemy import func, select

from match.signals import Signal
from tests.clock import Clock
from tests.people import Person, add_person
from tests.serving import own_port
from tests.verwijsindex.web.modules.site import RestartableServer
from tests.world import Member, World, index_keys, lend_world, service_keys
from verwijsindex.accounts.roles import Role
from verwijsindex.pseudonym_service import administration
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store
from verwijsindex.web.csrf import SESSION_COOKIE


@dataclass
class Place:
    """Both servers.

    Attributes:
        url: The index's origin.
        service_url: The service's.
        index: May be closed and opened again.
        service: The same.
        before: Called before each request to the index is handled; may answer instead.
    """

    world: World
    url: str
    service_url: str
    store: Path
    index: RestartableServer = field(init=False)
    service: RestartableServer = field(init=False)
    before: Callable[[], Response | None] = lambda: None

    def admit(self, name: str = "Schuldhulp", **how: Any) -> Member:
        """Make an organisation that takes part, at the service too."""
        member = self.world.member(name, **how)
        store = Store(self.store)
        administration.admit(store, organisation_id=member.id, name=name, now=self.world.clock())
        store.close()
        return member

    def person(self, member: Member, *roles: Role, key: str | None = "m1") -> Person:
        """Return somebody who works at *member*."""
        return add_person(self.world, member.id, *roles, key=key)

    def sign_in(self, context: BrowserContext, person: Person) -> None:
        """Give a browser the session that *person* begins."""
        context.add_cookies(
            [
                {
                    "name": SESSION_COOKIE,
                    "value": person.begin(),
                    "url": self.url.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )

    def sign_out(self, context: BrowserContext) -> None:
        """Let a browser have no session any more."""
        context.clear_cookies(name=SESSION_COOKIE)

    def registered(self) -> int:
        """Return how many signals there are."""
        with self.world.services.sessions() as session:
            return session.scalar(select(func.count()).select_from(Signal)) or 0


@contextmanager
def serve_index(database_url: str, clock: Clock, folder: Path) -> Iterator[Place]:
    """Run both on loopback; the service allows the index's pages and no others."""
    index_port, service_port = own_port("index"), own_port("service")
    url, service_url = f"http://127.0.0.1:{index_port}", f"http://127.0.0.1:{service_port}"
    how = {"base_url": url, "service_url": f"{service_url}/v1", "prepare": _let_interfere}
    with lend_world(database_url, clock, family_match=True, **how) as world:
        place = Place(world, url, service_url, folder / "pseudonym-service.db")
        world.app.extensions["place"] = place
        service = create_service(
            ServiceSettings(
                keys=service_keys(),
                index_keys=index_keys().public(),
                store=place.store,
                allowed_origin=url,
            ),
            clock=clock,
        )
        place.index = RestartableServer(world.app, index_port)
        place.service = RestartableServer(service, service_port)
        servers = [place.index, place.service]
        try:
            for one in servers:
                one.open()
            yield place
        finally:
            for one in servers:
                one.close()


def _let_interfere(world: World) -> None:
    def interfere() -> Response | None:
        place: Place = world.app.extensions["place"]
        return place.before()

    # Before the guards.
    world.app.before_request_funcs.setdefault(None, []).insert(0, interfere)


def is_for(path: str) -> bool:
    """Whether the request of this moment is a POST to *path*."""
    return request.method == "POST" and request.path == path
