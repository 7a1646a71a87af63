"""What people do on the match page: recorded by one click, and seen by the other side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from match.follow_up import FollowUp
from tests.verwijsindex.web.casework import (
    DOMAINS,
    desk,
    main_of,
    matched,
    organisation,
    page_of,
    part_of,
)
from tests.world import World
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.web.match_wording import CHOICES, OTHER_WORDS, OWN_WORDS
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

PICK_UP = "Ik pak dit op"
KNOWN = "waren_al_in_contact"
DEEDS = ["opvolging", "bevestiging", "zichtbaar", "regie", "regie/aanvaarding", "regie/weigering"]


@pytest.mark.parametrize("status", [status for status, _ in CHOICES])
def test_one_click_records_what_came_of_it(world: World, status: FollowUp) -> None:
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    assert "Nog niets vastgelegd" in one.text(path)
    text = one.done(f"{path}/opvolging", status=status.value)
    assert f"<strong>{OWN_WORDS[status]}</strong>" in text
    assert f"Wijkteam {OTHER_WORDS[status]}" in desk(second).text(page_of(second))


def test_what_was_recorded_can_be_corrected_but_not_undone(world: World) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    one.done(f"{path}/opvolging", status="contact_gelegd")
    text = one.done(f"{path}/opvolging", status="niet_bereikt")
    assert OWN_WORDS[FollowUp.NOT_REACHED] in text
    one.done(f"{path}/opvolging", status="contact_gelegd")
    answer = one.post(f"{path}/opvolging", status="open")
    assert answer.status_code == 409
    assert "niet terugzetten op open" in main_of(answer.text)


def test_asks_again_what_came_of_it_when_somebody_new_comes(world: World) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    one.done(f"{path}/opvolging", status="contact_gelegd")
    world.clock.advance(timedelta(minutes=1))
    organisation(world, "Sociale dienst").register(1)
    text = one.text(path)
    assert f"<strong>{OWN_WORDS[FollowUp.CONTACTED]}</strong>" in text
    assert "Daarna kwam er iemand bij. Leg vóór 30 november 2026 vast wat daarvan kwam." in text
    assert "Wat leverde het op?" not in text
    text = one.done(f"{path}/opvolging", status="contact_gelegd")
    assert "Daarna kwam er iemand bij" not in text
    assert "Wat leverde het op?" in text


def test_asks_with_whom_one_was_in_contact_where_there_are_several(world: World) -> None:
    first, second, third = matched(world, "Wijkteam", "Woonbedrijf", "Sociale dienst")
    one, path = desk(first), page_of(first)
    answer = one.post(f"{path}/opvolging", status=KNOWN)
    assert answer.status_code == 400
    text = main_of(answer.text)
    assert '<a href="#met">Met wie: kies met wie u al contact had</a>' in text
    assert "Nog niets vastgelegd" in text
    one.done(f"{path}/opvolging", status=KNOWN, met=str(part_of(second, first)))
    assert "wij hadden al contact. Klopt dat?" in desk(second).text(page_of(second))
    assert "Klopt dat?" not in desk(third).text(page_of(third))


def test_takes_whom_one_was_in_contact_with_for_granted_where_there_is_one(world: World) -> None:
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    desk(first).done(f"{page_of(first)}/opvolging", status=KNOWN)
    other, path = desk(second), page_of(second)
    assert "Wijkteam zegt: wij hadden al contact. Klopt dat?" in other.text(path)
    text = other.done(f"{path}/bevestiging", met=str(part_of(first, second)))
    assert "Klopt dat?" not in text
    assert OWN_WORDS[FollowUp.ALREADY_IN_CONTACT] in text
    assert "Woonbedrijf had al contact" in desk(first, "m2").text(page_of(first))


def test_nobody_confirms_what_nobody_said(world: World) -> None:
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    answer = one.post(f"{path}/bevestiging", met=str(part_of(second, first)))
    assert answer.status_code == 400
    assert "Nog niets vastgelegd" in one.text(path)


def test_what_it_brought_is_kept(world: World) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    assert "Wat leverde het op?" not in one.text(path)
    one.done(f"{path}/opvolging", status="contact_gelegd")
    brought = ["meer_zicht", "plan_aangepast"]
    text = one.done(f"{path}/opvolging", status="contact_gelegd", opbrengst=brought)
    assert [text.count(f'value="{value}" checked') for value in brought] == [1, 1]
    assert text.count("checked") == 2


def test_a_fault_in_what_it_brought_is_told_in_the_words_of_the_page(world: World) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    answer = one.post(
        f"{path}/opvolging", status="contact_gelegd", opbrengst=["meer_zicht", "geen_meerwaarde"]
    )
    assert answer.status_code == 400
    text = main_of(answer.text)
    assert "‘Het leverde niets op’ gaat niet samen met iets anders" in text
    assert "geen_meerwaarde gaat" not in text


class TestOfATeam:
    def test_whoever_picks_it_up_is_named(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf", contact={"afdeling": True})
        one, path = desk(first), page_of(first)
        assert PICK_UP in one.text(path)
        text = one.done(f"{path}/opvolging", status="opgepakt")
        assert "<strong>Opgepakt</strong> door M. Wijkteam 1" in text
        assert "M. Wijkteam 1 pakte de match op" in text
        assert PICK_UP not in text
        seen = desk(second).text(page_of(second))
        assert "Wijkteam pakte de match op" in seen
        assert "M. Wijkteam 1" not in seen

    def test_who_comes_second_is_told_so_on_the_page(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf", contact={"afdeling": True})
        one, two, path = desk(first), desk(first, "m2"), page_of(first)
        one.done(f"{path}/opvolging", status="opgepakt")
        answer = two.post(f"{path}/opvolging", status="opgepakt")
        assert answer.status_code == 409
        text = main_of(answer.text)
        assert "Een collega heeft deze match al opgepakt" in text
        assert "door M. Wijkteam 1" in text
        assert "Zet terug op open" in text

    def test_a_colleague_takes_it_over_once_it_was_put_back(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf", contact={"afdeling": True})
        one, two, path = desk(first), desk(first, "m2"), page_of(first)
        one.done(f"{path}/opvolging", status="opgepakt")
        assert PICK_UP in two.done(f"{path}/opvolging", status="open")
        assert "door M. Wijkteam 2" in two.done(f"{path}/opvolging", status="opgepakt")


def test_ones_own_match_need_not_be_picked_up_and_a_colleague_may(world: World) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    path = page_of(first)
    assert PICK_UP not in desk(first).text(path)
    stand_in = desk(first, "m2")
    assert "Deze match is van M. Wijkteam 1." in stand_in.text(path)
    assert "door M. Wijkteam 2" in stand_in.done(f"{path}/opvolging", status="opgepakt")


def test_a_sensitive_side_is_hidden_until_it_says_so(world: World) -> None:
    ggz, other = matched(world, "GGZ", "Sociale dienst")
    assert other.get("/api/v1/matches").json["totaal"] == 0
    one, path = desk(ggz), page_of(ggz)
    assert "De ander ziet u nog niet" in one.text(path)
    text = one.done(f"{path}/zichtbaar")
    assert "De ander ziet u nog niet" not in text
    Worker(world.services).review()
    seen = desk(other)
    assert "GGZ" in seen.text(page_of(other))
    assert "GGZ" in seen.text("/matches")


class TestRegie:
    def test_can_be_taken_and_given_back(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        one, path = desk(first), page_of(first)
        assert "<strong>U</strong>" in one.done(f"{path}/regie", wie="ik")
        other = desk(second)
        seen = other.text(page_of(second))
        assert "Het overzicht ligt bij M. Wijkteam 1, Wijkteam" in seen
        assert "Ik doe het" not in seen
        text = one.done(f"{path}/regie/weigering")
        assert "Nog niemand." in text
        assert "Wijkteam gaf het overzicht terug" in other.text(page_of(second))

    def test_can_be_asked_and_accepted(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        one, path = desk(first), page_of(first)
        text = one.done(f"{path}/regie", wie=str(part_of(second, first)))
        assert "Gevraagd: M. Woonbedrijf 1, Woonbedrijf. Nog geen antwoord." in text
        other, there = desk(second), page_of(second)
        assert "U bent gevraagd" in other.text(there)
        assert "<strong>U</strong>" in other.done(f"{there}/regie/aanvaarding")
        assert "<strong>M. Woonbedrijf 1, Woonbedrijf</strong>" in one.text(path)

    def test_can_be_asked_and_declined(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        one, path = desk(first), page_of(first)
        one.done(f"{path}/regie", wie=str(part_of(second, first)))
        other, there = desk(second), page_of(second)
        assert "U bent gevraagd" not in other.done(f"{there}/regie/weigering")
        assert "Woonbedrijf wil het overzicht niet houden" in one.text(path)

    def test_may_lie_with_the_client(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        text = desk(first).done(f"{page_of(first)}/regie", wie="client")
        assert "<strong>De cliënt zelf</strong>" in text
        assert "Ik doe het" in desk(second).text(page_of(second))

    def test_is_not_taken_from_another(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        desk(first).done(f"{page_of(first)}/regie", wie="ik")
        answer = desk(second).post(f"{page_of(second)}/regie", wie="ik")
        assert answer.status_code == 409
        assert "heeft de regie" in main_of(answer.text)

    def test_is_not_asked_of_who_does_not_see_one(self, world: World) -> None:
        ggz, other = matched(world, "GGZ", "Sociale dienst")
        answer = desk(ggz).post(f"{page_of(ggz)}/regie", wie=str(part_of(other, ggz)))
        assert answer.status_code == 409
        assert "Maak uw deelname eerst zichtbaar" in main_of(answer.text)

    @pytest.mark.parametrize("who", ["", "x", "%00"])
    def test_lies_with_nobody_unknown(self, world: World, who: str) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        assert desk(first).post(f"{page_of(first)}/regie", wie=who).status_code == 400


def test_the_time_line_tells_who_and_when_without_content(world: World) -> None:
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    one.done(
        f"{path}/opvolging", status="contact_gelegd", opbrengst=["meer_zicht", "plan_aangepast"]
    )
    one.done(f"{path}/regie", wie="ik")
    seen = desk(second).text(page_of(second))
    line = seen.partition('id="verloop"')[2]
    told = [
        "Het overzicht ligt bij M. Wijkteam 1, Wijkteam",
        "Wijkteam heeft contact gelegd",
        "Wijkteam kwam erbij",
    ]
    places = [line.index(words) for words in told]
    assert places == sorted(places)
    for secret in ("WI-1", "plan_aangepast", "pasten het plan", "checked"):
        assert secret not in line


class TestForOthers:
    """Neither the page nor anything that is done on it is there for them."""

    @pytest.mark.parametrize("deed", ["", *(f"/{deed}" for deed in DEEDS)])
    def test_of_another_organisation(self, world: World, deed: str) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        stranger = organisation(world, "Raadslieden")
        path, form = page_of(first) + deed, {"status": "opgepakt", "wie": "ik"}
        for member in (second, stranger):
            who = desk(member)
            answer = who.post(path, **form) if deed else who.get(path)
            assert answer.status_code == 404
        assert "Nog niets vastgelegd" in desk(first).text(page_of(first))

    @pytest.mark.parametrize("deed", ["", *(f"/{deed}" for deed in DEEDS)])
    def test_of_another_unit(self, world: World, deed: str) -> None:
        units = dict.fromkeys(("Noord", "Zuid"), f'domein = "{DOMAINS["Wijkteam"]}"')
        first = organisation(world, "Wijkteam", units=units)
        second = organisation(world, "Woonbedrijf")
        first.register(1, afdeling=str(first.units["Zuid"]), contact={"afdeling": True})
        second.register(1)
        who, path = desk(first), page_of(first) + deed  # m1 is of Noord
        form = {"status": "opgepakt", "wie": "ik"}
        answer = who.post(path, **form) if deed else who.get(path)
        assert answer.status_code == 404
        assert "Geen matches" in who.text("/matches?wie=allen")


def test_a_colleague_who_came_later_is_not_shown_who_lets_only_the_first_see_them(
    world: World,
) -> None:
    first, ggz, _ = matched(world, "Wijkteam", "GGZ", "Woonbedrijf")
    desk(ggz).done(f"{page_of(ggz)}/zichtbaar")
    Worker(world.services).review()
    assert "GGZ" in desk(first).text(page_of(first))
    first.register(1, kenmerk="D-9", contact={"medewerker": "m2"})
    Worker(world.services).review()
    who = desk(first, "m2").text(page_of(first, 9)).partition("Wat doet u nu?")[0]
    assert "Woonbedrijf" in who
    assert "GGZ" not in who


def test_ones_own_match_in_the_address_of_anothers_part_leaves_no_trace(world: World) -> None:
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    one, theirs = desk(first), part_of(second, first)
    path = page_of(first)
    before = looks(world)
    assert one.get(f"{path.rpartition('/')[0]}/{theirs}").status_code == 404
    assert looks(world) == before
    one.text(path)
    assert looks(world) == before + 1


def looks(world: World) -> int:
    """Return how often somebody looked at a match."""
    with world.services.sessions() as session:
        return session.query(AuditEvent).filter_by(action=Action.MATCH_READ).count()


@pytest.mark.parametrize("deed", ["opvolging", "regie"])
def test_after_the_end_nothing_is_recorded_and_the_page_says_why(world: World, deed: str) -> None:
    first, _ = matched(world, "Wijkteam", "Woonbedrijf")
    one, path = desk(first), page_of(first)
    (own,) = first.get("/api/v1/matches").json["resultaten"][0]["eigenDeelnames"]
    body = {"status": "beeindigd", "reden": "afgerond"}
    assert first.patch(f"/api/v1/signalen/{own['signaal']}", body).status_code == 200
    answer = one.post(f"{path}/{deed}", status="contact_gelegd", wie="ik")
    assert answer.status_code == 409
    text = main_of(answer.text)
    assert "U hebt uw betrokkenheid beëindigd" in text
    assert 'role="alert"' in text
    assert "Woonbedrijf 1" not in text
