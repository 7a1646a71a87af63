"""Recording what came of a match, over the API, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from match.follow_up_steps import FollowUpStep
from orgprofiles.organisations import Organisation
from tests.verwijsindex.api.calls import NOBODYS_ID
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
)
from tests.world import World
from verwijsindex.audit import Action, AuditEvent

pytestmark = pytest.mark.any_database


def faults(problem: dict[str, object]) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in problem["invalidParams"]}  # type: ignore[attr-defined]


def test_a_match_begins_open_with_five_working_days(world: World) -> None:
    # It is Monday 23 November 2026 in this world.
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    assert own(one)["opvolging"] == {
        "status": "open",
        "sindsOp": None,
        "nogVastTeLeggen": True,
        "opvolgenVoorDatum": "2026-11-30",
        "opgepaktDoor": None,
        "opbrengst": [],
        "alInContact": [],
    }
    assert match_of(one)["opvolgenVoorDatum"] == "2026-11-30"


def test_the_deadline_is_that_of_ones_own_profile_and_skips_christmas(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, two.id).follow_up_days = 3
    world.clock.advance(timedelta(days=30))
    for each in (one, two):
        each.token = world.token(each.client)
        each.register(1)
    # From Wednesday 23 December; the 25th is a holiday, the 26th a Saturday.
    assert own(one)["opvolging"]["opvolgenVoorDatum"] == "2026-12-31"
    assert own(two)["opvolging"]["opvolgenVoorDatum"] == "2026-12-29"


def test_whoever_sees_nobody_yet_gets_its_deadline_when_it_does(world: World) -> None:
    other_one, hidden = matched(world, "Schuldhulp", "GGZ")
    world.clock.advance(timedelta(days=7))
    for each in (other_one, hidden):
        each.token = world.token(each.client)
    assert own(hidden)["opvolging"]["opvolgenVoorDatum"] == "2026-11-30"
    recorded(hidden, zichtbaar=True)
    assert own(other_one)["opvolging"]["opvolgenVoorDatum"] == "2026-12-07"
    assert own(hidden)["opvolging"]["opvolgenVoorDatum"] == "2026-11-30"


def test_what_came_of_it_is_kept_and_the_other_sees_status_and_day_alone(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    world.clock.advance(timedelta(minutes=5))
    part = recorded(one, status="contact_gelegd", opbrengst=["plan_aangepast", "meer_zicht"])
    assert part["opvolging"]["status"] == "contact_gelegd"
    assert part["opvolging"]["sindsOp"] == "2026-11-23T10:05:00Z"
    assert part["opvolging"]["opbrengst"] == ["meer_zicht", "plan_aangepast"]
    assert other(two, one)["opvolging"] == {
        "status": "contact_gelegd",
        "sindsDatum": "2026-11-23",
    }
    assert own(two)["opvolging"]["status"] == "open"
    assert match_of(one)["opvolgenVoorDatum"] is None
    assert match_of(two)["opvolgenVoorDatum"] == "2026-11-30"


def test_recording_the_same_again_changes_nothing_and_is_no_deed(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    body = {"status": "contact_gelegd", "opbrengst": ["meer_zicht"]}
    first = recorded(one, **body)
    world.clock.advance(timedelta(minutes=5))
    assert recorded(one, **body) == first
    assert recorded(one, status="contact_gelegd")["opvolging"]["opbrengst"] == []
    with world.services.sessions() as session:
        deeds = session.scalars(
            select(AuditEvent).where(AuditEvent.action == Action.FOLLOW_UP_RECORDED)
        ).all()
        assert len(deeds) == 2
        assert len(session.scalars(select(FollowUpStep)).all()) == 1


def test_what_came_of_it_may_be_corrected_but_not_undone(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    recorded(one, status="niet_bereikt")
    recorded(one, status="open")
    recorded(one, status="geen_afstemming_nodig")
    recorded(one, status="contact_gelegd")
    problem = assert_problem(record(one, status="open"), 409, PART_ROUTE)
    assert "niet terugzetten op open" in problem["detail"]
    assert own(one)["opvolging"]["status"] == "contact_gelegd"


def test_a_contact_picks_up_its_own_and_a_team_names_who_does(world: World) -> None:
    (one,) = matched(world, "Schuldhulp")
    team = member(world, "Wijkteam")
    team.register(1, contact={"afdeling": True})
    part = recorded(one, status="opgepakt")
    assert part["opvolging"]["opgepaktDoor"]["naam"] == "M. Schuldhulp 1"
    assert recorded(team, status="opgepakt")["opvolging"]["opgepaktDoor"] is None
    part = recorded(team, status="opgepakt", opgepaktDoor="m2")
    assert part["opvolging"]["opgepaktDoor"]["naam"] == "M. Wijkteam 2"
    assert "M. Wijkteam 2" not in one.get("/api/v1/matches").text
    # It stays with what comes of it, and goes when the match is given back.
    assert recorded(team, status="niet_bereikt")["opvolging"]["opgepaktDoor"] is not None
    assert recorded(team, status="open")["opvolging"]["opgepaktDoor"] is None


def test_a_colleague_does_not_take_over_unawares(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam", contact={"afdeling": True})
    recorded(one, status="opgepakt", opgepaktDoor="m1")
    problem = assert_problem(record(one, status="opgepakt", opgepaktDoor="m2"), 409, PART_ROUTE)
    assert "Een collega heeft deze match al opgepakt" in problem["detail"]
    recorded(one, status="opgepakt", opgepaktDoor="m1")
    recorded(one, status="open")
    part = recorded(one, status="opgepakt", opgepaktDoor="m2")
    assert part["opvolging"]["opgepaktDoor"]["naam"] == "M. Schuldhulp 2"


def test_all_faults_come_at_once_in_dutch(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    answer = record(
        one, status="open", met=[NOBODYS_ID], opbrengst=["meer_zicht"], opgepaktDoor="m1"
    )
    assert faults(assert_problem(answer, 400, PART_ROUTE)) == {
        "met": "hoort alleen bij waren_al_in_contact",
        "opbrengst": "hoort alleen bij contact_gelegd of waren_al_in_contact",
        "opgepaktDoor": "hoort alleen bij opgepakt",
    }
    answer = record(
        one, status="waren_al_in_contact", opbrengst=["geen_meerwaarde", "meer_zicht"], met=[]
    )
    assert set(faults(assert_problem(answer, 400, PART_ROUTE))) == {"met", "opbrengst"}
    answer = record(one, status="waren_al_in_contact", met=[NOBODYS_ID, own(one)["id"]])
    seen = "is geen deelname die u in deze match ziet"
    assert faults(assert_problem(answer, 400, PART_ROUTE)) == {"met[0]": seen, "met[1]": seen}
    answer = record(one, status="opgepakt", opgepaktDoor="zomaar")
    assert "opgepaktDoor" in faults(assert_problem(answer, 400, PART_ROUTE))
    assert_problem(record(one, status="open", zichtbaar=True), 400, PART_ROUTE)
    assert own(one)["opvolging"]["status"] == "open"


def test_nobody_records_for_somebody_else(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    outsider = member(world, "Woonbedrijf")
    path = f"/api/v1/matches/{match_of(one)['id']}/deelnames/{own(one)['id']}"
    for body in ({"status": "contact_gelegd"}, {"bevestigd": [own(two)["id"]]}):
        assert_problem(two.patch(path, body), 404, PART_ROUTE)
        assert_problem(outsider.patch(path, body), 404, PART_ROUTE)
    assert own(one)["opvolging"]["status"] == "open"


def test_after_ones_signal_ended_there_is_nothing_to_record(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    part = own(one)
    end = {"status": "beeindigd", "reden": "afgerond"}
    assert one.patch(f"/api/v1/signalen/{part['signaal']}", end).status_code == 200
    problem = assert_problem(record(one, status="contact_gelegd"), 409, PART_ROUTE)
    assert "beëindigd of vervallen" in problem["detail"]


def test_the_list_shows_what_waits_and_the_most_urgent_first(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    for days, person in ((0, 1), (1, 2), (1, 3)):
        world.clock.advance(timedelta(days=days))
        for each in (one, two):
            each.token = world.token(each.client)
            each.register(person)

    def listed(**query: str) -> list[str]:
        found = one.get("/api/v1/matches", **query).json["resultaten"]
        return [match["eigenDeelnames"][0]["kenmerk"] for match in found]

    assert listed() == ["D-3", "D-2", "D-1"]
    assert listed(sorteer="opvolgenVoorDatum") == ["D-1", "D-2", "D-3"]
    first = one.get("/api/v1/matches", sorteer="opvolgenVoorDatum").json["resultaten"][0]
    path = f"/api/v1/matches/{first['id']}/deelnames/{first['eigenDeelnames'][0]['id']}"
    assert one.patch(path, {"status": "geen_afstemming_nodig"}).status_code == 200
    assert listed(sorteer="opvolgenVoorDatum") == ["D-2", "D-3", "D-1"]
    assert listed(opvolging="open", sorteer="opvolgenVoorDatum") == ["D-2", "D-3"]
    assert listed(opvolging="afgerond") == ["D-1"]
    assert one.get("/api/v1/matches", opvolging="open", perPagina=1).json["totaal"] == 2
    assert two.get("/api/v1/matches", opvolging="open").json["totaal"] == 3


@pytest.mark.parametrize(("query", "value"), [("opvolging", "x"), ("sorteer", "kenmerk")])
def test_another_filter_or_order_is_refused(query: str, value: str, world: World) -> None:
    one = member(world, "Schuldhulp")
    answer = one.get("/api/v1/matches", **{query: value})
    assert set(faults(assert_problem(answer, 400, "/api/v1/matches"))) == {query}


def test_days_are_those_of_the_netherlands(world: World) -> None:
    world.clock.moment = world.clock().replace(hour=23, minute=30)  # Tuesday, in Amsterdam
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    one.register(1)
    two.register(1)
    assert own(one)["opvolging"]["opvolgenVoorDatum"] == "2026-12-01"
    recorded(one, status="contact_gelegd")
    assert date.fromisoformat(other(two, one)["opvolging"]["sindsDatum"]) == date(2026, 11, 24)
