"""Registering one person in a real browser: at once, by keyboard, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from match.matches import Match, MatchKind
from match.relations import Relation
from tests.profile_contents import whole_profile
from tests.verwijsindex.web.conftest import Place
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths, small_targets
from tests.verwijsindex.web.published import publish
from tests.verwijsindex.web.test_browser import WCAG, violations
from tests.verwijsindex.web.test_import_page import tab_to
from tests.world import Member, test_bsn
from verwijsindex.accounts.roles import Role
from verwijsindex.worker import Worker

pytestmark = pytest.mark.browser

BORN = "31-01-1980"
WRONG = "123456789"
BUDGET = {"Budgetteam": 'domein = "schulden"'}  # the profile's unit


def bsn_field(page: Page) -> Any:
    return page.get_by_label("BSN van uw cliënt")


def fill(page: Page, person: int = 1, born: str = BORN) -> None:
    bsn_field(page).fill(test_bsn(person))
    page.get_by_label("Geboortedatum").fill(born)


def register(page: Page) -> None:
    page.get_by_role("button", name="Registreer").click()


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def open_form(page: Page, place: Place, member: Member, *roles: Role, key: str = "m1") -> Page:
    place.sign_in(page.context, place.person(member, *roles, key=key))
    page.goto(f"{place.url}/registreren")
    return page


@pytest.fixture
def member(place: Place) -> Member:
    return place.admit()


@pytest.fixture
def form(place: Place, page: Page, member: Member) -> Page:
    """Return the form, opened by a professional; on a desk and on a telephone."""
    return open_form(page, place, member)


@pytest.fixture
def cut_off(browser: Browser, place: Place, member: Member) -> Iterator[Page]:
    """Return the form in a browser that may complain of what it does not reach."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="nl-NL")
    page = open_form(context.new_page(), place, member)
    # Pauses between attempts pass at once.
    page.clock.install()
    yield page
    context.close()


class TestWholeRoad:
    @pytest.mark.parametrize("partner", [False, True], ids=["no match yet", "match"])
    @pytest.mark.any_width
    def test_by_keyboard_alone(
        self, form: Page, place: Place, member: Member, partner: bool
    ) -> None:
        if partner:
            place.world.member("Wijkteam", domain="zorg").register(1)
        expect(bsn_field(form)).to_be_focused()
        form.keyboard.type(test_bsn(1))
        form.keyboard.press("Tab")
        form.keyboard.type(BORN)
        tab_to(form, form.get_by_label("Uw eigen kenmerk"))
        form.keyboard.type("D-2291")
        tab_to(form, form.locator("input[name=reactie]").first)
        form.keyboard.press("Space")
        form.keyboard.press("Enter")
        if partner:
            expect(heading(form)).to_have_text("Geregistreerd: er is een match")
            expect(form.get_by_text("M. Wijkteam 1")).to_be_visible()
            tab_to(form, form.get_by_role("link", name="Open de match"))
            form.keyboard.press("Enter")
            expect(heading(form)).to_contain_text("D-2291")
        else:
            expect(heading(form)).to_have_text("Geregistreerd: nog geen match")
            expect(form.get_by_text("D-2291")).to_be_visible()
        assert place.registered() == 1 + partner

    @pytest.mark.any_width
    def test_a_support_worker_registers_for_a_colleague_and_sees_no_match(
        self, place: Place, page: Page, member: Member
    ) -> None:
        place.world.member("Wijkteam", domain="zorg").register(1)
        open_form(page, place, member, Role.SUPPORT, key="m2")
        fill(page)
        page.get_by_label("Wie is te bereiken").select_option(label="M. Schuldhulp 1")
        page.get_by_label("Geen bezwaar").check()
        register(page)
        expect(heading(page)).to_have_text("Geregistreerd")
        expect(page.get_by_text("U ziet zelf geen matches.")).to_be_visible()
        assert "Wijkteam" not in page.locator("main").inner_text()

    @pytest.mark.any_width
    def test_telling_may_wait_where_the_basis_allows_it(self, form: Page, place: Place) -> None:
        fill(form)
        form.get_by_label("Nog niet", exact=True).check()
        expect(form.get_by_text("Wat zei uw cliënt?")).to_be_hidden()
        form.get_by_label("Nog niet bereikt").check()
        form.get_by_label("Wanneer kijkt u er opnieuw naar?").fill("30-11-2026")
        register(form)
        expect(heading(form)).to_have_text("Geregistreerd: nog geen match")
        assert place.registered() == 1


