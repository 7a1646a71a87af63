"""The pseudonym service, called with whatever its document allows and much that it does not."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from crypto import base64url
from crypto.oprf import Blind, blind
from crypto.tokens import SERVICE_AUDIENCE, SERVICE_TOKEN_LIFETIME
from tests.clock import Clock
from tests.fuzzing.engine import Outcome, fuzz
from tests.world import index_keys, service_keys
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store

ADMITTED = UUID("0193b5f0-0000-7000-8000-000000000001")
STRANGER = UUID("0193b5f0-0000-7000-8000-000000000002")
EVALUATE = "POST /evaluaties"
ELEMENTS = [base64url.encode(blind(bytes([n]), Blind.random()).value) for n in range(8)]


@pytest.fixture
def service(tmp_path: Path) -> Flask:
    path, clock = tmp_path / "store.db", Clock()
    settings = ServiceSettings(keys=service_keys(), index_keys=index_keys().public(), store=path)
    app = create_service(settings, clock=clock)
    store = Store(path)
    admit(store, organisation_id=ADMITTED, name="Schuldhulp", now=clock())
    store.close()
    return app


def headers(organisation: UUID) -> dict[str, str]:
    claims = {"org": str(organisation), "limits": "standaard"}
    token = index_keys().service_token.sign(
        claims, audience=SERVICE_AUDIENCE, lifetime=SERVICE_TOKEN_LIFETIME, now=Clock()()
    )
    return {"Authorization": f"Bearer {token}"}


def real_elements(label: str, body: Any) -> Any:
    """Let most good bodies hold elements, which a schema cannot tell from other bytes."""
    if label != EVALUATE or not isinstance(body, dict):
        return body
    number = zlib.crc32(json.dumps(body, sort_keys=True).encode())
    if number % 4 == 0:
        return body
    return {**body, "elementen": [ELEMENTS[i % 8] for i in range(len(body["elementen"]))]}


def run(app: Flask, who: dict[str, str], **options: Any) -> Outcome:
    without = {"/evaluaties": ["positive_data_acceptance"]}
    outcome = fuzz(app, "/v1/openapi.json", headers=who, without=without, **options)
    assert outcome.failures == []
    assert not [one for one in outcome.statuses if one[1] >= 500]
    return outcome


def test_every_answer_is_as_documented(service: Flask) -> None:
    outcome = run(service, headers(ADMITTED), examples=10, seed=1, fill=real_elements)
    assert {200, 400} <= outcome.with_status(EVALUATE)
    assert 200 in outcome.with_status("GET /sleutels")


@pytest.mark.parametrize(
    ("who", "status"),
    [({}, 401), ({"Authorization": "Bearer x.y.z"}, 401), (headers(STRANGER), 403)],
    ids=["nobody", "no token", "stranger"],
)
def test_who_is_not_admitted_is_refused_as_documented(
    service: Flask, who: dict[str, str], status: int
) -> None:
    outcome = run(service, who, examples=2, seed=2, phases=("examples", "fuzzing"))
    assert outcome.with_status(EVALUATE) == {status}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_with_many_examples_till_the_allowance_is_used_up(service: Flask, seed: int) -> None:
    many = {"soort": "persoon", "elementen": ELEMENTS * 125}
    for _ in range(19):
        answer = service.test_client().post("/v1/evaluaties", json=many, headers=headers(ADMITTED))
        assert answer.status_code == 200
    outcome = run(service, headers(ADMITTED), examples=150, seed=seed, fill=real_elements)
    assert {200, 400} <= outcome.with_status(EVALUATE)
    answer = service.test_client().post("/v1/evaluaties", json=many, headers=headers(ADMITTED))
    assert answer.status_code in {200, 429}
