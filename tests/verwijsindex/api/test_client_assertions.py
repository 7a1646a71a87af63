"""``private_key_jwt`` (RFC 7523): good ones, each claim wrong, and used once."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from sqlalchemy import select

from tests.verwijsindex.api.refusals import assert_no_echo
from tests.world import Member, World, make_world
from verwijsindex.api.token import ASSERTION_TYPE
from verwijsindex.clients import Scope, UsedJti
from verwijsindex.use_cases.admit import NewClient, add_client

pytestmark = pytest.mark.any_database

TOKEN = "/oauth/token"
ENDPOINT = "https://index.example/oauth/token"
Key = OKPKey | ECKey | RSAKey


@cache
def key_for(algorithm: str) -> Key:
    match algorithm:
        case "Ed25519":
            return OKPKey.generate_key("Ed25519", private=True)
        case "ES256":
            return ECKey.generate_key("P-256", private=True)
        case _:
            return RSAKey.generate_key(2048, private=True)


def client_with(world: World, key: Key) -> NewClient:
    with world.services.sessions() as session:
        return add_client(
            session,
            world.services,
            organisation_name="Schuldhulp",
            name="sleutel",
            scopes=[Scope.SIGNALS],
            jwk=key.as_dict(private=False),
        )


def assertion(
    world: World,
    client_id: UUID,
    key: Any = None,
    *,
    algorithm: str = "Ed25519",
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Return an assertion; a change to None leaves a claim out."""
    now = int(world.clock().timestamp())
    claims = {
        "iss": str(client_id),
        "sub": str(client_id),
        "aud": ENDPOINT,
        "iat": now,
        "exp": now + 60,
        "jti": "een",
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(
        {"alg": algorithm, **(header or {})},
        kept,
        key or key_for(algorithm),
        algorithms=[algorithm],
    )


def sign_in(world: World, signed: str, **changes: str) -> Any:
    data = {
        "grant_type": "client_credentials",
        "resource": "index",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
    }
    return world.http.post(TOKEN, data=data | changes)


@pytest.fixture(scope="module")
def signer(still_world: World, still_member: Member) -> NewClient:
    """Return a client with an Ed25519 key."""
    return client_with(still_world, key_for("Ed25519"))


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256", "PS256"])
def test_each_allowed_algorithm_signs_in(
    algorithm: str, still_world: World, still_member: Member
) -> None:
    client = client_with(still_world, key_for(algorithm))
    assert client.secret is None
    signed = assertion(still_world, client.id, algorithm=algorithm)
    answer = sign_in(still_world, signed)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert still_world.http.get("/api/v1/signalen", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ENDPOINT]},
        {"iat": None},
        {"nbf": 0},
        {"exp": 1795428000 + 300},
        {"jti": "x" * 128},
    ],
)
def test_a_claim_may_be_so(changes: dict[str, Any], still_world: World, signer: NewClient) -> None:
    now = int(still_world.clock().timestamp())
    if "exp" in changes:
        changes = {"exp": now + 300}
    if "iat" in changes:
        changes = {"iat": None, "nbf": now}
    unique = {"jti": f"goed {changes}"[:128]} | changes
    answer = sign_in(still_world, assertion(still_world, signer.id, **unique))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": "iemand"},
        {"iss": ["{id}"]},
        {"sub": "iemand"},
        {"sub": None},
        {"aud": None},
        {"aud": "https://index.example"},
        {"aud": "http://index.example/oauth/token"},
        {"aud": [ENDPOINT, "https://elders.example"]},
        {"aud": []},
        {"aud": 1},
        {"iat": None},
        {"iat": "nu"},
        {"iat": True},
        {"iat": "+31"},
        {"nbf": "+31"},
        {"nbf": "nu"},
        {"exp": None},
        {"exp": "+0"},
        {"exp": "+331"},
        {"exp": "-1"},
        {"exp": "straks"},
        {"exp": True},
        {"exp": 10**400},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 129},
        {"jti": 5},
        {"jti": ["een"]},
        {"jti": "een\x00twee"},
    ],
)
def test_an_assertion_of_which_any_claim_is_wrong_is_refused(
    changes: dict[str, Any], still_world: World, signer: NewClient
) -> None:
    (name, value), now = *changes.items(), int(still_world.clock().timestamp())
    if isinstance(value, str) and value[:1] in {"+", "-"}:
        value = now + int(value)
    wrong = assertion(still_world, signer.id, **{"jti": f"fout {changes}"[:128], name: value})
    answer = sign_in(still_world, wrong, client_id=str(signer.id))
    assert answer.status_code == 401, answer.text
    assert answer.json["error"] == "invalid_client"
    assert_no_echo(answer, wrong)


