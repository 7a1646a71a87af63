"""Every route × everybody who may come: who gets in, and who is told nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crypto.tokens import SigningKey
from orgprofiles.organisations import Organisation, OrganisationStatus
from tests.verwijsindex.api.calls import NOBODYS_ID
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World, index_keys
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.use_cases.admit import add_client, revoke_client
from verwijsindex.web.guards import GuardedPages

ANYONE = None
SIGNALS = {Scope.SIGNALS}
PROFILES = "/api/v1/organisatieprofielen"
ADMISSION = "/api/v1/toelatingen/<uuid:organisation_id>"
STAND_INS = "/api/v1/medewerkers/<string:sleutel>/waarnemingen"
READS_PROFILES = {Scope.PROFILES, Scope.ADMINISTRATION}
#: Who may come in, per route and method. A route that is not here fails the tests.
ALLOWED: dict[tuple[str, str], set[Scope] | None] = {
    ("GET", "/api/v1/openapi.json"): ANYONE,
    ("GET", "/api/v1/healthz/livez"): ANYONE,
    ("GET", "/api/v1/healthz/readyz"): ANYONE,
    ("POST", "/oauth/token"): ANYONE,
    ("POST", "/api/v1/signalen"): SIGNALS,
    ("GET", "/api/v1/signalen"): SIGNALS,
    ("POST", "/api/v1/signalen/_zoek"): SIGNALS,
    ("POST", "/api/v1/signalen/batch"): SIGNALS,
    ("GET", "/api/v1/signalen/<uuid:signal_id>"): SIGNALS,
    ("PATCH", "/api/v1/signalen/<uuid:signal_id>"): SIGNALS,
    ("POST", "/api/v1/signalen/<uuid:signal_id>/inzage"): SIGNALS,
    ("POST", "/api/v1/signalen/<uuid:signal_id>/overdracht"): SIGNALS,
    ("POST", "/api/v1/medewerkers/<string:sleutel>/overdracht"): SIGNALS,
    ("POST", "/api/v1/caseloads"): SIGNALS,
    ("GET", "/api/v1/matches"): {Scope.MATCHES},
    ("GET", "/api/v1/matches/<uuid:match_id>"): {Scope.MATCHES},
    ("PATCH", "/api/v1/matches/<uuid:match_id>/deelnames/<uuid:participation_id>"): {Scope.MATCHES},
    ("PUT", "/api/v1/matches/<uuid:match_id>/regie"): {Scope.MATCHES},
    ("POST", "/api/v1/matches/<uuid:match_id>/regie/aanvaarding"): {Scope.MATCHES},
    ("POST", "/api/v1/matches/<uuid:match_id>/regie/weigering"): {Scope.MATCHES},
    ("GET", "/api/v1/matchregels"): {Scope.PROFILES, Scope.ADMINISTRATION},
    ("POST", "/api/v1/matchregels"): {Scope.ADMINISTRATION},
    ("GET", "/api/v1/regieafspraken"): {Scope.PROFILES, Scope.ADMINISTRATION},
    ("POST", "/api/v1/regieafspraken"): {Scope.ADMINISTRATION},
    ("GET", "/api/v1/organisaties"): {Scope.PROFILES, Scope.SIGNALS},
    ("GET", "/api/v1/organisaties/<uuid:organisation_id>"): {Scope.PROFILES, Scope.SIGNALS},
    ("GET", PROFILES): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/vcard"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/pdf"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/versies"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/versies/<int:number>"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/vergelijking"): READS_PROFILES,
    ("GET", f"{PROFILES}/<uuid:organisation_id>/concept"): READS_PROFILES,
    ("PUT", f"{PROFILES}/<uuid:organisation_id>/concept"): READS_PROFILES,
    ("POST", f"{PROFILES}/<uuid:organisation_id>/akkoord"): {Scope.ADMINISTRATION},
    ("POST", f"{PROFILES}/<uuid:organisation_id>/publicatie"): READS_PROFILES,
    ("PUT", f"{PROFILES}/<uuid:organisation_id>/wachttijden"): READS_PROFILES,
    ("GET", "/api/v1/keten"): READS_PROFILES,
    ("GET", "/api/v1/medewerkers"): {Scope.PROFESSIONALS},
    ("PUT", "/api/v1/medewerkers/<string:sleutel>"): {Scope.PROFESSIONALS},
    ("POST", "/api/v1/medewerkers/<string:sleutel>/vertrek"): {Scope.PROFESSIONALS},
    ("GET", STAND_INS): {Scope.PROFESSIONALS},
    ("POST", STAND_INS): {Scope.PROFESSIONALS},
    ("DELETE", f"{STAND_INS}/<uuid:stand_in_id>"): {Scope.PROFESSIONALS},
    ("GET", "/api/v1/vastgelopen-matches"): {Scope.ADMINISTRATION},
    ("GET", "/api/v1/meldingen"): {Scope.ADMINISTRATION},
    ("GET", "/api/v1/toelatingen"): {Scope.ADMINISTRATION},
    ("GET", ADMISSION): {Scope.ADMINISTRATION},
    ("PUT", f"{ADMISSION}/stappen/<string:stap>"): {Scope.ADMINISTRATION},
    ("POST", f"{ADMISSION}/activering"): {Scope.ADMINISTRATION},
}
GUARDED = {route: scopes for route, scopes in ALLOWED.items() if scopes is not ANYONE}
#: The document is the framework's; it holds nothing that is not in the repository.
OUTSIDE_BLUEPRINTS = {"/api/v1/openapi.json"}


@pytest.fixture(scope="module")
def scoped(still_world: World, still_member: Member) -> dict[Scope, str]:
    """Return a token per scope, of a client that has all."""
    return {scope: still_world.token(still_member.client, scope=scope) for scope in Scope}


def routes(world: World) -> Iterator[tuple[str, str, str]]:
    for rule in world.app.url_map.iter_rules():
        blueprint = world.app.blueprints.get(rule.endpoint.partition(".")[0])
        if isinstance(blueprint, GuardedPages):
            continue
        for method in sorted(rule.methods or ()):
            if method not in {"HEAD", "OPTIONS"}:
                yield method, rule.rule, rule.endpoint


def ask(world: World, method: str, route: str, authorization: str | None = None) -> Any:
    path = route.replace("<string:sleutel>", "m9").replace("<string:stap>", "dpia")
    path = re.sub("<uuid:[^>]*>", NOBODYS_ID, path).replace("<int:number>", "1")
    headers = {} if authorization is None else {"Authorization": authorization}
    return world.http.open(path, method=method, headers=headers)


def test_every_route_is_in_the_table(still_world: World) -> None:
    assert {(method, rule) for method, rule, _ in routes(still_world)} == set(ALLOWED)


def test_every_blueprint_has_a_guard_and_no_route_lives_outside_one(still_world: World) -> None:
    app = still_world.app
    for name, blueprint in app.blueprints.items():
        if name == "api-docs":
            continue
        # Who may see which page: tests/verwijsindex/web/test_page_access.py.
        assert isinstance(blueprint, GuardedBlueprint | GuardedPages), name
        assert blueprint.guard in app.before_request_funcs[name]
    outside = {
        rule
        for _, rule, endpoint in routes(still_world)
        if endpoint.partition(".")[0] not in app.blueprints or endpoint.startswith("api-docs.")
    }
    assert outside == OUTSIDE_BLUEPRINTS


@pytest.mark.parametrize(("method", "route"), [r for r, who in ALLOWED.items() if who is ANYONE])
def test_what_is_public_asks_for_no_token(method: str, route: str, still_world: World) -> None:
    assert ask(still_world, method, route).status_code in {200, 415}


@pytest.mark.parametrize(("method", "route"), GUARDED)
@pytest.mark.parametrize("scope", Scope)
def test_each_scope_opens_its_own_routes_and_no_others(
    method: str, route: str, scope: Scope, still_world: World, scoped: dict[Scope, str]
) -> None:
    answer = ask(still_world, method, route, f"Bearer {scoped[scope]}")
    if scope in GUARDED[method, route]:
        # Past the guard: the id is nobody's, and no body was sent.
        assert answer.status_code in {200, 400, 404, 415}, answer.text
    else:
        problem = assert_problem(answer, 403, route)
        assert "Hiervoor is een token met het recht" in problem["detail"]


@pytest.mark.parametrize(("method", "route"), GUARDED)
@pytest.mark.parametrize(
    "wrong",
    [
        "none",
        "basic",
        "no token",
        "nonsense",
        "forged",
        "service's",
        "key of service",
        "cut",
        "no org",
        "other org",
        "no client",
        "no scope",
    ],
)
def test_without_a_token_of_ours_nobody_comes_in(
    method: str, route: str, wrong: str, still_world: World, still_member: Member
) -> None:
    answer = ask(still_world, method, route, _wrong_authorizations(still_member)[wrong])
    assert_problem(answer, 401, route)
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="verwijsindex"')


def _wrong_authorizations(member: Member) -> dict[str, str | None]:
    world, keys = member.world, index_keys()
    claims = {
        "sub": str(member.client.id),
        "org": str(member.id),
        "scope": " ".join(Scope),
    }

    def signed(key: SigningKey, audience: str = "index", **changes: str | None) -> str:
        kept = {name: value for name, value in (claims | changes).items() if value is not None}
        lifetime = timedelta(minutes=10)
        return "Bearer " + key.sign(kept, audience=audience, lifetime=lifetime, now=world.clock())

    assert ask(world, "GET", "/api/v1/matches", signed(keys.index_token)).status_code == 200
    return {
        "none": None,
        "basic": "Basic bWlqOmdlaGVpbQ==",
        "no token": "Bearer ",
        "nonsense": "Bearer x.y.z",
        "forged": signed(SigningKey(bytes(31) + b"1")),
        "service's": "Bearer " + world.token(member.client, resource="pseudoniemen"),
        "key of service": signed(keys.service_token),
        "cut": signed(keys.index_token)[:-3],
        "no org": signed(keys.index_token, org=None),
        "other org": signed(keys.index_token, org=NOBODYS_ID),
        "no client": signed(keys.index_token, sub=NOBODYS_ID),
        "no scope": signed(keys.index_token, scope=None),
    }


def _is_shut_out(world: World, member: Member) -> bool:
    statuses = {
        ask(world, method, route, f"Bearer {member.token}").status_code for method, route in GUARDED
    }
    assert statuses == {401} or 401 not in statuses
    return statuses == {401}


def test_a_token_is_good_for_ten_minutes(world: World) -> None:
    member = world.member("Schuldhulp")
    world.clock.advance(timedelta(minutes=10, seconds=-1))
    assert not _is_shut_out(world, member)
    world.clock.advance(timedelta(seconds=1))
    assert _is_shut_out(world, member)


def test_a_revoked_client_is_out_at_its_next_request(world: World) -> None:
    member = world.member("Schuldhulp")
    with world.services.sessions() as session:
        other = add_client(
            session, world.services, organisation_name="Schuldhulp", name="b", scopes=list(Scope)
        )
    assert not _is_shut_out(world, member)
    with world.services.sessions() as session:
        revoke_client(session, world.services, client_id=member.client.id)
    assert _is_shut_out(world, member)
    member.token = world.token(other)
    assert not _is_shut_out(world, member)


def test_a_stopped_organisation_is_out_at_its_next_request(world: World) -> None:
    member, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    assert not _is_shut_out(world, member)
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, member.id).status = OrganisationStatus.STOPPED
    assert _is_shut_out(world, member)
    assert not _is_shut_out(world, other)
    listed = other.get("/api/v1/organisaties").json
    assert [one["naam"] for one in listed["resultaten"]] == ["Wijkteam"]
    assert other.get(f"/api/v1/organisaties/{member.id}").status_code == 404


def test_a_token_gives_no_more_than_the_client_still_has(world: World) -> None:
    from verwijsindex.clients import Client

    member = world.member("Schuldhulp")
    assert member.get("/api/v1/matches").status_code == 200
    with world.services.sessions.begin() as session:
        session.get_one(Client, member.client.id).scopes = ["signalen"]
    assert member.get("/api/v1/matches").status_code == 403
    assert member.get("/api/v1/signalen").status_code == 200


def test_the_match_is_left_out_for_a_client_without_that_scope(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    other.register(1)
    signal = one.register(1).json
    assert signal["match"] is not None
    one.token = world.token(one.client, scope="signalen")
    assert "match" not in one.register(1).json
    assert "match" not in one.get(f"/api/v1/signalen/{signal['id']}").json
    assert "match" not in one.get("/api/v1/signalen").json["resultaten"][0]
    assert "Wijkteam" not in one.register(2).text