class TestWhileTyping:
    @pytest.mark.any_width
    def test_the_eleven_test_and_the_age_answer(self, form: Page) -> None:
        says = form.locator("#klopt")
        bsn_field(form).press_sequentially(WRONG)
        expect(says).to_have_text("Dit BSN voldoet niet aan de elfproef; controleer de cijfers.")
        bsn_field(form).fill(test_bsn(1))
        expect(says).to_contain_text("Vul nu de geboortedatum in")
        form.get_by_label("Geboortedatum").press_sequentially("01-03-2008")
        expect(says).to_contain_text(
            "16 tot en met 22 jaar: het signaal loopt hooguit een half jaar"
        )
        form.get_by_label("Geboortedatum").fill("01-03-2018")
        expect(says).to_contain_text("ouders of voogd")
        expect(form.locator("#kort")).to_contain_text("aan de ouders of voogd")

    @pytest.mark.any_width
    def test_without_deferral_there_is_nothing_to_choose(self, place: Place, page: Page) -> None:
        open_form(page, place, place.admit("Zorg", may_defer=False, demands="instemming"))
        fill(page)
        expect(page.locator("#informeren")).to_be_hidden()
        expect(page.locator("#eist")).to_have_text("Uw cliënt moet ermee instemmen.")
        expect(page.get_by_label("Stemt ermee in")).to_be_checked()
        register(page)
        expect(heading(page)).to_have_text("Geregistreerd: nog geen match")


class TestQuestions:
    @pytest.mark.any_width
    def test_they_are_asked_first_and_never_sent(self, place: Place, page: Page) -> None:
        member = publish(place.admit(units=BUDGET), whole_profile())
        open_form(page, place, member)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        fill(page)
        page.get_by_label("Geen bezwaar").check()
        register(page)
        fault = page.locator('[data-fout="vragen"]')
        expect(fault).to_have_text("Beantwoord de vragen.")
        first = page.get_by_role("radiogroup", name="Kan ik deze vraag alleen oplossen?")
        second = page.get_by_role("radiogroup", name="Zijn er vragen op meer leefgebieden?")
        hint = "Registreren mag bij één van deze antwoorden: nee op vraag 1 of ja op vraag 2."
        expect(page.get_by_text(hint)).to_be_visible()
        first.get_by_label("Ja").check()
        register(page)
        expect(fault).to_contain_text("geen reden om te registreren; beantwoord ook de andere")
        second.get_by_label("Nee").check()
        register(page)
        expect(fault).to_contain_text("signaleert uw organisatie niet")
        assert not any(sent)
        second.get_by_label("Ja").check()
        # What the profile does not do, is not offered.
        expect(page.get_by_label("Per telefoon")).to_be_hidden()
        register(page)
        expect(heading(page)).to_have_text("Geregistreerd: nog geen match")
        assert any("geinformeerd" in one for one in sent)
        assert "leefgebieden" not in "".join(sent)

    @pytest.mark.any_width
    def test_the_import_names_them(self, place: Place, page: Page) -> None:
        member = publish(place.admit(units=BUDGET), whole_profile())
        open_form(page, place, member)
        page.get_by_role("link", name="Importeer een lijst").click()
        expect(page.get_by_text("Zijn er vragen op meer leefgebieden? Ja")).to_be_visible()
        assert violations(page, [*WCAG, "best-practice"]) == []


