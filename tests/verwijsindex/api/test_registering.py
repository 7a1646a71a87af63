"""``POST /signalen``: registering, matching and what the answer tells."""

from __future__ import annotations

from sqlalchemy import select

from match.matches import Match, Participation
from match.messages import OutboxMessage
from tests.world import World


def test_a_new_signal_answers_201_and_the_same_again_200_with_the_same_body(world: World) -> None:
    one = world.member("Schuldhulp")
    first = one.register(1)
    assert first.status_code == 201, first.text
    assert first.json["status"] == "actief"
    assert first.json["kenmerk"] == "D-1"
    assert first.json["vervaltDatum"] == "2027-12-01"
    assert first.json["match"] is None
    assert first.headers["Location"] == f"/api/v1/signalen/{first.json['id']}"
    again = one.register(1)
    assert again.status_code == 200
    assert again.json == first.json


def test_a_second_organisation_makes_a_match_that_both_see_and_are_mailed(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    mine = one.register(1)
    theirs = other.register(1)
    match = theirs.json["match"]
    assert match["status"] == "open"
    (seen,) = match["deelnemers"]
    assert seen["organisatie"] == "Schuldhulp"
    assert seen["domein"] == "schulden"
    assert seen["contact"] == {
        "naam": "M. Schuldhulp 1",
        "functie": "consulent",
        "telefoon": "06-12345671",
        "email": "m1@schuldhulp.example",
        "waarnemer": None,
    }
    assert seen["sindsDatum"] == "2026-11-23"
    back = one.get(f"/api/v1/signalen/{mine.json['id']}").json["match"]
    assert back["id"] == match["id"]
    assert [p["organisatie"] for p in back["deelnemers"]] == ["Wijkteam"]
    with world.services.sessions() as session:
        told = session.scalars(select(OutboxMessage)).all()
        assert len(told) == 2
        assert len({m.event_id for m in told}) == 1
        assert {m.unit_id for m in told} == {*one.units.values(), *other.units.values()}
    assert other.register(1).status_code == 200
    with world.services.sessions() as session:
        assert len(session.scalars(select(OutboxMessage)).all()) == 2


def test_ending_closes_the_match_and_a_new_one_reopens_it(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    third = world.member("Raadslieden", domain="juridisch")
    one.register(1)
    theirs = other.register(1).json
    ended = other.patch(
        f"/api/v1/signalen/{theirs['id']}", {"status": "beeindigd", "reden": "afgerond"}
    )
    assert ended.status_code == 200, ended.text
    assert ended.json["status"] == "beeindigd"
    assert ended.json["match"] is None
    (closed,) = one.get("/api/v1/matches").json["resultaten"]
    assert closed["status"] == "gesloten"
    assert closed["deelnemers"] == []
    reopened = third.register(1).json["match"]
    assert reopened["id"] == theirs["match"]["id"]
    assert [p["organisatie"] for p in reopened["deelnemers"]] == ["Schuldhulp"]


def test_a_batch_tells_what_became_of_each_row(world: World) -> None:
    one = world.member("Schuldhulp")
    one.register(1)
    rows = [
        one.signal(1),
        one.signal(2),
        one.signal(3, leeftijdsgroep="oud"),
        "x",
        None,
        one.signal(2),
    ]
    answer = one.post("/api/v1/signalen/batch", {"signalen": rows, "proef": False})
    assert answer.status_code == 200, answer.text
    results = answer.json["resultaten"]
    assert [r["positie"] for r in results] == list(range(6))
    assert [r["status"] for r in results] == [
        "bestond_al",
        "aangemaakt",
        "afgewezen",
        "afgewezen",
        "afgewezen",
        "bestond_al",
    ]
    assert results[2]["invalidParams"] == [
        {"name": "leeftijdsgroep", "reason": "moet een van deze zijn: 0-11, 12-15, 16-22, 23+"}
    ]


def test_two_contacts_of_many_persons_in_one_batch_join_the_one_match_of_each(
    world: World,
) -> None:
    """Whoever was there already is a part of it once, though both bring them along."""
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    people = range(6)  # enough rows for one statement
    mine = [one.register(person).json["id"] for person in people]
    rows = [
        other.signal(person, contact={"medewerker": key})
        for person in people
        for key in ("m1", "m2")
    ]
    answer = other.post("/api/v1/signalen/batch", {"signalen": rows, "proef": False})
    assert {row["status"] for row in answer.json["resultaten"]} == {"aangemaakt"}
    for signal_id in mine:
        match = one.get(f"/api/v1/signalen/{signal_id}").json["match"]
        seen = sorted(part["contact"]["email"] for part in match["deelnemers"])
        assert seen == ["m1@wijkteam.example", "m2@wijkteam.example"]
    with world.services.sessions() as session:
        assert len(session.scalars(select(Match)).all()) == len(people)
        parts = session.scalars(select(Participation)).all()
    assert len(parts) == 3 * len(people)
    assert all(part.first_seen_at and part.shown_as for part in parts)


def test_bad_input_is_answered_with_all_faults(world: World) -> None:
    one = world.member("Schuldhulp")
    answer = one.post(
        "/api/v1/signalen", {"evaluatie": 1, "onzin": 2, "geinformeerd": {"door": "x"}}
    )
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    names = {(p["name"], p["reason"]) for p in answer.json["invalidParams"]}
    assert ("(verzoek)", "onbekend veld") in names
    assert ("geinformeerd.wijze", "ontbreekt") in names
    assert ("blindering", "ontbreekt") in names
    assert one.register(1, blindering="x" * 43).status_code == 400
