"""An index with pages, served on loopback for a browser, or asked by Flask's own client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from match.messages import OutboxMessage
from tests.clock import Clock
from tests.people import AlwaysSignedIn
from tests.serving import serve_world
from tests.verwijsindex.web.registering import Place, serve_index
from tests.world import World, lend_world
from verwijsindex.mail.composing import compose
from verwijsindex.web.demo_pages import register_demo
from verwijsindex.web.mailbox import Mailbox
from verwijsindex.web.tour import Step, Tour

AXE = Path(__file__).parents[2] / "vendor" / "axe-core" / "axe.min.js"
SENDER = "verwijsindex@index.example"
TOUR = Tour(
    [
        Step(
            "Importeer het bestand",
            "1.994 signalen",
            "vi-client --config " + "map/" * 40 + " import",
        )
    ],
    [Step("Bekijk de mails", "Veertien mails", page="demo.mail_list")],
)


@dataclass
class Site:
    """A demonstration in small: a world, its mails, and where it is."""

    world: World
    mailbox: Mailbox
    base_url: str

    def deliver(self) -> None:
        """Put into the mailbox what the outbox holds, as the worker would send it."""
        with self.world.services.sessions() as session:
            ids = [row.id for row in session.query(OutboxMessage).order_by(OutboxMessage.id)]
            for letter in compose(session, self.world.services, ids).values():
                if letter is not None:
                    message = letter.to_message(sender=SENDER, now=self.world.clock())
                    self.mailbox.receive(
                        message, recipients=[letter.recipient], now=self.world.clock()
                    )

    def link(self, address: str) -> str:
        """Return the path of the match page that the newest mail to *address* leads to."""
        mail = self.mailbox.newest_first([address])[0]
        return mail.text.split(self.base_url)[1].split()[0]

    def get(self, path: str, **options: Any) -> Any:
        """Ask for a page as a browser on this machine would."""
        headers = {"Host": "127.0.0.1:8080"} | options.pop("headers", {})
        return self.world.http.get(path, headers=headers, **options)


def _give_demo(world: World) -> None:
    mailbox = world.app.extensions["mailbox"] = Mailbox()
    register_demo(world.app, world.services, mailbox, tour=TOUR)


@contextmanager
def _site(world: World) -> Iterator[Site]:
    """Return a site of *world*, whose application was lent and is given back as it was."""
    app, mailbox = world.app, world.app.extensions["mailbox"]
    mailbox.__init__()
    app.wsgi_app = AlwaysSignedIn(world, app.wsgi_app)  # type: ignore[method-assign]
    yield Site(world, mailbox, world.services.settings.base_url)
    del app.wsgi_app


@pytest.fixture
def site(database_url: str, clock: Clock) -> Iterator[Site]:
    """Return a site without members; the test runs on each database."""
    how = {"base_url": "http://127.0.0.1:8080", "is_demo": True, "prepare": _give_demo}
    with lend_world(database_url, clock, **how) as world, _site(world) as made:
        yield made


@pytest.fixture
def served(sqlite_url: str, clock: Clock) -> Iterator[Site]:
    """Return a site without members that a browser can reach."""
    how = {"is_demo": True, "prepare": _give_demo}
    with serve_world(sqlite_url, clock, **how) as world, _site(world) as made:
        yield made


@pytest.fixture
def place(sqlite_url: str, clock: Clock, tmp_path: Path) -> Iterator[Place]:
    """Return the whole index and a real pseudonym service; nobody is signed in."""
    with serve_index(sqlite_url, clock, tmp_path) as served:
        yield served


@pytest.fixture(params=[1280, 360], ids=["wide", "narrow"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return an empty page, on a desk and on a telephone; what the browser complains of fails."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, locale="nl-NL")
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    context.close()
    # A page that is not there, or shows faults, is a complaint too; some tests look at one.
    expected = ("status of 400", "status of 404")
    assert [line for line in complaints if not any(one in line for one in expected)] == []
