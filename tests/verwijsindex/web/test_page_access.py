"""Every page × everybody who may come: who gets in, what every answer carries, and every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clock import Clock
from tests.people import PASSWORD, Person, add_person
from tests.verwijsindex.api.calls import NOBODYS_ID
from tests.verwijsindex.web.page_roles import ALLOWED, ANYONE, SHEETS
from tests.world import World, make_world
from verwijsindex.accounts.records import AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.web.csrf import BEGIN_COOKIE, DEVICE_COOKIE, SESSION_COOKIE
from verwijsindex.web.demo_pages import register_demo
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.mailbox import Mailbox

GUARDED = {route: roles for route, roles in ALLOWED.items() if roles is not None}
FORMS = [route for method, route in ALLOWED if method == "POST"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return an index with the demonstration's pages, which no test of this file changes."""
    from verwijsindex.database import migrate

    url = f"sqlite:///{tmp_path_factory.mktemp('pages') / 'verwijsindex.db'}"
    migrate(url)
    made = make_world(url, Clock(), is_demo=True, base_url="http://localhost")
    register_demo(made.app, made.services, Mailbox())
    made.member("Wijkteam")
    yield made
    made.services.engine.dispose()


@pytest.fixture(scope="module")
def people(site: World) -> dict[Role, Person]:
    """Return somebody with each role alone."""
    organisation_id = site.members["Wijkteam"].id
    return {role: add_person(site, organisation_id, role) for role in Role}


def routes(world: World) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        if isinstance(world.app.blueprints.get(rule.endpoint.partition(".")[0]), GuardedPages)
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }


def path_of(route: str) -> str:
    path = re.sub("<uuid:[^>]*>", NOBODYS_ID, route)
    path = re.sub("<int[^>]*>", "1", path)
    path = path.replace("<string(length=43):token>", "A" * 43).replace("<path:_rest>", "x/y")
    return path.replace("<path:filename>", "application.css")


def csrf_in(answer: Any) -> str:
    return str(re.findall(r'name="csrf" value="([0-9a-f]{64})"', answer.text)[0])


def csrf_of(browser: Any) -> str:
    """Return the token of the forms of who is signed in: of a page that takes little time."""
    return csrf_in(browser.get("/privacy"))


