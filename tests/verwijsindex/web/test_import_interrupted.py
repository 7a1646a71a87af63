"""An import in a real browser that is paused, cut off or signed out goes on where it was."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response, request
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from match.signals import Signal
from tests.people import Person
from tests.verwijsindex.web.conftest import Place
from tests.verwijsindex.web.modules.importing import file_of, people, row
from tests.verwijsindex.web.test_import_page import WRONG, check, outcome, payload, some
from verwijsindex.accounts.roles import Role

pytestmark = pytest.mark.browser
MINUTE = 60_000


@pytest.fixture
def person(place: Place) -> Person:
    """Return somebody who imports for colleagues: the lists of whole teams."""
    return place.person(place.admit(), Role.SUPPORT, key=None)


@pytest.fixture
def importing(browser: Browser, place: Place, person: Person) -> Iterator[Page]:
    """Return the page of an import; what is lost underway is what these tests are about."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="nl-NL")
    place.sign_in(context, person)
    page = context.new_page()
    page.set_default_timeout(MINUTE)
    page.goto(f"{place.url}/importeren")
    yield page
    context.close()


def register(page: Page) -> None:
    page.locator("#doen").click()


def done(page: Page, title: str) -> None:
    expect(outcome(page)).to_have_text(title, timeout=MINUTE)


def press_at_first_progress(page: Page, button: str) -> None:
    """Press the button with that id as soon as some rows are ready: from here it would be late."""
    page.evaluate(
        """(button) => {
            const text = document.getElementById("voortgang-tekst");
            new MutationObserver((_, seen) => {
                if (/^[1-9]/.test(text.textContent)) {
                    seen.disconnect();
                    document.getElementById(button).click();
                }
            }).observe(text, { childList: true });
        }""",
        button,
    )


class TestPausing:
    def test_nothing_more_is_sent_until_somebody_goes_on(
        self, importing: Page, place: Place
    ) -> None:
        check(importing, people(600))
        expect(outcome(importing)).to_have_text("Uw lijst klopt", timeout=MINUTE)
        press_at_first_progress(importing, "pauze")
        register(importing)
        expect(importing.locator("#bezig-kop")).to_have_text("Gepauzeerd")
        expect(importing.locator("#stand")).to_have_text("Gepauzeerd.")
        made = place.registered()
        assert 0 < made < 600
        importing.get_by_role("button", name="Ga verder").click()
        done(importing, "Klaar: 600 cliënten geregistreerd")
        assert place.registered() == 600


class TestConnection:
    def test_a_lost_connection_is_said_and_outlasted(self, importing: Page, place: Place) -> None:
        check(importing, people(450))
        expect(outcome(importing)).to_have_text("Uw lijst klopt", timeout=MINUTE)
        importing.context.set_offline(True)
        register(importing)
        expect(importing.locator("#wachten")).to_contain_text("geen verbinding")
        expect(importing.locator("#stand")).to_contain_text("vanzelf verder")
        assert place.registered() == 0
        importing.context.set_offline(False)
        done(importing, "Klaar: 450 cliënten geregistreerd")
        assert place.registered() == 450

    def test_the_list_stays_when_there_is_no_connection_at_the_start(
        self, importing: Page, place: Place
    ) -> None:
        importing.clock.install()
        importing.context.set_offline(True)
        check(importing, people(2))
        stopped = importing.locator("#gestopt")
        # Each of the page's attempts fails in real time and then waits by the page's clock, so
        # the clock is moved until the page has given up, not a number of times.
        for _ in range(300):
            importing.clock.run_for(10_000)
            if stopped.is_visible():
                break
        expect(stopped).to_contain_text("geen verbinding")
        importing.context.set_offline(False)
        importing.get_by_role("button", name="Ga verder").click()
        expect(outcome(importing)).to_have_text("Uw lijst klopt")

    @pytest.mark.parametrize(
        "count", [600, pytest.param(5_000, marks=pytest.mark.slow)], ids=["600", "5,000"]
    )
    def test_a_restart_of_the_server_in_the_middle_is_outlasted(
        self, importing: Page, place: Place, count: int
    ) -> None:
        importing.evaluate(COUNT_DRAWN)
        check(importing, people(count))
        expect(outcome(importing)).to_have_text("Uw lijst klopt", timeout=5 * MINUTE)
        # A page that does the work itself draws once for each thousand rows.
        assert importing.evaluate("window.drawn") > count / 100
        assert place.registered() == 0
        batches = itertools.count()

        def fail() -> Response | None:
            if request.path == "/importeren/regels" and next(batches) == 2:
                return Response(status=503)
            return None

        place.before = fail
        register(importing)
        expect(importing.locator("#wachten")).to_be_visible(timeout=MINUTE)
        place.index.close()
        place.index.open()
        words = f"{count:,}".replace(",", ".")
        expect(outcome(importing)).to_have_text(
            f"Klaar: {words} cliënten geregistreerd", timeout=5 * MINUTE
        )
        assert place.registered() == count
        # Nobody is registered twice: as many subjects as signals.
        with place.world.services.sessions() as session:
            assert session.scalar(select(func.count(Signal.subject_id.distinct()))) == count


