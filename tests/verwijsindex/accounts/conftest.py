"""An index that people sign in to: asked by Flask's own client, or by a browser on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.clock import Clock
from tests.people import Person, add_person
from tests.serving import serve_world
from tests.world import Member, World
from verwijsindex.accounts.links import link_token, send_link
from verwijsindex.accounts.records import Account, AccountStatus, LinkKind
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.setting_up import forget_means
from verwijsindex.web.csrf import SESSION_COOKIE

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Office:
    """An index with one organisation, where it is served."""

    world: World
    member: Member
    base_url: str

    def person(self, **facts: Any) -> Person:
        return add_person(self.world, self.member.id, Role.PROFESSIONAL, key="m1", **facts)

    def invited(self, name: str = "Nieuw Iemand") -> tuple[Person, str]:
        """Return somebody without any means, and the path of the invitation."""
        made = add_person(
            self.world, self.member.id, Role.SUPPORT, name=name, status=AccountStatus.INVITED
        )
        services = self.world.services
        with services.sessions() as session:
            account = session.get_one(Account, made.account_id)
            forget_means(session, account)
            link = send_link(
                session, account=account, kind=LinkKind.INVITATION, now=self.world.clock()
            )
            session.commit()
            return made, f"/uitnodiging/{link_token(services.account_secrets, link.id)}"

    def sign_in(self, context: BrowserContext, person: Person) -> None:
        """Give a browser the session of *person*."""
        context.add_cookies(
            [
                {
                    "name": SESSION_COOKIE,
                    "value": person.begin(),
                    "url": self.base_url.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )


@pytest.fixture
def office(world: World) -> Office:
    """Return an index that Flask's client asks; on each database."""
    return Office(world, world.member("Wijkteam", domain="zorg"), world.services.settings.base_url)


@pytest.fixture
def served_office(sqlite_url: str, clock: Clock) -> Iterator[Office]:
    """Return an index that a browser can reach."""
    with serve_world(sqlite_url, clock) as world:
        base_url = world.services.settings.base_url
        yield Office(world, world.member("Wijkteam", domain="zorg"), base_url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    yield made
    made.close()


def csrf_of(client: Any, path: str) -> str:
    """Return the token of the forms on a page."""
    found = _CSRF.search(client.get(path).text)
    assert found is not None, path
    return found.group(1)


def send(client: Any, path: str, *, on: str = "/mijn-gegevens", **form: str) -> Any:
    """Send a form of ours as the page *on* would."""
    return client.post(path, data={"csrf": csrf_of(client, on), **form})
