"""The index, called with whatever its document allows and much that it does not."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.clock import Clock
from tests.fuzzing.engine import Fill, Outcome, fuzz
from tests.world import Member, World, make_world
from verwijsindex.clients import Scope

DOCUMENT = "/api/v1/openapi.json"
PEOPLE = 4
#: Its boundaries, some two thousand, are tried one by one in the tests of bad bodies.
CONCEPT = "/organisatieprofielen/{organisation_id}/concept"
#: What a good body means is for more than the schema to say: dates, ids, evaluations.
MEANING = ["positive_data_acceptance"]
WITHOUT = {
    "/signalen": MEANING,
    "/signalen/{signal_id}": MEANING,
    # Only what ended is opened.
    "/signalen/{signal_id}/inzage": MEANING,
    "/medewerkers/{sleutel}": MEANING,
    "/medewerkers/{sleutel}/waarnemingen": MEANING,
    # A row with faults is told in the answer, which is 200 all the same.
    "/signalen/batch": ["negative_data_rejection", *MEANING],
    # The same; and parts come in order.
    "/caseloads": ["negative_data_rejection", *MEANING],
    # A colleague or a unit that is there.
    "/signalen/{signal_id}/overdracht": MEANING,
    "/medewerkers/{sleutel}/overdracht": MEANING,
    "/medewerkers/{sleutel}/vertrek": MEANING,
    "/matchregels": MEANING,
    # Whom it names must be known, and each once.
    "/regieafspraken": MEANING,
    # Whom one names there must be seen in the match, and some words ask for others.
    "/matches/{match_id}/regie": MEANING,
    "/matches/{match_id}/deelnames/{participation_id}": MEANING,
    # If-Match must be that of the concept; products must be the profile's, each once.
    CONCEPT: MEANING,
    # Which step asks for which fields.
    "/toelatingen/{organisation_id}/stappen/{stap}": MEANING,
    "/organisatieprofielen/{organisation_id}/wachttijden": MEANING,
    "/oauth/token": MEANING,
}
#: What opens what; the table of the access tests says the same by hand.
OPENED_BY = {
    "GET /signalen": {Scope.SIGNALS},
    "POST /signalen": {Scope.SIGNALS},
    "POST /signalen/_zoek": {Scope.SIGNALS},
    "POST /signalen/batch": {Scope.SIGNALS},
    "GET /signalen/{signal_id}": {Scope.SIGNALS},
    "PATCH /signalen/{signal_id}": {Scope.SIGNALS},
    "POST /signalen/{signal_id}/inzage": {Scope.SIGNALS},
    "POST /signalen/{signal_id}/overdracht": {Scope.SIGNALS},
    "POST /medewerkers/{sleutel}/overdracht": {Scope.SIGNALS},
    "POST /caseloads": {Scope.SIGNALS},
    "GET /matches": {Scope.MATCHES},
    "GET /matches/{match_id}": {Scope.MATCHES},
    "PATCH /matches/{match_id}/deelnames/{participation_id}": {Scope.MATCHES},
    "GET /matchregels": {Scope.PROFILES, Scope.ADMINISTRATION},
    "POST /matchregels": {Scope.ADMINISTRATION},
    "GET /regieafspraken": {Scope.PROFILES, Scope.ADMINISTRATION},
    "POST /regieafspraken": {Scope.ADMINISTRATION},
    "GET /organisaties": {Scope.PROFILES, Scope.SIGNALS},
    "GET /organisaties/{organisation_id}": {Scope.PROFILES, Scope.SIGNALS},
    "GET /medewerkers": {Scope.PROFESSIONALS},
    "PUT /medewerkers/{sleutel}": {Scope.PROFESSIONALS},
    "POST /medewerkers/{sleutel}/vertrek": {Scope.PROFESSIONALS},
    "GET /medewerkers/{sleutel}/waarnemingen": {Scope.PROFESSIONALS},
    "POST /medewerkers/{sleutel}/waarnemingen": {Scope.PROFESSIONALS},
    "DELETE /medewerkers/{sleutel}/waarnemingen/{stand_in_id}": {Scope.PROFESSIONALS},
    "GET /vastgelopen-matches": {Scope.ADMINISTRATION},
    "GET /meldingen": {Scope.ADMINISTRATION},
}


@pytest.fixture
def member(_sqlite_template: Path, tmp_path: Path) -> Iterator[Member]:
    """Return a member whose people are known to another one too."""
    path = shutil.copy(_sqlite_template, tmp_path / "verwijsindex.db")
    world = make_world(f"sqlite:///{path}", Clock())
    other, found = world.member("Wijkteam", domain="welzijn"), world.member("Schuldhulp")
    for person in range(1, PEOPLE + 1):
        assert other.register(person).status_code == 201
    yield found
    world.services.engine.dispose()


def filled_in(member: Member) -> Fill:
    """Return what makes good bodies better: most of them will then be about somebody."""
    good = [member.signal(person) for person in range(1, PEOPLE + 1)]

    def signal(body: dict[str, Any]) -> dict[str, Any]:
        # By the body, so that the same one is always filled in the same way.
        number = zlib.crc32(json.dumps(body, sort_keys=True, default=str).encode())
        kept: dict[str, Any] = {k: v for k, v in body.items() if k != "gezin"}
        some = good[number % PEOPLE]
        kept |= {name: some[name] for name in ("evaluatie", "blindering")}
        if number % 7:
            kept |= {name: some[name] for name in ("afdeling", "contact")}
            kept.pop("vervaltDatum", None)
        if number % 5:
            kept["geinformeerd"] = some["geinformeerd"]
        return kept

    def fill(label: str, body: Any) -> Any:
        if label == "POST /signalen":
            return signal(body) if isinstance(body, dict) else body
        if label == "POST /signalen/batch" and isinstance(body, dict):
            rows = [signal(row) for row in body["signalen"] if isinstance(row, dict)]
            return {**body, "signalen": rows or body["signalen"]}
        if label == "POST /matchregels" and isinstance(body, dict):
            return {**body, "proef": True}  # the matches are for the others to look at
        if label == "PUT /medewerkers/{sleutel}" and isinstance(body, dict):
            return {**body, "afdeling": good[0]["afdeling"]}
        return body

    return fill


def run(world: World, headers: dict[str, str], **options: Any) -> Outcome:
    outcome = fuzz(
        world.app, DOCUMENT, headers=headers, without=WITHOUT, uncovered=[CONCEPT], **options
    )
    assert outcome.failures == []
    assert not [one for one in outcome.statuses if one[1] >= 500]
    return outcome


def check_reach(outcome: Outcome) -> None:
    """The good calls came through too: nothing was only refused."""
    assert {200, 201, 400} <= outcome.with_status("POST /signalen")
    assert {200, 404} <= outcome.with_status("GET /signalen/{signal_id}")
    assert {200, 400, 404} <= outcome.with_status("PATCH /signalen/{signal_id}")
    assert {200, 404} <= outcome.with_status("GET /matches/{match_id}")
    assert {200, 201, 400} <= outcome.with_status("PUT /medewerkers/{sleutel}")
    assert {200, 400} <= outcome.with_status("POST /signalen/batch")
    assert {400, 401} <= outcome.with_status("POST /oauth/token")
    assert outcome.steps  # along a link from another's answer


def test_with_all_rights_every_answer_is_as_documented(member: Member) -> None:
    fill = filled_in(member)
    check_reach(run(member.world, member.headers, examples=6, seed=1, fill=fill))


@pytest.mark.parametrize("scope", Scope)
def test_with_one_right_the_rest_is_refused_as_documented(member: Member, scope: Scope) -> None:
    token = member.world.token(member.client, scope=scope)
    outcome = run(
        member.world,
        {"Authorization": f"Bearer {token}"},
        examples=1,
        seed=2,
        fill=filled_in(member),
        phases=("examples", "fuzzing"),
    )
    for label, scopes in OPENED_BY.items():
        if scope not in scopes:
            assert outcome.with_status(label) <= {403, 404, 405}
            assert 403 in outcome.with_status(label)


@pytest.mark.parametrize("authorization", ["", "Bearer x.y.z", "Basic eDp5"])
def test_without_a_token_everything_is_refused_as_documented(
    member: Member, authorization: str
) -> None:
    headers = {"Authorization": authorization}
    outcome = run(member.world, headers, examples=1, seed=3, phases=("examples", "fuzzing"))
    for label in OPENED_BY:
        assert outcome.with_status(label) <= {401, 404, 405}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_with_all_rights_and_many_examples(member: Member, seed: int) -> None:
    fill = filled_in(member)
    check_reach(run(member.world, member.headers, examples=40, seed=seed, fill=fill))


@pytest.mark.slow
def test_when_all_tokens_have_run_out(member: Member) -> None:
    member.world.clock.advance(timedelta(minutes=11))
    outcome = run(member.world, member.headers, examples=10, seed=1)
    for label in OPENED_BY:
        assert outcome.with_status(label) <= {401, 404, 405}
