"""Importing in a real browser: a list becomes signals, and what is wrong is corrected there."""

from __future__ import annotations

import io
import itertools
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.verwijsindex.web.conftest import Place
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths
from tests.verwijsindex.web.modules.importing import bsns, file_of, people, row
from tests.verwijsindex.web.test_browser import WCAG, violations
from verwijsindex.client.client_file import TEMPLATE_COLUMNS

pytestmark = pytest.mark.browser

WRONG = "123456789"  # fails the eleven-test
BORN = "31-01-1980"


def payload(content: bytes, name: str = "lijst.csv") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def workbook(*rows: list[str]) -> bytes:
    book = openpyxl.Workbook()
    for one in [list(map(str, TEMPLATE_COLUMNS)), *rows]:
        book.active.append(one)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def some(count: int, **changes: str) -> list[list[str]]:
    return [row(bsn, **changes) for bsn in itertools.islice(bsns(), count)]


def check(page: Page, content: bytes, name: str = "lijst.csv") -> None:
    """Choose a file and have it checked."""
    page.locator("#bestand").set_input_files(payload(content, name))
    page.get_by_role("button", name="Controleer de lijst").click()


def outcome(page: Page) -> Any:
    return page.locator("#uitkomst-kop")


@pytest.fixture
def importing(place: Place, page: Page) -> Page:
    """Return the page of an import, by a professional of an organisation that takes part."""
    place.sign_in(page.context, place.person(place.admit()))
    page.goto(f"{place.url}/importeren")
    expect(page.locator("#kiezen")).to_be_visible()
    return page


class TestWholeRoad:
    @pytest.mark.parametrize("kind", ["csv", "xlsx", "paste"])
    @pytest.mark.any_width
    def test_a_list_is_tried_first_and_then_registered(
        self, importing: Page, place: Place, kind: str
    ) -> None:
        if kind == "paste":
            text = "\n".join("\t".join(one) for one in some(12))
            importing.get_by_label("Plak rijen").fill(text)
            importing.get_by_role("button", name="Controleer de lijst").click()
        elif kind == "xlsx":
            check(importing, workbook(*some(12)), "lijst.xlsx")
        else:
            check(importing, people(12))
        expect(outcome(importing)).to_have_text("Uw lijst klopt")
        expect(outcome(importing)).to_be_focused()
        assert place.registered() == 0
        importing.get_by_role("button", name="Registreer 12 cliënten").click()
        expect(outcome(importing)).to_have_text("Klaar: 12 cliënten geregistreerd")
        expect(importing.get_by_text("één mail per collega")).to_be_visible()
        assert place.registered() == 12

    @pytest.mark.any_width
    def test_what_was_there_already_is_said_and_not_made_again(
        self, importing: Page, place: Place
    ) -> None:
        for _ in range(2):
            check(importing, people(3))
            button = importing.get_by_role("button", name="Registreer 3 cliënten")
            expect(outcome(importing)).to_be_visible()
            if place.registered() == 0:
                button.click()
                expect(outcome(importing)).to_have_text("Klaar: 3 cliënten geregistreerd")
                importing.get_by_role("button", name="Andere lijst").click()
        expect(outcome(importing)).to_have_text("Er is niets nieuws te registreren")
        expect(importing.locator("#tellingen")).to_contain_text("3 had u al geregistreerd")
        expect(importing.locator("#doen")).to_be_hidden()
        assert place.registered() == 3


@pytest.mark.any_width
class TestCorrecting:
    def test_a_wrong_row_is_corrected_on_the_spot(self, importing: Page, place: Place) -> None:
        good, wrong = some(2)
        wrong[0] = WRONG
        wrong[4] = "m9"
        check(importing, file_of(good, wrong))
        expect(outcome(importing)).to_have_text("Een deel klopt nog niet")
        line = importing.locator("#rijen tr")
        expect(line).to_contain_text("Rij 3")
        expect(line).to_contain_text("Voldoet niet aan de elfproef")
        assert WRONG not in importing.content()
        line.get_by_label("BSN").fill(WRONG)
        line.get_by_role("button", name="Verbeter").click()
        expect(importing.locator("#stand")).to_have_text("Rij 3 klopt nog niet.")
        line.get_by_label("BSN").fill(next(itertools.islice(bsns(), 5, None)))
        line.get_by_role("button", name="Verbeter").click()
        expect(importing.locator("#stand")).to_contain_text("Rij 3 klopt nu.")
        importing.get_by_role("button", name="Controleer wat u verbeterde").click()
        # The index knows no such colleague: that it says only now.
        expect(line).to_contain_text("Medewerker")
        line.get_by_label("Medewerker").fill("m2")
        line.get_by_role("button", name="Verbeter").click()
        importing.get_by_role("button", name="Controleer wat u verbeterde").click()
        importing.get_by_role("button", name="Registreer 2 cliënten").click()
        expect(outcome(importing)).to_have_text("Klaar: 2 cliënten geregistreerd")
        expect(importing.locator("#fouten, #doen")).to_have_count(2)
        expect(importing.locator("#fouten:visible, #doen:visible")).to_have_count(0)
        assert place.registered() == 2

    def test_the_rest_may_go_first(self, importing: Page, place: Place) -> None:
        check(importing, file_of(*some(3), row(WRONG)))
        importing.get_by_role("button", name="Registreer 3 cliënten").click()
        expect(outcome(importing)).to_contain_text("3 cliënten geregistreerd, een deel nog niet")
        line = importing.locator("#rijen tr")
        line.get_by_label("BSN").fill(next(itertools.islice(bsns(), 7, None)))
        line.get_by_role("button", name="Verbeter").click()
        importing.get_by_role("button", name="Controleer wat u verbeterde").click()
        importing.get_by_role("button", name="Registreer 1 cliënt").click()
        expect(outcome(importing)).to_have_text("Klaar: 4 cliënten geregistreerd")
        assert place.registered() == 4

    def test_five_hundred_wrong_rows_are_shown_in_parts(self, importing: Page) -> None:
        check(importing, file_of(*(row(WRONG) for _ in range(500))))
        lines = importing.locator("#rijen tr")
        expect(lines).to_have_count(50)
        importing.get_by_role("button", name="Toon de volgende 50 van 450").click()
        expect(lines).to_have_count(100)
        expect(lines.nth(50).get_by_label("BSN")).to_be_focused()
        with importing.expect_download() as found:
            importing.get_by_role("button", name="Bewaar de fouten").click()
        text = found.value.path().read_text(encoding="utf-8-sig")
        assert text.count("elfproef") == 500
        assert WRONG not in text

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "leeg"),
            (b"a;b\r\n1;2\r\n", "De kolommen 'a' en 'b' ken ik niet"),
            (b"PK\x03\x04 is geen werkmap", "beschadigd"),
        ],
    )
    @pytest.mark.any_width
    def test_a_file_of_another_kind_is_told(
        self, importing: Page, content: bytes, said: str
    ) -> None:
        check(importing, content)
        expect(importing.locator("#onleesbaar")).to_contain_text(said)
        expect(importing.locator("#onleesbaar")).to_be_focused()


