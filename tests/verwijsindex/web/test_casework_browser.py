"""The pages of case work in a real browser: on a desk, on a telephone, by keyboard, unscripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.clock import Clock
from tests.serving import serve_world
from tests.verwijsindex.web.casework import (
    Desk,
    desk,
    matched,
    organisation,
    page_of,
    part_of,
    signal_ids,
)
from tests.verwijsindex.web.fitting import in_both_widths
from tests.verwijsindex.web.test_browser import LONG, WCAG, violations
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.browser
RULES = [*WCAG, "best-practice"]
LONGEST_REFERENCE = "WWWWW-0123456789/WWWWW-012345678"


@pytest.fixture
def shop(sqlite_url: str, clock: Clock) -> Iterator[World]:
    """Return an index without members that a browser can reach; nobody is signed in."""
    with serve_world(sqlite_url, clock) as made:
        yield made


def enter(page: Page, who: Desk) -> str:
    """Sign *who* in in the browser of *page*; return where the index is."""
    base_url = who.person.world.services.settings.base_url
    page.context.add_cookies(
        [
            {
                "name": SESSION_COOKIE,
                "value": who.person.begin(),
                "url": base_url.replace("http:", "https:"),
                "secure": True,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    return base_url


def empty(world: World) -> tuple[Desk, Member]:
    member = organisation(world, "Wijkteam")
    return desk(member), member


def full(world: World) -> tuple[Desk, Member]:
    """Two with matches of every age and standing, and long names."""
    member = organisation(world, "Wijkteam")
    other = organisation(
        world, f"Woonbedrijf {'-'.join(['aan', 'de', 'kant'] * 4)}", domain="wonen"
    )
    body = {"naam": LONG, "functie": LONG, "telefoon": "+31 (0)10 555 01 23 45 67 8"}
    body |= {"email": f"{'lang-' * 12}x@{'domein-' * 8}loket.example", "status": "actief"}
    body |= {"afdeling": str(next(iter(other.units.values())))}
    assert other.put("/api/v1/medewerkers/m1", body).status_code == 200
    member.register(1, kenmerk=LONGEST_REFERENCE)
    other.register(1)
    for person, changes in ((2, {"afdeling": True}), (3, {"medewerker": "m2"})):
        member.register(person, contact=changes, vervaltDatum="2026-12-01")
        other.register(person)
    member.register(4, vervaltDatum="2026-12-01", leeftijdsgroep="16-22")
    return desk(member), member


def crowded(world: World) -> tuple[Desk, Member]:
    member = organisation(world, "Wijkteam")
    for person in range(500):
        assert member.register(person).status_code == 201
    return desk(member), member


def _several(world: World) -> tuple[Desk, str]:
    first, second, third = matched(world, "Wijkteam", "Woonbedrijf", "Sociale dienst")
    assert third is not None
    there = desk(second)
    there.done(
        f"{page_of(second)}/opvolging",
        status="waren_al_in_contact",
        met=str(part_of(first, second)),
    )
    there.done(f"{page_of(second)}/regie", wie=str(part_of(first, second)))
    return desk(first), page_of(first)


def _hidden(world: World) -> tuple[Desk, str]:
    ggz, _ = matched(world, "GGZ", "Sociale dienst")
    return desk(ggz), page_of(ggz)


def _of_the_team(world: World) -> tuple[Desk, str]:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf", contact={"afdeling": True})
    return desk(first), page_of(first)


def _recorded(world: World) -> tuple[Desk, str]:
    who, path = _of_the_team(world)
    who.done(f"{path}/opvolging", status="opgepakt")
    who.done(f"{path}/opvolging", status="contact_gelegd", opbrengst=["meer_zicht"])
    who.done(f"{path}/regie", wie="ik")
    return who, path


def _supporter(world: World) -> tuple[Desk, str]:
    _, member = full(world)
    return desk(member, None, Role.SUPPORT), "/"


def _auditor(world: World) -> tuple[Desk, str]:
    return desk(organisation(world, "Wijkteam"), None, Role.AUDITOR), "/"


def _ticked(page: Page, deed: str) -> None:
    for box in page.get_by_role("checkbox", name="Kies").all()[:3]:
        box.check()
    page.get_by_role("button", name=deed).click()


def _tick_to_extend(page: Page) -> None:
    _ticked(page, "Verleng")


def _extend_wrongly(page: Page) -> None:
    _ticked(page, "Verleng")
    page.get_by_label("Tot wanneer?").fill("31-02-2027")
    page.get_by_role("button", name="Verleng").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _tick_to_end(page: Page) -> None:
    _ticked(page, "Beëindig")


def _end_wrongly(page: Page) -> None:
    _ticked(page, "Beëindig")
    page.get_by_role("button", name="Beëindig").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _search_in_vain(page: Page) -> None:
    page.get_by_text("Zoek of kies").click()
    page.get_by_label("Uw kenmerk").fill("BESTAAT-NIET-9")
    page.get_by_role("button", name="Zoek").click()
    expect(page.get_by_role("heading", name="Geen signaal")).to_be_visible()


def _say_nothing_of_whom(page: Page) -> None:
    page.get_by_text("We hadden al contact").click()
    page.get_by_role("button", name="Leg dat vast").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _stay(_page: Page) -> None: ...


def _open_menu(page: Page) -> None:
    if page.get_by_role("button", name="Menu", exact=True).is_visible():
        page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("link", name="Signalen")).to_be_visible()


Maker = Callable[[World], tuple[Desk, str]]


def _at(path: str, made: Callable[[World], tuple[Desk, Member]]) -> Maker:
    return lambda world: (made(world)[0], path)


def _signal(world: World) -> tuple[Desk, str]:
    who, member = full(world)
    return who, f"/signalen/{signal_ids(member)[LONGEST_REFERENCE]}"


def _gone(world: World) -> tuple[Desk, str]:
    return empty(world)[0], "/matches/x"


STATES: dict[str, tuple[Maker, Callable[[Page], None]]] = {
    "start, empty": (_at("/", empty), _open_menu),
    "start, full": (_at("/", full), _stay),
    "start of a supporter": (_supporter, _stay),
    "start of an auditor": (_auditor, _stay),
    "matches, empty": (_at("/matches", empty), _stay),
    "matches, full": (_at("/matches?wie=allen", full), _stay),
    "match of several": (_several, _stay),
    "match, fault": (_several, _say_nothing_of_whom),
    "match, hidden": (_hidden, _stay),
    "match of a team": (_of_the_team, _stay),
    "match, recorded": (_recorded, _stay),
    "match, not there": (_gone, _stay),
    "signals, empty": (_at("/signalen", empty), _stay),
    "signals, full": (_at("/signalen?wie=allen", full), _stay),
    "signals, found nothing": (_at("/signalen", full), _search_in_vain),
    "signal": (_signal, _stay),
    "extending": (_at("/signalen?wie=allen", full), _tick_to_extend),
    "extending, faults": (_at("/signalen?wie=allen", full), _extend_wrongly),
    "ending": (_at("/signalen?wie=allen", full), _tick_to_end),
    "ending, fault": (_at("/signalen?wie=allen", full), _end_wrongly),
}


@pytest.fixture(params=[1280, 360], ids=["wide", "narrow"])
def view(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return an empty page, on a desk and on a telephone; what the browser complains of fails."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, locale="nl-NL")
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    context.close()
    # Refusals are answered with 400, 404 and 409, and some tests look at one.
    assert [line for line in complaints if "status of 4" not in line] == []


@pytest.fixture
def unscripted(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser's context in which no script runs."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 800}, locale="nl-NL"
    )
    yield context
    context.close()


def hold(page: Page) -> None:
    """Hold a page against WCAG, and against small targets."""
    assert violations(page, RULES) == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('a, button, select, summary, input, label')]
            .filter((one) => !one.matches('.skip, p a:not([class]), li > a:not([class])'))
            .filter((one) => one.type !== 'hidden' && one.checkVisibility())
            .map((one) => [one.closest('label') ?? one, one.getBoundingClientRect()])
            .filter(([one, box]) => Math.min(box.width, box.height) < 24
                && !(one.matches('label') && one.getBoundingClientRect().height >= 24)
                && !(one.matches('label[for]')))
            .map(([one]) => one.outerHTML.slice(0, 200))"""
    )
    assert small == []


