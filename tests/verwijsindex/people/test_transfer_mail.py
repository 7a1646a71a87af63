"""Who reads of a signal that was handed over, and where mail that waits for its contact goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from match.messages import NoticeKind
from orgprofiles.organisations import ProfessionalStatus
from tests.verwijsindex.follow_up.matched import matched
from tests.verwijsindex.life.posting import Postbox, at
from tests.verwijsindex.people.test_transferring import (
    change_professional,
    messages,
    registered,
    transferred,
)
from tests.world import Member, World
from verwijsindex.mail.letters import Letter
from verwijsindex.worker import Worker

TODAY = "2026-11-23"  # a Monday
DOMAIN = "@schuldhulp.example"
TEAM = f"team{DOMAIN}"


def team_of_three(world: World, **changes: Any) -> Member:
    """Admit an organisation where m1 to m3 work."""
    one = world.member("Schuldhulp", **changes)
    add_third(one)
    return one


def add_third(one: Member) -> None:
    body = {"naam": "M. Drie", "functie": "consulent", "telefoon": "06-12345673"}
    there = {"afdeling": str(one.units["Team"]), "email": f"m3{DOMAIN}", "status": "actief"}
    answer = one.put("/api/v1/medewerkers/m3", body | there | {"opgeleidDatum": "2026-01-05"})
    assert answer.status_code == 201, answer.text


def away(one: Member, who: str, substitute: str, delivery: str = "waarnemer", **days: str) -> None:
    body = {"waarnemer": substitute, "vanDatum": TODAY, "totEnMetDatum": "2026-11-27"}
    path = f"/api/v1/medewerkers/{who}/waarnemingen"
    answer = one.post(path, body | {"bezorging": delivery} | days)
    assert answer.status_code == 201, answer.text


def delivered(world: World, post: Postbox | None = None) -> list[Letter]:
    """Have the worker mail what is due; return the letters to Schuldhulp."""
    post = post or Postbox()
    Worker(world.services).gather()
    post.deliver(world)
    return [letter for _, letter in post.taken() if letter.recipient.endswith(DOMAIN)]


def readers(world: World, post: Postbox | None = None) -> list[str]:
    return sorted(letter.recipient.removesuffix(DOMAIN) for letter in delivered(world, post))


@pytest.mark.parametrize(
    ("wants", "today", "tomorrow"),
    [("direct", ["m2"], []), ("dagelijks", [], ["m2"]), ("uit", ["team"], [])],
)
def test_the_new_contact_is_told_as_they_want_to_be_mailed(
    world: World, wants: str, today: list[str], tomorrow: list[str]
) -> None:
    one = world.member("Schuldhulp")
    change_professional(world, one, "m2", delivery=wants)
    transferred(one, registered(one), medewerker="m2")
    assert readers(world) == today
    at(world, "2026-11-24 07:30")
    assert readers(world) == tomorrow


@pytest.mark.parametrize(
    ("delivery", "expected"), [("beiden", ["m2", "m3"]), ("waarnemer", ["m3"])]
)
def test_who_stands_in_for_the_new_contact_is_told_too_or_instead(
    world: World, delivery: str, expected: list[str]
) -> None:
    one = team_of_three(world)
    away(one, "m2", "m3", delivery)
    transferred(one, registered(one), medewerker="m2")
    letters = {letter.recipient.removesuffix(DOMAIN): letter for letter in delivered(world)}
    assert sorted(letters) == expected
    told = letters["m3"]
    assert told.subject == "Overgedragen aan uw collega: kenmerk D-1"
    assert "M. Schuldhulp 2 is vanaf nu het contact" in told.text
    assert "<strong>M. Schuldhulp 2</strong> is vanaf nu het contact" in told.html
    if "m2" in letters:
        assert "U bent vanaf nu het contact" in letters["m2"].text


@pytest.mark.parametrize("changes", [{"secure_mail": False}, {"sensitive": True}])
def test_no_colleague_is_named_where_mail_names_nobody(
    world: World, changes: dict[str, bool]
) -> None:
    one = team_of_three(world, **changes)
    away(one, "m2", "m3")
    transferred(one, registered(one), medewerker="m2")
    (letter,) = delivered(world)
    assert "Een collega van u is vanaf nu het contact" in letter.text
    assert "M. Schuldhulp" not in letter.text + letter.html


@pytest.mark.parametrize("why", ["left", "away"])
def test_when_the_stand_in_is_not_there_the_new_contact_and_the_team_are_told(
    world: World, why: str
) -> None:
    one = team_of_three(world)
    away(one, "m2", "m3")
    if why == "left":
        change_professional(world, one, "m3", status=ProfessionalStatus.INACTIVE)
    else:
        away(one, "m3", "m1")
    transferred(one, registered(one), medewerker="m2")
    assert readers(world) == ["m2", "team"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-24 23:59", "m2"),
        ("2026-11-25 00:00", "m3"),
        ("2026-11-27 23:59", "m3"),
        ("2026-11-28 00:00", "m2"),
    ],
)
def test_a_stand_in_is_told_from_the_first_day_to_the_last(
    world: World, moment: str, expected: str
) -> None:
    one = team_of_three(world)
    signal = registered(one)
    away(one, "m2", "m3", vanDatum="2026-11-25")
    at(world, moment)
    transferred(one, signal, medewerker="m2")
    assert readers(world) == [expected]


def test_several_are_told_to_a_stand_in_in_one_letter(world: World) -> None:
    one = team_of_three(world)
    for person in (1, 2, 3):
        registered(one, person)
    away(one, "m2", "m3")
    one.post("/api/v1/medewerkers/m1/overdracht", {"medewerker": "m2"})
    assert readers(world) == []
    at(world, "2026-11-24 07:30")
    (letter,) = delivered(world)
    assert letter.recipient == f"m3{DOMAIN}"
    assert letter.subject == "Overgedragen: 3 cliënten"
    assert letter.text.count("M. Schuldhulp 2 is vanaf nu het contact") == 3


def test_nobody_is_told_in_the_place_of_a_contact_who_handed_it_over_again(world: World) -> None:
    one = team_of_three(world)
    signal = registered(one)
    away(one, "m2", "m3", "beiden")
    transferred(one, signal, medewerker="m2")
    post = Postbox(refuses=True)
    assert readers(world, post) == []
    transferred(one, signal, afdeling=True)
    world.clock.advance(timedelta(minutes=2))
    post.refuses = False
    assert readers(world, post) == ["team"]


def test_mail_that_waits_in_two_places_goes_to_the_new_contact_once(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    add_third(one)
    away(one, "m1", "m2", "beiden")
    post = Postbox(refuses=True)
    assert readers(world, post) == []  # both were tried
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    transferred(one, signal["id"], medewerker="m3")
    world.clock.advance(timedelta(minutes=2))
    post.refuses = False
    assert readers(world, post) == ["m3", "m3"]  # of the transfer, and of the match
    (skipped,) = {m.failure for m in messages(world, NoticeKind.MATCH) if m.state == "skipped"}
    assert skipped == "another in its place"


def test_mail_that_waits_is_read_as_the_new_contact_wants(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    change_professional(world, one, "m2", delivery="uit")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    transferred(one, signal["id"], medewerker="m2")
    assert readers(world) == ["team", "team"]


@pytest.mark.parametrize("is_tried", [True, False])
def test_mail_that_waits_comes_back_with_the_signal(world: World, is_tried: bool) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    post = Postbox(refuses=is_tried)
    if is_tried:
        assert readers(world, post) == []
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    for who in ("m2", "m1"):
        transferred(one, signal["id"], medewerker=who)
    world.clock.advance(timedelta(minutes=2))
    post.refuses = False
    assert readers(world, post) == ["m1", "m1"]


def test_what_waits_for_a_stand_in_comes_back_to_them_with_the_signal(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    add_third(one)
    away(one, "m1", "m2")
    post = Postbox(refuses=True)
    assert readers(world, post) == []
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    for who in ("m3", "m1"):
        transferred(one, signal["id"], medewerker=who)
    world.clock.advance(timedelta(minutes=2))
    post.refuses = False
    assert readers(world, post) == ["m2", "m2"]


def test_who_was_told_already_is_not_told_again_when_it_comes_back(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    assert readers(world) == ["m1"]
    for who in ("m2", "m1"):
        transferred(one, signal["id"], medewerker=who)
    assert readers(world) == ["m1"]  # of the transfer alone


def handed_over(one: Member, who: str) -> None:
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    path = f"/api/v1/signalen/{signal['id']}/overdracht"
    assert one.post(path, {"medewerker": who}).status_code == 200


def test_the_new_contact_reads_of_an_open_match_and_is_reminded_of_it(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    post = Postbox()
    delivered(world, post)
    handed_over(one, "m2")
    (letter,) = delivered(world, post)
    assert "Leg vóór 30 november 2026 vast wat ervan kwam" in letter.text
    at(world, "2026-11-30 16:00")
    assert readers(world, post) == ["m2"]


def test_where_the_day_had_come_the_letter_that_hands_over_is_the_reminder(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    post = Postbox()
    delivered(world, post)
    at(world, "2026-11-30 16:00")
    assert readers(world, post) == ["m1"]
    handed_over(one, "m2")
    (letter,) = delivered(world, post)
    assert "Vóór 30 november 2026 zou worden vastgelegd wat ervan kwam" in letter.text
    at(world, "2026-12-01 16:00")
    assert readers(world, post) == []


def test_the_new_contact_of_a_settled_match_reads_of_no_day(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    (match,) = one.get("/api/v1/matches").json["resultaten"]
    path = f"/api/v1/matches/{match['id']}/deelnames/{match['eigenDeelnames'][0]['id']}"
    assert one.patch(path, {"status": "contact_gelegd"}).status_code == 200
    post = Postbox()
    delivered(world, post)
    handed_over(one, "m2")
    (letter,) = delivered(world, post)
    assert "match" not in letter.text
