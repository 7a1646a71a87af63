"""Who may not register at all, and what a dry run and a closed unit give away."""

from __future__ import annotations

from datetime import timedelta

from orgprofiles.legal_bases import LegalBasis
from tests.verwijsindex.api.refusals import assert_problem, faults_of, row_counts
from tests.world import World
from verwijsindex.key_checks import KeyState, mark
from verwijsindex.use_cases.check_signals import WORKS_ELSEWHERE


def test_without_a_basis_for_the_bsn_nothing_can_be_registered(world: World) -> None:
    one = world.member("Vereniging", bsn=False)
    before = row_counts(world)
    for answer in (
        one.register(1),
        one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1)]}),
        one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1)], "proef": True}),
    ):
        body = assert_problem(answer, 403, str(answer.request.path))
        assert body["detail"].startswith("Uw organisatie mag geen BSN gebruiken")
    assert row_counts(world) == before


def test_without_a_legal_basis_the_answer_is_409_and_says_what_to_do(world: World) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    with world.services.sessions.begin() as session:
        for basis in session.query(LegalBasis).filter_by(age_group="0-11"):
            basis.valid_until = world.services.today() - timedelta(days=1)
        for basis in session.query(LegalBasis).filter_by(age_group="12-15"):
            basis.valid_from = world.services.today() + timedelta(days=1)
    before = row_counts(world)
    for group in ("0-11", "12-15"):
        body = assert_problem(one.register(1, leeftijdsgroep=group), 409, "/api/v1/signalen")
        assert "vraag uw coördinator" in body["detail"]
        both = one.register(1, leeftijdsgroep=group, kenmerk="x")
        assert {name for name, _ in faults_of(assert_problem(both, 400, "/api/v1/signalen"))} == {
            "kenmerk",
            "leeftijdsgroep",
        }
    assert row_counts(world) == before


def test_a_dry_run_over_a_lapsed_signal_says_what_registering_would_do(world: World) -> None:
    one = world.member("Schuldhulp")
    assert one.register(1, vervaltDatum="2026-12-01").status_code == 201
    world.clock.advance(timedelta(days=8))
    one.token = world.token(one.client)
    statuses = [
        one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1)], "proef": trial}).json[
            "resultaten"
        ][0]["status"]
        for trial in (True, False)
    ]
    assert statuses == ["aangemaakt", "aangemaakt"]


def test_the_contact_of_an_independent_unit_works_there(world: World) -> None:
    one = world.member(
        "Gemeente",
        units={"Open": 'domein = "welzijn"', "Dicht": 'domein = "schulden"\nzelfstandig = true'},
        independent_units=("Dicht",),
    )
    dicht, someone = str(one.units["Dicht"]), {"medewerker": "m1"}
    refused = one.register(1, afdeling=dicht, contact=someone)
    assert refused.json["invalidParams"] == [
        {"name": "contact.medewerker", "reason": WORKS_ELSEWHERE}
    ]
    facts = {
        "naam": "M. Dicht",
        "functie": "consulent",
        "afdeling": dicht,
        "email": "m1@gemeente.example",
        "telefoon": "06-12345678",
    }
    assert one.put("/api/v1/medewerkers/m1", facts).status_code == 200
    assert one.register(1, afdeling=dicht, contact=someone).status_code == 201
    assert one.register(1, contact=someone).status_code == 400
    back = one.put("/api/v1/medewerkers/m1", facts | {"afdeling": str(one.units["Open"])})
    assert back.status_code == 409
    assert "verander de afdeling daarna" in back.json["detail"]


def test_a_wrong_key_in_use_stops_registering_with_503(world: World) -> None:
    one = world.member("Schuldhulp")
    with world.services.sessions.begin() as session:
        mark(session, "persoon:1", KeyState.WRONG, now=world.clock())
    before = row_counts(world)
    for path, body in (
        ("/api/v1/signalen", one.signal(1)),
        ("/api/v1/signalen/batch", {"signalen": [one.signal(1)]}),
        ("/api/v1/signalen/batch", {"signalen": [one.signal(1)], "proef": True}),
    ):
        problem = assert_problem(one.post(path, body), 503, path)
        assert problem["detail"].startswith("De sleutels kloppen niet")
    assert row_counts(world) == before
    assert one.get("/api/v1/signalen").status_code == 200
