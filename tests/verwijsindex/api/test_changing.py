"""``PATCH /signalen/{id}`` and ``PUT /medewerkers/{sleutel}``: what may change, and what may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from match.signals import EndReason
from tests.verwijsindex.api.calls import CALLS, DEFERRED
from tests.verwijsindex.api.refusals import (
    BSN,
    assert_no_echo,
    assert_problem,
    faults_of,
    row_counts,
)
from tests.world import Member, World
from verwijsindex.http.strict_json import BODY

pytestmark = pytest.mark.any_database

SIGNAL = "/api/v1/signalen/<uuid:signal_id>"
PROFESSIONAL = "/api/v1/medewerkers/<string:sleutel>"
ONE_CHANGE = (
    "verander één ding: status met reden, vervaltDatum (met leeftijdsgroep), geinformeerd, of"
    " nogBetrokken"
)
ENDING = {"status": "beeindigd", "reden": "afgerond"}


def path_of(member: Member, person: int = 1, **changes: Any) -> str:
    answer = member.register(person, **changes)
    assert answer.status_code in {200, 201}, answer.text
    return f"/api/v1/signalen/{answer.json['id']}"


@pytest.mark.parametrize("reason", EndReason)
def test_a_signal_ends_for_each_reason_and_only_once(reason: EndReason, world: World) -> None:
    one = world.member("Schuldhulp")
    path = path_of(one)
    body = {"status": "beeindigd", "reden": reason.value}
    first = one.patch(path, body)
    assert (first.status_code, first.json["reden"]) == (200, reason.value)
    assert first.json["beeindigdOp"] == "2026-11-23T10:00:00Z"
    world.clock.advance(timedelta(minutes=1))
    assert one.patch(path, body).json == first.json
    other = {"status": "beeindigd", "reden": "verhuisd"}
    if reason is not EndReason.MOVED:
        assert_problem(one.patch(path, other), 409, SIGNAL)
    for change in ({"vervaltDatum": "2027-06-01"}, {"geinformeerd": DEFERRED}):
        body_ = assert_problem(one.patch(path, change), 409, SIGNAL)
        assert body_["detail"].startswith("Dit signaal is al beëindigd of vervallen.")
    assert one.get(path).json == first.json


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {(BODY, ONE_CHANGE)}),
        ({**ENDING, "vervaltDatum": "2027-06-01"}, {(BODY, ONE_CHANGE)}),
        ({**ENDING, "geinformeerd": DEFERRED}, {(BODY, ONE_CHANGE)}),
        ({"vervaltDatum": "2027-06-01", "geinformeerd": DEFERRED}, {(BODY, ONE_CHANGE)}),
        ({"status": "beeindigd"}, {("reden", "ontbreekt")}),
        ({"reden": "afgerond"}, {("status", "ontbreekt")}),
        ({"leeftijdsgroep": "23+"}, {("vervaltDatum", "ontbreekt")}),
        ({"status": "actief", "reden": "afgerond"}, {("status", "kan alleen beeindigd worden")}),
    ],
)
def test_one_thing_is_changed_at_a_time_and_whole(
    body: dict[str, Any], faults: set[tuple[str, str]], still_world: World, still_member: Member
) -> None:
    path = path_of(still_member)
    before = row_counts(still_world), still_member.get(path).json
    answer = still_member.patch(path, body)
    assert faults_of(assert_problem(answer, 400, SIGNAL)) == faults
    assert (row_counts(still_world), still_member.get(path).json) == before


@pytest.mark.parametrize(
    ("group", "body", "names"),
    [
        ("23+", {"vervaltDatum": "2026-11-23"}, {"vervaltDatum"}),
        ("23+", {"vervaltDatum": "2028-11-24"}, {"vervaltDatum"}),
        ("23+", {"vervaltDatum": "2027-06-01", "leeftijdsgroep": "16-22"}, {"vervaltDatum"}),
        ("16-22", {"vervaltDatum": "2027-05-01"}, {"leeftijdsgroep"}),
        ("16-22", {"vervaltDatum": "2027-06-01"}, {"leeftijdsgroep", "vervaltDatum"}),
        ("16-22", {"vervaltDatum": "2027-06-01", "leeftijdsgroep": "16-22"}, {"vervaltDatum"}),
    ],
)
def test_a_term_is_refused_with_all_that_is_wrong(
    group: str, body: dict[str, str], names: set[str], world: World
) -> None:
    one = world.member("Schuldhulp")
    path = path_of(one, leeftijdsgroep=group)
    before = one.get(path).json
    answer = one.patch(path, body)
    assert {name for name, _ in faults_of(assert_problem(answer, 400, SIGNAL))} == names
    assert one.get(path).json == before


@pytest.mark.parametrize(
    ("group", "body", "lapses"),
    [
        ("23+", {"vervaltDatum": "2028-10-02"}, "2028-11-01"),
        ("23+", {"vervaltDatum": "2028-11-02"}, "2028-11-01"),  # the first of December is too far
        ("23+", {"vervaltDatum": "2026-12-01"}, "2026-12-01"),
        ("16-22", {"vervaltDatum": "2027-04-02", "leeftijdsgroep": "16-22"}, "2027-05-01"),
        ("16-22", {"vervaltDatum": "2028-01-01", "leeftijdsgroep": "23+"}, "2028-01-01"),
        ("12-15", {"vervaltDatum": "2027-02-01", "leeftijdsgroep": "16-22"}, "2027-02-01"),
    ],
)
def test_a_term_is_changed_to_the_first_of_a_month(
    group: str, body: dict[str, str], lapses: str, world: World
) -> None:
    one = world.member("Schuldhulp")
    path = path_of(one, leeftijdsgroep=group)
    assert one.patch(path, body).json["vervaltDatum"] == lapses
    assert one.get(path).json["vervaltDatum"] == lapses


def test_a_signal_that_lapsed_cannot_be_changed(world: World) -> None:
    from verwijsindex.worker import Worker

    one = world.member("Schuldhulp")
    path = path_of(one, vervaltDatum="2026-12-01")
    world.clock.advance(timedelta(days=8))
    one.token = world.token(one.client)
    Worker(world.services).lapse()
    assert one.get(path).json["status"] == "vervallen"
    for body in (ENDING, {"vervaltDatum": "2027-06-01"}, {"geinformeerd": DEFERRED}):
        assert_problem(one.patch(path, body), 409, SIGNAL)


def test_informing_afterwards_is_held_to_the_same_rules(world: World) -> None:
    one = world.member("Schuldhulp", demands="instemming", may_defer=False)
    told = one.signal(1)["geinformeerd"] | {"reactie": "instemming"}
    path = path_of(one, geinformeerd=told)
    for informing, names in (
        (told | {"reactie": "geen_bezwaar"}, {"geinformeerd.reactie"}),
        (told | {"datum": "2026-11-24"}, {"geinformeerd.datum"}),
        (
            DEFERRED | {"herzienDatum": "2027-11-24"},
            {"geinformeerd.herzienDatum", "geinformeerd.uitgesteldReden"},
        ),
    ):
        answer = one.patch(path, {"geinformeerd": informing})
        assert {name for name, _ in faults_of(assert_problem(answer, 400, SIGNAL))} == names
    assert one.patch(path, {"geinformeerd": told}).status_code == 200


def test_a_counterparts_first_day_is_a_dutch_calendar_day(world: World) -> None:
    world.clock.moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Tuesday in Amsterdam
    world.member("Schuldhulp").register(1)
    match = world.member("Wijkteam", domain="welzijn").register(1).json["match"]
    assert match["deelnemers"][0]["sindsDatum"] == "2026-11-24"


@pytest.mark.parametrize("field", ["naam", "functie"])
@pytest.mark.parametrize("number", [BSN, "1234.56.782", "cliënt 123456782", "123-456-782 (bsn)"])
def test_a_bsn_is_no_professionals_name_or_function(
    field: str, number: str, still_world: World, still_member: Member
) -> None:
    before = row_counts(still_world)
    body = CALLS["keep professional"].good(still_member) | {field: number}
    answer = still_member.put("/api/v1/medewerkers/m8", body)
    assert {name for name, _ in faults_of(assert_problem(answer, 400, PROFESSIONAL))} == {field}
    assert_no_echo(answer, number)
    assert row_counts(still_world) == before


@pytest.mark.parametrize("number", [BSN, "123 456 782", "123-456-782", "123 (456) 782"])
def test_a_bsn_is_no_professionals_telephone_number(
    number: str, still_world: World, still_member: Member
) -> None:
    body = CALLS["keep professional"].good(still_member) | {"telefoon": number}
    answer = still_member.put("/api/v1/medewerkers/m8", body)
    assert {name for name, _ in faults_of(assert_problem(answer, 400, PROFESSIONAL))} == {
        "telefoon"
    }
    assert_no_echo(answer, number)


@pytest.mark.parametrize(
    "number",
    ["010-1234567", "+31 10 123 4567", "+123456782", "012345672", "123456789", "1234567", "088"],
)
def test_what_cannot_be_a_bsn_is_a_telephone_number(number: str, world: World) -> None:
    one = world.member("Schuldhulp")
    body = CALLS["keep professional"].good(one) | {"telefoon": number}
    assert one.put("/api/v1/medewerkers/m8", body).status_code == 201


@pytest.mark.parametrize("key", [BSN, "123-456-782", "123.456_782"])
def test_a_bsn_is_no_professionals_key(key: str, still_world: World, still_member: Member) -> None:
    before = row_counts(still_world)
    body = CALLS["keep professional"].good(still_member)
    answer = still_member.put(f"/api/v1/medewerkers/{key}", body)
    assert faults_of(assert_problem(answer, 400, PROFESSIONAL)) == {
        ("sleutel", "lijkt een BSN te bevatten")
    }
    assert_no_echo(answer, key)
    assert row_counts(still_world) == before


@pytest.mark.parametrize(
    "key", ["123456789", "1234567820", "mw123456782", "00123456-7821-4000-8000-000000000000"]
)
def test_a_key_may_hold_nine_digits_in_a_row(key: str, world: World) -> None:
    one = world.member("Schuldhulp")
    body = CALLS["keep professional"].good(one)
    assert one.put(f"/api/v1/medewerkers/{key}", body).status_code == 201


@pytest.mark.parametrize("key", ["a b", BSN])
def test_a_wrong_key_is_told_together_with_what_is_wrong_with_the_body(
    key: str, still_world: World, still_member: Member
) -> None:
    body = CALLS["keep professional"].good(still_member) | {"email": "x", "telefoon": "x"}
    answer = still_member.put(f"/api/v1/medewerkers/{key}", body)
    told = assert_problem(answer, 400, PROFESSIONAL)
    assert [name for name, _ in faults_of(told)].count("sleutel") == 1
    assert {name for name, _ in faults_of(told)} == {"sleutel", "email", "telefoon"}
    assert told["detail"] == "Het verzoek bevat 3 fouten."


def test_a_bsn_is_no_reference_contact_or_id(still_world: World, still_member: Member) -> None:
    before = row_counts(still_world)
    for changes in (
        {"kenmerk": BSN},
        {"contact": {"medewerker": BSN}},
        {"afdeling": BSN},
        {"evaluatie": BSN},
        {"blindering": BSN},
        {"leeftijdsgroep": BSN},
        {"vervaltDatum": BSN},
        {"geinformeerd": BSN},
        {"geinformeerd": {"door": BSN, "aan": [BSN], "wijze": BSN, "datum": BSN, "reactie": BSN}},
    ):
        answer = still_member.register(1, **changes)
        assert_problem(answer, 400, "/api/v1/signalen")
        assert_no_echo(answer)
    assert row_counts(still_world) == before


def test_a_professional_with_signals_stays_active(world: World) -> None:
    one = world.member("Schuldhulp")
    paths = [path_of(one, person) for person in (1, 2)]
    body = CALLS["keep professional"].good(one) | {"status": "inactief"}
    for count, path in ((2, paths[0]), (1, paths[1])):
        problem = assert_problem(one.put("/api/v1/medewerkers/m1", body), 409, PROFESSIONAL)
        assert f"van {count} actie" in problem["detail"]
        assert one.get("/api/v1/medewerkers").json["resultaten"][0]["naam"] == "M. Schuldhulp 1"
        one.patch(path, ENDING)
    changed = one.put("/api/v1/medewerkers/m1", body)
    assert (changed.status_code, changed.json["status"]) == (200, "inactief")


def test_keeping_a_professional_again_changes_nothing(world: World) -> None:
    one = world.member("Schuldhulp")
    body = CALLS["keep professional"].good(one)
    first = one.put("/api/v1/medewerkers/m9", body)
    assert first.status_code == 201
    again = one.put("/api/v1/medewerkers/m9", body)
    assert (again.status_code, again.json) == (200, first.json)
    assert first.json == {"sleutel": "m9", "mailGeweigerdOp": None, **body}
    assert one.get("/api/v1/medewerkers").json["totaal"] == 3
