"""The page on which one looks at what lapses soon and what runs long, and that of what ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.verwijsindex.life.posting import at
from tests.verwijsindex.web.casework import (
    Desk,
    desk,
    later,
    main_of,
    organisation,
    page_of,
    signal_ids,
)
from tests.world import Member, World
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

PAGE = "/signalen/nakijken"


@pytest.fixture
def member(world: World) -> Member:
    """Return a member with one signal that lapses soon, one that runs long, and a colleague's."""
    made = organisation(world, "Wijkteam")
    made.register(1, vervaltDatum="2027-07-01")
    made.register(2, vervaltDatum="2027-12-01")
    made.register(3, vervaltDatum="2027-12-01", contact={"medewerker": "m2"})
    at(world, "2027-06-01T09:00")
    made.register(4)
    return made


@pytest.fixture
def one(member: Member) -> Desk:
    return desk(member)


def test_shows_what_lapses_and_what_runs_long(one: Desk) -> None:
    text = one.text(PAGE)
    lapsing, confirming = text.split('id="betrokken"')
    assert "D-1" in lapsing
    assert "1 juli 2027" in lapsing
    assert "D-2" in confirming
    assert "23 november 2026" in confirming
    assert "D-3" not in text
    assert "D-4" not in text
    assert "D-3" in one.text(f"{PAGE}?wie=allen")


def test_start_page_and_list_of_signals_count_them_and_lead_there(one: Desk) -> None:
    for path in ("/", "/signalen"):
        text = one.text(path)
        assert "1 signaal loopt binnenkort af" in text
        assert f'href="{PAGE}?wie=ik"' in text
    assert "Bij 2 cliënten is de vraag of het team nog betrokken is" in one.text(
        "/signalen?wie=allen"
    )


def test_the_menu_says_that_it_is_about_signals(one: Desk, member: Member) -> None:
    form = one.post("/signalen/overdragen", signaal=signal_ids(member)["D-1"])
    for page in (one.get(PAGE), form):
        assert 'aria-current="true">Signalen' in page.text


def test_opening_the_page_changes_nothing(one: Desk, world: World) -> None:
    before = one.text(PAGE)
    world.clock.advance(timedelta(minutes=1))
    assert one.text(PAGE) == before


def test_yes_confirms_those_that_are_ticked_and_no_others(one: Desk, member: Member) -> None:
    ids = signal_ids(member)
    text = one.done("/signalen/bevestigd", signaal=ids["D-2"], wie="ik")
    assert "1 signaal bevestigd." in text
    assert "D-2" not in text
    assert "D-3" in one.text(f"{PAGE}?wie=allen")


def test_yes_without_a_tick_says_what_to_do(one: Desk) -> None:
    assert "Zet een vinkje" in one.done("/signalen/bevestigd")


def test_yes_to_what_ended_meanwhile_says_so(one: Desk, member: Member) -> None:
    ids = signal_ids(member)
    ending = {"status": "beeindigd", "reden": "afgerond"}
    member.patch(f"/api/v1/signalen/{ids['D-2']}", ending)
    answer = one.post("/signalen/bevestigd", signaal=[ids["D-2"], ids["D-3"]])
    assert answer.status_code == 409
    assert "1 signaal is niet bevestigd" in answer.text
    assert "Bij 1 ander lukte het wel." in answer.text


def test_extending_from_the_page_takes_it_off(one: Desk, member: Member) -> None:
    ids = signal_ids(member)
    one.done("/signalen/verlengd", signaal=ids["D-1"])
    assert "D-1" not in one.text(PAGE)


def test_says_so_when_there_is_nothing_to_look_at(world: World) -> None:
    assert "Niets na te kijken" in desk(organisation(world, "Wijkteam")).text(PAGE)


def test_what_ended_shows_its_reference_after_a_reason(one: Desk, member: Member) -> None:
    id_ = signal_ids(member)["D-1"]
    one.done("/signalen/beeindigd", signaal=id_, reden="verhuisd")
    for path in (f"/signalen/{id_}", "/signalen?status=alle&wie=allen"):
        assert "D-1" not in one.text(path)
    text = one.text(f"/signalen/{id_}")
    assert "Beëindigd: verhuisd" in text
    assert "<dt>Verdwijnt op</dt><dd>1 juli 2027</dd>" in text
    asked = one.post(f"/signalen/{id_}/inzage")
    assert asked.status_code == 400
    assert "D-1" not in main_of(asked.text)
    assert "Kies een van de redenen." in asked.text
    shown = main_of(one.post(f"/signalen/{id_}/inzage", reden="terugkeer_client").text)
    assert 'Signaal <span class="reference">D-1</span>' in shown


def test_an_ended_signal_of_somebody_else_is_not_there(one: Desk, world: World) -> None:
    other = organisation(world, "Woonbedrijf")
    id_ = other.register(1).json["id"]
    other.patch(f"/api/v1/signalen/{id_}", {"status": "beeindigd", "reden": "afgerond"})
    assert one.post(f"/signalen/{id_}/inzage", reden="vraag_client").status_code == 404
    assert one.post(f"/signalen/{id_}/inzage").status_code == 404


def test_a_match_says_that_somebody_was_deleted_and_not_who(world: World) -> None:
    one, other = organisation(world, "Wijkteam"), organisation(world, "Woonbedrijf")
    one.register(1)
    path = f"/api/v1/signalen/{other.register(1).json['id']}"
    other.patch(path, {"status": "beeindigd", "reden": "afgerond"})
    later(world, timedelta(days=30))
    Worker(world.services).delete()
    text = desk(one).text(page_of(one))
    assert "die betrokkenheid is verwijderd" in text
    assert "Woonbedrijf" not in text
    assert "U kwam in deze match" in text
