"""Stand-ins through the API: who may stand in and when; and whom the others are to ring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.verwijsindex.api.refusals import assert_problem, faults_of
from tests.verwijsindex.follow_up.matched import matched, member, other
from tests.world import Member, World

pytestmark = pytest.mark.any_database

ROUTE = "/api/v1/medewerkers/<string:sleutel>/waarnemingen"
PATH = "/api/v1/medewerkers/m1/waarnemingen"
TODAY = "2026-11-23"
_BODY = {
    "waarnemer": "m2",
    "vanDatum": TODAY,
    "totEnMetDatum": "2026-11-27",
    "bezorging": "waarnemer",
}


def make(one: Member, **changes: Any) -> Any:
    return one.post(PATH, _BODY | changes)


def made(one: Member, **changes: Any) -> dict[str, Any]:
    answer = make(one, **changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_it_is_listed_until_it_is_over_and_can_be_ended(world: World) -> None:
    one = world.member("Schuldhulp")
    later = made(one, vanDatum="2026-12-01", totEnMetDatum="2026-12-04")
    now = made(one)
    assert now == {"id": now["id"], "naam": "M. Schuldhulp 2", **_BODY}
    listed = one.get(PATH).json
    assert (listed["totaal"], listed["resultaten"]) == (2, [now, later])
    ended = world.http.delete(f"{PATH}/{now['id']}", headers=one.headers)
    assert (ended.status_code, ended.json) == (200, now)
    assert one.get(PATH).json["resultaten"] == [later]
    again = world.http.delete(f"{PATH}/{now['id']}", headers=one.headers)
    assert again.status_code == 404
    world.clock.advance(timedelta(days=30))
    one.token = world.token(one.client)
    assert one.get(PATH).json["resultaten"] == []


@pytest.mark.parametrize(
    ("first", "last", "is_free"),
    [
        ("2026-11-27", "2026-11-30", False),
        ("2026-11-28", "2026-11-30", True),
        ("2026-11-23", "2026-11-23", False),
        ("2026-11-01", "2026-12-30", False),
        ("2026-11-01", "2026-11-23", False),
    ],
)
def test_no_two_overlap(world: World, first: str, last: str, is_free: bool) -> None:
    one = world.member("Schuldhulp")
    made(one)
    answer = make(one, vanDatum=first, totEnMetDatum=last)
    if is_free:
        assert answer.status_code == 201
        return
    body = assert_problem(answer, 400, ROUTE)
    assert faults_of(body) == {
        (
            "vanDatum",
            "overlapt met de waarneming van 23 november 2026 tot en met 27 november 2026",
        )
    }


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"waarnemer": "m1"}, "waarnemer"),
        ({"waarnemer": "niemand"}, "waarnemer"),
        ({"waarnemer": "x1"}, "waarnemer"),
        ({"totEnMetDatum": "2026-11-22", "vanDatum": "2026-11-20"}, "totEnMetDatum"),
        ({"totEnMetDatum": "2026-11-22"}, "totEnMetDatum"),
        ({"totEnMetDatum": "2027-11-30"}, "totEnMetDatum"),
        ({"bezorging": "niemand"}, "bezorging"),
    ],
)
def test_only_a_colleague_of_the_unit_in_days_to_come(
    world: World, changes: dict[str, str], name: str
) -> None:
    units = {"Team": 'domein = "schulden"', "Balie": 'domein = "welzijn"'}
    one = world.member("Schuldhulp", units=units)
    elsewhere = {
        "naam": "X",
        "functie": "consulent",
        "afdeling": str(one.units["Balie"]),
        "email": "x@schuldhulp.example",
        "telefoon": "010-1234567",
    }
    assert one.put("/api/v1/medewerkers/x1", elsewhere).status_code == 201
    body = assert_problem(make(one, **changes), 400, ROUTE)
    assert [fault for fault, _ in faults_of(body)] == [name]


def test_another_organisation_knows_of_none(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    mine = made(one)
    assert two.get(PATH).json["resultaten"] == []
    answer = world.http.delete(f"{PATH}/{mine['id']}", headers=two.headers)
    assert answer.status_code == 404
    assert one.get(PATH).json["totaal"] == 1
    assert_problem(one.get("/api/v1/medewerkers/nee/waarnemingen"), 404, ROUTE)


def test_the_others_see_whom_to_ring_while_it_lasts(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    assert other(two, one)["contact"]["waarnemer"] is None
    stand_in = made(one)
    substitute = {
        "naam": "M. Schuldhulp 2",
        "telefoon": "06-12345672",
        "totEnMetDatum": "2026-11-27",
    }
    assert other(two, one)["contact"]["waarnemer"] == substitute
    world.clock.advance(timedelta(days=5))
    for each in (one, two):
        each.token = world.token(each.client)
    assert other(two, one)["contact"]["waarnemer"] is None
    assert stand_in["totEnMetDatum"] == "2026-11-27"


def test_a_stand_in_who_left_or_is_away_is_shown_to_nobody(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    made(one)
    back = one.post("/api/v1/medewerkers/m2/waarnemingen", _BODY | {"waarnemer": "m1"})
    assert back.status_code == 201
    assert other(two, one)["contact"]["waarnemer"] is None
    one.world.http.delete(
        f"/api/v1/medewerkers/m2/waarnemingen/{back.json['id']}", headers=one.headers
    )
    assert other(two, one)["contact"]["waarnemer"] is not None
    left = {
        "naam": "M. Schuldhulp 2",
        "functie": "consulent",
        "afdeling": str(one.units["Team"]),
        "email": "m2@schuldhulp.example",
        "telefoon": "06-12345672",
        "status": "inactief",
    }
    assert one.put("/api/v1/medewerkers/m2", left).status_code == 200
    assert other(two, one)["contact"]["waarnemer"] is None


def test_who_answers_a_registration_is_told_it_too(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    made(one)
    one.register(1)
    (seen,) = two.register(1).json["match"]["deelnemers"]
    assert seen["contact"]["waarnemer"]["naam"] == "M. Schuldhulp 2"


def test_how_somebody_is_mailed_stays_until_it_is_said_otherwise(world: World) -> None:
    one = world.member("Schuldhulp")
    body = {
        "naam": "M. Schuldhulp 1",
        "functie": "consulent",
        "afdeling": str(one.units["Team"]),
        "email": "m1@schuldhulp.example",
        "telefoon": "06-12345671",
    }
    found = [
        one.put("/api/v1/medewerkers/m1", body | changes).json["bezorging"]
        for changes in ({}, {"bezorging": "uit"}, {}, {"bezorging": "direct"})
    ]
    assert found == ["direct", "uit", "uit", "direct"]


def test_the_administrators_list_tells_whose_and_when_and_no_more(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    world.clock.advance(timedelta(days=28))
    for each in (one, two):
        each.token = world.token(each.client)
    listed = one.get("/api/v1/vastgelopen-matches").json
    assert listed["totaal"] == 2
    assert {row["naam"] for row in listed["resultaten"]} == {"Schuldhulp", "Wijkteam"}
    for row in listed["resultaten"]:
        assert row.keys() == {"organisatie", "naam", "domein", "opvolgenVoorDatum"}
        assert row["opvolgenVoorDatum"] == "2026-11-30"
