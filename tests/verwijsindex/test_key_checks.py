"""A wrong key is noticed before anything is registered with it; unreachable is not wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from nacl.public import Box
from sqlalchemy import select

from crypto import base64url, evaluation, oprf
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.person import SubjectKind
from crypto.tokens import TokenVerifier
from tests.world import World, index_keys, make_world, service_keys
from verwijsindex.access import CANARY_ORGANISATION_ID
from verwijsindex.application import NotReady, create_index, require_readiness
from verwijsindex.canary import check_canaries
from verwijsindex.key_checks import INDEX_CHECK, KeyCheck, KeyState, compare, mark

Answer = Callable[[httpx.Request], httpx.Response]
ALL = set(SubjectKind)


def service(keys: ServiceSecretKeys, **changes: Any) -> Answer:
    """Return a pseudonym service that answers with *keys*."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        kind = changes.get("kind") or SubjectKind(body["soort"])
        (element,) = body["elementen"]
        key = keys.current(kind)
        issued = changes["clock"]()
        sealed = evaluation.seal_evaluation(
            evaluation.Evaluation(
                changes.get("key_id") or service_keys().current(kind).public().key_id,
                kind,
                changes.get("organisation_id") or CANARY_ORGANISATION_ID,
                issued,
                issued + evaluation.LIFETIME,
                oprf.blind_evaluate(key.scalar, oprf.BlindedElement(base64url.decode(element))),
            ),
            Box(keys.box, index_keys().box.public_key),
        )
        return httpx.Response(200, json={"evaluaties": [base64url.encode(sealed)]})

    return answer


def check(world: World, answer: Answer) -> set[KeyState]:
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        found = check_canaries(world.services, http)
    assert found.keys() == ALL
    with world.services.sessions() as session:
        kept = {c.name: c.state for c in session.scalars(select(KeyCheck))}
    kept.pop(INDEX_CHECK)
    assert {name.partition(":")[0]: state for name, state in kept.items()} == {
        kind.value: state for kind, state in found.items()
    } or KeyState.UNREACHABLE in found.values()
    return set(found.values())


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("niemand thuis")


def test_the_canary_is_asked_for_as_the_index_itself_and_for_nothing_else(world: World) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(500)

    check(world, answer)
    verifier = TokenVerifier(index_keys().service_token.public, audience="pseudoniemen")
    assert {json.loads(r.content)["soort"] for r in asked} == {kind.value for kind in ALL}
    for request in asked:
        assert str(request.url) == "https://pseudoniemen.example/v1/evaluaties"
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = verifier.verify(token, now=world.clock())
        assert (claims["org"], claims["limits"]) == (str(CANARY_ORGANISATION_ID), "canarie")


def test_the_same_key_agrees_and_another_is_wrong_until_it_is_restored(world: World) -> None:
    member = world.member("Schuldhulp")
    right = service(service_keys(), clock=world.clock)
    # The same box, so that only k differs: somebody restored an old key file.
    old = ServiceSecretKeys(service_keys().box, ServiceSecretKeys.generate().evaluation_keys)
    wrong = service(old, clock=world.clock)

    def ready() -> int:
        return world.http.get("/api/v1/healthz/readyz").status_code

    assert check(world, right) == check(world, right) == {KeyState.AGREES}
    assert member.register(1).status_code == 201
    assert ready() == 200
    assert check(world, wrong) == {KeyState.WRONG}
    assert member.register(2).status_code == 503
    assert member.get("/api/v1/signalen").json["totaal"] == 1
    assert ready() == 503
    assert world.http.get("/api/v1/healthz/livez").status_code == 200
    assert check(world, unreachable) == {KeyState.UNREACHABLE}
    assert ready() == 503, "not reaching the service does not make a known difference unknown"
    assert member.register(2).status_code == 503
    assert check(world, right) == {KeyState.AGREES}
    assert (ready(), member.register(2).status_code) == (200, 201)


def test_the_canary_is_another_one_for_each_kind(world: World) -> None:
    check(world, service(service_keys(), clock=world.clock))
    with world.services.sessions() as session:
        checks = session.scalars(select(KeyCheck)).all()
    assert len({c.fingerprint for c in checks}) == len(checks) == 3
    assert {len(c.fingerprint or b"") for c in checks} == {16}


