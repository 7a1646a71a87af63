"""The directory as pages: who is found, what a profile says, earlier versions."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from orgprofiles.domains import AgeGroup
from tests.profile_contents import whole_profile
from tests.rich_profile import DISTRICTS, URGENT_PHONE, rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.published import (
    debt_relief,
    neighbourhood_team,
    page_of,
    publish,
    publish_demo,
    with_units,
)
from tests.verwijsindex.web.test_pages import ONE_DATABASE
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.demo.profiles import profile_files
from verwijsindex.http.fields import Choice, Part, Several
from verwijsindex.web.profile_pages import PROFILES_PER_PAGE
from verwijsindex.web.profile_wording import words

pytestmark = ONE_DATABASE
KNOWN_BY_LAYOUT = {"sleutel", "id", "kenmerkPatroon"}  # for machines
AS_A_WHOLE = {"openingstijden", "tijden", "doelgroep"}  # tested as words of their own


def text_of(answer: Any) -> str:
    """Return what people read: without tags, spaces as one."""
    plain = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(html.unescape(plain).split())


def said(schema: Any, value: dict[str, Any]) -> Iterator[str]:
    """Yield each text and each word of a content, as a page must say it."""
    for name, field in schema.fields.items():
        key = field.data_key or name
        found = value.get(key)
        if found in (None, []) or key in KNOWN_BY_LAYOUT | AS_A_WHOLE:
            continue
        if name == "age_groups" and len(found) == len(AgeGroup):
            yield "alle leeftijden"
            continue
        inner = field.inner if isinstance(field, Several) else field
        for one in found if isinstance(field, Several) else [found]:
            if isinstance(inner, Part):
                yield from said(inner.schema, one)
            elif isinstance(inner, Choice):
                if key not in {"soort", "middel", "eenheid"}:
                    yield words(inner.deserialize(one))
            elif isinstance(one, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", one):
                yield one.removeprefix("https://")


class TestSearch:
    def test_says_so_when_nobody_is_in_it(self, site: Site) -> None:
        assert "Er staat nog niemand op de sociale kaart" in site.get("/sociale-kaart").text

    def test_shows_what_for_whom_whether_open_and_the_numbers(self, site: Site) -> None:
        debt_relief(site)
        answer = site.get("/sociale-kaart")
        text = text_of(answer)
        assert "1 organisatie " in text
        assert "Schuldhulp Financiën 18 jaar en ouder, in Voorbeeldstad (Noord en Zuid)" in text
        assert "Open tot 17:00 uur" in text
        assert 'href="tel:0105550101"' in answer.text
        assert 'href="tel:0105550199"' in answer.text

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Schuldhulp", "Sociaal wijkteam"]),
            ("naam=wijk", ["Sociaal wijkteam"]),
            ("naam=budget", ["Schuldhulp"]),
            ("domein=jeugd", ["Sociaal wijkteam"]),
            ("leefgebied=financien", ["Schuldhulp"]),
            ("leeftijd=17", ["Sociaal wijkteam"]),
            ("leeftijd=18", ["Schuldhulp", "Sociaal wijkteam"]),
            ("fase=nazorg", ["Sociaal wijkteam"]),
            ("gemeente=Voorbeeldstad&wijk=Haven", ["Sociaal wijkteam"]),
            ("open=ja", ["Schuldhulp", "Sociaal wijkteam"]),
            ("open=ja&naam=schuld&leeftijd=30", ["Schuldhulp"]),
        ],
    )
    def test_finds_by_each_choice(self, site: Site, query: str, names: list[str]) -> None:
        debt_relief(site)
        neighbourhood_team(site)
        answer = site.get(f"/sociale-kaart?{query}")
        assert re.findall(r'href="/sociale-kaart/[0-9a-f-]{36}">([^<]+)<', answer.text) == names

    def test_open_now_finds_nobody_at_night(self, site: Site) -> None:
        from datetime import timedelta

        debt_relief(site)
        site.world.clock.advance(timedelta(hours=12))
        text = text_of(site.get("/sociale-kaart?open=ja"))
        assert "Niemand past bij al uw keuzes" in text
        assert "Zoek zonder “nu open”" in text
        assert "Dicht tot morgen 09:00 uur" in text_of(site.get("/sociale-kaart"))

    def test_shows_the_choices_and_how_to_take_each_away(self, site: Site) -> None:
        debt_relief(site)
        answer = site.get("/sociale-kaart?leefgebied=financien&leeftijd=30")
        assert 'href="/sociale-kaart?leeftijd=30"' in answer.text
        assert 'href="/sociale-kaart?leefgebied=financien"' in answer.text
        assert "Haal weg: Financiën" in text_of(answer)
        assert '<option value="financien" selected>' in answer.text

    @pytest.mark.parametrize(
        ("query", "typed", "advice"),
        [
            ("naam=999900006", "999900006", "Zoeken op een persoon kan niet"),
            ("leeftijd=999900006", "999900006", "Vul een leeftijd in jaren in"),
            ("leeftijd=121", "121", "Vul een leeftijd in jaren in"),
            ("domein=xyzzy", "xyzzy", "Kies uit de lijst"),
            ("wijk=%3Cb%3E", "<b>", "Kies uit de lijst"),
            ("open=misschien", "misschien", "Zet een vinkje, of laat leeg"),
        ],
    )
    def test_what_is_no_answer_is_explained_and_not_repeated(
        self, site: Site, query: str, typed: str, advice: str
    ) -> None:
        debt_relief(site)
        answer = site.get(f"/sociale-kaart?{query}")
        assert answer.status_code == 200
        assert advice in text_of(answer)
        assert f'aria-describedby="{query.partition("=")[0]}-fout"' in answer.text
        # The page also has ids, and tokens of its forms: any short number may be in those.
        assert typed not in re.sub(r"[0-9a-f-]{20,}", "", answer.text)
        assert "Schuldhulp" not in answer.text

    @pytest.mark.parametrize(
        ("slug", "said"),
        [
            ("sociale-dienst", "Spoed met formulier"),
            ("politie", "Spoed 010-555 08 90"),
            ("ouderenadviseurs", "Geen spoedroute"),
        ],
    )
    def test_says_how_to_come_in_when_it_cannot_wait(
        self, site: Site, slug: str, said: str
    ) -> None:
        publish_demo(site, slug)
        assert said in text_of(site.get("/sociale-kaart"))

    def test_comes_in_pages_that_keep_the_choices(self, site: Site) -> None:
        for number in range(PROFILES_PER_PAGE + 1):
            name = f"Hulp {chr(65 + number)}"
            member = site.world.member(name, units={"Budgetteam": 'domein = "schulden"'})
            content = whole_profile()
            content["identiteit"]["naam"] = name
            publish(member, content)
        first = site.get("/sociale-kaart?leeftijd=30")
        assert 'href="/sociale-kaart?pagina=2&amp;leeftijd=30"' in first.text
        last = text_of(site.get("/sociale-kaart?pagina=2&leeftijd=30"))
        assert "pagina 2 van 2" in last
        assert "Hulp U" in last
        assert "Hulp A" not in last

    @pytest.mark.parametrize("query", ["pagina=2", "pagina=0", "pagina=-1"])
    def test_knows_no_other_pages(self, site: Site, query: str) -> None:
        assert site.get(f"/sociale-kaart?{query}").status_code == 404


class TestProfile:
    def test_begins_with_how_to_refer_urgently_and_when_they_ring_back(self, site: Site) -> None:
        answer = site.get(page_of(neighbourhood_team(site)))
        text = text_of(answer)
        urgent = text[text.index("Hoe verwijst u?") : text.index("Een cliënt overdragen")]
        assert f"Bel {URGENT_PHONE}" in urgent
        assert "Terugbellen Binnen 4 uur" in urgent
        assert "Bel eerst. Stuur daarna ook een mail." in urgent
        assert "Een ontruiming is aangekondigd: stuur de brief mee of noem de datum" in urgent
        assert "Iemand is niet veilig: zeg dat het spoed is" in urgent
        assert "de receptie, die belt de contactpersoon van de wijk" in urgent
        assert "Wat zij niet zeggen Of iemand er cliënt is" in urgent
        assert "Open tot 12:30 uur" in urgent
        assert text.index("Hoe verwijst u?") < text.index("Hoe snel krijgt u reactie?")

    @pytest.mark.parametrize(
        ("slug", "buttons"),
        [
            ("rich", [f"Bel {URGENT_PHONE}"]),
            ("politie", ["Bel 010-555 08 90", "Bel 010-555 08 00"]),
            ("sociale-dienst", ["Open het formulier"]),
            (
                "sociaal-raadslieden",
                ["Mail raadslieden@sociaal-raadslieden.example", "Bel 010-555 02 00"],
            ),
            ("ouderenadviseurs", []),
        ],
    )
    def test_has_buttons_for_the_ways_in_when_it_is_urgent_and_for_nothing_else(
        self, site: Site, slug: str, buttons: list[str]
    ) -> None:
        member = neighbourhood_team(site) if slug == "rich" else publish_demo(site, slug)
        shown = site.get(page_of(member)).text
        assert (
            re.findall(r'class="(?:web )?button [^"]*primary-action"[^>]*>([^<]+)<', shown)
            == buttons
        )

    def test_says_a_form_s_address_once_when_districts_share_it(self, site: Site) -> None:
        shown = site.get(page_of(publish_demo(site, "sociaal-wijkteam"))).text
        assert shown.count("https://www.sociaal-wijkteam.example/aanmeldformulier") == 1
        assert "centrum@sociaal-wijkteam.example" in shown

    def test_lists_what_no_sentence_can_hold(self, site: Site) -> None:
        text = text_of(site.get(page_of(publish_demo(site, "politie"))))
        assert " of of " not in text
        told = text.partition("Wat zij niet zeggen")[2].removeprefix(" ")
        assert told.startswith("Namen of andere gegevens van een cliënt Of iemand er cliënt is")

    def test_says_when_there_is_no_urgent_route(self, site: Site) -> None:
        content = rich_profile()
        content["routes"][-1] |= {"kanalen": [], "spoedBlijktUit": [], "spoedAanpak": None}
        content["routes"][-1] |= {"ookMailen": False, "terugbellenBinnen": None}
        text = text_of(site.get(page_of(neighbourhood_team(site, routes=content["routes"]))))
        assert "Spoed Voor spoed kunt u hier niet terecht." in text
        assert "Bel 112" in text

    def test_tells_routes_of_a_product_and_of_districts_apart(self, site: Site) -> None:
        text = text_of(site.get(page_of(neighbourhood_team(site))))
        assert "Voor al het andere" in text
        assert "Voor Hulp in het huishouden Aanmeldformulier Open het formulier" in text
        for name in DISTRICTS:
            assert f"Wijk {name} {name.lower()}@wijkteam.example" in text
        # Said once, for it is the same for all.
        assert text.count("Gelezen door De contactpersoon van de wijk") == 1

    def test_says_how_often_they_ring_back_and_what_cannot_be_done_by_telephone(
        self, site: Site
    ) -> None:
        text = text_of(site.get(page_of(neighbourhood_team(site))))
        ringing = text[text.index("Bellen voor overleg") : text.index("Hoe snel krijgt u")]
        assert "Terugbellen Vaak, binnen 2 werkdagen" in ringing
        assert "Aanmelden Kan niet op deze manier" in ringing
        assert "Alleen voor professionals" in ringing
        assert "vooral wie die dag geen spreekuur heeft" in ringing

    def test_shows_what_one_waits_now(self, site: Site) -> None:
        member = neighbourhood_team(site)
        answer = member.put(
            f"/api/v1/organisatieprofielen/{member.id}/wachttijden",
            {"wachttijden": [{"product": "gezin", "weken": 4}]},
        )
        assert answer.status_code == 200
        text = text_of(site.get(page_of(member)))
        assert "Wachttijd nu 4 weken (23 november 2026)" in text
        assert "Wachttijd nu Niet bekend" in text

    @pytest.mark.parametrize("slug", ["rich", *profile_files()])
    def test_says_all_that_a_profile_says(self, site: Site, slug: str) -> None:
        content = rich_profile() if slug == "rich" else profile_files()[slug]
        member = neighbourhood_team(site) if slug == "rich" else publish_demo(site, slug)
        shown = site.get(page_of(member)).text
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split()).casefold()
        links = html.unescape(shown).casefold()
        missing = {
            one
            for one in said(ProfileSchema(), content)
            if one.casefold() not in text and f"https://{one}".casefold() not in links
        }
        # A route's products are shown by their names.
        keys = {one["sleutel"] for one in content["producten"]}
        assert missing - keys == set()

    def test_shows_no_word_that_is_for_machines(self, site: Site) -> None:
        member = neighbourhood_team(site)
        publish(member, rich_profile(routes=rich_profile()["routes"][1:]))
        for path in ("", "/versies/1", "/vergelijking"):
            text = text_of(site.get(page_of(member, path)))
            assert not re.findall(r"\b\w+_\w+\b", text)
            assert "None" not in text

    def test_offers_the_vcard(self, site: Site) -> None:
        member = debt_relief(site)
        assert page_of(member, "/contact.vcf") in site.get(page_of(member)).text
        card = site.get(page_of(member, "/contact.vcf"))
        assert card.content_type == "text/vcard; charset=utf-8"
        assert card.headers["Content-Disposition"].endswith('.vcf"')
        assert "FN:Schuldhulp" in card.text

    def test_escapes_what_an_organisation_wrote(self, site: Site) -> None:
        identity = rich_profile()["identiteit"] | {"toelichting": "<script>1</script>"}
        shown = site.get(page_of(neighbourhood_team(site, identiteit=identity))).text
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown

    def test_of_nobody_is_not_found(self, site: Site) -> None:
        member = site.world.member("Zonder profiel")
        for path in (
            page_of(member),
            page_of(member, "/vergelijking"),
            page_of(member, "/profiel.pdf"),
            page_of(member, "/contact.vcf"),
            "/sociale-kaart/x",
            "/sociale-kaart/00000000-0000-0000-0000-000000000000",
        ):
            answer = site.get(path)
            assert answer.status_code == 404
            assert "staat niet op de sociale kaart" in answer.text

    @pytest.mark.parametrize("rest", ["", "/vergelijking", "/profiel.pdf", "/contact.vcf"])
    def test_is_for_who_is_signed_in(self, site: Site, rest: str) -> None:
        path = page_of(debt_relief(site), rest)
        assert site.get(path).status_code in {200, 404}
        site.world.app.wsgi_app = site.world.app.wsgi_app._app  # type: ignore[method-assign, attr-defined]
        answer = site.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/inloggen?")
        assert "Schuldhulp" not in answer.text

    def test_may_fetch_nothing_from_elsewhere(self, site: Site) -> None:
        member = debt_relief(site)
        for path in ("/sociale-kaart", page_of(member), page_of(member, "/vergelijking")):
            answer = site.get(path)
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert not re.findall(r'<(?:script|style)|style="', answer.text)


class TestVersions:
    @pytest.fixture
    def changed(self, site: Site) -> Any:
        member = neighbourhood_team(site)
        content = rich_profile()
        content["routes"][-1]["terugbellenBinnen"] = {"aantal": 1, "eenheid": "uur"}
        content["identiteit"]["doelgroep"]["totEnMetJaar"] = 100
        content["producten"][0]["fasen"] = ["hulp"]
        content["contact"]["openingstijden"]["week"].pop()
        return publish(member, content)

    def test_an_older_one_says_that_it_is_and_leads_to_what_holds(
        self, site: Site, changed: Any
    ) -> None:
        answer = site.get(page_of(changed, "/versies/1"))
        text = text_of(answer)
        assert "Dit is versie 1" in text
        assert "Terugbellen Binnen 4 uur" in text
        assert "Open tot" not in text  # an old version is open never
        assert f'href="{page_of(changed)}">bekijk wat nu geldt' in answer.text
        assert "Terugbellen Binnen 1 uur" in text_of(site.get(page_of(changed)))

    def test_the_newest_one_is_the_page_itself(self, site: Site, changed: Any) -> None:
        answer = site.get(page_of(changed, "/versies/2"))
        assert (answer.status_code, answer.location) == (302, page_of(changed))

    def test_a_comparison_is_readable(self, site: Site, changed: Any) -> None:
        assert page_of(changed, "/vergelijking?van=1&amp;naar=2") in site.get(page_of(changed)).text
        text = text_of(site.get(page_of(changed, "/vergelijking?van=1&naar=2")))
        assert "Spoed, terugbellen binnen 4 uur 1 uur" in text
        assert (
            "Voor wie alle leeftijden, ook ongeboren vanaf de zwangerschap tot en met 100 jaar"
            in text
        )
        assert "Hulp bij opvoeden, fasen voorkomen eerste signalen hulp hulp" in text
        assert "Openingstijden Maandag t/m donderdag 08:30–12:30 uur en 13:00–17:00 uur" in text

    def test_a_version_compared_with_itself_has_no_differences(
        self, site: Site, changed: Any
    ) -> None:
        answer = site.get(page_of(changed, "/vergelijking?van=2&naar=2"))
        assert "Er is geen verschil" in answer.text

    @pytest.mark.parametrize(
        "rest",
        [
            "/versies/3",
            "/versies/0",
            "/versies/99999999999999999999",
            "/vergelijking?van=1&naar=3",
            "/vergelijking?van=0&naar=99999999999999999999",
        ],
    )
    def test_a_concept_and_what_never_was_are_not_found(
        self, site: Site, changed: Any, rest: str
    ) -> None:
        path = f"/api/v1/organisatieprofielen/{changed.id}/concept"
        saved = changed.put(
            path,
            with_units(changed, rich_profile()),
            if_match=changed.get(path).headers["ETag"],
        )
        assert saved.json["versie"] == 3
        assert site.get(page_of(changed, rest)).status_code == 404