class TestParents:
    @pytest.mark.any_width
    def test_they_are_named_and_their_families_matched(self, form: Page, place: Place) -> None:
        other = place.world.member("Wijkteam", domain="zorg")
        assert other.register(2, gezin=other.parents(92)).status_code == 201
        fill(form)
        form.get_by_text("Ouders noemen").click()
        form.get_by_label("BSN van een ouder").fill(test_bsn(91))
        form.get_by_label("BSN van de andere ouder").fill(test_bsn(92))
        form.get_by_label("Geen bezwaar").check()
        register(form)
        # Who registers hears of persons alone; of the family by mail.
        expect(heading(form)).to_have_text("Geregistreerd: nog geen match")
        Worker(place.world.services).review()
        with place.world.services.sessions() as session:
            assert session.scalar(select(func.count()).select_from(Relation)) == 3
            assert session.scalars(select(Match.kind)).all() == [MatchKind.FAMILY]

    @pytest.mark.any_width
    def test_what_is_wrong_is_said_at_each_and_nothing_is_sent(self, form: Page) -> None:
        sent: list[str] = []
        form.on("request", lambda request: sent.append(request.method))
        fill(form)
        form.get_by_text("Ouders noemen").click()
        form.get_by_label("BSN van een ouder").fill(test_bsn(1))
        form.get_by_label("BSN van de andere ouder").fill(WRONG)
        form.get_by_text("Ouders noemen").click()
        form.get_by_label("Geen bezwaar").check()
        register(form)
        expect(form.locator("#fout-ouder1_bsn")).to_contain_text("hetzelfde BSN")
        expect(form.locator("#fout-ouder2_bsn")).to_contain_text("elfproef")
        assert "POST" not in sent
        form.locator("#fouten").get_by_role("link", name="BSN van de andere ouder").click()
        expect(form.get_by_label("BSN van de andere ouder")).to_be_focused()

    @pytest.mark.any_width
    def test_where_the_family_match_is_off_nobody_asks(
        self, place: Place, page: Page, member: Member
    ) -> None:
        object.__setattr__(place.world.services.settings, "family_match", False)
        open_form(page, place, member)
        expect(bsn_field(page)).to_be_visible()
        expect(page.locator("#ouders")).to_have_count(0)
        fill(page)
        page.get_by_label("Geen bezwaar").check()
        register(page)
        expect(heading(page)).to_have_text("Geregistreerd: nog geen match")