@pytest.mark.parametrize(
    "answer",
    [
        unreachable,
        lambda _: httpx.Response(429),
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(401, json={}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={}),
        lambda _: httpx.Response(200, json=[]),
        lambda _: httpx.Response(200, json={"evaluaties": []}),
        lambda _: httpx.Response(200, json={"evaluaties": ["+"]}),
        lambda _: httpx.Response(200, json={"evaluaties": [None]}),
        lambda _: httpx.Response(200, json={"evaluaties": 5}),
    ],
)
def test_an_answer_that_is_none_says_nothing_about_the_key(answer: Answer, world: World) -> None:
    member = world.member("Schuldhulp")
    assert check(world, answer) == {KeyState.UNREACHABLE}
    assert member.register(1).status_code == 201
    ready = world.http.get("/api/v1/healthz/readyz")
    assert ready.status_code == 200
    assert ready.json["onderdelen"]["canarie persoon:1"] == "pseudoniemendienst onbereikbaar"


@pytest.mark.parametrize(
    "changes",
    [{"key_id": b"x" * 16}, {"organisation_id": UUID(int=7)}],
)
def test_an_evaluation_that_was_not_made_for_the_canary_is_wrong(
    changes: dict[str, Any], world: World
) -> None:
    answer = service(service_keys(), clock=world.clock, **changes)
    assert check(world, answer) == {KeyState.WRONG}


def test_an_evaluation_that_the_pinned_key_does_not_open_is_wrong(world: World) -> None:
    answer = service(ServiceSecretKeys.generate(), clock=world.clock)
    assert check(world, answer) == {KeyState.WRONG}


def test_a_process_with_another_key_of_its_own_does_not_start(world: World) -> None:
    fresh = IndexSecretKeys.generate()
    stranger = replace(index_keys(), scalar=fresh.scalar)
    services = replace(world.services, settings=replace(world.services.settings, keys=stranger))
    with pytest.raises(NotReady, match="VI_INDEX_SECRET_KEYS_FILE"):
        create_index(services)
    # It stopped itself; the ones with the right key go on.
    assert world.member("Schuldhulp").register(1).status_code == 201
    require_readiness(world.services)


def test_the_first_key_counts_also_when_two_start_at_once(database_url: str, clock) -> None:
    first = make_world(database_url, clock)
    second = make_world(database_url, clock)
    with first.services.sessions() as session:
        checks = session.scalars(select(KeyCheck)).all()
        assert [(c.name, c.fingerprint) for c in checks] == [
            (INDEX_CHECK, index_keys().scalar_fingerprint)
        ]
    for made in (first, second):
        made.services.engine.dispose()


def test_a_difference_is_not_remembered_as_the_new_value(world: World) -> None:
    now = world.clock()
    with world.services.sessions.begin() as session:
        assert compare(session, "x", b"a" * 16, now=now) is KeyState.AGREES
        assert compare(session, "x", b"b" * 16, now=now) is KeyState.WRONG
        assert compare(session, "x", b"b" * 16, now=now) is KeyState.WRONG
        assert compare(session, "x", b"a" * 16, now=now) is KeyState.AGREES


def test_a_canary_that_was_unreachable_first_is_remembered_later(world: World) -> None:
    now = world.clock()
    with world.services.sessions.begin() as session:
        mark(session, "x", KeyState.UNREACHABLE, now=now)
        assert compare(session, "x", b"a" * 16, now=now) is KeyState.AGREES
        assert compare(session, "x", b"b" * 16, now=now) is KeyState.WRONG


def test_readiness_tells_which_part_is_wrong(world: World) -> None:
    answer = world.http.get("/api/v1/healthz/readyz")
    assert answer.json == {
        "status": "goed",
        "onderdelen": {"database": "goed", "schema": "goed", "sleutel index": "goed"},
    }
    from sqlalchemy import text

    with world.services.sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = world.http.get("/api/v1/healthz/readyz")
    assert answer.status_code == 503
    assert answer.json["onderdelen"]["schema"] == "niet bijgewerkt"
    with pytest.raises(NotReady, match="db upgrade"):
        require_readiness(world.services)
