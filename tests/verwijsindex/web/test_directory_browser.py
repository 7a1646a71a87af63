"""The directory in a real browser, on a desk and on telephones: accessible, whole, printable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rich_profile import URGENT_PHONE, rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths, small_targets
from tests.verwijsindex.web.published import debt_relief, neighbourhood_team, page_of, publish
from tests.verwijsindex.web.test_browser import BUT, LONG, TARGETS, WCAG, open_details, violations

pytestmark = pytest.mark.browser

WIDTHS = [1280, 360]
STATES = [
    "directory",
    "directory, with choices",
    "directory, with faults",
    "directory, nobody fits",
    "directory, empty",
    "profile",
    "profile, with long names",
    "older version",
    "comparison",
    "comparison, no difference",
    "not found",
]


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return an empty page; what the browser complains of fails."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, locale="nl-NL")
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    context.close()
    assert [line for line in complaints if "status of 404" not in line] == []


def address(site: Site, state: str) -> str:
    """Bring *site* into *state* and return the path of the page that shows it."""
    if state == "directory, empty":
        return "/sociale-kaart"
    if state == "not found":
        return "/sociale-kaart/nergens"
    debt_relief(site)
    parts: dict[str, Any] = {}
    if state == "profile, with long names":
        start = rich_profile()
        parts["identiteit"] = start["identiteit"] | {"toelichting": LONG, "gemeenten": [LONG[:80]]}
        parts["producten"] = [one | {"naam": LONG[:120]} for one in start["producten"]]
        parts["contact"] = start["contact"] | {
            "postbus": f"{'lang-' * 12}x@{'domein-' * 7}wijkteam.example",
            "website": "https://" + "domein-" * 20 + "wijkteam.example",
        }
    member = neighbourhood_team(site, **parts)
    if "version" in state or "comparison" in state:
        publish(member, rich_profile(routes=rich_profile()["routes"][1:]))
    return {
        "directory": "/sociale-kaart",
        "directory, with choices": "/sociale-kaart?leefgebied=financien&leeftijd=30&open=ja",
        "directory, with faults": "/sociale-kaart?leeftijd=dertig&domein=geen",
        "directory, nobody fits": "/sociale-kaart?naam=zzz&open=ja",
        "older version": page_of(member, "/versies/1"),
        "comparison": page_of(member, "/vergelijking?van=1&naar=2"),
        "comparison, no difference": page_of(member, "/vergelijking?van=2&naar=2"),
    }.get(state, page_of(member))


@BOTH_WIDTHS
@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(served: Site, page: Page, state: str) -> None:
    page.goto(served.base_url + address(served, state))
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    open_details(page)
    for _ in in_both_widths(page):
        assert violations(page, [*WCAG, "best-practice"]) == []
        assert small_targets(page, TARGETS, but=BUT) == []


def test_the_choices_fold_away_on_a_telephone_alone(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "directory"))
    choice = page.get_by_label("Waar gaat de vraag over?")
    wide = (page.viewport_size or {"width": 0})["width"] >= 1000
    if wide:
        expect(page.locator("summary")).to_be_hidden()
    else:
        assert not choice.evaluate("one => one.checkVisibility()")
        page.get_by_text("Meer keuzes").click()
    expect(choice).to_be_visible()
    choice.select_option(label="Financiën")
    page.get_by_role("button", name="Toon").click()
    expect(page.get_by_role("heading", name="1 organisatie")).to_be_visible()
    expect(page.get_by_role("link", name="Schuldhulp")).to_be_visible()


def test_searching_works_by_keyboard_and_without_javascript(served: Site, browser: Browser) -> None:
    address(served, "directory")
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    page.goto(served.base_url + "/sociale-kaart")
    name = page.get_by_label("Naam van organisatie of hulp")
    for _ in range(20):  # past the menu
        page.keyboard.press("Tab")
        if page.locator("#naam:focus").count():
            break
    expect(name).to_be_focused()
    page.keyboard.type("wijkteam")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 organisatie")).to_be_visible()
    page.get_by_role("link", name="Sociaal wijkteam").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sociaal wijkteam")
    context.close()


def test_the_urgent_number_is_on_the_first_screen(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "profile"))
    call = page.get_by_role("link", name=f"Bel {URGENT_PHONE}")
    expect(call).to_be_in_viewport()
    box = call.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_the_keyboard_shows_where_it_is(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "profile"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    call = page.get_by_role("link", name=f"Bel {URGENT_PHONE}")
    for _ in range(15):
        page.keyboard.press("Tab")
        if call.evaluate("one => one === document.activeElement"):
            break
    expect(call).to_be_focused()
    assert call.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_prints_without_what_can_only_be_clicked_and_writes_links_out(
    served: Site, page: Page
) -> None:
    page.goto(served.base_url + address(served, "older version").replace("/versies/1", ""))
    page.emulate_media(media="print")
    for name in ("Hoofdmenu", "Op deze pagina"):
        expect(page.get_by_role("navigation", name=name)).to_be_hidden()
    expect(page.get_by_role("link", name="Profiel als PDF")).to_be_hidden()
    assert page.locator(".badge:visible").count() == 0  # paper is read at any moment
    expect(page.get_by_text(f"Bel {URGENT_PHONE}")).to_be_visible()
    form = page.get_by_role("link", name="Open het formulier")
    written = form.evaluate("one => getComputedStyle(one, '::after').content")
    assert "https://wijkteam.example/huishouden" in written
