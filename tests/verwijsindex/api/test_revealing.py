"""``PATCH …/deelnames/{id}``: the sensitive side decides when it becomes visible."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from match.messages import OutboxMessage
from match.rule_versions import RuleVersion
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.worker import Worker

ROUTE = "/api/v1/matches/<uuid:match_id>/deelnames/<uuid:participation_id>"


@pytest.fixture
def sides(world: World) -> tuple[Member, Member]:
    """Return a sensitive organisation and another one."""
    return world.member("GGZ", domain="ggz", sensitive=True), world.member("Sociale dienst")


def own_part(member: Member) -> str:
    (match,) = member.get("/api/v1/matches").json["resultaten"]
    return f"/api/v1/matches/{match['id']}/deelnames/{match['eigenDeelnames'][0]['id']}"


def told(world: World, member: Member) -> int:
    with world.services.sessions() as session:
        units = [one.unit_id for one in session.scalars(select(OutboxMessage))]
    return sum(unit in member.units.values() for unit in units)


def test_the_sensitive_side_sees_at_once_when_it_comes_second_and_the_other_is_told_nothing(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    signal = other.register(1).json
    seen = hidden.register(1).json["match"]["deelnemers"]
    assert [one["organisatie"] for one in seen] == ["Sociale dienst"]
    Worker(world.services).review()
    assert other.get("/api/v1/matches").json == {"totaal": 0, "resultaten": []}
    assert other.get(f"/api/v1/signalen/{signal['id']}").json["match"] is None
    assert (told(world, hidden), told(world, other)) == (1, 0)


def test_when_it_came_first_it_is_told_by_the_next_review(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    hidden.register(1)
    assert other.register(1).json["match"] is None
    assert told(world, hidden) == 0
    worker = Worker(world.services)
    worker.review()
    assert (told(world, hidden), told(world, other)) == (1, 0)
    worker.review()
    assert told(world, hidden) == 1
    with world.services.sessions() as session:
        reviewed = select(AuditEvent).where(AuditEvent.action == Action.MATCH_REVIEWED)
        assert len(session.scalars(reviewed).all()) == 1


def test_revealing_shows_both_once_and_again_is_the_same(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    other.register(1)
    hidden.register(1)
    (before,) = hidden.get("/api/v1/matches").json["resultaten"]
    assert [one["zichtbaar"] for one in before["eigenDeelnames"]] == [False]
    path = own_part(hidden)
    first = hidden.patch(path, {"zichtbaar": True})
    assert first.status_code == 200, first.text
    assert [one["zichtbaar"] for one in first.json["eigenDeelnames"]] == [True]
    again = hidden.patch(path, {"zichtbaar": True})
    assert (again.status_code, again.json) == (200, first.json)
    (match,) = other.get("/api/v1/matches").json["resultaten"]
    assert [one["organisatie"] for one in match["deelnemers"]] == ["GGZ"]
    assert (told(world, hidden), told(world, other)) == (1, 1)
    with world.services.sessions() as session:
        deeds = session.scalars(
            select(AuditEvent).where(AuditEvent.action == Action.PARTICIPATION_REVEALED)
        ).all()
    assert [str(deed.object_id) for deed in deeds] == [path.rpartition("/")[2]]


def test_whoever_comes_later_does_not_see_it_until_it_is_done_once_more(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    other.register(1)
    hidden.register(1)
    hidden.patch(own_part(hidden), {"zichtbaar": True})
    third = world.member("Wijkteam", domain="welzijn")
    seen = third.register(1).json["match"]["deelnemers"]
    assert [one["organisatie"] for one in seen] == ["Sociale dienst"]
    Worker(world.services).review()
    assert hidden.patch(own_part(hidden), {"zichtbaar": True}).status_code == 200
    (match,) = third.get("/api/v1/matches").json["resultaten"]
    assert {one["organisatie"] for one in match["deelnemers"]} == {"Sociale dienst", "GGZ"}


def test_there_is_nothing_to_reveal_where_one_does_not_decide(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    third = world.member("Wijkteam", domain="welzijn")
    other.register(1)
    third.register(1)
    own = own_part(other)
    problem = assert_problem(other.patch(own, {"zichtbaar": True}), 409, ROUTE)
    assert "niets zichtbaar te maken" in problem["detail"]
    hidden.register(1)
    assert other.patch(own, {"zichtbaar": True}).json == problem
    # Nobody acts for somebody else, nor undoes it.
    theirs = own_part(hidden)
    assert_problem(other.patch(theirs, {"zichtbaar": True}), 404, ROUTE)
    assert_problem(hidden.patch(theirs, {"zichtbaar": False}), 400, ROUTE)


def test_where_the_other_has_ended_nothing_is_left_to_reveal(
    world: World, sides: tuple[Member, Member]
) -> None:
    hidden, other = sides
    signal = other.register(1).json["id"]
    hidden.register(1)
    path = own_part(hidden)
    other.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"})
    (match,) = hidden.get("/api/v1/matches").json["resultaten"]
    assert match["status"] == "gesloten"
    assert_problem(hidden.patch(path, {"zichtbaar": True}), 409, ROUTE)
    with world.services.sessions() as session:
        assert session.scalars(select(RuleVersion.version)).all() == [1, 2]
