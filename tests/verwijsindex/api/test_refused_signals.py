"""Signals that are right in form and refused all the same; nothing is half-written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crypto import base64url, oprf
from crypto.evaluation import BATCH_LIFETIME, LIFETIME
from crypto.keyring import ServiceSecretKeys
from crypto.person import SubjectKind
from tests.verwijsindex.api.calls import DEFERRED, NOBODYS_ID
from tests.verwijsindex.api.refusals import (
    BSN,
    assert_no_echo,
    assert_problem,
    faults_of,
    row_counts,
)
from tests.world import Member, World, make_settings, make_world
from verwijsindex.use_cases.check_signals import (
    INACTIVE_PROFESSIONAL,
    NO_UNIT_OF_CLIENT,
    NOT_TAKING_PART,
    UNKNOWN_PROFESSIONAL,
)

pytestmark = pytest.mark.any_database

MADE_BY_ANOTHER = "is niet door de pseudoniemendienst gemaakt"
NO_BLIND = "is geen geldige blindering"


def refused(member: Member, *faults: tuple[str, str], **changes: Any) -> None:
    """Register with *changes*: exactly *faults* are told, singly and in a batch, and no more."""
    before = row_counts(member.world)
    body = member.signal(1, **changes)
    answer = member.post("/api/v1/signalen", body)
    assert faults_of(assert_problem(answer, 400, "/api/v1/signalen")) == set(faults)
    sent = [value for value in body.values() if isinstance(value, str) and len(value) > 4]
    assert_no_echo(answer, *sent)
    in_batch = member.post("/api/v1/signalen/batch", {"signalen": [body]})
    (row,) = in_batch.json["resultaten"]
    assert row["status"] == "afgewezen"
    assert {(f["name"], f["reason"]) for f in row["invalidParams"]} == set(faults)
    assert_no_echo(in_batch, *sent)
    assert row_counts(member.world) == before


def with_evaluation(member: Member, evaluated: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("evaluatie", "blindering"), evaluated, strict=True))


def test_an_evaluation_for_another_organisation_kind_time_or_key_is_refused(
    world: World,
) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    cases = [
        (world.evaluated(other.id, 1), "is voor een andere organisatie gemaakt"),
        (
            world.evaluated(one.id, 1, kind=SubjectKind.PARENT),
            "is van een andere soort dan hier gevraagd",
        ),
        (
            world.evaluated(one.id, 1, issued_after=-LIFETIME),
            "is verlopen; vraag een nieuwe aan",
        ),
        (
            world.evaluated(one.id, 1, issued_after=-BATCH_LIFETIME, lifetime=BATCH_LIFETIME),
            "is verlopen; vraag een nieuwe aan",
        ),
        (
            world.evaluated(one.id, 1, issued_after=timedelta(seconds=31)),
            "is nog niet geldig; controleer de klok",
        ),
        (world.evaluated(one.id, 1, keys=ServiceSecretKeys.generate()), MADE_BY_ANOTHER),
    ]
    for evaluated, reason in cases:
        refused(one, ("evaluatie", reason), **with_evaluation(one, evaluated))
    for seconds in (30, 0, 1 - LIFETIME.total_seconds()):
        evaluated = world.evaluated(one.id, 1, issued_after=timedelta(seconds=seconds))
        assert one.register(1, **with_evaluation(one, evaluated)).status_code in {200, 201}


def test_an_evaluation_by_an_older_key_of_the_same_service_is_refused(world: World) -> None:
    one = world.member("Schuldhulp")
    known = world.services.unblinder.service_keys
    from tests.world import service_keys

    fresh = ServiceSecretKeys.generate()
    another_scalar = ServiceSecretKeys(service_keys().box, fresh.evaluation_keys)
    assert fresh.public().key_ids(SubjectKind.PERSON).isdisjoint(known.key_ids(SubjectKind.PERSON))
    refused(
        one,
        ("evaluatie", "is met een onbekende sleutel gemaakt; vraag een nieuwe aan"),
        **with_evaluation(one, world.evaluated(one.id, 1, keys=another_scalar)),
    )


def test_an_evaluation_of_which_any_byte_was_changed_is_refused(world: World) -> None:
    one = world.member("Schuldhulp")
    message, blind = world.evaluated(one.id, 1)
    right = base64url.decode(message)
    rows = []
    for place in range(len(right)):
        wrong = bytearray(right)
        wrong[place] ^= 1 << place % 8
        rows.append(
            one.signal(1) | {"evaluatie": base64url.encode(bytes(wrong)), "blindering": blind}
        )
    answer = one.post("/api/v1/signalen/batch", {"signalen": rows})
    assert len(answer.json["resultaten"]) == 122
    for row in answer.json["resultaten"]:
        assert row["invalidParams"] == [{"name": "evaluatie", "reason": MADE_BY_ANOTHER}]
    assert row_counts(world)["signals"] == 0


@pytest.mark.parametrize("number", [0, oprf.ORDER, oprf.ORDER + 1, 2**255, 2**256 - 1])
def test_a_blind_outside_1_to_l_minus_1_is_refused(number: int, world: World) -> None:
    blind = base64url.encode(number.to_bytes(32, "little"))
    refused(world.member("Schuldhulp"), ("blindering", NO_BLIND), blindering=blind)


def test_a_unit_of_nobody_of_another_or_that_takes_no_part_is_refused(world: World) -> None:
    one = world.member(
        "Schuldhulp",
        units={
            "Team": 'domein = "schulden"',
            "Rust": 'domein = "schulden"\ndoetMee = false',
            "Dicht": 'domein = "schulden"\nzelfstandig = true',
        },
    )
    other = world.member("Wijkteam", domain="welzijn")
    reason = NO_UNIT_OF_CLIENT
    assert "; kies een andere afdeling" in reason
    for unit in (NOBODYS_ID, other.units["Team"], one.units["Dicht"]):
        refused(one, ("afdeling", reason), afdeling=str(unit))
    refused(one, ("afdeling", NOT_TAKING_PART), afdeling=str(one.units["Rust"]))


def test_a_contact_that_is_unknown_gone_or_somebody_elses_is_refused(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    person = {
        "naam": "A. Ander",
        "functie": "consulent",
        "email": "a@wijkteam.example",
        "telefoon": "010-1",
    }
    theirs = {**person, "telefoon": "010-123", "afdeling": str(other.units["Team"])}
    assert other.put("/api/v1/medewerkers/z9", theirs).status_code == 201
    gone = {**theirs, "afdeling": str(one.units["Team"]), "status": "inactief"}
    assert one.put("/api/v1/medewerkers/m2", gone).status_code == 200
    unknown = UNKNOWN_PROFESSIONAL
    assert "leg de medewerker eerst vast" in unknown
    for key in ("z9", BSN, "M1"):
        refused(one, ("contact.medewerker", unknown), contact={"medewerker": key})
    refused(one, ("contact.medewerker", INACTIVE_PROFESSIONAL), contact={"medewerker": "m2"})


@pytest.mark.parametrize(
    "contact",
    [
        {},
        {"medewerker": "m1", "afdeling": True},
        {"medewerker": "m1", "afdeling": False},
        {"afdeling": False},
    ],
)
def test_a_contact_is_a_professional_or_the_team(
    contact: dict[str, Any], still_member: Member
) -> None:
    reason = 'noem een medewerker ({"medewerker": …}) of het team ({"afdeling": true})'
    refused(still_member, ("contact", reason), contact=contact)


@pytest.mark.parametrize("reference", [BSN, "1234.56.782", "19800131", "Jansen-1x", "Janssen 1"])
def test_a_reference_that_may_name_somebody_is_refused(
    reference: str, still_member: Member
) -> None:
    before = row_counts(still_member.world)
    answer = still_member.register(1, kenmerk=reference)
    if reference == "Jansen-1x":
        reference = "Jansen"
    body = assert_problem(answer, 400, "/api/v1/signalen")
    assert {name for name, _ in faults_of(body)} == {"kenmerk"}
    assert_no_echo(answer, reference)
    assert row_counts(still_member.world) == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"vervaltDatum": "2026-11-22"}, "moet in de toekomst liggen"),
        ({"vervaltDatum": "2026-11-23"}, "moet in de toekomst liggen"),
        ({"vervaltDatum": "0001-01-01"}, "moet in de toekomst liggen"),
        ({"vervaltDatum": "2028-11-24"}, "mag hoogstens 24 maanden vooruit liggen"),
        ({"vervaltDatum": "9999-12-31"}, "mag hoogstens 24 maanden vooruit liggen"),
        (
            {"vervaltDatum": "2027-05-24", "leeftijdsgroep": "16-22"},
            "mag hoogstens 6 maanden vooruit liggen",
        ),
    ],
)
def test_a_term_in_the_past_or_too_long_is_refused(
    changes: dict[str, str], reason: str, still_member: Member
) -> None:
    refused(still_member, ("vervaltDatum", reason), **changes)


@pytest.mark.parametrize(
    ("informing", "faults"),
    [
        ({}, {(name, "ontbreekt") for name in ("door", "aan", "wijze", "datum", "reactie")}),
        ({"uitgesteldReden": "onderzoek"}, {("herzienDatum", "ontbreekt")}),
        ({"herzienDatum": "2026-12-01"}, {("uitgesteldReden", "ontbreekt")}),
        (
            {**DEFERRED, "door": "eigen", "aan": ["client"]},
            {(name, "hoort niet bij uitgesteld informeren") for name in ("door", "aan")},
        ),
        (
            {"uitgesteldReden": "onderzoek", "herzienDatum": "2026-12-24"},
            {("herzienDatum", "mag hoogstens een maand vooruit liggen")},
        ),
        (
            {"uitgesteldReden": "onderzoek", "herzienDatum": "2026-11-23"},
            {("herzienDatum", "moet in de toekomst liggen")},
        ),
    ],
)
def test_informing_is_told_whole_or_deferred_whole(
    informing: dict[str, Any], faults: set[tuple[str, str]], still_member: Member
) -> None:
    told = [(f"geinformeerd.{name}", reason) for name, reason in faults]
    refused(still_member, *told, geinformeerd=informing)


@pytest.mark.parametrize("missing", ["door", "aan", "wijze", "datum", "reactie"])
def test_each_part_of_informing_is_needed(missing: str, still_member: Member) -> None:
    informing = still_member.signal(1)["geinformeerd"]
    del informing[missing]
    refused(still_member, (f"geinformeerd.{missing}", "ontbreekt"), geinformeerd=informing)


@pytest.mark.parametrize(
    ("day", "reason"),
    [("2026-11-24", "mag niet in de toekomst liggen"), ("1999-12-31", "ligt te ver terug")],
)
def test_a_day_of_informing_that_cannot_be_is_refused(
    day: str, reason: str, still_member: Member
) -> None:
    informing = still_member.signal(1)["geinformeerd"] | {"datum": day}
    refused(still_member, ("geinformeerd.datum", reason), geinformeerd=informing)


def test_what_the_legal_basis_demands_must_be_met(world: World) -> None:
    asks = world.member("Vraagt", demands="geen_bezwaar", may_defer=False)
    needs = world.member("Instemming", demands="instemming")
    not_enough = [
        (asks, "niet_gevraagd", "de grondslag vraagt dat de cliënt geen bezwaar heeft"),
        (needs, "niet_gevraagd", "de grondslag vraagt dat de cliënt instemt"),
        (needs, "geen_bezwaar", "de grondslag vraagt dat de cliënt instemt"),
    ]
    for member, reaction, reason in not_enough:
        informing = member.signal(1)["geinformeerd"] | {"reactie": reaction}
        refused(member, ("geinformeerd.reactie", reason), geinformeerd=informing)
    reason = "de grondslag staat uitstel van informeren niet toe"
    refused(asks, ("geinformeerd.uitgesteldReden", reason), geinformeerd=DEFERRED)
    assert needs.register(1, geinformeerd=DEFERRED).status_code == 201


def test_all_faults_of_a_signal_are_told_at_once(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    informing = one.signal(1)["geinformeerd"] | {"datum": "2027-01-01"}
    answer = one.register(
        1,
        evaluatie=world.evaluated(other.id, 1)[0],
        contact={"medewerker": "z9"},
        kenmerk="geencijfer",
        vervaltDatum="2020-01-01",
        geinformeerd=informing,
    )
    body = assert_problem(answer, 400, "/api/v1/signalen")
    assert {name for name, _ in faults_of(body)} == {
        "evaluatie",
        "contact.medewerker",
        "kenmerk",
        "vervaltDatum",
        "geinformeerd.datum",
    }


def test_an_index_with_another_box_key_opens_no_evaluation(world: World) -> None:
    one = world.member("Schuldhulp")
    other_service = ServiceSecretKeys.generate()
    settings = make_settings("sqlite://", service_keys=other_service.public())
    assert settings.service_keys.box != world.services.settings.service_keys.box
    stranger = make_world(
        world.services.settings.database_url, world.clock, service_keys=other_service.public()
    )
    one.world = stranger
    body = dict(zip(("evaluatie", "blindering"), world.evaluated(one.id, 1), strict=True))
    refused(one, ("evaluatie", MADE_BY_ANOTHER), **body)
    stranger.services.engine.dispose()
