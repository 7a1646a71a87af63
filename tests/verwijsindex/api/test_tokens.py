"""``POST /oauth/token``: RFC 6749's errors, both ways to sign in, and what a token holds."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from crypto.errors import TokenRefused
from crypto.tokens import TokenVerifier
from orgprofiles.organisations import Organisation, OrganisationStatus
from tests.verwijsindex.api.calls import NOBODYS_ID
from tests.verwijsindex.api.refusals import MARK, assert_headers, assert_no_echo, assert_problem
from tests.world import Member, World, index_keys
from verwijsindex.clients import Scope
from verwijsindex.use_cases.admit import add_client, revoke_client

TOKEN = "/oauth/token"


def form(member: Member, **changes: str | None) -> dict[str, str]:
    """Return a good form; a change to None leaves a field out."""
    good = {
        "grant_type": "client_credentials",
        "resource": "index",
        "client_id": str(member.client.id),
        "client_secret": member.client.secret,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def denied(answer: Any, error: str, *sent: str) -> None:
    """An error of RFC 6749 §5.2, in Dutch, that repeats nothing."""
    assert answer.status_code == (401 if error == "invalid_client" else 400), answer.text
    assert answer.json.keys() == {"error", "error_description"}
    assert answer.json["error"] == error
    assert answer.mimetype == "application/json"
    assert_headers(answer)
    assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
    assert_no_echo(answer, *sent)


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


def test_a_secret_is_taken_from_the_form_or_by_basic(
    still_world: World, still_member: Member
) -> None:
    client = still_member.client
    ways = (
        still_world.http.post(TOKEN, data=form(still_member)),
        still_world.http.post(
            TOKEN,
            data=form(still_member, client_id=None, client_secret=None),
            headers=basic(str(client.id), client.secret),
        ),
    )
    for answer in ways:
        assert answer.status_code == 200
        assert_headers(answer)
        assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert answer.json["token_type"] == "Bearer"
        assert answer.json["expires_in"] == 600
        assert answer.json["scope"].split() == sorted(Scope)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"resource": None}, "invalid_target"),
        ({"resource": ""}, "invalid_target"),
        ({"resource": MARK}, "invalid_target"),
        ({"resource": "https://index.example"}, "invalid_target"),
        ({"scope": MARK}, "invalid_scope"),
        ({"scope": "signalen dossiers"}, "invalid_scope"),
        ({"scope": "SIGNALEN"}, "invalid_scope"),
        ({"resource": "pseudoniemen", "scope": "matches"}, "invalid_scope"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_id": MARK}, "invalid_client"),
        ({"client_id": NOBODYS_ID}, "invalid_client"),
        ({"client_id": "\ud7ff"}, "invalid_client"),
        ({"client_secret": None}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_secret": MARK}, "invalid_client"),
        ({"client_id": "a\x00"}, "invalid_request"),
        ({"client_secret": "x" * 8193}, "invalid_request"),
        ({"client_assertion": "x"}, "invalid_request"),
        ({"client_secret": None, "client_assertion": "x"}, "invalid_request"),
    ],
)
def test_a_wrong_form_is_refused_in_the_words_of_rfc_6749(
    changes: dict[str, str | None], error: str, still_world: World, still_member: Member
) -> None:
    denied(still_world.http.post(TOKEN, data=form(still_member, **changes)), error)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !",
        "Basic e30",
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Basic " + b64encode(b"zonder").decode(),
        "Basic " + b64encode(b":").decode(),
    ],
)
def test_a_basic_header_that_cannot_be_read_is_refused(
    header: str, still_world: World, still_member: Member
) -> None:
    body = form(still_member, client_id=None, client_secret=None)
    denied(
        still_world.http.post(TOKEN, data=body, headers={"Authorization": header}),
        "invalid_client",
    )


def test_signing_in_in_two_ways_at_once_is_refused(
    still_world: World, still_member: Member
) -> None:
    client = still_member.client
    answer = still_world.http.post(
        TOKEN, data=form(still_member), headers=basic(str(client.id), client.secret)
    )
    denied(answer, "invalid_request", client.secret)


def test_a_field_that_is_there_twice_is_refused(still_world: World, still_member: Member) -> None:
    twice = {**form(still_member), "resource": ["index", "pseudoniemen"]}
    denied(still_world.http.post(TOKEN, data=twice), "invalid_request")


def test_only_a_form_of_known_length_and_size_is_read(
    still_world: World, still_member: Member
) -> None:
    post = still_world.http.post
    assert_problem(post(TOKEN, json=form(still_member)), 415, TOKEN)
    assert_problem(
        post(TOKEN, data=form(still_member), content_type="multipart/form-data"), 415, TOKEN
    )
    kind = "application/x-www-form-urlencoded"
    chunked = post(
        TOKEN,
        input_stream=io.BytesIO(b"grant_type=client_credentials"),
        content_type=kind,
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(chunked, 411, TOKEN)
    assert_problem(post(TOKEN, data=b"a=" + b"x" * 1024 * 1024, content_type=kind), 413, TOKEN)


def test_fewer_scopes_may_be_asked_and_no_more_than_the_client_has(world: World) -> None:
    member = world.member("Schuldhulp", scopes=(Scope.SIGNALS, Scope.MATCHES))
    answer = world.http.post(TOKEN, data=form(member, scope="matches"))
    assert answer.json["scope"] == "matches"
    assert world.http.post(TOKEN, data=form(member)).json["scope"] == "matches signalen"
    denied(world.http.post(TOKEN, data=form(member, scope="matches cijfers")), "invalid_scope")


def test_an_index_token_names_client_organisation_and_scopes(
    still_world: World, still_member: Member
) -> None:
    token = still_world.token(still_member.client, scope="signalen")
    verifier = TokenVerifier(index_keys().index_token.public, audience="index")
    claims = verifier.verify(token, now=still_world.clock())
    assert claims["exp"] - claims["iat"] == 600
    assert {name: claims[name] for name in claims.keys() - {"exp", "iat", "jti"}} == {
        "iss": "https://index.example",
        "sub": str(still_member.client.id),
        "org": str(still_member.id),
        "scope": "signalen",
        "aud": "index",
    }


def test_a_service_token_holds_organisation_and_limits_for_a_minute_and_no_more(
    still_world: World, still_member: Member
) -> None:
    answer = still_world.http.post(TOKEN, data=form(still_member, resource="pseudoniemen"))
    assert answer.json["expires_in"] == 60
    verifier = TokenVerifier(index_keys().service_token.public, audience="pseudoniemen")
    claims = verifier.verify(answer.json["access_token"], now=still_world.clock())
    assert claims.keys() == {"org", "limits", "aud", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 60
    assert (claims["org"], claims["limits"]) == (str(still_member.id), "standaard")
    assert str(still_member.client.id) not in str(claims)


def test_no_two_tokens_are_the_same(still_world: World, still_member: Member) -> None:
    assert len({still_world.token(still_member.client) for _ in range(5)}) == 5


def test_a_secret_is_kept_as_a_hash_and_works_at_no_other_client(world: World) -> None:
    from sqlalchemy import text

    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    denied(
        world.http.post(TOKEN, data=form(one, client_secret=other.client.secret)),
        "invalid_client",
    )
    with world.services.sessions() as session:
        kept = str(session.execute(text("SELECT * FROM clients")).all())
    assert one.client.secret not in kept


def test_a_revoked_client_and_a_stopped_organisation_get_no_token(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    with world.services.sessions() as session:
        revoke_client(session, world.services, client_id=one.client.id)
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, other.id).status = OrganisationStatus.STOPPED
    for member in (one, other):
        for resource in ("index", "pseudoniemen"):
            answer = world.http.post(TOKEN, data=form(member, resource=resource))
            denied(answer, "invalid_client", member.client.secret)


def test_the_limits_class_of_a_client_stands_in_its_service_token(world: World) -> None:
    from verwijsindex.clients import LimitsClass

    world.member("Schuldhulp")
    with world.services.sessions() as session:
        large = add_client(
            session,
            world.services,
            organisation_name="Schuldhulp",
            name="import",
            scopes=[Scope.SIGNALS],
            limits=LimitsClass.LARGE,
        )
    token = world.token(large, resource="pseudoniemen")
    verifier = TokenVerifier(index_keys().service_token.public, audience="pseudoniemen")
    assert verifier.verify(token, now=world.clock())["limits"] == "groot"
    with pytest.raises(TokenRefused):
        verifier.verify(token, now=world.clock() + timedelta(seconds=60))