@pytest.mark.parametrize("view", [1280], ids=["both"], indirect=True)
@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(shop: World, view: Page, state: str) -> None:
    make, do = STATES[state]
    who, path = make(shop)
    view.goto(enter(view, who) + path)
    do(view)
    view.locator("main details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    for _ in in_both_widths(view):
        hold(view)


@pytest.mark.parametrize("view", [1280], ids=["both"], indirect=True)
@pytest.mark.slow
def test_five_hundred_signals_are_accessible_and_fit(shop: World, view: Page) -> None:
    who, _ = crowded(shop)
    view.goto(enter(view, who) + "/signalen?aantal=500")
    expect(view.get_by_role("checkbox", name="Kies")).to_have_count(500)
    view.get_by_role("button", name="Kies alle 500").click()
    expect(view.locator('input[name="signaal"]:checked')).to_have_count(500)
    for _ in in_both_widths(view):
        hold(view)


@pytest.mark.any_width
def test_the_keyboard_alone_follows_a_match_up(shop: World, view: Page) -> None:
    first, _ = matched(shop, "Wijkteam", "Woonbedrijf")
    view.goto(enter(view, desk(first)))
    _tab_to(view, "WI-1")
    view.keyboard.press("Enter")
    expect(view.get_by_role("heading", level=1)).to_contain_text("WI-1")
    _tab_to(view, "We spraken elkaar")
    view.keyboard.press("Enter")
    expect(view.get_by_text("U sprak de ander").first).to_be_visible()
    _tab_to(view, "Ik weet beter wat er speelt")
    view.keyboard.press("Space")
    _tab_to(view, "Bewaar")
    view.keyboard.press("Enter")
    expect(view.get_by_label("Ik weet beter wat er speelt")).to_be_checked()


@pytest.mark.any_width
def test_the_keyboard_alone_extends_signals(shop: World, view: Page) -> None:
    member = organisation(shop, "Wijkteam")
    for person in (1, 2):
        member.register(person, vervaltDatum="2027-02-01")
    view.goto(enter(view, desk(member)))
    if view.get_by_role("button", name="Menu", exact=True).is_visible():
        _tab_to(view, "Menu")
        view.keyboard.press("Enter")
    _tab_to(view, "Signalen")
    view.keyboard.press("Enter")
    expect(view.get_by_role("heading", level=1)).to_have_text("Signalen")
    for reference in ("D-2", "D-1"):
        _tab_to(view, f"Kies {reference}")
        view.keyboard.press("Space")
    _tab_to(view, "Verleng")
    view.keyboard.press("Enter")
    expect(view.get_by_role("heading", level=1)).to_have_text("Verleng 2 signalen")
    _tab_to(view, "Tot wanneer?")
    view.keyboard.type("1-3-2028")
    view.keyboard.press("Enter")
    expect(view.get_by_role("status")).to_have_text("2 signalen verlengd.")
    expect(view.get_by_text("1 maart 2028")).to_have_count(2)


def _tab_to(page: Page, start: str) -> None:
    """Press Tab until what has the focus is called so, or begins so."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => { const one = document.activeElement;
                return (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent
                    ?? one.textContent).trim(); }"""
        )
        seen.append(name)
        if name.startswith(start):
            style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", name
            return
    raise AssertionError(f"Tab does not reach {start}: {seen}")


