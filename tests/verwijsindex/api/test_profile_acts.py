"""What a published profile says is what registration goes by, from that moment on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem, faults_of
from tests.world import Member, World
from verwijsindex.use_cases.check_signals import NO_BASIS, NOT_TAKING_PART, NOT_TRAINED
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

SIGNALS = "/api/v1/signalen"
TOLD = {
    "door": "eigen",
    "aan": ["client"],
    "wijze": "gesprek",
    "datum": "2026-11-20",
    "reactie": "niet_gevraagd",
}


@pytest.fixture
def schuldhulp(world: World) -> Member:
    return world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})


def content_of(member: Member) -> dict[str, Any]:
    content = whole_profile()
    content["afdelingen"][0]["id"] = str(member.units["Budgetteam"])
    return content


def refused(member: Member, *expected: tuple[str, str], person: int = 1, **changes: Any) -> None:
    answer = member.register(person, **changes)
    assert faults_of(assert_problem(answer, 400, SIGNALS)) == set(expected), answer.text


def test_the_default_term_is_the_profiles(schuldhulp: Member) -> None:
    assert schuldhulp.register(1).json["vervaltDatum"] == "2027-12-01"  # twelve months
    schuldhulp.publish(content_of(schuldhulp))
    assert schuldhulp.register(2).json["vervaltDatum"] == "2027-06-01"  # six


def test_the_longest_term_is_the_profiles_when_registering_and_extending(
    schuldhulp: Member,
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    too_long = ("vervaltDatum", "mag hoogstens 12 maanden vooruit liggen")
    refused(schuldhulp, too_long, vervaltDatum="2027-12-01")
    signal = schuldhulp.register(1).json["id"]
    answer = schuldhulp.patch(f"{SIGNALS}/{signal}", {"vervaltDatum": "2027-12-01"})
    problem = assert_problem(answer, 400, f"{SIGNALS}/<uuid:signal_id>")
    assert faults_of(problem) == {too_long}


def test_a_client_told_in_another_way_than_the_profile_says_is_refused(
    schuldhulp: Member,
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    reason = "staat niet in het profiel van uw organisatie (wel: brief, gesprek)"
    by_portal = {**TOLD, "wijze": "portaal"}
    refused(schuldhulp, ("geinformeerd.wijze", reason), geinformeerd=by_portal)
    # How a referrer tells its clients is not in this organisation's profile.
    told = schuldhulp.register(1, geinformeerd={**by_portal, "door": "verwijzer"})
    assert told.status_code == 201
    later = schuldhulp.patch(
        f"{SIGNALS}/{told.json['id']}", {"geinformeerd": {**by_portal, "reactie": "instemming"}}
    )
    problem = assert_problem(later, 400, f"{SIGNALS}/<uuid:signal_id>")
    assert faults_of(problem) == {("geinformeerd.wijze", reason)}


def test_without_bsn_entitlement_nothing_is_registered_and_it_says_what_to_do(
    schuldhulp: Member,
) -> None:
    content = content_of(schuldhulp)
    content["identiteit"]["bsnGrondslag"] = None
    schuldhulp.publish(content)
    detail = assert_problem(schuldhulp.register(), 403, SIGNALS)["detail"]
    assert detail.startswith("Uw organisatie mag geen BSN gebruiken")
    assert "coördinator" in detail


def test_a_group_for_which_the_profile_has_no_basis_is_refused(schuldhulp: Member) -> None:
    assert schuldhulp.register(1, leeftijdsgroep="0-11").status_code == 201
    schuldhulp.publish(content_of(schuldhulp))
    answer = schuldhulp.register(2, leeftijdsgroep="0-11")
    assert NO_BASIS[1:] in assert_problem(answer, 409, SIGNALS)["detail"]


def test_a_unit_that_the_profile_leaves_out_or_rests_is_refused(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    content["afdelingen"][0]["doetMee"] = False
    schuldhulp.publish(content)
    refused(schuldhulp, ("afdeling", NOT_TAKING_PART))
    other = content["afdelingen"][0] | {"id": None, "naam": "Ander team", "doetMee": True}
    schuldhulp.publish(content | {"afdelingen": [other]})
    refused(schuldhulp, ("afdeling", NOT_TAKING_PART))


def test_a_basis_that_asks_more_counts_from_its_publication(
    world: World, schuldhulp: Member
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    assert schuldhulp.register(1).status_code == 201
    content = content_of(schuldhulp)
    content["grondslagen"][0] |= {"eist": "instemming", "uitstelMag": False}
    schuldhulp.publish(content)
    refused(
        schuldhulp,
        ("geinformeerd.reactie", "de grondslag vraagt dat de cliënt instemt"),
        person=2,
    )
    # What was registered before rests on the basis that it was given on.
    assert schuldhulp.get(SIGNALS).json["totaal"] == 1
    # Twice the same within a day is no conflict, and goes back to what it was.
    schuldhulp.publish(content_of(schuldhulp))
    assert schuldhulp.register(2).status_code == 201


def test_the_reference_pattern_is_the_profiles(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    content["identiteit"]["kenmerkPatroon"] = "SH-[0-9]{4}"
    schuldhulp.publish(content)
    reason = "past niet bij het patroon dat met uw organisatie is afgesproken"
    refused(schuldhulp, ("kenmerk", reason), kenmerk="D-1")
    assert schuldhulp.register(1, kenmerk="SH-1234").status_code == 201


def test_a_concept_acts_on_nothing(schuldhulp: Member) -> None:
    path = f"/api/v1/organisatieprofielen/{schuldhulp.id}/concept"
    content = content_of(schuldhulp)
    content["identiteit"]["bsnGrondslag"] = None
    seen = schuldhulp.get(path).headers["ETag"]
    assert schuldhulp.put(path, content, if_match=seen).status_code == 200
    assert schuldhulp.register().status_code == 201


def test_independence_cannot_change_under_active_signals(world: World, schuldhulp: Member) -> None:
    assert schuldhulp.register().status_code == 201
    content = content_of(schuldhulp)
    content["afdelingen"][0]["zelfstandig"] = True
    answer = schuldhulp.publish(content)
    template = "/api/v1/organisatieprofielen/<uuid:organisation_id>/publicatie"
    assert "zelfstandig" in assert_problem(answer, 409, template)["detail"]
    world.clock.advance(timedelta(days=1))
    schuldhulp.token = world.token(schuldhulp.client)
    assert schuldhulp.get(SIGNALS).json["totaal"] == 1


def test_who_becomes_sensitive_is_hidden_from_those_who_saw_it(
    world: World, schuldhulp: Member
) -> None:
    other = world.member("Wijkteam", domain="welzijn")
    other.register(1)
    schuldhulp.register(1)
    assert len(other.get("/api/v1/matches").json["resultaten"]) == 1
    content = content_of(schuldhulp)
    content["identiteit"]["gevoelig"] = True
    schuldhulp.publish(content)
    Worker(world.services).review()
    # The rules let the sensitive side decide: it still sees, and is seen no more.
    assert other.get("/api/v1/matches").json["resultaten"] == []
    (match,) = schuldhulp.get("/api/v1/matches").json["resultaten"]
    assert [one["organisatie"] for one in match["deelnemers"]] == ["Wijkteam"]


def test_a_contact_without_training_is_refused_until_the_day_of_it(
    world: World, schuldhulp: Member
) -> None:
    person = {
        "naam": "N. Nieuw",
        "functie": "consulent",
        "afdeling": str(schuldhulp.units["Budgetteam"]),
        "email": "nieuw@schuldhulp.example",
        "telefoon": "010-555 01 09",
    }
    assert schuldhulp.put("/api/v1/medewerkers/nieuw", person).status_code == 201
    contact = {"medewerker": "nieuw"}
    refused(schuldhulp, ("contact.medewerker", NOT_TRAINED), contact=contact)
    trained = {**person, "opgeleidDatum": "2026-11-23"}
    assert schuldhulp.put("/api/v1/medewerkers/nieuw", trained).status_code == 200
    assert schuldhulp.register(1, contact=contact).status_code == 201
    assert "training" in NOT_TRAINED
    assert "coördinator" in NOT_TRAINED


def extend(member: Member, signal_id: str, day: str) -> Any:
    return member.patch(f"{SIGNALS}/{signal_id}", {"vervaltDatum": day})


def test_extending_asks_what_registering_would_and_shortening_asks_nothing(
    schuldhulp: Member,
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    signal = schuldhulp.register(1).json["id"]
    route = f"{SIGNALS}/<uuid:signal_id>"
    content = content_of(schuldhulp)
    content["identiteit"]["bsnGrondslag"] = None
    schuldhulp.publish(content)
    assert "BSN" in assert_problem(extend(schuldhulp, signal, "2027-09-01"), 403, route)["detail"]
    resting = content_of(schuldhulp)
    resting["afdelingen"][0]["doetMee"] = False
    schuldhulp.publish(resting)
    refusal = assert_problem(extend(schuldhulp, signal, "2027-09-01"), 409, route)
    assert "doet niet meer mee" in refusal["detail"]
    assert extend(schuldhulp, signal, "2027-03-01").json["vervaltDatum"] == "2027-03-01"


def test_extending_onto_a_basis_that_asks_more_needs_the_client_told_first(
    schuldhulp: Member,
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    signal = schuldhulp.register(1).json["id"]
    content = content_of(schuldhulp)
    content["grondslagen"][0] |= {"eist": "instemming", "uitstelMag": False}
    schuldhulp.publish(content)
    refusal = assert_problem(
        extend(schuldhulp, signal, "2027-09-01"), 409, f"{SIGNALS}/<uuid:signal_id>"
    )
    assert "instemt" in refusal["detail"]
    told = {"geinformeerd": {**TOLD, "reactie": "instemming"}}
    assert schuldhulp.patch(f"{SIGNALS}/{signal}", told).status_code == 200
    assert extend(schuldhulp, signal, "2027-09-01").json["vervaltDatum"] == "2027-09-01"
