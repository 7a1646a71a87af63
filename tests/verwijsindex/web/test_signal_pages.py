"""The pages of one's signals: found, extended and ended, one or several at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.verwijsindex.web.casework import Desk, desk, later, main_of, organisation, signal_ids
from tests.world import Member, World
from verwijsindex.accounts.roles import Role

pytestmark = pytest.mark.any_database

SHUT = "Open met reden"
YOUNG = {"leeftijdsgroep": "16-22"}


def shown(text: str) -> list[str]:
    """Return the references in the list of a page, in order; of what ended there is none."""
    return re.findall(r'<th scope="row"><a class="[^"]*"[^>]*>([^<]*)</a>', text)


def registered(member: Member, *people: int, **changes: object) -> None:
    for person in people:
        answer = member.register(person, **changes)
        assert answer.status_code == 201, answer.text


def ticked(member: Member, *people: int) -> list[str]:
    """Return the ids that a form has when those people's signals are ticked."""
    ids = signal_ids(member)
    return [ids[f"D-{person}"] for person in people]


def until(who: Desk, signal_id: str) -> str:
    """Return until when a signal runs, as its page says it."""
    found = re.search(r"<dt>Loopt tot</dt><dd>([^<]*)</dd>", who.text(f"/signalen/{signal_id}"))
    return found.group(1) if found else ""


def words_of_all(who: Desk, ids: Sequence[str]) -> list[str]:
    return [until(who, one) for one in ids]


class TestList:
    def test_is_of_oneself_and_active_unless_one_asks_otherwise(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1)
        registered(member, 2, contact={"medewerker": "m2"})
        registered(member, 3, contact={"afdeling": True}, vervaltDatum="2026-12-01")
        registered(member, 4)
        one, (ended,) = desk(member), ticked(member, 4)
        one.done("/signalen/beeindigd", signaal=ended, reden="afgerond")
        asked = {
            "": ["D-1"],
            "?wie=allen": ["D-3", "D-2", "D-1"],
            "?wie=allen&status=alle": [SHUT, "D-3", "D-2", "D-1"],
            "?status=beeindigd": [SHUT],
            "?wie=allen&binnenkort=1": ["D-3"],
            f"?wie=allen&afdeling={member.units['Team']}": ["D-3", "D-2", "D-1"],
            f"?wie=allen&afdeling={member.id}": [],
            "?wie=allen&status=onzin": ["D-3", "D-2", "D-1"],
        }
        for query, expected in asked.items():
            found = shown(one.text(f"/signalen{query}"))
            assert sorted(found) == sorted(expected), query

    def test_shows_what_lapses_first_on_top_when_asked(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, vervaltDatum="2027-02-01")
        registered(member, 2, vervaltDatum="2027-01-01")
        registered(member, 3, vervaltDatum="2027-02-01")
        registered(member, 4, vervaltDatum="2027-03-01")
        later(world, timedelta(days=38))  # 31 December: 1 January is no working day
        found = shown(desk(member).text("/signalen?binnenkort=1"))
        assert found == ["D-2", "D-3", "D-1"]

    def test_says_who_is_the_contact_and_whether_there_is_a_match(self, world: World) -> None:
        member, other = organisation(world, "Wijkteam"), organisation(world, "Woonbedrijf")
        registered(member, 1, 2)
        registered(member, 3, contact={"afdeling": True})
        registered(other, 1)
        text = desk(member).text("/signalen?wie=allen")
        assert text.count("<strong>1 ander</strong>") == 1
        assert text.count("nog geen") == 2
        assert text.count("Team Team") == 1
        assert "Woonbedrijf" not in text

    def test_comes_in_pages_of_fifty_or_five_hundred(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, *range(52))
        one = desk(member)
        first, last = one.text("/signalen"), one.text("/signalen?pagina=2")
        assert (len(shown(first)), len(shown(last))) == (50, 2)
        assert "52 signalen, pagina 1 van 2" in first
        assert len(shown(one.text("/signalen?aantal=500"))) == 52
        assert len(shown(one.text("/signalen?aantal=7"))) == 50
        for page in ("0", "3", "-1"):
            assert one.get(f"/signalen?pagina={page}").status_code == 404

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("", "Bent u betrokken bij een cliënt?"),
            ("?binnenkort=1", "Geen van deze signalen loopt binnen een maand af."),
        ],
    )
    def test_says_what_to_do_when_it_is_empty(self, world: World, query: str, words: str) -> None:
        assert words in desk(organisation(world, "Wijkteam")).text(f"/signalen{query}")