class TestSession:
    def test_who_is_signed_out_signs_in_elsewhere_and_goes_on(
        self, importing: Page, place: Place, person: Person
    ) -> None:
        check(importing, people(3))
        expect(outcome(importing)).to_be_visible()
        place.sign_out(importing.context)
        register(importing)
        stopped = importing.locator("#gestopt")
        expect(stopped).to_be_focused()
        expect(stopped).to_contain_text("U bent uitgelogd")
        expect(stopped.get_by_role("link")).to_have_attribute("target", "_blank")
        importing.get_by_role("button", name="Ga verder").click()
        expect(stopped).to_contain_text("niet meer ingelogd")
        place.sign_in(importing.context, person)
        importing.get_by_role("button", name="Ga verder").click()
        done(importing, "Klaar: 3 cliënten geregistreerd")
        assert place.registered() == 3

    def test_somebody_else_does_not_go_on_with_it(self, importing: Page, place: Place) -> None:
        check(importing, people(3))
        expect(outcome(importing)).to_be_visible()
        place.sign_out(importing.context)
        register(importing)
        expect(importing.locator("#gestopt")).to_be_visible()
        member = place.world.members["Schuldhulp"]
        place.sign_in(importing.context, place.person(member, Role.SUPPORT, key="m2"))
        importing.get_by_role("button", name="Ga verder").click()
        expect(importing.locator("#gestopt")).to_contain_text("iemand anders ingelogd")
        assert place.registered() == 0


class TestLeaving:
    def test_it_asks_first_while_rows_are_under_way(self, importing: Page, place: Place) -> None:
        asked: list[str] = []
        importing.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        check(importing, people(2))
        expect(outcome(importing)).to_be_visible()
        importing.get_by_role("link", name="Verwijsindex", exact=True).click()
        importing.get_by_role("button", name="Andere lijst").click()
        assert asked == ["beforeunload", "confirm"]
        register(importing)
        done(importing, "Klaar: 2 cliënten geregistreerd")
        importing.get_by_role("link", name="Verwijsindex", exact=True).click()
        importing.wait_for_url(f"{place.url}/")
        assert len(asked) == 2

    def test_whoever_comes_back_finds_it_empty(
        self, importing: Page, place: Place, tmp_path: Path
    ) -> None:
        importing.on("dialog", lambda dialog: dialog.accept())
        importing.get_by_label("Plak rijen").fill("\t".join(some(1)[0]))
        importing.locator("#bestand").set_input_files(payload(file_of(row(WRONG))))
        importing.goto(f"{place.url}/registreren")
        importing.go_back()
        expect(importing.get_by_label("Plak rijen")).to_have_value("")
        assert importing.locator("#bestand").input_value() == ""


COUNT_DRAWN = """() => {
    window.drawn = 0;
    const draw = () => { window.drawn += 1; requestAnimationFrame(draw); };
    requestAnimationFrame(draw);
}"""