def test_without_scripts_a_match_is_followed_up(shop: World, unscripted: BrowserContext) -> None:
    first, second = matched(shop, "Wijkteam", "Woonbedrijf", contact={"afdeling": True})
    page = unscripted.new_page()
    page.goto(enter(page, desk(first)))
    page.get_by_role("link", name="WI-1").click()
    page.get_by_role("button", name="Ik pak dit op").click()
    expect(page.get_by_text("M. Wijkteam 1 pakte de match op")).to_be_visible()
    page.get_by_role("button", name="We hadden al contact").click()
    page.get_by_label("We stemden eerder af dan anders").check()
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_label("We stemden eerder af dan anders")).to_be_checked()
    page.get_by_role("button", name="Ik doe het").click()
    expect(page.get_by_text("Het overzicht ligt bij u")).to_be_visible()
    assert "Wijkteam had al contact" in desk(second).text(page_of(second))


def test_without_scripts_signals_are_found_extended_and_ended(
    shop: World, unscripted: BrowserContext
) -> None:
    who, _ = full(shop)
    page = unscripted.new_page()
    page.goto(enter(page, who))
    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("link", name="Signalen").click()
    page.get_by_text("Zoek of kies").click()
    page.get_by_label("Van wie").select_option("Van mijn team")
    page.get_by_role("button", name="Toon").click()
    for reference in ("D-2", "D-4"):
        page.get_by_role("checkbox", name=f"Kies {reference}").check()
    page.get_by_role("button", name="Verleng").click()
    page.get_by_label("Nog geen 23").check()
    page.get_by_role("button", name="Verleng").click()
    expect(page.get_by_role("status")).to_have_text("2 signalen verlengd.")
    page.get_by_text("Zoek of kies").click()
    page.get_by_label("Uw kenmerk").fill("d-4")
    page.get_by_role("button", name="Zoek").click()
    expect(page.get_by_text("1 mei 2027")).to_be_visible()
    assert "d-4" not in page.url.lower()
    page.get_by_role("checkbox", name="Kies D-4").check()
    page.get_by_role("button", name="Beëindig").click()
    page.get_by_label("Verhuisd").check()
    page.get_by_role("button", name="Beëindig").click()
    expect(page.get_by_role("status")).to_have_text("1 signaal beëindigd.")


def test_the_menu_folds_on_a_telephone(shop: World, view: Page) -> None:
    view.goto(enter(view, empty(shop)[0]))
    menu = view.get_by_role("button", name="Menu", exact=True)
    is_wide = view.viewport_size is not None and view.viewport_size["width"] > 600
    expect(menu).to_be_visible(visible=not is_wide)
    expect(view.get_by_role("link", name="Matches")).to_be_visible(visible=is_wide)
    if not is_wide:
        header = view.locator("header").bounding_box()
        assert header is not None
        assert header["height"] <= 80
        menu.click()
        expect(view.get_by_role("link", name="Matches")).to_be_visible()
        expect(view.get_by_role("button", name="Uitloggen")).to_be_visible()
        view.keyboard.press("Escape")
        expect(view.get_by_role("link", name="Matches")).to_be_hidden()