class TestSearch:
    def test_finds_a_reference_without_having_it_in_an_address(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, contact={"medewerker": "m2"}, kenmerk="ZAAK-77")
        registered(member, 2)
        one = desk(member)
        for typed in ("ZAAK-77", " zaak-77 "):
            text = main_of(one.post("/signalen/zoek", kenmerk=typed).text)
            assert shown(text) == ["ZAAK-77"]
            assert not re.search(r'(href|action|formaction)="[^"]*zaak', text, re.IGNORECASE)
        # In an address it does nothing.
        assert one.get("/signalen/zoek?kenmerk=ZAAK-77").status_code in {404, 405}
        assert shown(one.text("/signalen?kenmerk=ZAAK-77")) == ["D-2"]

    def test_finds_what_has_ended_too(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1)
        one = desk(member)
        one.done("/signalen/beeindigd", signaal=ticked(member, 1), reden="verhuisd")
        text = main_of(one.post("/signalen/zoek", kenmerk="D-1").text)
        assert shown(text) == [SHUT]
        assert 'type="checkbox" name="signaal"' not in text

    def test_says_so_when_there_is_none(self, world: World) -> None:
        one = desk(organisation(world, "Wijkteam"))
        text = main_of(one.post("/signalen/zoek", kenmerk="D-9<b>").text)
        assert "Geen signaal met kenmerk D-9&lt;b&gt;" in text


class TestExtending:
    def test_extends_several_by_the_usual_term(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, 2, 3, vervaltDatum="2027-02-01")
        one, ids = desk(member), ticked(member, 1, 2, 3)
        assert "Verleng 2 signalen" in main_of(
            one.post("/signalen/verlengen", signaal=ids[:2]).text
        )
        assert "2 signalen verlengd." in one.done("/signalen/verlengd", signaal=ids[:2])
        assert words_of_all(one, ids) == ["1 december 2027", "1 december 2027", "1 februari 2027"]

    def test_extends_until_a_chosen_day(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1)
        one, ids = desk(member), ticked(member, 1)
        assert "1 signaal verlengd." in one.done("/signalen/verlengd", signaal=ids, tot="1-3-2028")
        assert words_of_all(one, ids) == ["1 maart 2028"]

    @pytest.mark.parametrize("typed", ["31-02-2027", "morgen", "2027"])
    def test_asks_again_for_a_day_that_is_none(self, world: World, typed: str) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1)
        answer = desk(member).post("/signalen/verlengd", signaal=ticked(member, 1), tot=typed)
        assert answer.status_code == 400
        text = main_of(answer.text)
        assert 'href="#tot">Tot wanneer: moet een bestaande datum zijn (dd-mm-jjjj)' in text
        assert f'value="{typed}"' in text
        assert 'aria-invalid="true"' in text

    def test_asks_the_age_of_the_young_and_of_nobody_else(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, vervaltDatum="2027-02-01")
        registered(member, 2, vervaltDatum="2027-02-01", **YOUNG)
        one, (old, young) = desk(member), ticked(member, 1, 2)
        text = main_of(one.post("/signalen/verlengen", signaal=[old, young]).text)
        assert "Hoe oud is de cliënt van D-2 nu?" in text
        assert "cliënt van D-1" not in text
        answer = one.post("/signalen/verlengd", signaal=[old, young])
        assert answer.status_code == 400
        assert "D-2: kies hoe oud de cliënt nu is" in main_of(answer.text)
        assert words_of_all(one, [old, young]) == ["1 februari 2027"] * 2
        one.done("/signalen/verlengd", signaal=[old, young], **{f"leeftijd-{young}": "16-22"})
        assert words_of_all(one, [old, young]) == ["1 december 2027", "1 mei 2027"]

    def test_who_turned_23_gets_the_term_of_the_grown(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, vervaltDatum="2027-02-01", **YOUNG)
        one, (young,) = desk(member), ticked(member, 1)
        one.done("/signalen/verlengd", signaal=young, **{f"leeftijd-{young}": "23+"})
        assert words_of_all(one, [young]) == ["1 december 2027"]

    def test_says_which_were_refused_and_does_the_others(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, vervaltDatum="2027-02-01")
        registered(member, 2, vervaltDatum="2027-02-01", **YOUNG)
        one, (old, young) = desk(member), ticked(member, 1, 2)
        answer = one.post(
            "/signalen/verlengd",
            signaal=[old, young],
            tot="01-03-2028",  # too late for somebody of 16-22
            **{f"leeftijd-{young}": "16-22"},
        )
        assert answer.status_code == 409
        text = main_of(answer.text)
        assert "1 signaal is niet verlengd" in text
        assert "Bij 1 ander lukte het wel." in text
        assert "D-2" in text
        assert "D-1" not in text
        assert words_of_all(one, [old, young]) == ["1 maart 2028", "1 februari 2027"]