def cookies_in(answer: Any) -> dict[str, str]:
    """Return the cookies that an answer sets: name → everything after the value."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        pair, _, attributes = line.partition("; ")
        found[pair.partition("=")[0]] = attributes
    return found


def test_every_route_is_in_the_table(site: World) -> None:
    assert routes(site) == set(ALLOWED)


def test_every_blueprint_of_pages_has_a_guard(site: World) -> None:
    for name, blueprint in site.app.blueprints.items():
        if isinstance(blueprint, GuardedPages):
            assert blueprint.guard in site.app.before_request_funcs[name]


@pytest.mark.parametrize(("method", "route"), GUARDED)
@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_own_pages_and_no_others(
    method: str, route: str, role: Role, site: World, people: dict[Role, Person]
) -> None:
    browser = people[role].browser()
    form = {"csrf": csrf_of(browser)} if method == "POST" else None
    answer = browser.open(path_of(route), method=method, data=form)
    text = answer.data.decode("utf-8", "replace")  # a download need not be text
    if role in GUARDED[method, route]:
        # Past the guard: the ids are nobody's, and the forms are empty.
        assert answer.status_code in {200, 303, 400, 404, 409, 415}, text
        assert "Uw rol geeft geen toegang" not in text
        assert not answer.headers.get("Location", "").startswith("/inloggen?naar")
    else:
        assert answer.status_code == 403
        assert "Uw rol geeft geen toegang" in text


@pytest.mark.parametrize(("method", "route"), GUARDED)
@pytest.mark.parametrize("cookie", [None, "", "x", "A" * 43])
def test_who_is_not_signed_in_is_asked_to(
    method: str, route: str, cookie: str | None, site: World
) -> None:
    client = site.http
    if cookie is not None:
        client.set_cookie(SESSION_COOKIE, cookie)
    answer = client.open(path_of(route), method=method)
    if method == "GET":
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/inloggen")
        assert answer.headers["Cache-Control"] == "no-store"
    else:
        assert answer.status_code == 401
        assert "U bent niet ingelogd" in answer.text
    script = client.open(path_of(route), method=method, headers={"Accept": "application/json"})
    assert (script.status_code, script.content_type) == (401, "application/problem+json")


@pytest.mark.parametrize(("method", "route"), GUARDED)
def test_who_was_blocked_is_out_at_the_next_request(method: str, route: str, site: World) -> None:
    person = add_person(
        site,
        site.members["Wijkteam"].id,
        *Role,
        status=AccountStatus.BLOCKED,
    )
    answer = person.browser().open(path_of(route), method=method)
    assert answer.status_code == (303 if method == "GET" else 401)


@pytest.mark.parametrize("route", [r for (m, r), who in ALLOWED.items() if m == "GET" and not who])
def test_what_is_public_asks_nobody_to_sign_in(route: str, site: World) -> None:
    answer = site.http.get(path_of(route), buffered=True)
    assert answer.status_code in {200, 400, 404, 410} or (
        answer.headers.get("Location") == "/mijn-gegevens"
    )


@pytest.mark.parametrize("route", FORMS)
@pytest.mark.parametrize("wrong", ["none", "empty", "other", "cut", "not ASCII", "other site"])
def test_every_form_is_refused_without_its_token(
    route: str, wrong: str, site: World, people: dict[Role, Person]
) -> None:
    browser = people[min(ALLOWED["POST", route] or {Role.PROFESSIONAL})].browser()
    right, other = csrf_of(browser), csrf_of(people[Role.SUPPORT].browser())
    sent = {
        "none": None,
        "empty": "",
        "other": other,
        "cut": right[:-1],
        "not ASCII": "é" * 64,
        "other site": right,
    }[wrong]
    headers = {"Sec-Fetch-Site": "cross-site"} if wrong == "other site" else {}
    form = {} if sent is None else {"csrf": sent}
    answer = browser.post(path_of(route), data=form, headers=headers)
    assert answer.status_code == 403
    assert "Het formulier was verlopen" in answer.text
    assert browser.get("/").status_code == 200  # nor was anybody signed out
    if wrong != "other site":
        assert browser.post(path_of(route), data={"csrf": right}).status_code != 403


@pytest.mark.parametrize("route", [r for r in FORMS if ALLOWED["POST", r] is ANYONE])
def test_nor_does_it_go_without_cookie(route: str, site: World) -> None:
    page = site.http.get("/inloggen")
    answer = site.http.post(path_of(route), data={"csrf": csrf_in(page)})
    assert answer.status_code == 403


def test_a_script_may_send_the_token_in_a_header(people: dict[Role, Person]) -> None:
    browser = people[Role.AUDITOR].browser()
    token = csrf_of(browser)
    assert browser.post("/uitloggen", headers={"X-Csrf": token[:-1]}).status_code == 403
    assert browser.post("/uitloggen", headers={"X-Csrf": token}).status_code == 303


@pytest.mark.parametrize(("method", "route"), ALLOWED)
@pytest.mark.parametrize("who", ["nobody", "professional", "auditor"])
def test_every_answer_says_what_browsers_may_not_do(
    method: str, route: str, who: str, site: World, people: dict[Role, Person]
) -> None:
    client = site.http
    if who != "nobody":
        role = Role.PROFESSIONAL if who == "professional" else Role.AUDITOR
        client = people[role].browser()
    headers = client.open(path_of(route), method=method, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for part in ("frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy.split("; ")
    # The import alone starts a worker, by a policy of that name.
    worker = re.search(r"trusted-types ('none'|vi-worker)(;|$)", policy)
    assert worker is not None
    assert worker.group(1) == "'none'" or route in {"/registreren", "/importeren"}
    assert re.search(r"script-src 'self'(;|$)", policy)
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["Cache-Control"] == ("no-cache" if route in SHEETS else "no-store")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_for_this_host_alone_and_for_no_script(site: World) -> None:
    person = add_person(site, site.members["Wijkteam"].id, Role.SUPPORT)
    seen: dict[str, str] = {}
    client = site.http
    page = client.get("/inloggen")
    seen |= cookies_in(page)
    form = {"csrf": csrf_in(page), "email": person.email, "wachtwoord": PASSWORD}
    step = client.post("/inloggen", data=form)
    seen |= cookies_in(step)
    page = client.get(step.headers["Location"])
    inside = client.post("/inloggen/code", data={"csrf": csrf_in(page), "code": person.code()})
    assert inside.status_code == 303, inside.text
    dropped = cookies_in(inside)
    assert "Max-Age=0" in dropped.pop(BEGIN_COOKIE)
    seen |= dropped
    assert set(seen) == {BEGIN_COOKIE, SESSION_COOKIE, DEVICE_COOKIE}
    for name, attributes in seen.items():
        assert name.startswith("__Host-")
        parts = attributes.split("; ")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(parts), name
        assert "Domain" not in attributes
        assert ("Max-Age" in attributes) == (name == DEVICE_COOKIE)


def signed_in_to(site: World, wanted: str) -> str:
    """Return where signing in with *wanted* as destination leads."""
    person = add_person(site, site.members["Wijkteam"].id, Role.SUPPORT)
    client, query = site.http, {"naar": wanted}
    page = client.get("/inloggen", query_string=query)
    form = {"csrf": csrf_in(page), "email": person.email, "wachtwoord": PASSWORD}
    client.post("/inloggen", query_string=query, data=form)
    page = client.get("/inloggen/code", query_string=query)
    form = {"csrf": csrf_in(page), "code": person.code()}
    return str(client.post("/inloggen/code", query_string=query, data=form).headers["Location"])


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elders.example/",
        "//elders.example",
        "///elders.example",
        "/\\elders.example",
        "\\\\elders.example",
        "/\t/elders.example",
        "/keten\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "elders.example",
        "/.//elders.example",
        "//elders.example/keten",
        "/nergens",
        "/uitloggen",
        "/inloggen",
        "/static/application.css",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(site: World, wanted: str) -> None:
    assert signed_in_to(site, wanted) == "/"


@pytest.mark.parametrize("wanted", ["/keten", "/sociale-kaart?naam=kapper&leeftijd=30"])
def test_signing_in_leads_to_where_somebody_wanted_to_go(site: World, wanted: str) -> None:
    asked = site.http.get(wanted).headers["Location"]
    found = site.http.get(asked)
    assert found.status_code == 200
    assert signed_in_to(site, wanted) == wanted
