"""Signing in and setting up in a real browser: by the keyboard alone, and accessible."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.people import PASSWORD, Person, add_person
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths
from tests.verwijsindex.web.test_browser import WCAG, violations
from verwijsindex.accounts.links import link_token, send_link
from verwijsindex.accounts.one_time_codes import present_code
from verwijsindex.accounts.records import Account, LinkKind

pytestmark = pytest.mark.browser


@pytest.fixture
def person(served: Site) -> Person:
    """Return somebody who signs in by hand: here nobody is signed in before."""
    served.world.app.wsgi_app = served.world.app.wsgi_app._app  # type: ignore[method-assign, attr-defined]
    return add_person(served.world, served.world.member("Wijkteam").id, key="m1")


def type_and_enter(page: Page, *texts: str) -> None:
    """Type each text in a field, from the one that has the focus, and send the form."""
    for number, text in enumerate(texts):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def tab_to(page: Page, label: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.get_by_label(label, exact=True).evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {label}")


def assert_whole(page: Page) -> None:
    assert violations(page, [*WCAG, "best-practice"]) == []
    width = page.viewport_size["width"] if page.viewport_size else 0
    if width < 600:
        page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.set_viewport_size({"width": width, "height": 800})


def test_the_keyboard_alone_signs_in_and_out(served: Site, page: Page, person: Person) -> None:
    page.goto(served.base_url + "/keten")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inloggen")
    assert_whole(page)
    tab_to(page, "E-mailadres")
    type_and_enter(page, person.email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Vul de code uit uw app in")
    assert_whole(page)
    expect(page.get_by_label("Code")).to_be_focused()
    type_and_enter(page, person.code())
    page.wait_for_url(served.base_url + "/keten")
    (session,) = (one for one in page.context.cookies() if one.get("name") == "__Host-sessie")
    assert (session["secure"], session["httpOnly"], session["path"]) == (True, True, "/")
    if page.get_by_role("button", name="Menu").is_visible():  # folded on a telephone
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.locator(".fold-button:focus").count():
                break
        page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Uitloggen")
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("U bent uitgelogd.")).to_be_visible()
    page.goto(served.base_url + "/keten")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inloggen")


@pytest.mark.any_width
def test_faults_are_told_accessibly(served: Site, page: Page, person: Person) -> None:
    page.goto(served.base_url + "/inloggen")
    tab_to(page, "E-mailadres")
    type_and_enter(page, person.email, "niet het wachtwoord")
    expect(page.get_by_role("alert")).to_contain_text("E-mailadres of wachtwoord klopt niet")
    assert_whole(page)
    tab_to(page, "Wachtwoord")
    type_and_enter(page, PASSWORD)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    type_and_enter(page, "000000")
    expect(page.get_by_text("klopt niet of is al gebruikt")).to_be_visible()
    assert_whole(page)
    page.goto(f"{served.base_url}/uitnodiging/{'A' * 43}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deze link werkt niet meer")
    assert_whole(page)


@BOTH_WIDTHS
@pytest.mark.parametrize("path", ["/inloggen/hulp", "/inloggen/toestel", "/demo/inloggen"])
def test_pages_beside_it_are_accessible(
    served: Site, page: Page, person: Person, path: str
) -> None:
    assert person
    page.goto(served.base_url + path)
    for _ in in_both_widths(page):
        assert violations(page, [*WCAG, "best-practice"]) == []
    if path == "/inloggen/toestel":
        tab_to(page, "E-mailadres")
        type_and_enter(page, person.email)
        expect(page.get_by_role("heading", level=1)).to_have_text("Kijk in uw mail")
        for _ in in_both_widths(page):
            assert violations(page, [*WCAG, "best-practice"]) == []


@pytest.mark.any_width
def test_an_invitation_is_accepted_by_the_keyboard(
    served: Site, page: Page, person: Person
) -> None:
    services = served.world.services
    with services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        link = send_link(session, account=account, kind=LinkKind.RECOVERY, now=served.world.clock())
        token = link_token(services.account_secrets, link.id)
        session.commit()
    page.goto(f"{served.base_url}/uitnodiging/{token}")
    assert_whole(page)
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kies hoe u inlogt")
    assert_whole(page)
    page.get_by_role("link", name="Kies een wachtwoord").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kies een wachtwoord")
    assert_whole(page)
    tab_to(page, "Wachtwoord")
    type_and_enter(page, "drie andere lange woorden", "drie andere lange woorden")
    expect(page.get_by_role("heading", level=1)).to_have_text("Koppel een app aan uw account")
    page.get_by_text("Lukt dat niet").click()
    assert_whole(page)
    secret = str(page.locator(".secret").text_content()).replace(" ", "")
    tab_to(page, "Code")
    type_and_enter(page, present_code(secret, now=served.world.clock()))
    expect(page.get_by_role("heading", level=1)).to_have_text("Bewaar deze herstelcodes")
    expect(page.locator(".codes li")).to_have_count(8)
    assert_whole(page)
    page.get_by_role("link", name="Ik heb ze bewaard").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Goedendag")
