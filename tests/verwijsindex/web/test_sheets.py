"""The handover and feedback sheets: filled in, checked, printed and saved, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bsn_texts import HOLDS_BSN, HOLDS_NONE
from tests.rich_profile import rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.sheets import (
    BSN,
    HANDOVER,
    NAME,
    SHEETS,
    fill,
    open_sheet,
    receiver,
)
from tests.verwijsindex.web.test_browser import WCAG, violations
from tests.verwijsindex.web.test_match_page import own_link

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
browser_test = pytest.mark.browser
NOT_DONE = "Het blad is nog niet af"
KINDS = list(SHEETS)


def shown(day: str) -> str:
    """Return ``2026-12-17`` as the sheet writes it; other texts as they are."""
    months = {"02": "februari", "11": "november", "12": "december"}
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", day)
    return f"{int(found[3])} {months[found[2]]} {found[1]}" if found else day


@ONE_DATABASE
class TestPage:
    def test_only_who_has_published_has_sheets(self, site: Site) -> None:
        silent = site.world.member("Stil")
        for kind in KINDS:
            answer = site.get(f"/{kind}/{silent.id}")
            assert answer.status_code == 404
            assert "staat niet op de sociale kaart" in answer.text
            assert site.get(f"/{kind}/x").status_code == 404
            assert site.get(f"/{kind}").status_code == 404

    def test_other_machines_get_none(self, site: Site) -> None:
        member = receiver(site)
        for kind in KINDS:
            answer = site.get(
                f"/{kind}/{member.id}", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
            )
            assert answer.status_code == 403

    @pytest.mark.parametrize("kind", KINDS)
    def test_may_open_no_connection(self, site: Site, kind: str) -> None:
        headers = site.get(f"/{kind}/{receiver(site).id}").headers
        policy = headers["Content-Security-Policy"].split("; ")
        for part in (
            "default-src 'none'",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "worker-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ):
            assert part in policy
        (sandbox,) = [one for one in policy if one.startswith("sandbox ")]
        assert "allow-forms" not in sandbox
        assert "allow-popups" not in sandbox
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("kind", KINDS)
    def test_has_no_form_and_nothing_inline(self, site: Site, kind: str) -> None:
        text = site.get(f"/{kind}/{receiver(site).id}").text
        assert "<form" not in text
        assert "style=" not in text
        assert re.findall(r"<script[^>]*>([^<]*)</script>", text) == [""]
        assert not re.search(r"<[^>]+\son\w+=", text)
        places = re.findall(r"<(?:input|textarea)[^>]*>", text)
        assert len(places) > 10
        for one in places:
            assert 'autocomplete="off"' in one
            # Radios have a name to be a group by; they stand in no form.
            assert ("name=" in one) == ('type="radio"' in one)
            assert 'spellcheck="false"' in one or 'type="radio"' in one

    @pytest.mark.parametrize("kind", KINDS)
    def test_shows_how_the_receiver_works(self, site: Site, kind: str) -> None:
        text = re.sub(r"\s+", " ", site.get(f"/{kind}/{receiver(site).id}").text)
        side = text[text.index("<aside") : text.index("</aside>")]
        for part in (
            "noord@wijkteam.example",
            "010-555 02 99",
            "stuur de brief mee of noem de datum",
            "Bel eerst. Stuur daarna ook een mail.",
            "Binnen 4 uur",
            "Open tot 12:30 uur",
            "de receptie, die belt de contactpersoon van de wijk",
            "Binnen 2 weken",
            "zij kunnen u vragen de cliënt op te zoeken",
            "In het eerste gesprek",
            "Binnen 10 werkdagen hoort u:",
        ):
            assert part in side, part

    def test_the_profile_leads_to_both(self, site: Site) -> None:
        member = receiver(site)
        text = site.get(f"/sociale-kaart/{member.id}").text
        for kind in KINDS:
            assert f'href="/{kind}/{member.id}"' in text

    def test_a_match_leads_to_those_of_whom_one_may_see(self, site: Site) -> None:
        bases = [
            rich_profile()["grondslagen"][0] | {"leeftijdsgroepen": ["23+"], "eist": "informeren"}
        ]
        one, silent = receiver(site, grondslagen=bases), site.world.member("Stil")
        other = site.world.member("Ander")
        for member in (one, silent, other):
            assert member.register(1).status_code == 201
        text = site.get(own_link(site, other)).text
        for kind in KINDS:
            assert re.findall(rf'href="/{kind}/([^"]+)"', text) == [str(one.id)]
        assert "/overdracht/" not in site.get(own_link(site, one)).text


@browser_test
@pytest.mark.parametrize("kind", KINDS)
class TestUse:
    def test_is_accessible_and_fits(self, served: Site, page: Page, kind: str) -> None:
        open_sheet(page, served, kind)
        page.locator("#bewaren").click()
        page.locator("textarea").first.fill(f"Nummer {BSN} " + "ij" * 60)
        rules = [*WCAG, "best-practice"]
        assert violations(page, rules) == []
        width = page.viewport_size["width"] if page.viewport_size else 0
        for one in {width, 320 if width < 600 else width}:
            page.set_viewport_size({"width": one, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0

    def test_targets_are_large_enough(self, served: Site, page: Page, kind: str) -> None:
        open_sheet(page, served, kind)
        page.locator("#bewaren").click()
        targets = "a:visible, button:visible, input:visible, textarea:visible"
        for target in page.locator(targets).all():
            if target.evaluate("one => one.matches('.skip')"):
                continue
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24, target.evaluate("one => one.outerHTML")

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


@browser_test
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
                const { holdsBsn } = await import("/demo/static/sheet_bsn.js");
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
