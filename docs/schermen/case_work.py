"""Pictures of the pages for case work: the story of the demonstration, and a full caseload."""

# ruff: noqa: INP001
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

from playwright.sync_api import BrowserContext, Page

from verwijsindex.demo.running import RunningDemo
from verwijsindex.demo.walk_through import BY_HAND

Save = Callable[[Page, str, int], None]
_SANNE, _RENSKE = "Sanne van der Linden", "Renske Schouten"


def shoot_story(pages: Mapping[int, Page], demo: RunningDemo, save: Save) -> None:
    """Signing in, and registering somebody on two sides, of which one is sensitive.

    The narrow browser goes last, and is the one that finds a match.
    """
    for width, page in pages.items():
        page.goto(f"{demo.base_url}/inloggen")
        save(page, "inloggen", width)
        page.goto(f"{demo.base_url}/demo/inloggen")
        save(page, "demo-inloggen", width)
        with closing(_elsewhere(page, width)) as context:
            _tell(context.new_page(), demo, save, width)


def _elsewhere(page: Page, width: int) -> BrowserContext:
    browser = page.context.browser
    assert browser is not None  # noqa: S101
    return browser.new_context(
        viewport={"width": width, "height": 800},
        device_scale_factor=1.5 if width < 600 else 1,
        locale="nl-NL",
    )


def _tell(page: Page, demo: RunningDemo, save: Save, width: int) -> None:
    is_first = width > 600
    become(page, demo, _SANNE if is_first else _RENSKE)
    save(page, "begin-leeg", width)
    page.goto(f"{demo.base_url}/matches")
    save(page, "matches-leeg", width)
    page.goto(f"{demo.base_url}/registreren")
    page.locator("#registreren:not([hidden])").wait_for()
    save(page, "registreren-leeg", width)
    page.get_by_role("button", name="Registreer", exact=True).click()
    save(page, "registreren-fouten", width)
    _register(page, demo, "WI-2201" if is_first else "G-77", save, width)
    if not is_first:
        page.get_by_role("link", name="Open de match").click()
        save(page, "match-gevoelig", width)


def _register(page: Page, demo: RunningDemo, reference: str, save: Save, width: int) -> None:
    bsn, born = (demo.folder / "clienten" / BY_HAND).read_text(encoding="utf-8").split()
    page.get_by_label("BSN van uw cliënt").fill(bsn)
    page.get_by_label("Geboortedatum").fill(born)
    page.get_by_label("Uw eigen kenmerk").fill(reference)
    for question in page.locator(".question").all():
        question.locator(f'input[value="{question.get_attribute("data-signaal")}"]').check()
    page.get_by_label("Stemt ermee in").check()
    # The pictures are public: the number gives way to dots, as does the birth date.
    page.locator("#bsn, #geboortedatum").evaluate_all(
        "all => all.forEach((one) => (one.type = 'password'))"
    )
    save(page, "registreren-ingevuld", width)
    page.get_by_role("button", name="Registreer", exact=True).click()
    page.wait_for_url("**/registreren/klaar/*")
    has_match = page.get_by_role("heading", name="er is een match").is_visible()
    save(page, "geregistreerd-match" if has_match else "geregistreerd", width)


def become(page: Page, demo: RunningDemo, name: str) -> None:
    """Sign in as *name*, by the demonstration's one click."""
    page.goto(f"{demo.base_url}/demo/inloggen")
    page.locator("details.others").evaluate("one => one.open = true")
    page.get_by_role("button", name=f"Log in als {name}").click()
    page.wait_for_url(f"{demo.base_url}/")


def unstick(page: Page) -> None:
    """Let nothing stay in sight: in a picture of a whole page it covers the rest."""
    page.locator(".bulk").evaluate_all(
        "all => all.forEach((one) => (one.style.position = 'static'))"
    )


def shoot_case_work(pages: Mapping[int, Page], demo: RunningDemo, save: Save) -> None:
    """What waits, matches and signals, for whoever is signed in; many are registered."""
    for width, page in pages.items():
        for name, path in (
            ("begin", "/"),
            ("matches", "/matches"),
            ("signalen", "/signalen?wie=allen"),
        ):
            page.goto(demo.base_url + path)
            # The first rows tell enough, with what else stands on the page.
            page.locator("tbody tr:nth-child(n + 13)").evaluate_all(
                "all => all.forEach((one) => one.remove())"
            )
            unstick(page)
            save(page, name, width)
        for name, deed in (("verlengen", "Verleng"), ("beeindigen", "Beëindig")):
            page.goto(f"{demo.base_url}/signalen?wie=allen")
            for box in page.get_by_role("checkbox", name="Kies").all()[:3]:
                box.check()
            page.get_by_role("button", name=deed).click()
            save(page, name, width)
            if name == "verlengen":
                page.get_by_label("Tot wanneer?").fill("31-02-2027")
            page.get_by_role("button", name=deed, exact=True).click()
            save(page, f"{name}-fout", width)
