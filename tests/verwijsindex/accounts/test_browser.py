"""The pages of signing in and of one's own details, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from orgprofiles.base import new_id
from tests.clock import Clock
from tests.people import PASSWORD, Person
from tests.verwijsindex.accounts.conftest import Office
from tests.verwijsindex.accounts.providers import Provider, running_provider
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths, small_targets
from tests.verwijsindex.web.test_browser import WCAG, violations
from tests.world import make_world
from verwijsindex.accounts.records import Passkey
from verwijsindex.demo.web_server import WebServer
from verwijsindex.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.browser

OWN = "/mijn-gegevens"
LONG = "Maatschappelijke-ondersteuningsvoorzieningenbeheerders"
PAGES = [
    "/inloggen",
    "/inloggen/organisatie",
    "/inloggen/organisatie/terug?state=x",
    "/instellen",
    OWN + "?klaar=passkey",
    OWN + "/bevestigen",
    OWN + "/wachtwoord",
    OWN + "/app",
    OWN + "/herstelcodes",
    OWN + "/passkey",
    OWN + "/organisatie",
]


@pytest.fixture(params=[1280, 360], ids=["wide", "narrow"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 800}, locale="nl-NL")
    yield context.new_page()
    context.close()


@pytest.fixture
def somebody(served_office: Office) -> Person:
    """Return somebody with every means, of an organisation with its own sign-in."""
    office = served_office
    Provider("https://idp.example", "").keep(office.world, "Wijkteam")
    office.world.member(LONG, domain="zorg")
    Provider("https://idp.lang.example", "").keep(office.world, LONG)
    made = office.person()
    with office.world.services.sessions() as session:
        for number in range(3):
            session.add(
                Passkey(
                    id=new_id(),
                    account_id=made.account_id,
                    credential_id=new_id().bytes,
                    public_key=b"-",
                    sign_count=0,
                    device="Samsung Internet op onbekend apparaat",
                    created_at=office.world.clock(),
                    used_at=office.world.clock() if number else None,
                )
            )
        session.commit()
    made.begin()
    return made


@BOTH_WIDTHS
@pytest.mark.parametrize("path", PAGES)
def test_is_accessible_and_fits(
    served_office: Office, somebody: Person, page: Page, path: str
) -> None:
    if path == "/instellen":
        page.goto(served_office.base_url + served_office.invited()[1])
        page.locator("main form button").click()
    elif path.startswith(OWN):
        served_office.sign_in(page.context, somebody)
    page.goto(served_office.base_url + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    but = "p a:only-child, p > a:not([class])"
    for _ in in_both_widths(page):
        assert violations(page, [*WCAG, "best-practice"]) == []
        assert small_targets(page, "main a, main button, .me a", but=but) == []


def test_works_without_scripts(served_office: Office, somebody: Person, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="nl-NL")
    page = context.new_page()
    page.goto(served_office.base_url + "/inloggen")
    expect(page.get_by_role("button", name="Inloggen met passkey")).to_be_hidden()
    served_office.sign_in(context, somebody)
    served_office.world.clock.advance(timedelta(minutes=10))
    page.goto(served_office.base_url + OWN)
    page.get_by_role("link", name="Wachtwoord wijzigen").click()
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Verder").click()
    page.get_by_label("Wachtwoord van nu").fill(PASSWORD)
    page.get_by_label("Nieuw wachtwoord").fill("acht groene zingende kevers")
    page.get_by_label("Nog een keer").fill("acht groene zingende kevers")
    page.get_by_role("button", name="Bewaren").click()
    expect(page.get_by_role("status")).to_contain_text("Uw nieuwe wachtwoord is bewaard")
    page.goto(served_office.base_url + OWN + "/passkey")
    expect(page.get_by_text("met JavaScript aan")).to_be_visible()
    context.close()


@pytest.mark.any_width
def test_links_and_signs_in_through_the_organisation(
    sqlite_url: str, page: Page, patience: timedelta
) -> None:
    """The whole way, with the pages' policy and cookies as browsers hold to them."""
    with closing(WebServer(0)) as web, running_provider(web.base_url, patience) as provider:
        world = make_world(sqlite_url, Clock(datetime.now(UTC)), base_url=web.base_url)
        office = Office(world, world.member("Wijkteam", domain="zorg"), web.base_url)
        provider.keep(world, "Wijkteam")
        web.start(world.app)
        office.sign_in(page.context, office.person())
        page.goto(office.base_url + OWN)
        page.get_by_role("link", name="Account koppelen").click()
        page.get_by_role("link", name="Verder").click()
        expect(page.get_by_role("status")).to_contain_text("U kunt nu inloggen via uw organisatie")
        page.context.clear_cookies(name=SESSION_COOKIE)
        page.goto(office.base_url + "/inloggen")
        page.get_by_role("link", name="Inloggen via uw organisatie").click()
        page.get_by_role("link", name="Wijkteam").click()
        expect(page).to_have_url(office.base_url + "/")
        world.services.engine.dispose()
