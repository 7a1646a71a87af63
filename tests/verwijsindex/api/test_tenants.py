"""Nobody sees a signal, match or professional of which their organisation or unit is no part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.clients import Scope
from verwijsindex.use_cases.admit import add_client

SIGNAL = "/api/v1/signalen/<uuid:signal_id>"
PATCHES = (
    {"status": "beeindigd", "reden": "afgerond"},
    {"vervaltDatum": "2027-06-01"},
    {"geinformeerd": {"uitgesteldReden": "onderzoek", "herzienDatum": "2026-12-01"}},
)


def visible(member: Member) -> dict[str, Any]:
    """Return everything that a client sees in lists and searches, with the totals."""
    found = {
        noun: member.get(f"/api/v1/{noun}").json for noun in ("signalen", "matches", "medewerkers")
    }
    found["zoek"] = member.post("/api/v1/signalen/_zoek", {"kenmerk": "D-1"}).json
    for answer in found.values():
        assert answer["totaal"] == len(answer["resultaten"])
    return found


def test_what_another_organisation_owns_is_not_there(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    third = world.member("Raadslieden", domain="juridisch")
    signal = one.register(1).json
    match = other.register(1).json["match"]["id"]
    before = visible(one)
    for stranger in (other, third):
        path = f"/api/v1/signalen/{signal['id']}"
        assert_problem(stranger.get(path), 404, SIGNAL)
        for body in PATCHES:
            assert_problem(stranger.patch(path, body), 404, SIGNAL)
    assert_problem(third.get(f"/api/v1/matches/{match}"), 404, "/api/v1/matches/<uuid:match_id>")
    assert visible(one) == before
    nothing = visible(third)
    assert nothing["signalen"] == nothing["matches"] == nothing["zoek"]
    assert nothing["zoek"] == {"totaal": 0, "resultaten": []}
    for query in (
        {"afdeling": str(one.units["Team"])},
        {"status": "actief"},
        {"medewerker": "m1"},
        {"vervaltVoor": "2030-01-01"},
    ):
        assert third.get("/api/v1/signalen", **query).json["totaal"] == 0
        assert one.get("/api/v1/signalen", **query).json["totaal"] == 1


def test_professionals_are_ones_own_under_ones_own_keys(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    mine = one.get("/api/v1/medewerkers").json
    assert [p["naam"] for p in mine["resultaten"]] == ["M. Schuldhulp 1", "M. Schuldhulp 2"]
    changed = {
        "naam": "Z. Nieuw",
        "functie": "consulent",
        "afdeling": str(other.units["Team"]),
        "email": "z@wijkteam.example",
        "telefoon": "010-1234567",
    }
    assert other.put("/api/v1/medewerkers/m1", changed).status_code == 200
    assert one.get("/api/v1/medewerkers").json == mine
    theirs = changed | {"afdeling": str(one.units["Team"])}
    answer = other.put("/api/v1/medewerkers/m1", theirs)
    body = assert_problem(answer, 400, "/api/v1/medewerkers/<string:sleutel>")
    assert body["invalidParams"] == [
        {"name": "afdeling", "reason": "is geen afdeling van uw organisatie"}
    ]


def test_the_directory_shows_others_without_their_professionals(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    listed = one.get("/api/v1/organisaties").json["resultaten"]
    assert [(o["naam"], o["eigen"]) for o in listed] == [("Schuldhulp", True), ("Wijkteam", False)]
    own = one.get("/api/v1/organisaties", eigen="true").json
    assert [o["id"] for o in own["resultaten"]] == [str(one.id)]
    assert own["totaal"] == 1
    shown = one.get(f"/api/v1/organisaties/{other.id}")
    assert shown.json["afdelingen"][0]["id"] == str(other.units["Team"])
    assert "m1" not in shown.text


@pytest.fixture
def desks(world: World) -> tuple[Member, Member]:
    """Return a municipality's two clients: one admitted to the independent desk, one not."""
    insider = world.member(
        "Gemeente",
        units={"Wmo": 'domein = "welzijn"', "Schulden": 'domein = "schulden"\nzelfstandig = true'},
        independent_units=("Schulden",),
    )
    with world.services.sessions() as session:
        client = add_client(
            session, world.services, organisation_name="Gemeente", name="b", scopes=list(Scope)
        )
    outsider = replace(insider, client=client, token=world.token(client))
    professional = {
        "naam": "S. Schulden",
        "functie": "consulent",
        "afdeling": str(insider.units["Schulden"]),
        "email": "s@gemeente.example",
        "telefoon": "010-1234567",
        "opgeleidDatum": "2026-01-05",
    }
    assert insider.put("/api/v1/medewerkers/s1", professional).status_code == 201
    return insider, outsider


