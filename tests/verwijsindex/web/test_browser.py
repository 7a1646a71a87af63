"""The pages in a real browser, on a desk and on a telephone: accessible, and whole."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.verwijsindex.web.conftest import AXE, Site
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths, small_targets
from tests.verwijsindex.web.test_match_page import DEFERRED, end, own_link
from tests.verwijsindex.web.test_pages import receive

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
LONG = "Samenwerkingsverband Maatschappelijke-ondersteuningsvoorzieningenbeheer " + "ij" * 60
TARGETS = "a, button, select, summary"
BUT = "p a:only-child, .skip, p > a:not([class])"
AS_HTML = "mail, as HTML"
STATES = [
    "start",
    "explanation",
    "mailbox, empty",
    "mailbox, full",
    "mailbox, filtered",
    "mail",
    AS_HTML,
    "match, open",
    "match, to talk about first",
    "match, over",
    "match, ended",
    "match, with long names",
    "not found",
]


def violations(page: Page, rules: list[str]) -> list[str]:
    """Return what axe-core finds: rule, and where. The frame of a mail is a page of its own."""
    page.wait_for_load_state("load")  # with its style sheets: after a form there may be none yet
    # Evaluated, not added as a script: the pages' policy allows none.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        """rules => axe.run({exclude: [['iframe']]}, {
            runOnly: {type: 'tag', values: rules}, iframes: false,
        })""",
        rules,
    )
    return [
        f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]


def open_details(page: Page, *, is_open: bool = True) -> None:
    """Open all that can be opened."""
    page.locator("details").evaluate_all(
        "(all, open) => all.forEach((one) => (one.open = open))", is_open
    )


def show(page: Page, site: Site, state: str) -> None:
    """Bring *site* into *state* and open the page that shows it."""
    path = address(site, state)
    if state == AS_HTML:
        # Its policy lets nothing run, and axe-core must: the same page, without its policy.
        page.set_content(site.get(path).text)
    else:
        page.goto(site.base_url + path)


def address(site: Site, state: str) -> str:
    """Bring *site* into *state* and return the path of the page that shows it."""
    world = site.world
    if state == "mailbox, empty":
        return "/demo/mail"
    if state == "not found":
        return "/demo/mail/9999"
    first = world.member("Sociale dienst", domain="werk_en_inkomen")
    second = world.member("Wijkteam", domain="zorg", secure_mail=False)
    if state == "match, with long names":
        third = world.member("Loket", domain="maatschappelijke_ondersteuning")
        body = {"naam": LONG, "functie": LONG, "telefoon": "+31 (0)10 555 01 23 45 67 8"}
        body |= {"email": f"{'lang-' * 12}x@{'domein-' * 8}loket.example", "status": "actief"}
        body |= {"afdeling": str(next(iter(third.units.values())))}
        answer = third.put("/api/v1/medewerkers/m1", body)
        assert answer.status_code == 200, answer.text
        third.register(1)
        first.register(1, kenmerk="WWWWW-0123456789/WWWWW-012345678")
        return own_link(site, first)
    if state == "match, to talk about first":
        first.register(1)
        second.register(1, geinformeerd=DEFERRED)
        return own_link(site, first)
    first.register(1)
    second.register(1)
    site.deliver()
    link = own_link(site, first)
    if state == "match, over":
        end(second)
    if state == "match, ended":
        end(first)
    for number in range(30 if state.startswith("mailbox") else 0):
        receive(site.mailbox, to=f"iemand-{number}@elders.example", subject=f"{LONG} {number}")
    return {
        "start": "/",
        "explanation": "/demo",
        "mailbox, full": "/demo/mail?pagina=2",
        "mailbox, filtered": f"/demo/mail?voor={first.id}",
        "mail": "/demo/mail/1",
        AS_HTML: "/demo/mail/1/opgemaakt",
    }.get(state, link)


@BOTH_WIDTHS
@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(served: Site, page: Page, state: str) -> None:
    show(page, served, state)
    assert page.locator("h1, h2").count() > 0 or state == AS_HTML
    for _ in in_both_widths(page):
        open_details(page, is_open=False)
        if state != AS_HTML:
            assert small_targets(page, TARGETS, but=BUT) == []
        open_details(page)
        # A mail is no page of ours: it has no landmarks.
        assert violations(page, WCAG if state == AS_HTML else [*WCAG, "best-practice"]) == []


def test_a_mail_leads_to_the_match(served: Site, page: Page) -> None:
    address(served, "mail")
    page.goto(served.base_url + "/demo/mail")
    expect(page).to_have_title("Mails – Verwijsindex")
    page.get_by_role("link", name="Match bij uw kenmerk").first.click()
    frame = page.frame_locator("iframe")
    link = frame.get_by_role("link").last
    expect(link).to_be_visible()
    with page.expect_navigation():
        link.press("Enter")  # a click may miss: the frame takes the height of its mail
    expect(page.get_by_role("heading", level=1)).to_contain_text("Match bij uw kenmerk D-1")
    expect(page.get_by_role("heading", name="Wie is ook betrokken?")).to_be_visible()
    assert page.url.startswith(served.base_url + "/matches/")


@pytest.mark.any_width
def test_the_text_of_a_mail_leads_there_too(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "mail"))
    page.get_by_text("Als platte tekst").click()
    page.locator(".plain a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Match bij uw kenmerk D-1")


@pytest.mark.any_width
def test_a_choice_of_recipient_shows_their_mails(served: Site, page: Page) -> None:
    address(served, "mailbox, full")
    page.goto(served.base_url + "/demo/mail")
    page.get_by_label("Mails aan").select_option(label="M. Wijkteam 1")
    page.get_by_role("button", name="Toon").click()
    expect(page.locator(".mails__item")).to_have_count(1)
    expect(page.locator(".mails__item")).to_contain_text("M. Wijkteam 1, Wijkteam")


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "match, open"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Naar de inhoud")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    call = page.get_by_role("link", name="Bel 06-12345671")
    expect(call).to_be_focused()
    style = call.evaluate("one => getComputedStyle(one).outlineStyle")
    assert style == "solid"


@pytest.mark.any_width
def test_prints_without_what_can_only_be_clicked(served: Site, page: Page) -> None:
    page.goto(served.base_url + address(served, "match, open"))
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Hoofdmenu")).to_be_hidden()
    expect(page.get_by_text("Bel 06-12345671")).to_be_visible()
