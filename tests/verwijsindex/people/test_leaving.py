"""Leaving, as the organisation's own system says it; and what setting somebody inactive needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tests.people import add_person
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.follow_up.matched import match_of, member, own, record, recorded, regie
from tests.verwijsindex.web.casework import signal_ids
from tests.world import Member, World
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.worker import Worker

ONE = "/api/v1/medewerkers/<string:sleutel>"
LEAVING = f"{ONE}/vertrek"


def leave(one: Member, key: str, **body: Any) -> Any:
    return one.post(f"/api/v1/medewerkers/{key}/vertrek", body)


def deactivate(one: Member, key: str) -> Any:
    (unit,) = one.units.values()
    facts = {"naam": "An Bos", "functie": "consulent", "afdeling": str(unit)}
    facts |= {"email": f"{key}@schuldhulp.example", "telefoon": "06-12345678"}
    return one.put(f"/api/v1/medewerkers/{key}", facts | {"status": "inactief"})


def team_match(world: World) -> tuple[Member, Member]:
    """Return an organisation whose m2 picked up the match of the team's signal, and the other."""
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    assert one.register(1, contact={"afdeling": True}).status_code == 201
    assert two.register(1).status_code == 201
    Worker(world.services).review()
    recorded(one, status="opgepakt", opgepaktDoor="m2")
    return one, two


def test_nobody_is_set_inactive_who_picked_up_a_match_of_the_team(world: World) -> None:
    one, _ = team_match(world)
    problem = assert_problem(deactivate(one, "m2"), 409, ONE)
    assert "pakte nog 1 match van het team" in problem["detail"]
    recorded(one, status="contact_gelegd", opbrengst=["meer_zicht"])
    assert deactivate(one, "m2").status_code == 200


def test_who_leaves_leaves_matches_to_be_picked_up_and_no_way_in(world: World) -> None:
    one, two = team_match(world)
    add_person(world, one.id, key="m2", name="An Bos")
    assert one.register(2, contact={"medewerker": "m2"}).status_code == 201
    answer = leave(one, "m2", overdracht={"medewerker": "m1"})
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "vertrokken": True,
        "overgedragen": 1,
        "achtergebleven": [],
        "regieTeruggegeven": 0,
        "weerOpen": 1,
        "accountGeblokkeerd": True,
    }
    with world.services.sessions() as session:
        account = session.scalar(select(Account).where(Account.organisation_id == one.id))
        assert account is not None
        assert account.status is AccountStatus.BLOCKED
    assert own(one)["opvolging"]["opgepaktDoor"] is None
    assert record(one, status="opgepakt", opgepaktDoor="m1").status_code == 200
    statuses = {
        p["sleutel"]: p["status"] for p in one.get("/api/v1/medewerkers").json["resultaten"]
    }
    assert statuses == {"m1": "actief", "m2": "inactief"}
    again = leave(one, "m2")
    assert (again.status_code, again.json["vertrokken"]) == (200, True)
    assert match_of(two)["deelnemers"][0]["organisatie"] == "Schuldhulp"


def test_who_leaves_lays_down_the_lead(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    for each in (one, two):
        assert each.register(1).status_code == 201
    regie(one, deelname=own(one)["id"])
    answer = leave(one, "m1", overdracht={"afdeling": True})
    assert (answer.status_code, answer.json["regieTeruggegeven"]) == (200, 1)
    assert match_of(two)["regie"] is None
    assert answer.json["accountGeblokkeerd"] is False  # there was none


def test_who_has_signals_does_not_leave_without_somebody_who_gets_them(world: World) -> None:
    one = member(world, "Schuldhulp")
    assert one.register(1).status_code == 201
    problem = assert_problem(leave(one, "m1"), 409, LEAVING)
    assert "nog contact van 1 actief signaal" in problem["detail"]
    assert_problem(leave(one, "m1", overdracht={"medewerker": "m9"}), 400, LEAVING)
    assert_problem(leave(one, "m9"), 404, LEAVING)
    assert_problem(leave(member(world, "Wijkteam"), "m1", overdracht={}), 400, LEAVING)
    assert set(signal_ids(one)) == {"D-1"}


def test_where_a_signal_stays_behind_nobody_leaves(world: World) -> None:
    one = member(world, "Schuldhulp")
    add_person(world, one.id, key="m1", name="Ton Kok")
    for key in ("m1", "m2"):
        assert one.register(1, contact={"medewerker": key}).status_code == 201
    answer = leave(one, "m1", overdracht={"medewerker": "m2"})
    assert answer.status_code == 200
    assert (answer.json["vertrokken"], answer.json["accountGeblokkeerd"]) == (False, False)
    (left,) = answer.json["achtergebleven"]
    assert "al een actief signaal" in left["reden"]