def test_an_independent_unit_is_closed_to_clients_that_were_not_admitted(
    world: World, desks: tuple[Member, Member]
) -> None:
    insider, outsider = desks
    other = world.member("Wijkteam", domain="welzijn")
    closed = {"afdeling": str(insider.units["Schulden"]), "contact": {"medewerker": "s1"}}
    signal = insider.register(1, **closed).json
    match = other.register(1).json["match"]["id"]
    assert insider.get(f"/api/v1/matches/{match}").status_code == 200
    assert_problem(outsider.get(f"/api/v1/matches/{match}"), 404, "/api/v1/matches/<uuid:match_id>")
    path = f"/api/v1/signalen/{signal['id']}"
    assert_problem(outsider.get(path), 404, SIGNAL)
    for body in PATCHES:
        assert_problem(outsider.patch(path, body), 404, SIGNAL)
    seen = visible(outsider)
    assert seen["signalen"] == seen["matches"] == seen["zoek"] == {"totaal": 0, "resultaten": []}
    assert [p["sleutel"] for p in seen["medewerkers"]["resultaten"]] == ["m1", "m2"]
    assert {name: found["totaal"] for name, found in visible(insider).items()} == {
        "signalen": 1,
        "matches": 1,
        "zoek": 1,
        "medewerkers": 3,
    }


def test_a_professional_of_a_closed_unit_cannot_be_taken_over(
    world: World, desks: tuple[Member, Member]
) -> None:
    insider, outsider = desks
    before = insider.get("/api/v1/medewerkers").json
    body = {
        "naam": "Z. Nieuw",
        "functie": "consulent",
        "afdeling": str(outsider.units["Wmo"]),
        "email": "z@gemeente.example",
        "telefoon": "010-1234567",
    }
    route = "/api/v1/medewerkers/<string:sleutel>"
    assert_problem(outsider.put("/api/v1/medewerkers/s1", body), 404, route)
    into = body | {"afdeling": str(outsider.units["Schulden"])}
    assert_problem(outsider.put("/api/v1/medewerkers/n1", into), 400, route)
    assert insider.get("/api/v1/medewerkers").json == before


def test_two_independent_units_match_and_each_client_sees_its_own_side(world: World) -> None:
    units = {name: f'domein = "{name}"\nzelfstandig = true' for name in ("wonen", "schulden")}
    one = world.member("Gemeente", units=units, independent_units=("wonen",))
    with world.services.sessions() as session:
        client = add_client(
            session,
            world.services,
            organisation_name="Gemeente",
            name="b",
            scopes=list(Scope),
            independent_units=["schulden"],
        )
    other = replace(one, client=client, token=world.token(client))
    mine = one.register(1, contact={"afdeling": True}).json
    theirs = other.register(
        1, contact={"afdeling": True}, afdeling=str(one.units["schulden"]), kenmerk="S-1"
    ).json
    assert [p["domein"] for p in theirs["match"]["deelnemers"]] == ["wonen"]
    for member, own, counterpart in ((one, mine, "schulden"), (other, theirs, "wonen")):
        (match,) = member.get("/api/v1/matches").json["resultaten"]
        assert [p["signaal"] for p in match["eigenDeelnames"]] == [own["id"]]
        assert [p["domein"] for p in match["deelnemers"]] == [counterpart]
    assert one.get(f"/api/v1/signalen/{theirs['id']}").status_code == 404
    assert "S-1" not in one.get("/api/v1/matches").text


def test_whoever_has_no_visible_counterpart_gets_neither_entry_nor_count(world: World) -> None:
    hidden = world.member("Veilig Thuis", domain="veiligheid", sensitive=True)
    one = world.member("Schuldhulp")
    assert hidden.register(1).json["match"] is None
    signal = one.register(1).json
    assert signal["match"] is None
    assert one.get(f"/api/v1/signalen/{signal['id']}").json["match"] is None
    for member in (one, hidden):
        assert member.get("/api/v1/matches").json == {"totaal": 0, "resultaten": []}
