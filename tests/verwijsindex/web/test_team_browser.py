"""The coordinator's pages and the handbook in a real browser: accessible, whole, without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clock import Clock
from tests.people import add_person
from tests.serving import serve_world
from tests.verwijsindex.web.organisation import Organisation, hire, organisation
from tests.verwijsindex.web.test_browser import LONG, WCAG, violations
from verwijsindex.accounts.records import AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.browser

_TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
# Links within a sentence are excepted (WCAG 2.5.8).
_TOO_SMALL = """
[...document.querySelectorAll('main :is(a, button, select, input:not([type=hidden]), textarea)')]
    .filter(one => !one.matches('.reading > :is(p, ul:not(.contents ul), ol, dl) a'))
    .filter(one => Math.min(one.getBoundingClientRect().width,
                            one.getBoundingClientRect().height) < 24)
    .map(one => one.outerHTML)
"""

PLACES = "/instelling/medewerkers"
#: What a page is shown as: its path, and which form is sent with nothing filled in.
STATES = [
    "overview",
    "overview, nobody",
    "people",
    "people, nobody fits",
    "people, wrong name",
    "new colleague",
    "new colleague, faults",
    "colleague, done",
    "colleague, left",
    "leaving",
    "leaving, with signals",
    "accounts",
    "invitation",
    "invitation, faults",
    "account",
    "account, blocked",
    "account, of the index",
    "blocking",
    "clients",
    "new client",
    "new client, faults",
    "client made",
    "revoking",
    "help",
    "privacy",
    "accessibility",
]


@dataclass
class Office:
    """An organisation, and where its pages are."""

    base_url: str
    own: Organisation


@pytest.fixture
def office(sqlite_url: str, clock: Clock) -> Iterator[Office]:
    """Return an organisation whose pages a browser can reach."""
    with serve_world(sqlite_url, clock) as world:
        yield Office(world.services.settings.base_url, organisation(world))


@contextmanager
def opened(browser: Browser, office: Office, width: int, *, scripts: bool = True) -> Iterator[Page]:
    """Open a page in which the coordinator is signed in; what the browser complains of fails."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, locale="nl-NL", java_script_enabled=scripts
    )
    context.add_cookies(
        [
            {
                "name": SESSION_COOKIE,
                "value": office.own.coordinator.begin(),
                # Of a secure cookie the browser wants to hear so; it sends it on loopback too.
                "url": office.base_url.replace("http:", "https:"),
                "secure": True,
                "httpOnly": True,
            }
        ]
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # A form that is refused is no fault of the page.
    assert [line for line in complaints if "status of 400" not in line] == []


@pytest.fixture
def page(browser: Browser, office: Office) -> Iterator[Page]:
    with opened(browser, office, 1280) as made:
        yield made


def show(page: Page, office: Office, state: str) -> None:
    """Bring the organisation into *state* and open the page that shows it."""
    own = office.own
    if state == "overview, nobody":
        everybody = [own.professional(key) for key in ("m1", "m2")]
        with own.world.services.sessions() as session:
            for one in everybody:
                session.delete(one)
            session.commit()
    if state in {"overview", "people"}:
        hire(own, 200, name=LONG[:90] + " {}")
    if "signals" in state:
        own.member.register(1)
    status = AccountStatus.BLOCKED if "blocked" in state else AccountStatus.ACTIVE
    person = add_person(
        own.world,
        own.member.id,
        *([Role.AUDITOR] if "index" in state else []),
        Role.SUPPORT,
        name=LONG[:190],
        email=f"{'lang-' * 12}x@{'domein-' * 8}schuldhulp.example",
        status=status,
    )
    if state == "colleague, left":
        own.post(own.page_of("m1", "/vertrek"))
    account, client = person.account_id, own.member.client.id
    paths = {
        "overview": "/instelling",
        "overview, nobody": "/instelling",
        "people": PLACES,
        "people, nobody fits": f"{PLACES}?naam=zzz",
        "people, wrong name": f"{PLACES}?naam=12",
        "accounts": "/instelling/accounts",
        "account": f"/instelling/accounts/{account}",
        "account, blocked": f"/instelling/accounts/{account}",
        "account, of the index": f"/instelling/accounts/{account}",
        "blocking": f"/instelling/accounts/{account}/blokkeren",
        "clients": "/instelling/bronsystemen",
        "revoking": f"/instelling/bronsystemen/{client}/intrekken",
        "client made": "/instelling/bronsystemen/nieuw",
        "help": "/hulp",
        "privacy": "/privacy",
        "accessibility": "/toegankelijkheid",
    }
    forms = {
        "new colleague": f"{PLACES}/nieuw",
        "invitation": "/instelling/accounts/nieuw",
        "new client": "/instelling/bronsystemen/nieuw",
    }
    path = paths.get(state) or forms.get(state.removesuffix(", faults"))
    if state.startswith(("colleague", "leaving")):
        path = own.page_of("m1", "/vertrek" if state.startswith("leaving") else "?gedaan=gewijzigd")
    page.goto(f"{office.base_url}{path}")
    if state == "client made":
        page.get_by_label("Naam").fill(LONG[:150])
    if state.endswith((", faults", "made")):
        with page.expect_navigation():
            page.locator("main button[type=submit]").click()


@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(office: Office, page: Page, state: str) -> None:
    show(page, office, state)
    assert page.locator("h1").count() == 1
    assert page.locator(".button:not(.button--quiet)").count() <= 1
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page, [*WCAG, "best-practice"]) == []
        assert page.evaluate(_TOO_SMALL) == []
        assert page.evaluate(_TOO_WIDE) <= 0
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(_TOO_WIDE) <= 0