class TestFaults:
    @pytest.mark.any_width
    def test_a_reference_that_holds_a_number_or_date_is_not_sent(self, form: Page) -> None:
        sent: list[str] = []
        form.on("request", lambda request: sent.append(request.method))
        fill(form)
        form.get_by_text("Ouders noemen").click()
        form.get_by_label("BSN van een ouder").fill(test_bsn(91))
        form.get_by_label("Geen bezwaar").check()
        for told in (f"D{test_bsn(1)}", "D 31-01-1980", f"M-{test_bsn(91)}"):
            form.get_by_label("Uw eigen kenmerk").fill(told)
            register(form)
            expect(form.locator("#fout-kenmerk")).to_contain_text("geen BSN of geboortedatum")
        assert "POST" not in sent

    @pytest.mark.any_width
    def test_all_that_is_wrong_is_said_at_once(self, form: Page, place: Place) -> None:
        bsn_field(form).fill(WRONG)
        form.get_by_text("Loopt vanzelf af").click()
        form.get_by_label("Tot wanneer bent u betrokken?").fill("31-02-2027")
        register(form)
        box = form.locator("#fouten")
        expect(box).to_be_focused()
        expect(box.get_by_role("listitem")).to_have_count(4)
        expect(form).to_have_title("Fout: Registreren – Verwijsindex")
        expect(form.locator("#klopt")).to_be_empty()
        box.get_by_role("link", name="Geboortedatum").click()
        expect(form.get_by_label("Geboortedatum")).to_be_focused()
        form.keyboard.type(BORN)
        expect(form.locator("#fout-geboortedatum")).to_be_hidden()
        assert place.registered() == 0

    def test_what_the_index_refuses_is_said_at_its_field_and_nothing_is_lost(
        self, cut_off: Page, place: Place
    ) -> None:
        fill(cut_off)
        cut_off.get_by_label("Uw eigen kenmerk").fill("Jansen")
        cut_off.get_by_label("Geen bezwaar").check()
        register(cut_off)
        expect(cut_off.locator("#fout-kenmerk")).to_be_visible()
        expect(bsn_field(cut_off)).to_have_value(test_bsn(1))
        cut_off.get_by_label("Uw eigen kenmerk").fill("D-12")
        register(cut_off)
        expect(heading(cut_off)).to_have_text("Geregistreerd: nog geen match")

    @pytest.mark.parametrize("name", ["index", "service"])
    def test_a_server_that_is_down_is_said_and_nothing_is_lost(
        self, cut_off: Page, place: Place, name: str
    ) -> None:
        server = getattr(place, name)
        fill(cut_off)
        cut_off.get_by_label("Geen bezwaar").check()
        server.close()
        register(cut_off)
        expect(cut_off.locator("#bezig")).to_contain_text("Wij proberen het nog een keer")
        box = cut_off.locator("#fouten")
        while box.is_hidden():
            cut_off.clock.run_for(1_000)
        expect(box).to_contain_text("Er is geen verbinding")
        expect(bsn_field(cut_off)).to_have_value(test_bsn(1))
        server.open()
        register(cut_off)
        expect(heading(cut_off)).to_have_text("Geregistreerd: nog geen match")
        assert place.registered() == 1

    def test_who_was_signed_out_signs_in_elsewhere_and_goes_on(
        self, cut_off: Page, place: Place, member: Member
    ) -> None:
        person = place.person(member, key="m2")
        place.sign_in(cut_off.context, person)
        cut_off.goto(f"{place.url}/registreren")
        fill(cut_off)
        cut_off.get_by_label("Geen bezwaar").check()
        place.sign_out(cut_off.context)
        register(cut_off)
        expect(cut_off.locator("#fouten")).to_contain_text("Log in een ander tabblad opnieuw in")
        expect(bsn_field(cut_off)).to_have_value(test_bsn(1))
        place.sign_in(cut_off.context, person)
        register(cut_off)
        expect(heading(cut_off)).to_have_text("Geregistreerd: nog geen match")

    def test_a_day_has_its_limit(
        self, cut_off: Page, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("verwijsindex.use_cases.register_by_hand.PERSONS_A_DAY", 1)
        for number in (1, 2):
            fill(cut_off, number)
            cut_off.get_by_label("Geen bezwaar").check()
            register(cut_off)
            if number == 1:
                cut_off.get_by_role("link", name="Nog een cliënt registreren").click()
        # At once: no pause of the clock helps, and it says how long to wait.
        box = cut_off.locator("#fouten")
        expect(box).to_contain_text("U hebt vandaag al 1 cliënten geregistreerd")
        expect(box).to_contain_text("over 13 uur opnieuw")
        expect(bsn_field(cut_off)).to_have_value(test_bsn(2))
        assert place.registered() == 1


class TestWithoutMeans:
    @pytest.mark.any_width
    def test_without_a_basis_for_the_bsn_it_says_why(self, place: Place, page: Page) -> None:
        member = place.admit("Vrijwilligers", bsn=False)
        open_form(page, place, member)
        expect(page.get_by_role("heading", name="Registreren kan hier niet")).to_be_visible()
        expect(page.get_by_text("mag geen BSN gebruiken")).to_be_visible()
        page.goto(f"{place.url}/importeren")
        expect(page.get_by_role("heading", name="Importeren kan hier niet")).to_be_visible()
        expect(page.locator("form#lijst")).to_have_count(0)


STATES = ["empty", "right", "faults", "later", "no match", "match", "no basis"]


def show(place: Place, page: Page, state: str) -> None:
    """Open the page in *state*."""
    member = place.admit(bsn=state != "no basis")
    if state == "match":
        place.world.member("Wijkteam", domain="zorg").register(1)
    open_form(page, place, member)
    if state == "faults":
        bsn_field(page).fill(WRONG)
        register(page)
        expect(page.locator("#fouten")).to_be_visible()
    elif state not in {"empty", "no basis"}:
        fill(page)
        page.get_by_label("Geen bezwaar").check()
    if state == "later":
        page.get_by_label("Nog niet", exact=True).check()
    if "match" in state:
        register(page)
        expect(heading(page)).to_contain_text("match")


@BOTH_WIDTHS
@pytest.mark.parametrize("state", STATES)
def test_each_state_is_accessible_and_fits(place: Place, page: Page, state: str) -> None:
    show(place, page, state)
    for details in page.locator("main details").all():
        details.evaluate("one => one.open = true")
    targets = "main :is(a, button, summary, select, input)"
    for _ in in_both_widths(page):
        assert violations(page, [*WCAG, "best-practice"]) == []
        assert small_targets(page, targets, but="p > a:not([class]), label input") == []