class TestEnding:
    def test_ends_several_for_one_reason(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, 2, 3)
        one, ids = desk(member), ticked(member, 1, 2, 3)
        page = main_of(one.post("/signalen/beeindigen", signaal=ids[:2]).text)
        assert "Beëindig 2 signalen" in page
        text = one.done("/signalen/beeindigd", signaal=ids[:2], reden="verhuisd")
        assert "2 signalen beëindigd." in text
        assert shown(text) == ["D-3"]
        assert "Beëindigd: verhuisd" in one.text(f"/signalen/{ids[0]}")

    @pytest.mark.parametrize("reason", ["", "zomaar"])
    def test_asks_why(self, world: World, reason: str) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1)
        one, ids = desk(member), ticked(member, 1)
        answer = one.post("/signalen/beeindigd", signaal=ids, reden=reason)
        assert answer.status_code == 400
        assert '<a href="#reden">Waarom: kies een van de redenen</a>' in main_of(answer.text)
        assert words_of_all(one, ids) == ["1 december 2027"]

    def test_says_which_had_ended_otherwise(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        registered(member, 1, 2)
        one, ids = desk(member), ticked(member, 1, 2)
        one.done("/signalen/beeindigd", signaal=ids[0], reden="verhuisd")
        answer = one.post("/signalen/beeindigd", signaal=ids, reden="afgerond")
        assert answer.status_code == 409
        assert "1 signaal is niet beëindigd" in main_of(answer.text)
        assert "Beëindigd: verhuisd" in one.text(f"/signalen/{ids[0]}")
        assert "Beëindigd: afgerond" in one.text(f"/signalen/{ids[1]}")


@pytest.mark.parametrize("deed", ["verlengen", "verlengd", "beeindigen", "beeindigd"])
def test_without_a_tick_it_says_what_to_do(world: World, deed: str) -> None:
    one = desk(organisation(world, "Wijkteam"))
    assert "Zet een vinkje" in one.done(f"/signalen/{deed}", reden="afgerond")


@pytest.mark.parametrize(
    "deed", ["", "verlengen", "verlengd", "beeindigen", "beeindigd"], ids=lambda one: one or "page"
)
class TestForOthers:
    def refused(self, who: Desk, signal_id: str, deed: str) -> bool:
        if not deed:
            return bool(who.get(f"/signalen/{signal_id}").status_code == 404)
        answer = who.post(f"/signalen/{deed}", signaal=signal_id, reden="afgerond")
        return bool(answer.status_code == 404)

    def test_of_another_organisation_it_is_not_there(self, world: World, deed: str) -> None:
        member, other = organisation(world, "Wijkteam"), organisation(world, "Woonbedrijf")
        registered(member, 1)
        (one,) = ticked(member, 1)
        assert self.refused(desk(other), one, deed)
        assert words_of_all(desk(member), [one]) == ["1 december 2027"]

    def test_of_another_unit_it_is_not_there_but_for_a_supporter(
        self, world: World, deed: str
    ) -> None:
        units = dict.fromkeys(("Noord", "Zuid"), 'domein = "welzijn"')
        member = organisation(world, "Wijkteam", units=units)
        registered(member, 1, afdeling=str(member.units["Zuid"]), contact={"afdeling": True})
        (one,) = ticked(member, 1)
        assert self.refused(desk(member), one, deed)  # m1 is of Noord
        assert not self.refused(desk(member, None, Role.SUPPORT), one, deed)


class TestSupporter:
    def test_sees_all_units_but_no_match(self, world: World) -> None:
        units = dict.fromkeys(("Noord", "Zuid"), 'domein = "welzijn"')
        member = organisation(world, "Wijkteam", units=units)
        other = organisation(world, "Woonbedrijf")
        registered(member, 1)
        registered(member, 2, afdeling=str(member.units["Zuid"]), contact={"afdeling": True})
        registered(other, 1, 2)
        who = desk(member, None, Role.SUPPORT)
        text = who.text("/signalen")
        assert sorted(shown(text)) == ["D-1", "D-2"]
        page = who.text(f"/signalen/{ticked(member, 1)[0]}")
        for seen in (text, page):
            assert "Woonbedrijf" not in seen
            assert "1 ander" not in seen
            assert "/matches/" not in seen

    def test_sees_nothing_of_an_independent_unit(self, world: World) -> None:
        units = {"Noord": 'domein = "welzijn"', "Eigen": 'domein = "wonen"\nzelfstandig = true'}
        member = organisation(world, "Wijkteam", units=units, independent_units=("Eigen",))
        registered(member, 1)
        registered(member, 2, afdeling=str(member.units["Eigen"]), contact={"afdeling": True})
        who, (hidden,) = desk(member, None, Role.SUPPORT), ticked(member, 2)
        text = who.text("/signalen?wie=allen&status=alle")
        assert shown(text) == ["D-1"]
        assert "Eigen" not in text
        assert who.get(f"/signalen/{hidden}").status_code == 404
        assert shown(main_of(who.post("/signalen/zoek", kenmerk="D-2").text)) == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PROFESSIONAL, Role.SUPPORT}))
def test_signals_are_for_case_work_alone(world: World, role: Role) -> None:
    member = organisation(world, "Wijkteam")
    registered(member, 1)
    who = desk(member, None, role)
    for path in ("/signalen", f"/signalen/{ticked(member, 1)[0]}"):
        assert who.get(path).status_code == 403