def test_a_fault_is_repaired_with_the_keyboard_alone(office: Office, page: Page) -> None:
    page.goto(f"{office.base_url}{PLACES}/nieuw")
    page.get_by_label("Naam").focus()
    for text in ("Ilse Koster", "consulent", "W", "ikoster@schuldhulp.example", "x"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.get_by_label("Sleutel").focus()
    page.keyboard.type("ikoster")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Er klopt iets niet")
    fault = page.get_by_role("link", name="Telefoon: is geen telefoonnummer")
    fault.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Telefoon")).to_be_focused()
    expect(page.get_by_label("Telefoon")).to_have_accessible_description(
        re.compile("Is geen telefoonnummer")
    )
    page.keyboard.press("Control+a")
    page.keyboard.type("06-11223344")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("De medewerker is toegevoegd.")
    assert office.own.professional("ikoster").trained_on is None


def test_all_is_done_without_scripts(office: Office, browser: Browser) -> None:
    hire(office.own, 1, trained_on=date(2026, 1, 5))
    with opened(browser, office, 360, scripts=False) as page:
        page.goto(f"{office.base_url}/instelling")
        page.get_by_role("link", name="3 medewerkers zonder account").click()
        page.get_by_role("link", name="Nodig uit Collega 000").click()
        page.get_by_role("button", name="Stuur de uitnodiging").click()
        expect(page.get_by_role("status")).to_contain_text("De uitnodiging is verstuurd.")
        page.get_by_role("link", name="Collega 000").click()
        page.get_by_role("link", name="Blokkeer").click()
        page.get_by_role("button", name="Blokkeer het account").click()
        expect(page.get_by_role("status")).to_have_text("Het account is geblokkeerd.")
        page.get_by_role("link", name="Naar de gegevens").click()
        page.get_by_role("link", name="Zet op vertrokken").click()
        page.get_by_role("button", name="Zet op vertrokken").click()
        expect(page.get_by_role("status")).to_contain_text("De medewerker is nu inactief")
        page.get_by_role("link", name="Bronsystemen").click()
        page.get_by_role("link", name="Trek in bronsysteem").click()
        page.get_by_role("button", name="Trek in").click()
        expect(page.get_by_role("status")).to_contain_text("krijgt geen toegang meer")