@pytest.mark.any_width
class TestDeferring:
    def test_a_whole_list_may_be_told_later(self, importing: Page, place: Place) -> None:
        importing.get_by_text("Weten uw cliënten het nog niet?").click()
        importing.get_by_label("Waarom nog niet?").select_option("nog_niet_bereikt")
        check(importing, file_of(*some(2, informeren_wijze="", informeren_datum="")))
        expect(importing.locator("#onleesbaar")).to_contain_text("opnieuw naar kijkt")
        importing.get_by_label("Wanneer kijkt u").fill("30-11-2026")
        importing.get_by_role("button", name="Controleer de lijst").click()
        importing.get_by_role("button", name="Registreer 2 cliënten").click()
        expect(outcome(importing)).to_have_text("Klaar: 2 cliënten geregistreerd")
        assert place.registered() == 2


class TestKeyboard:
    @pytest.mark.any_width
    def test_the_whole_road_without_a_mouse(self, importing: Page, place: Place) -> None:
        keys = importing.keyboard
        paste = importing.get_by_label("Plak rijen")
        tab_to(importing, paste)
        keys.insert_text("\n".join("\t".join(one) for one in [*some(2), row(WRONG)]))
        tab_to(importing, importing.get_by_role("button", name="Controleer de lijst"))
        keys.press("Enter")
        expect(outcome(importing)).to_be_focused()
        tab_to(importing, importing.locator("#rijen").get_by_label("BSN"))
        keys.insert_text(next(itertools.islice(bsns(), 9, None)))
        keys.press("Enter")
        expect(importing.get_by_role("button", name="Controleer wat u")).to_be_focused()
        keys.press("Enter")
        expect(outcome(importing)).to_be_focused()
        tab_to(importing, importing.get_by_role("button", name="Registreer 3 cliënten"))
        keys.press("Enter")
        expect(outcome(importing)).to_have_text("Klaar: 3 cliënten geregistreerd")
        assert place.registered() == 3


def tab_to(page: Page, target: Any, most: int = 40) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"Tab does not reach {target}")


class TestAccessibility:
    @BOTH_WIDTHS
    @pytest.mark.parametrize("state", ["choose", "unreadable", "faults", "tried", "done", "paused"])
    def test_each_state_is_accessible_and_fits(self, importing: Page, state: str) -> None:
        if state == "unreadable":
            check(importing, b"a;b\r\n1;2\r\n")
            expect(importing.locator("#onleesbaar")).to_be_visible()
        elif state != "choose":
            wrong = [["1", "2", *[""] * 7], row(WRONG)] if state == "faults" else []
            if state == "paused":
                importing.evaluate(PAUSE_AT_ONCE)
            check(importing, file_of(*some(2), *wrong))
            if state == "paused":
                expect(importing.get_by_role("button", name="Ga verder")).to_be_visible()
            else:
                expect(outcome(importing)).to_be_visible()
            if state == "done":
                importing.get_by_role("button", name="Registreer 2 cliënten").click()
                expect(outcome(importing)).to_contain_text("Klaar")
        for details in importing.locator("main details").all():
            details.evaluate("one => one.open = true")
        for _ in in_both_widths(importing):
            assert violations(importing, [*WCAG, "best-practice"]) == []


# Presses the button as soon as it is there: asked from here it would come too late.
PAUSE_AT_ONCE = """() => {
    const button = document.getElementById("pauze");
    new MutationObserver((_, seen) => { seen.disconnect(); button.click(); })
        .observe(document.getElementById("bezig"), { attributes: true });
}"""
