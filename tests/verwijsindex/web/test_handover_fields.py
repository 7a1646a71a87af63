"""The fields of a handover sheet: what is asked of each, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.bsn_texts import HOLDS_BSN, HOLDS_NONE
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.sheets import BSN, HANDOVER, fill, open_sheet

browser_test = pytest.mark.browser
NOT_DONE = "Het blad is nog niet af"


@browser_test
@pytest.mark.any_width
class TestHandoverFields:
    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("vraag-voor", "", "Vul een datum in. ‘Spoed’ zegt de ander te weinig."),
            ("vraag-voor", "2026-11-22", "Deze datum is al voorbij. Kies vandaag of later."),
            ("client-geboren", "2026-11-24", "Deze datum moet nog komen. Kies vandaag of eerder."),
            (
                "client-mail",
                "kanarie",
                "Dit is geen mailadres. Het ziet er zo uit: naam@organisatie.nl.",
            ),
        ],
    )
    @pytest.mark.any_width
    def test_a_wrong_one_is_told(
        self, served: Site, page: Page, field: str, value: str, message: str
    ) -> None:
        open_sheet(page, served, "overdracht")
        fill(page, "overdracht", {field: value})
        page.locator("#bewaren").click()
        expect(page.locator("#fouten li")).to_have_text([message])
        expect(page.locator(f"#{field}-fout")).to_have_text(message)

    def test_today_will_do(self, served: Site, page: Page) -> None:
        open_sheet(page, served, "overdracht")
        fill(page, "overdracht", {"vraag-voor": "2026-11-23"})
        with page.expect_download():
            page.locator("#bewaren").click()

    def test_telephone_or_mail_of_the_referrer_is_enough(self, served: Site, page: Page) -> None:
        open_sheet(page, served, "overdracht")
        fill(page, "overdracht", {"verwijzer-telefoon": ""})
        with page.expect_download():
            page.locator("#bewaren").click()

    @pytest.mark.parametrize(
        ("text", "is_told"),
        [
            (f"BSN {BSN}", True),
            (f"BSN {BSN[:4]}.{BSN[4:6]}.{BSN[6:]}, bel 12 34", True),
            (str(int(BSN) + 1), False),
            (BSN + "0", False),
            (f"+31 {BSN}", False),
            ("000000000", False),
        ],
    )
    @pytest.mark.any_width
    def test_a_bsn_does_not_belong_there(
        self, served: Site, page: Page, text: str, is_told: bool
    ) -> None:
        open_sheet(page, served, "overdracht")
        fill(page, "overdracht", {"leefgebied-veiligheid": text})
        caution = page.locator("#leefgebied-veiligheid-let-op")
        if not is_told:
            expect(caution).to_be_empty()
            return
        expect(caution).to_contain_text("Een BSN hoort niet op dit blad")
        page.locator("#bewaren").click()
        expect(page.locator("#fouten")).to_contain_text("Staat er een BSN op het blad?")
        assert BSN[:4] not in page.locator("#fouten").inner_text()
        page.locator("#leefgebied-veiligheid").fill("")
        expect(caution).to_be_empty()
        with page.expect_download():
            page.locator("#bewaren").click()

    def test_a_bsn_is_found_in_the_same_texts_as_by_the_index(
        self, served: Site, page: Page
    ) -> None:
        open_sheet(page, served, "overdracht")
        texts = [*HOLDS_BSN, *HOLDS_NONE]
        found = page.evaluate(
            """async (texts) => {
                const { holdsBsn } = await import("/static/sheet_bsn.js");
                return texts.filter(holdsBsn);
            }""",
            texts,
        )
        assert found == list(HOLDS_BSN)

    def test_who_says_that_it_is_none_can_go_on(self, served: Site, page: Page) -> None:
        open_sheet(page, served, "overdracht")
        fill(page, "overdracht", {"vraag-wat": f"Zaak {BSN}"})
        page.locator("#bewaren").click()
        with page.expect_download():
            page.get_by_role("button", name="Het is geen BSN: ga door").click()

    def test_every_field_is_filled_in_here(self, served: Site, page: Page) -> None:
        open_sheet(page, served, "overdracht")
        all_fields = page.locator("#blad :is(input:not([type=radio]), textarea)").all()
        ids = {str(one.get_attribute("id")) for one in all_fields}
        domains = {one for one in ids if one.startswith("leefgebied-")}
        assert len(domains) == 8
        assert ids - domains == {one for one in HANDOVER if not one.startswith("leefgebied-")}
