"""Only a fresh token that the index signed for this service lets anyone in."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from crypto import base64url
from crypto.errors import TokenRefused
from crypto.keyring import IndexSecretKeys
from crypto.tokens import INDEX_AUDIENCE, SERVICE_AUDIENCE, SERVICE_TOKEN_LIFETIME, TokenVerifier
from verwijsindex.pseudonym_service.callers import CallerReader


def _part(value: object) -> str:
    return base64url.encode(json.dumps(value).encode())


def _claims(world) -> dict[str, object]:
    issued = int(world.clock.now.timestamp())
    return {
        "org": str(world.organisation),
        "limits": "groot",
        "aud": SERVICE_AUDIENCE,
        "iat": issued,
        "exp": issued + 60,
    }


def _refused(world, make_elements, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = world.app.test_client().post(
        "/v1/evaluaties",
        json={"soort": "persoon", "elementen": make_elements(1)},
        headers=headers,
    )
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert ("invalid_token" in answer.headers["WWW-Authenticate"]) == (header is not None)
    assert world.used() == 0


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer é", "Bearer a b"],
)
def test_without_a_token_nobody_comes_in(world, make_elements, header):
    _refused(world, make_elements, header)


def test_a_valid_token_comes_in(world, make_elements):
    assert world.ask(make_elements(1)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"audience": INDEX_AUDIENCE},
        {"audience": [SERVICE_AUDIENCE]},
        {"lifetime": timedelta(seconds=61)},
        {"lifetime": timedelta(0)},
        {"limits": "onbeperkt"},
        {"limits": None},
        {"limits": ["groot"]},
        {"org": "niet"},
        {"org": None},
        {"org": 7},
        {"org": {}},
        {"org": "{" + str(uuid4()) + "}"},
        {"org": str(uuid4()).upper()},
    ],
)
def test_a_token_of_the_index_with_other_claims_is_refused(world, make_elements, claims):
    _refused(world, make_elements, f"Bearer {world.token(**claims)}")


def test_a_token_that_someone_else_signed_is_refused(world, make_elements):
    stranger = IndexSecretKeys.generate().service_token
    token = stranger.sign(
        {"org": str(world.organisation), "limits": "groot"},
        audience=SERVICE_AUDIENCE,
        lifetime=SERVICE_TOKEN_LIFETIME,
        now=world.clock.now,
    )
    _refused(world, make_elements, f"Bearer {token}")


def test_the_indexs_key_for_its_own_tokens_opens_nothing_here(world, make_elements):
    token = world.index_keys.index_token.sign(
        {"org": str(world.organisation), "limits": "groot"},
        audience=SERVICE_AUDIENCE,
        lifetime=SERVICE_TOKEN_LIFETIME,
        now=world.clock.now,
    )
    _refused(world, make_elements, f"Bearer {token}")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "Ed25519", None, []])
def test_a_forged_token_is_refused_whatever_algorithm_it_names(world, make_elements, algorithm):
    signed = f"{_part({'alg': algorithm, 'typ': 'at+jwt'})}.{_part(_claims(world))}"
    key = world.index_keys.public().service_token
    forged = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    _refused(world, make_elements, f"Bearer {signed}.")
    _refused(world, make_elements, f"Bearer {signed}.{base64url.encode(forged)}")


def test_claims_of_one_token_do_not_go_with_the_signature_of_another(world, make_elements):
    header, _, signature = world.token().split(".")
    _refused(world, make_elements, f"Bearer {header}.{_part(_claims(world))}.{signature}")


def test_a_token_that_was_known_is_refused_when_it_has_expired(world, make_elements):
    token = world.token()
    assert world.ask(make_elements(1), token=token).status_code == 200
    world.clock.advance(seconds=59)
    assert world.ask(make_elements(1), token=token).status_code == 200
    world.clock.advance(seconds=1)
    assert world.ask(make_elements(1), token=token).status_code == 401


class _CountingVerifier(TokenVerifier):
    calls = 0

    def verify(self, token, *, now):
        self.calls += 1
        return super().verify(token, now=now)


def test_a_token_is_verified_once_and_only_so_many_are_remembered(world):
    verifier = _CountingVerifier(world.index_keys.public().service_token, audience=SERVICE_AUDIENCE)
    reader = CallerReader(verifier, capacity=3)
    tokens = [world.token(org=str(uuid4())) for _ in range(5)]
    for token in tokens:
        assert reader.read(token, now=world.clock.now) == reader.read(token, now=world.clock.now)
    assert verifier.calls == 5
    assert len(reader._known) == 3
    reader.read(tokens[0], now=world.clock.now)
    assert verifier.calls == 6


def test_no_usable_token_is_remembered_and_no_refused_one_at_all(world):
    reader = CallerReader(
        TokenVerifier(world.index_keys.public().service_token, audience=SERVICE_AUDIENCE)
    )
    token = world.token()
    reader.read(token, now=world.clock.now)
    assert token not in repr(reader._known)
    with pytest.raises(TokenRefused):
        reader.read(world.token(audience=INDEX_AUDIENCE), now=world.clock.now)
    assert len(reader._known) == 1
