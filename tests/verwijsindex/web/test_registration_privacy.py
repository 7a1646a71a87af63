"""Neither BSN nor birth date leaves the browser or stays in it: shown with every byte that it sends.

The scanner is that of the canary (tests/privacy): any spelling, any encoding.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from flask import Response, request
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import ARGUMENTS
from tests.privacy.gathering import file_materials
from tests.privacy.person import BORN, BSN, person_secrets
from tests.privacy.scanner import Finding, Material, Scanner, Secret
from tests.privacy.scanner import Place as Where
from tests.verwijsindex.web.conftest import Place
from tests.verwijsindex.web.modules.importing import children, file_of, row
from tests.verwijsindex.web.recording_proxy import RecordingProxy, recording
from tests.verwijsindex.web.registration_leaks import (
    KEPT,
    PLACES,
    SPELL_ALL,
    SPELLINGS,
    leaking_blinding,
    leaking_calls,
)
from tests.verwijsindex.web.test_import_page import WRONG
from tests.world import test_bsn

pytestmark = pytest.mark.browser

BIRTH_DATE = f"{BORN:%d-%m-%Y}"
Road = Callable[[Page, Place], None]
Case = tuple[Road, str]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """Return what finds this person; the reference may go to the index and is not looked for."""
    threes = f"{BSN[:3]} {BSN[3:6]} {BSN[6:]}".encode()
    found = [one for one in person_secrets() if "reference" not in one.name]
    return Scanner([*found, Secret("BSN in threes", threes)])


@pytest.fixture
def proxy(place: Place) -> Iterator[RecordingProxy]:
    with recording(place.url, place.service_url) as running:
        yield running


@pytest.fixture
def context(browser: Browser, proxy: RecordingProxy, place: Place) -> Iterator[BrowserContext]:
    """Return a browser that sends everything by way of the proxy; somebody is signed in."""
    made = browser.new_context(
        proxy={"server": proxy.address, "bypass": "<-loopback>"}, locale="nl-NL"
    )
    place.sign_in(made, place.person(place.admit()))
    yield made
    made.close()


def register_one(page: Page, place: Place) -> None:
    """Register the person; with a slip first, as people do."""
    page.goto(f"{place.url}/registreren")
    page.get_by_label("BSN van uw cliënt").press_sequentially(BSN[:-1] + "0")
    page.get_by_label("Geboortedatum").press_sequentially(BIRTH_DATE)
    page.get_by_label("BSN van uw cliënt").fill(BSN)
    page.get_by_label("Geen bezwaar").check()
    page.get_by_role("button", name="Registreer").click()


def import_list(page: Page, place: Place) -> None:
    """Import the person, twice: in the file, and typed where a row was wrong."""
    page.goto(f"{place.url}/importeren")
    # A reference with the number in it is held back here.
    rows = [row(BSN, geboortedatum=BIRTH_DATE), row(WRONG), row(BSN, kenmerk=f"D{BSN}")]
    page.locator("#bestand").set_input_files(
        {"name": f"{BSN}.csv", "mimeType": "text/csv", "buffer": file_of(*rows)}
    )
    page.get_by_role("button", name="Controleer de lijst").click()


def register_child(page: Page, place: Place) -> None:
    """Register somebody whose parent the person is."""
    page.goto(f"{place.url}/registreren")
    page.get_by_label("BSN van uw cliënt").fill(test_bsn(5))
    page.get_by_label("Geboortedatum").fill("01-03-2018")
    page.get_by_text("Ouders noemen").click()
    page.get_by_label("BSN van een ouder").press_sequentially(BSN[:-1] + "0")
    page.get_by_label("BSN van een ouder").fill(BSN)
    page.get_by_label("Geen bezwaar").check()
    page.get_by_role("button", name="Registreer").click()


def import_children(page: Page, place: Place) -> None:
    """Import two whose parent the person is; for one typed where it was wrong."""
    page.goto(f"{place.url}/importeren")
    content = children((test_bsn(5), BSN, ""), (test_bsn(6), "", WRONG))
    page.locator("#bestand").set_input_files(
        {"name": "lijst.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Controleer de lijst").click()


def name_of(case: Case) -> str:
    return f"{case[0].__name__}, {case[1]}"


OF_PARENTS: list[Road] = [register_child, import_children]
ROADS: list[Road] = [register_one, import_list, *OF_PARENTS]
LEAKING: list[Case] = [
    *itertools.product([register_one, import_list], PLACES),
    *itertools.product(OF_PARENTS, ["body"]),
]


def finish(page: Page) -> None:
    if "/importeren" not in page.url:
        page.wait_for_url("**/registreren/klaar/*")
        return
    line = page.locator("#rijen tr").first
    line.get_by_label("BSN").fill(BSN)
    line.get_by_role("button", name="Verbeter").click()
    page.get_by_role("button", name="Controleer wat u verbeterde").click()
    page.locator("#doen").click()
    expect(page.locator("#uitkomst-kop")).to_contain_text("Klaar")


def refuse_to_register() -> Response | None:
    """Have the page stay where it is after it sent everything."""
    if request.path == "/registreren" and request.method == "POST":
        return Response('{"detail": "Nu niet."}', 400, content_type="application/problem+json")
    return None


def serve(scripts: dict[str, str]) -> Callable[[], Response | None]:
    """Serve other scripts than ours under these names."""

    def answer() -> Response | None:
        script = scripts.get(request.path.removeprefix("/static/"))
        return Response(script, content_type="text/javascript") if script else None

    return answer


def sent(proxy: RecordingProxy) -> bytes:
    return proxy.sent_since((0, 0))


def found_in(scanner: Scanner, content: bytes, where: str = "") -> list[Finding]:
    forms = [content, unquote_to_bytes(content)]
    return scanner.search_all(Material(Where.TO_INDEX, where, one) for one in forms)


def kept(page: Page) -> bytes:
    """Return whatever a page can keep, and where it has been."""
    text = page.evaluate(
        """async () => JSON.stringify([
            {...localStorage}, {...sessionStorage}, document.cookie, await indexedDB.databases(),
            await caches.keys(), history.state, location.href, window.name, document.title,
            (await navigator.serviceWorker.getRegistrations()).length,
            performance.getEntries().map(({ name }) => name),
        ])"""
    )
    cookies = [f"{one['name']}={one['value']}" for one in page.context.cookies()]
    return "\n".join([text, *cookies]).encode()


@pytest.mark.parametrize("road", ROADS)
def test_nothing_of_the_person_leaves_the_browser(
    place: Place, context: BrowserContext, proxy: RecordingProxy, scanner: Scanner, road: Road
) -> None:
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda line: console.append(line.text))
    road(page, place)
    finish(page)
    assert place.registered() == (1 if "register" in road.__name__ else 2)
    assert b"/v1/evaluaties" in sent(proxy)
    assert b"blindering" in sent(proxy)
    assert found_in(scanner, sent(proxy)) == []
    assert found_in(scanner, kept(page) + "\n".join(console).encode()) == []


@pytest.mark.parametrize("case", LEAKING, ids=name_of)
def test_bypassed_blinding_is_caught_in_any_spelling(
    place: Place, context: BrowserContext, proxy: RecordingProxy, scanner: Scanner, case: Case
) -> None:
    road, way = case
    place.before = serve(
        {"blinding.js": leaking_blinding(SPELL_ALL), "calling.js": leaking_calls(way)}
    )
    road(context.new_page(), place)
    last = f"k{len(SPELLINGS) - 1}".encode()
    assert proxy.wait_until_sent(last)
    # The browser may send a head and a body apart.
    context.close()
    assert proxy.wait_until_left()
    leaked = unquote_to_bytes(sent(proxy))
    for number, spelling in enumerate(SPELLINGS):
        part = re.search(rb'"k%d":(.*?)(?:,"k%d"|}$|}\W)' % (number, number + 1), leaked, re.DOTALL)
        assert part, spelling
        names = {one.secret for one in found_in(scanner, part[1])}
        assert any("BSN" in name or "canonical" in name for name in names), spelling


@pytest.mark.parametrize("way", KEPT)
def test_what_a_script_would_keep_is_caught(
    place: Place, context: BrowserContext, scanner: Scanner, way: str
) -> None:
    page = context.new_page()
    alter = serve({"blinding.js": leaking_blinding(KEPT[way])})
    place.before = lambda: alter() or refuse_to_register()
    register_one(page, place)
    expect(page.locator("#fouten")).to_contain_text("Nu niet.")
    assert found_in(scanner, kept(page)) != []


def test_the_form_keeps_nothing_while_it_is_open(
    place: Place, context: BrowserContext, scanner: Scanner
) -> None:
    page = context.new_page()
    place.before = refuse_to_register
    register_one(page, place)
    expect(page.locator("#fouten")).to_contain_text("Nu niet.")
    assert found_in(scanner, kept(page)) == []
    # Nothing is lost for who tries again, and no field could be sent by a form.
    expect(page.get_by_label("BSN van uw cliënt")).to_have_value(BSN)
    for name in ("bsn", "vnummer", "geboortedatum", "ouder1_bsn", "ouder2_bsn"):
        expect(page.locator(f"#{name}")).not_to_have_attribute("name", re.compile(""))


@pytest.mark.parametrize("how", ["back", "reload"])
def test_whoever_comes_back_to_the_form_finds_it_empty(
    place: Place, context: BrowserContext, how: str
) -> None:
    page = context.new_page()
    place.before = refuse_to_register
    register_child(page, place)
    if how == "back":
        page.goto(f"{place.url}/importeren")
        page.go_back()
    else:
        page.reload()
    expect(page.locator("#registreren")).to_be_visible()
    for name in ("bsn", "vnummer", "geboortedatum", "ouder1_bsn", "kenmerk"):
        expect(page.locator(f"#{name}")).to_have_value("")


def test_the_profile_of_the_browser_holds_nothing_of_the_person(
    browser: Browser, place: Place, scanner: Scanner, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    launch = browser.browser_type.launch_persistent_context
    with launch(folder, executable_path=chromium, args=ARGUMENTS) as context:
        place.sign_in(context, place.person(place.admit()))
        page = context.new_page()
        for road in ROADS:
            road(page, place)
            finish(page)
        page.goto(f"{place.url}/registreren")
    materials = [Material(Where.FILE, one.where, one.content) for one in file_materials(folder)]
    assert any("/registreren/klaar" in one.content.decode("latin-1") for one in materials)
    assert scanner.search_all(materials) == []
