"""Being in contact already: said by one, confirmed by the other, and then not mailed again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from match.messages import OutboxMessage
from match.silences import Silence
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.follow_up.matched import (
    PART_ROUTE,
    match_of,
    matched,
    member,
    other,
    own,
    record,
    recorded,
    told,
)
from tests.world import Member, World
from verwijsindex.mail.composing import compose
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def say_known(one: Member, *met: Member) -> dict[str, Any]:
    return recorded(one, status="waren_al_in_contact", met=[own(each)["id"] for each in met])


def acquaintances(one: Member) -> dict[str, str]:
    return {known["deelname"]: known["status"] for known in own(one)["opvolging"]["alInContact"]}


def silences(world: World) -> int:
    with world.services.sessions() as session:
        return len(session.scalars(select(Silence)).all())


def come_again(one: Member) -> None:
    """Have a colleague register for the same person, when nobody of them is involved any more.

    Or the others would not be told of the colleague anyhow.
    """
    end = {"status": "beeindigd", "reden": "afgerond"}
    for signal in one.get("/api/v1/signalen", status="actief").json["resultaten"]:
        assert one.patch(f"/api/v1/signalen/{signal['id']}", end).status_code == 200
    answer = one.register(1, contact={"medewerker": "m2"})
    assert answer.status_code == 201, answer.text


def test_the_other_confirms_with_one_click_and_then_it_holds(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    assert acquaintances(one) == {own(two)["id"]: "door_u_gezegd"}
    assert acquaintances(two) == {own(one)["id"]: "door_ander_gezegd"}
    assert silences(world) == 0
    part = recorded(two, bevestigd=[own(one)["id"]])
    assert part["opvolging"]["status"] == "waren_al_in_contact"
    assert acquaintances(one) == {own(two)["id"]: "bevestigd"}
    assert acquaintances(two) == {own(one)["id"]: "bevestigd"}
    assert silences(world) == 1
    assert recorded(two, bevestigd=[own(one)["id"]]) == part


def test_saying_so_oneself_confirms_it_too(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    say_known(two, one)
    assert silences(world) == 1


def test_confirming_leaves_what_one_recorded(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    recorded(two, status="contact_gelegd")
    say_known(one, two)
    assert recorded(two, bevestigd=[own(one)["id"]])["opvolging"]["status"] == "contact_gelegd"
    assert silences(world) == 1


def test_only_what_was_said_is_confirmed(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    say_known(one, two)
    answer = record(two, bevestigd=[own(one)["id"], own(three)["id"]])
    problem = assert_problem(answer, 400, PART_ROUTE)
    assert [fault["name"] for fault in problem["invalidParams"]] == ["bevestigd[1]"]
    assert_problem(record(one, bevestigd=[own(two)["id"]]), 400, PART_ROUTE)
    assert silences(world) == 0


def test_a_silent_pair_is_not_mailed_again_and_a_third_is(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    before = {each.name: told(world, each) for each in (one, two, three)}
    come_again(one)
    after = {each.name: told(world, each) - before[each.name] for each in (one, two, three)}
    # The colleague is told of the third, and the third of the colleague.
    assert after == {"Schuldhulp": 1, "Wijkteam": 0, "Woonbedrijf": 1}


def test_two_that_are_silent_and_nobody_else_mail_nobody(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    before = told(world, one), told(world, two)
    come_again(one)
    Worker(world.services).review()
    assert (told(world, one), told(world, two)) == before


def test_another_person_is_mailed_of_all_the_same(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    one.register(2)
    two.register(2)
    assert (told(world, one), told(world, two)) == (2, 2)


def test_what_is_not_confirmed_silences_nobody(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    come_again(one)
    assert (told(world, one), told(world, two)) == (2, 2)


def test_a_mail_that_still_waits_does_not_name_the_silent_one(world: World) -> None:
    one, two, _ = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    with world.services.sessions() as session:
        ids = session.scalars(
            select(OutboxMessage.id)
            .where(OutboxMessage.unit_id.in_(one.units.values()))
            .order_by(OutboxMessage.id)
        ).all()
        about_two, about_three = compose(session, world.services, ids).values()
    assert about_two is None
    assert about_three is not None
    assert "Woonbedrijf" in about_three.text
    assert "Wijkteam" not in about_three.text


@pytest.mark.parametrize("who", [0, 1])
def test_whoever_takes_it_back_lifts_the_silence(who: int, world: World) -> None:
    members = matched(world, "Schuldhulp", "Wijkteam")
    say_known(members[0], members[1])
    recorded(members[1], bevestigd=[own(members[0])["id"]])
    recorded(members[who], status="contact_gelegd")
    assert silences(world) == 0
    come_again(members[0])
    assert told(world, members[1]) == 2


def test_it_holds_after_the_signals_ended(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    come_again(one)
    assert (told(world, one), told(world, two)) == (1, 1)


def test_who_is_hidden_may_say_so_and_nobody_hears_it_until_it_is_seen(world: World) -> None:
    seen, hidden = matched(world, "Schuldhulp", "GGZ")
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    before = seen.get("/api/v1/matches").json
    say_known(hidden, seen)
    assert seen.get("/api/v1/matches").json == before
    recorded(hidden, zichtbaar=True)
    assert acquaintances(seen) == {own(hidden)["id"]: "door_ander_gezegd"}
    recorded(seen, bevestigd=[own(hidden)["id"]])
    assert silences(world) == 1


def test_with_whom_is_told_to_nobody_who_may_not_see_that_one(world: World) -> None:
    seen, hidden = matched(world, "Schuldhulp", "GGZ")
    recorded(hidden, zichtbaar=True)
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    assert [one["organisatie"] for one in match_of(third)["deelnemers"]] == ["Schuldhulp"]
    say_known(seen, hidden)
    # As if they had spoken to somebody: the word itself would tell of a hidden one.
    assert other(third, seen)["opvolging"]["status"] == "contact_gelegd"
    assert other(hidden, seen)["opvolging"]["status"] == "waren_al_in_contact"


def test_what_was_done_before_one_came_was_about_others(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    recorded(one, status="contact_gelegd")
    world.clock.advance(timedelta(minutes=1))
    third = member(world, "Woonbedrijf")
    third.register(1)
    assert other(third, one)["opvolging"] == {"status": "open", "sindsDatum": None}
    assert other(two, one)["opvolging"]["status"] == "contact_gelegd"
    recorded(one, status="niet_bereikt")
    assert other(third, one)["opvolging"]["status"] == "niet_bereikt"
