"""How one is mailed, who stands in and what stalled, in a real browser: accessible, and it fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from orgprofiles.base import new_id
from orgprofiles.organisations import Professional
from orgprofiles.stand_ins import StandIn, StandInDelivery
from tests.clock import Clock
from tests.people import Person, add_person
from tests.serving import serve_world
from tests.verwijsindex.follow_up.matched import match_of, matched, own
from tests.verwijsindex.web.test_browser import LONG, WCAG, violations
from tests.verwijsindex.web.test_team_browser import _TOO_SMALL, _TOO_WIDE
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.browser

STATES = [
    "my mail",
    "my mail, faults",
    "my details",
    "colleague",
    "colleague's stand-in",
    "overview",
    "own stalled",
    "own stalled, nothing",
    "all stalled",
    "all stalled, nothing",
    "match",
]


@dataclass
class Office:
    """Two organisations in a match, and everybody who looks at it."""

    base_url: str
    world: World
    one: Member
    two: Member
    people: dict[str, Person]

    def professional(self, member: Member, key: str) -> Professional:
        with self.world.services.sessions() as session:
            found = session.query(Professional).filter_by(organisation_id=member.id, key=key)
            return found.one()


@pytest.fixture
def office(sqlite_url: str, clock: Clock) -> Iterator[Office]:
    """Return organisations whose pages a browser can reach; m1 of the first is away."""
    with serve_world(sqlite_url, clock) as world:
        one, two = matched(world, "Schuldhulp", "Wijkteam")
        people = {
            "m1": add_person(world, one.id, key="m1"),
            "coordinator": add_person(world, one.id, Role.COORDINATOR, name="Co Ordinator"),
            "administrator": add_person(world, two.id, Role.ADMINISTRATOR, name="Bea Heer"),
            "other": add_person(world, two.id, key="m1"),
        }
        made = Office(world.services.settings.base_url, world, one, two, people)
        away, substitute = (made.professional(one, key).id for key in ("m1", "m2"))
        with world.services.sessions.begin() as session:
            session.add(
                StandIn(
                    id=new_id(),
                    professional_id=away,
                    substitute_id=substitute,
                    first_day=date(2026, 11, 23),
                    last_day=date(2027, 2, 1),
                    delivery=StandInDelivery.SUBSTITUTE,
                    made_at=clock(),
                )
            )
            refused = update(Professional).where(Professional.id == away)
            session.execute(refused.values(mail_refused_at=clock()))
            named = update(Professional).where(Professional.id == substitute)
            session.execute(named.values(name=LONG[:190]))
        yield made


@contextmanager
def opened(browser: Browser, office: Office, state: str) -> Iterator[Page]:
    """Open the page of *state*, seen by whom it is for."""
    part = own(office.two)["id"]
    professional = office.professional(office.one, "m1").id
    who, path = {
        "my mail": ("m1", "/mijn-gegevens/mail"),
        "my details": ("m1", "/mijn-gegevens"),
        "colleague": ("coordinator", f"/instelling/medewerkers/{professional}"),
        "colleague's stand-in": (
            "coordinator",
            f"/instelling/medewerkers/{professional}/waarneming",
        ),
        "overview": ("coordinator", "/instelling"),
        "own stalled": ("coordinator", "/instelling/vastgelopen"),
        "all stalled": ("administrator", "/beheer/vastgelopen"),
        "match": ("other", f"/matches/{match_of(office.two)['id']}/deelnames/{part}"),
    }[state.partition(",")[0]]
    if not state.endswith("nothing") and "stalled" in state:
        office.world.clock.advance(timedelta(days=35))
    elif state == "overview":
        office.world.clock.advance(timedelta(days=15))
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    cookie = {
        "name": SESSION_COOKIE,
        "value": office.people[who].begin(),
        "url": office.base_url.replace("http:", "https:"),
        "secure": True,
        "httpOnly": True,
    }
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{office.base_url}{path}")
    if state.endswith("faults"):
        page.get_by_role("button", name="Leg waarneming vast").click()
    yield page
    context.close()


@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(office: Office, browser: Browser, state: str) -> None:
    with opened(browser, office, state) as page:
        assert page.locator("h1").count() == 1
        assert page.locator(".button:not(.button--quiet)").count() <= 1
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert violations(page, [*WCAG, "best-practice"]) == []
            assert page.evaluate(_TOO_SMALL) == []
            assert page.evaluate(_TOO_WIDE) <= 0
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate(_TOO_WIDE) <= 0
