"""The time line: what happened in a match, as each side may know it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tests.verwijsindex.follow_up.matched import (
    answer_regie,
    match_of,
    matched,
    member,
    other,
    own,
    recorded,
    regie,
)
from tests.world import Member, World
from verwijsindex.access import TokenReader, find_caller
from verwijsindex.use_cases.match_views import MatchCounterpart
from verwijsindex.use_cases.read_matches import read_time_line
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def told(one: Member) -> list[tuple[str, str]]:
    """Return what happened as *one* may know it: who, and what."""
    services = one.world.services
    match_id = UUID(match_of(one)["id"])
    with services.sessions() as session:
        reader = TokenReader(services.settings.keys.index_token.public)
        caller = find_caller(session, reader.claims(one.token, now=services.clock()))
        assert caller is not None
        line = read_time_line(session, services, caller=caller, match_id=match_id)
    assert line is not None
    found = []
    for event in line.events:
        who = line.who[event.participation_id]
        name = who.organisation_name if isinstance(who, MatchCounterpart) else "wij"
        by = f" door {line.pickers[event.picked_up_by].name}" if event.picked_up_by else ""
        found.append((name, (event.status or event.kind).value + by))
    return found


def later(world: World) -> None:
    world.clock.advance(timedelta(minutes=1))


def test_everything_stands_there_in_order(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    later(world)
    recorded(one, status="opgepakt")
    later(world)
    recorded(two, status="contact_gelegd")
    later(world)
    regie(one, deelname=own(two)["id"])
    later(world)
    answer_regie(two, "weigering")
    later(world)
    regie(one, deelname=own(one)["id"])
    later(world)
    answer_regie(one, "weigering")
    assert told(one)[2:] == [
        ("wij", "opgepakt door M. Schuldhulp 1"),
        ("Wijkteam", "contact_gelegd"),
        ("wij", "regie_voorgesteld"),
        ("Wijkteam", "regie_geweigerd"),
        ("wij", "regie_aanvaard"),
        ("wij", "regie_teruggegeven"),
    ]
    assert sorted(told(one)[:2]) == [("Wijkteam", "erbij"), ("wij", "erbij")]
    assert told(two)[2] == ("Schuldhulp", "opgepakt")


def test_who_came_later_is_not_told_what_was_before(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    later(world)
    recorded(one, status="contact_gelegd")
    regie(one, deelname=own(two)["id"])
    later(world)
    third = member(world, "Woonbedrijf")
    third.register(1)
    later(world)
    answer_regie(two, "aanvaarding")
    assert sorted(told(third)[:3]) == [
        ("Schuldhulp", "erbij"),
        ("Wijkteam", "erbij"),
        ("wij", "erbij"),
    ]
    assert told(third)[3:] == [("Wijkteam", "regie_aanvaard")]


def test_nothing_of_a_hidden_side_stands_there(world: World) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    recorded(hidden, zichtbaar=True)
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    before = told(third)
    later(world)
    recorded(hidden, status="contact_gelegd")
    regie(hidden, deelname=own(one)["id"])
    regie(hidden, deelname=own(hidden)["id"])
    assert told(third) == before
    assert {name for name, _ in before} == {"Schuldhulp", "wij"}
    assert ("GGZ", "regie_aanvaard") in told(one)


def test_a_stranger_is_told_nothing(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    stranger = member(world, "Woonbedrijf")
    services, match_id = world.services, UUID(match_of(one)["id"])
    with services.sessions() as session:
        reader = TokenReader(services.settings.keys.index_token.public)
        caller = find_caller(session, reader.claims(stranger.token, now=services.clock()))
        assert caller is not None
        assert read_time_line(session, services, caller=caller, match_id=match_id) is None


def test_what_is_recorded_again_for_somebody_new_is_new_to_them_alone(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    later(world)
    recorded(one, status="contact_gelegd")
    before = other(two, one)["opvolging"]
    later(world)
    three = member(world, "Woonbedrijf")
    three.register(1)
    assert other(three, one)["opvolging"]["status"] == "open"
    world.clock.advance(timedelta(days=1))
    for each in (one, two, three):
        each.token = world.token(each.client)
    recorded(one, status="contact_gelegd")
    seen = {"status": "contact_gelegd", "sindsDatum": "2026-11-24"}
    assert own(one)["opvolging"]["sindsOp"].startswith("2026-11-24")
    assert other(three, one)["opvolging"] == seen
    assert other(two, one)["opvolging"] == before
    said = ("Schuldhulp", "contact_gelegd")
    assert [told(each).count(said) for each in (two, three)] == [1, 1]
    assert told(one).count(("wij", "contact_gelegd")) == 2