def with_another_signature(signed: str) -> str:
    head, _, signature = signed.rpartition(".")
    # Not its end: the last byte of such a signature is often zero, which is "AA".
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def test_an_assertion_by_another_key_or_algorithm_is_refused(
    still_world: World, signer: NewClient
) -> None:
    public = key_for("Ed25519").as_dict(private=False)["x"]
    others = [
        assertion(still_world, signer.id, OKPKey.generate_key("Ed25519", private=True)),
        assertion(still_world, signer.id, algorithm="ES256"),
        assertion(still_world, signer.id, algorithm="PS256"),
        assertion(still_world, signer.id, OctKey.import_key(public), algorithm="HS256"),
        with_another_signature(assertion(still_world, signer.id)),
        assertion(still_world, signer.id).rpartition(".")[0] + ".",
        "x",
        "x.y.z",
        "..",
        "é.é.é",
    ]
    for wrong in others:
        answer = sign_in(still_world, wrong, client_id=str(signer.id))
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), wrong


def test_a_client_signs_in_only_in_the_way_it_was_admitted(
    still_world: World, still_member: Member, signer: NewClient
) -> None:
    by_secret = {
        "grant_type": "client_credentials",
        "resource": "index",
        "client_id": str(signer.id),
        "client_secret": "geheim",
    }
    assert still_world.http.post(TOKEN, data=by_secret).status_code == 401
    signed = assertion(still_world, still_member.client.id)
    assert sign_in(still_world, signed).status_code == 401
    other = sign_in(still_world, assertion(still_world, signer.id), client_id="iemand anders")
    assert other.status_code == 401
    wrong_type = sign_in(still_world, assertion(still_world, signer.id), client_assertion_type="x")
    assert wrong_type.json["error"] == "invalid_request"


def test_an_assertion_is_good_once_also_at_another_process(world: World) -> None:
    world.member("Schuldhulp")
    client = client_with(world, key_for("Ed25519"))
    second = make_world(world.services.settings.database_url, world.clock)
    signed = assertion(world, client.id)
    assert sign_in(world, signed).status_code == 200
    for elsewhere in (world, second):
        answer = sign_in(elsewhere, signed)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert sign_in(second, assertion(world, client.id, jti="twee")).status_code == 200
    other = client_with(world, key_for("ES256"))
    same_jti = assertion(world, other.id, algorithm="ES256")
    assert sign_in(world, same_jti).status_code == 200
    second.services.engine.dispose()


def test_used_assertions_are_forgotten_when_they_could_no_longer_be_used(world: World) -> None:
    from datetime import timedelta

    world.member("Schuldhulp")
    client = client_with(world, key_for("Ed25519"))
    signed = assertion(world, client.id)
    assert sign_in(world, signed).status_code == 200
    world.clock.advance(timedelta(seconds=60))
    assert sign_in(world, signed).status_code == 401
    world.clock.advance(timedelta(seconds=61))
    assert sign_in(world, assertion(world, client.id, jti="twee")).status_code == 200
    with world.services.sessions() as session:
        assert session.scalars(select(UsedJti.jti)).all() == ["twee"]
