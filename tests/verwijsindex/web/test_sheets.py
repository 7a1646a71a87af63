"""The handover and feedback sheets: filled in, checked, printed and saved, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths, small_targets
from tests.verwijsindex.web.sheets import BSN, NAME, SHEETS, fill, open_sheet, receiver
from tests.verwijsindex.web.test_browser import WCAG, violations

browser_test = pytest.mark.browser
NOT_DONE = "Het blad is nog niet af"
KINDS = list(SHEETS)


def shown(day: str) -> str:
    """Return ``2026-12-17`` as the sheet writes it; other texts as they are."""
    months = {"02": "februari", "11": "november", "12": "december"}
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", day)
    return f"{int(found[3])} {months[found[2]]} {found[1]}" if found else day


@browser_test
@pytest.mark.parametrize("kind", KINDS)
class TestUse:
    @BOTH_WIDTHS
    def test_is_accessible_and_fits(self, served: Site, page: Page, kind: str) -> None:
        open_sheet(page, served, kind)
        page.locator("#bewaren").click()
        page.locator("textarea").first.fill(f"Nummer {BSN} " + "ij" * 60)
        for _ in in_both_widths(page):
            assert violations(page, [*WCAG, "best-practice"]) == []
            assert small_targets(page, "a, button, input, textarea", but=".skip") == []

    @pytest.mark.any_width
    def test_says_at_field_and_in_a_list_what_is_missing(
        self, served: Site, page: Page, kind: str
    ) -> None:
        open_sheet(page, served, kind)
        page.locator("#bewaren").click()
        box = page.locator("#fouten")
        expect(box).to_be_focused()
        expect(box).to_contain_text(NOT_DONE)
        name = page.locator("#client-naam")
        expect(name).to_have_attribute("aria-invalid", "true")
        expect(name).to_have_accessible_description("Vul de naam van de cliënt in.")
        box.get_by_role("link", name="Vul de naam van de cliënt in.").click()
        expect(name).to_be_focused()
        fill(page, kind)
        expect(box).to_be_hidden()
        expect(page.locator("[aria-invalid]")).to_have_count(0)

    @pytest.mark.any_width
    def test_can_be_done_with_the_keyboard_alone(self, served: Site, page: Page, kind: str) -> None:
        open_sheet(page, served, kind)
        texts, _ = SHEETS[kind]
        reached = set()
        page.locator("#client-naam").focus()
        with page.expect_download() as found:
            for _ in range(120):
                here = str(page.evaluate("document.activeElement.id"))
                reached.add(here)
                if here == "bewaren":
                    page.keyboard.press("Enter")
                    break
                kind_of = page.evaluate("document.activeElement.type")
                if kind_of == "radio":
                    page.keyboard.press("Space")
                elif kind_of == "date":
                    # Typed in parts, in an order that differs by language.
                    page.locator(f"#{here}").fill(texts[here])
                    page.locator(f"#{here}").evaluate("one => one.blur() || one.focus()")
                    page.keyboard.press("Tab")
                    page.keyboard.press("Tab")
                    page.keyboard.press("Tab")
                elif here in texts:
                    page.keyboard.type(texts[here])
                page.keyboard.press("Tab")
        assert set(texts) <= reached
        assert found.value.suggested_filename == f"{kind}-2026-11-23.html"

    @pytest.mark.any_width
    def test_its_file_holds_what_was_filled_in_and_needs_nothing_else(
        self, served: Site, page: Page, tmp_path: Path, kind: str
    ) -> None:
        open_sheet(page, served, kind)
        fill(page, kind, {"client-naam": "Kanarie <img src=x> & Co"})
        with page.expect_download() as found:
            page.locator("#bewaren").click()
        file = tmp_path / "blad.html"
        found.value.save_as(file)
        assert found.value.suggested_filename == f"{kind}-2026-11-23.html"
        expect(page.locator("#stand")).to_contain_text(f"{kind}-2026-11-23.html")
        html = file.read_text(encoding="utf-8")
        assert not re.search(
            r"<(script|link|img|iframe|form)\b|<[^>]+\ssrc=|url\(|@import|refresh", html
        )
        other = page.context.new_page()
        requests: list[str] = []
        other.on("request", lambda request: requests.append(request.url))
        other.context.set_offline(True)
        other.goto(file.as_uri())
        assert requests == [file.as_uri()]
        texts, choices = SHEETS[kind]
        for value in [*texts.values(), *choices.values()]:
            if value != texts["client-naam"]:
                expect(other.get_by_text(shown(value), exact=True).first).to_be_visible()
        expect(other.get_by_text("Kanarie <img src=x> & Co")).to_be_visible()
        expect(other.get_by_role("heading", name=f"Zo werkt {NAME}")).to_be_visible()
        expect(other.get_by_text("Open tot")).to_have_count(0)
        assert violations(other, WCAG) == []

    @pytest.mark.any_width
    def test_is_printed_without_empty_fields_on_two_pages(
        self, served: Site, page: Page, kind: str
    ) -> None:
        open_sheet(page, served, kind)
        fill(page, kind, {"client-mail": ""} if kind == "overdracht" else {"aan-naam": ""})
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        paper = page.locator("#papier")
        expect(paper).to_be_visible()
        expect(page.locator("#blad")).to_be_hidden()
        expect(paper).to_contain_text("Testpersoon Kanarie")
        expect(paper).to_contain_text("17 december 2026")
        assert "Voor wie is dit blad?" not in paper.inner_text()
        assert paper.get_by_text("Mail", exact=True).count() <= 4
        assert pages_of(page) == 2
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        expect(paper).to_be_empty()

    @pytest.mark.any_width
    def test_is_printed_empty_as_a_form_for_a_pen(
        self, served: Site, page: Page, kind: str
    ) -> None:
        open_sheet(page, served, kind)
        assert pages_of(page) == 2
        page.emulate_media(media="print")
        expect(page.locator("#client-naam")).to_be_visible()
        expect(page.locator("#papier")).to_be_hidden()
        for gone in ("#knoppen", ".callout", ".header", ".field__needed"):
            expect(page.locator(gone).first).to_be_hidden()

    @pytest.mark.any_width
    def test_asks_before_text_is_lost(self, served: Site, page: Page, kind: str) -> None:
        open_sheet(page, served, kind)
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.locator("#client-naam").press_sequentially("Kanarie")
        address = page.url
        page.get_by_role("link", name="Uitleg").click(no_wait_after=True)
        page.locator("#wissen").click()
        expect(page.locator("#client-naam")).to_have_value("Kanarie")
        assert asked == ["beforeunload", "confirm"]
        assert page.url == address

    @pytest.mark.any_width
    def test_an_empty_or_saved_sheet_is_left_without_asking(
        self, served: Site, page: Page, kind: str
    ) -> None:
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        member = receiver(served)
        open_sheet(page, served, kind, member)
        page.get_by_role("link", name="Uitleg").click()
        open_sheet(page, served, kind, member)
        fill(page, kind)
        with page.expect_download():
            page.locator("#bewaren").click()
        page.get_by_role("link", name="Uitleg").click()
        expect(page).to_have_title("Uitleg en rondleiding – Verwijsindex")
        assert asked == []

    @pytest.mark.any_width
    def test_without_scripts_it_says_so_and_can_be_printed(
        self, served: Site, page: Page, kind: str
    ) -> None:
        member = receiver(served)
        browser = page.context.browser
        assert browser is not None
        context = browser.new_context(java_script_enabled=False)
        bare = context.new_page()
        bare.goto(f"{served.base_url}/{kind}/{member.id}")
        expect(bare.get_by_text("JavaScript staat uit.")).to_be_visible()
        expect(bare.locator("#knoppen")).to_be_hidden()
        assert pages_of(bare) == 2
        context.close()


def pages_of(page: Page) -> int:
    """Return how many sheets of A4 the browser makes of a page."""
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", printed))
