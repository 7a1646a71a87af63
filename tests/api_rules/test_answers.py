"""What holds for every answer, over the url map: headers, problems, methods, slashes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api_rules.conftest import Application, address, methods

HEADERS = {
    "API-Version": "1.0.0",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def assert_headers(answer: Any) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def assert_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert_headers(answer)
    assert answer.json.keys() >= {"type", "title", "status", "detail", "instance"}
    assert answer.json["status"] == status


def routes(application: Application) -> Iterator[tuple[str, str]]:
    yield "GET", f"{application.prefix}/openapi.json"
    for rule in application.rules:
        for method in methods(rule):
            yield method, address(rule)


BODIES: dict[str, dict[str, Any]] = {
    "no body": {},
    "another type": {"data": b"x", "content_type": "text/plain"},
    "broken": {"data": b"{", "content_type": "application/json"},
    "no object": {"data": b"[]", "content_type": "application/json"},
    "an empty object": {"data": b"{}", "content_type": "application/json"},
    "unknown field": {"json": {"onbekend": 1}},
    "a form": {"data": {"grant_type": "password"}},
    "too large": {
        "input_stream": io.BytesIO(),
        "content_type": "application/json",
        "environ_overrides": {"CONTENT_LENGTH": str(5 * 1024 * 1024)},
    },
    "no length": {
        "input_stream": io.BytesIO(b"{}"),
        "content_type": "application/json",
        "environ_overrides": {"wsgi.input_terminated": True},
    },
}


@pytest.mark.parametrize("body", BODIES)
def test_every_answer_bears_the_headers_and_every_error_is_a_problem(
    application: Application, body: str
) -> None:
    for method, path in routes(application):
        for asked in (application.ask, application.call):
            answer = asked(method, path, **BODIES[body])
            assert_headers(answer)
            assert answer.status_code != 422
            assert answer.status_code < 500
            if answer.status_code >= 400 and "error" not in (answer.json or {}):  # RFC 6749's own
                assert_problem(answer, answer.status_code)


@pytest.mark.parametrize("query", ["onbekend=1", "pagina=x", "pagina=1&pagina=2", "%00=%FF"])
def test_a_query_that_cannot_be_is_400_where_there_is_one(index: Application, query: str) -> None:
    for noun in ("signalen", "matches", "organisaties", "medewerkers"):
        assert_problem(index.call("GET", f"/api/v1/{noun}?{query}"), 400)


def test_with_a_slash_at_the_end_an_address_is_another_one(application: Application) -> None:
    for method, path in routes(application):
        answer = application.call(method, f"{path}/")
        assert_problem(answer, 404)
        assert "Location" not in answer.headers
        assert application.call(method, f"/{path}").status_code == 404


@pytest.mark.parametrize("method", [*ALL_METHODS, "TRACE", "CONNECT", "PROPFIND", "GEK"])
def test_other_methods_are_405_with_those_that_can(application: Application, method: str) -> None:
    by_path: dict[str, set[str]] = {}
    for known, path in routes(application):
        by_path.setdefault(path, set()).add(known)
    for path, known in by_path.items():
        can = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
        if method in can:
            continue
        answer = application.call(method, path)
        assert answer.status_code == 405
        assert_headers(answer)
        assert {name.strip() for name in answer.headers["Allow"].split(",")} == can
        if method != "HEAD":
            assert_problem(answer, 405)


def test_options_names_the_methods_and_changes_nothing(application: Application) -> None:
    for method, path in routes(application):
        answer = application.call("OPTIONS", path)
        assert answer.status_code in {200, 204}
        assert_headers(answer)
        assert method in answer.headers["Allow"]
        assert answer.data == b""


def test_head_is_get_without_its_body(application: Application) -> None:
    for method, path in routes(application):
        if method != "GET":
            continue
        one, other = application.call("HEAD", path), application.call("GET", path)
        assert one.status_code == other.status_code
        assert one.data == b""
        assert one.content_type == other.content_type
        assert one.headers.get("Content-Length") == other.headers.get("Content-Length")
        assert_headers(one)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*;q=0", "", "é"])
def test_who_accepts_something_else_gets_json_all_the_same(
    application: Application, accept: str
) -> None:
    headers = {**application.headers, "Accept": accept}
    for method, path in routes(application):
        if method == "GET":
            answer = application.ask(method, path, headers=headers)
            assert answer.mimetype in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html"])
def test_token_errors_are_rfc_6749s(index: Application, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = index.ask("POST", "/oauth/token", data={"grant_type": "password"}, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")
    assert answer.json.keys() == {"error", "error_description"}
    assert_headers(answer)


def test_token_errors_are_problems_for_who_asks_for_those(index: Application) -> None:
    headers = {"Accept": "application/problem+json"}
    answer = index.ask("POST", "/oauth/token", data={"grant_type": "password"}, headers=headers)
    assert_problem(answer, 400)
    assert answer.json["error"] == "unsupported_grant_type"
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    answer = index.ask("POST", "/oauth/token", data=form, headers=headers)
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
