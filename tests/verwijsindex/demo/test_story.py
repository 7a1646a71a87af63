"""The story of the demonstration, in real browsers of two people: “rust” and “solliciteer”."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from verwijsindex.demo.running import RunningDemo, running_demo

pytestmark = pytest.mark.browser
SANNE, RENSKE = "Sanne van der Linden", "Renske Schouten"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    folder = tmp_path_factory.mktemp("story") / ".demo"
    with running_demo(folder, 0, digest_quiet=timedelta(seconds=1)) as running:
        yield running


@contextmanager
def signed_in(browser: Browser, demo: RunningDemo, name: str, width: int) -> Iterator[Page]:
    """Open a browser of somebody's own, and sign in with one click."""
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="nl-NL")
    page = context.new_page()
    page.goto(f"{demo.base_url}/demo/inloggen")
    page.get_by_role("button", name=f"Log in als {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Goedendag, {name}")
    yield page
    context.close()


def register(page: Page, demo: RunningDemo, reference: str, reaction: str) -> None:
    """Register the client of the demonstration by hand; end on the page with the result."""
    bsn, born = (
        (demo.folder / "clienten" / "zelf-registreren.txt").read_text(encoding="utf-8").split()
    )
    page.get_by_role("link", name="Registreer een cliënt").click()
    page.get_by_label("BSN van uw cliënt").fill(bsn)
    page.get_by_label("Geboortedatum").fill(born)
    page.get_by_label("Uw eigen kenmerk").fill(reference)
    for question in page.locator(".question").all():
        question.locator(f'input[value="{question.get_attribute("data-signaal")}"]').check()
    page.get_by_label(reaction).check()
    page.get_by_role("button", name="Registreer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Geregistreerd")


def wait_until(condition: Callable[[], bool], patience: timedelta) -> None:
    """Wait for what the worker does."""
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.05)


@pytest.mark.parametrize("width", [1280])
def test_rest_and_applying_for_jobs_become_one_plan(
    browser: Browser, demo: RunningDemo, patience: timedelta, width: int
) -> None:
    with (
        signed_in(browser, demo, SANNE, width) as sanne,
        signed_in(browser, demo, RENSKE, 360) as renske,  # on a telephone
    ):
        register(sanne, demo, "WI-2201", "Geen bezwaar")
        expect(sanne.get_by_role("heading", level=1)).to_have_text("Geregistreerd: nog geen match")

        # The GGZ is sensitive: it sees at once, and nobody sees the GGZ.
        register(renske, demo, "G-77", "Stemt ermee in")
        expect(renske.get_by_role("heading", level=1)).to_have_text(
            "Geregistreerd: er is een match"
        )
        expect(renske.get_by_text("Sociale dienst")).to_be_visible()
        expect(renske.get_by_text(SANNE)).to_be_visible()
        sanne.goto(f"{demo.base_url}/matches?wie=allen&welke=alles")
        expect(sanne.get_by_role("heading", name="Geen matches")).to_be_visible()
        address = "svanderlinden@sociale-dienst.example"
        assert demo.mailbox.newest_first([address]) == []

        renske.get_by_role("link", name="Open de match").click()
        expect(renske.get_by_text("De ander ziet u nog niet")).to_be_visible()
        renske.get_by_role("button", name="Maak mij zichtbaar").click()
        expect(renske.get_by_text("De ander ziet u nog niet")).to_be_hidden()

        # Sanne is mailed, opens the match from the mail, and sees whom to ring.
        wait_until(lambda: len(demo.mailbox.newest_first([address])) == 1, patience)
        sanne.goto(f"{demo.base_url}/demo/mail")
        sanne.get_by_role("link", name="WI-2201").first.click()
        link = sanne.frame_locator("iframe").get_by_role("link").last
        # Not by a click: the frame takes the height of its mail, and moves while it does.
        sanne.goto(link.get_attribute("href") or "no link")
        expect(sanne.get_by_role("heading", level=1)).to_contain_text("WI-2201")
        expect(sanne.get_by_role("heading", name="GGZ", exact=True)).to_be_visible()
        ring = sanne.get_by_role("link", name="Bel ")
        expect(ring).to_have_attribute("href", "tel:0105550911")

        sanne.get_by_role("button", name="We spraken elkaar").click()
        expect(sanne.get_by_text("U sprak de ander").first).to_be_visible()
        renske.reload()
        expect(renske.get_by_text("Sociale dienst heeft contact gelegd").first).to_be_visible()
        renske.get_by_role("button", name="We spraken elkaar").click()
        renske.get_by_label("We pasten het plan met de cliënt aan").check()
        renske.get_by_role("button", name="Bewaar").click()
        renske.get_by_role("button", name="Ik doe het").click()

        sanne.reload()
        line = sanne.get_by_role("region", name="Verloop")
        expect(line).to_contain_text("GGZ heeft contact gelegd")
        expect(line).to_contain_text(f"Het overzicht ligt bij {RENSKE}, GGZ")
        # What it brought is Renske's own to know; and neither knows the other's reference.
        for page, other in ((sanne, "G-77"), (renske, "WI-2201")):
            expect(page.locator("body")).not_to_contain_text(other)
        expect(line).not_to_contain_text("plan")
