"""The documents are true: routes, addresses, rights, answers and shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from stdnum.nl import bsn
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from tests.api_rules.conftest import Application, address, methods
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint

_METHODS = {"get", "put", "post", "patch", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, whole path within the application, and operation."""
    for path, item in document["paths"].items():
        (server,) = item.get("servers", document["servers"])
        base = urlsplit(server["url"]).path
        for method in sorted(_METHODS & item.keys()):
            yield method, base + path, item[method]


def test_every_route_is_there_and_no_other(application: Application) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in application.rules
        for method in methods(rule)
    }
    assert {(method, path) for method, path, _ in operations(application.document)} == routes


def test_names_of_operations_are_unique_and_every_operation_says_what_it_does(
    application: Application,
) -> None:
    document = application.document
    found = [operation for _, _, operation in operations(document)]
    assert len({one["operationId"] for one in found}) == len(found)
    tags = {tag["name"] for tag in document["tags"]}
    for one in found:
        assert one["summary"]
        assert set(one["tags"]) <= tags
    assert all(tag["description"] for tag in document["tags"])


@pytest.mark.parametrize("mount", ["", "/elders"])
def test_the_server_is_where_the_application_is_mounted(
    application: Application, mount: str
) -> None:
    outside = DispatcherMiddleware(lambda *_: [b""], {mount: application.app}) if mount else None
    client = Client(outside or application.app)
    document = client.get(f"{mount}{application.prefix}/openapi.json").json
    assert document["servers"] == [{"url": mount + application.prefix}]
    assert client.get(f"{document['servers'][0]['url']}/healthz/livez").status_code == 200


def test_the_token_endpoint_has_a_server_of_its_own_and_is_named_in_the_security_scheme(
    index: Application, member: Any
) -> None:
    document = index.document
    (server,) = document["paths"]["/oauth/token"]["servers"]
    assert server["url"] == member.world.services.settings.base_url
    (scheme,) = document["components"]["securitySchemes"].values()
    flow = scheme["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{server['url']}/oauth/token"
    assert set(flow["scopes"]) == set(Scope)


def test_the_rights_of_an_operation_are_those_that_its_guard_asks_for(index: Application) -> None:
    told = {
        (method, path): {name for one in operation["security"] for (name,) in one.values()}
        for method, path, operation in operations(index.document)
    }
    for rule in index.rules:
        blueprint = index.app.blueprints[rule.endpoint.partition(".")[0]]
        assert isinstance(blueprint, GuardedBlueprint)
        scopes = set(getattr(blueprint.guard, "scopes", ()))
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in methods(rule):
            assert told[method.lower(), path] == scopes
            is_refused = index.ask(method, address(rule)).status_code == 401
            assert is_refused == bool(scopes)


def test_no_answer_is_undescribed_and_errors_are_problems(application: Application) -> None:
    for _, path, operation in operations(application.document):
        assert "default" not in operation["responses"]  # it would allow anything
        assert "422" not in operation["responses"]
        for status, answer in operation["responses"].items():
            assert answer["description"]
            assert answer["headers"]["API-Version"]["required"]
            kinds = set(answer["content"])
            if status < "400":
                own = {"vcard": "text/vcard", "pdf": "application/pdf"}
                assert kinds == {own.get(path.rpartition("/")[2], "application/json")}
            elif path == "/oauth/token" and status in {"400", "401"}:
                assert kinds == {"application/json", "application/problem+json"}
            else:
                assert kinds == {"application/problem+json"}


def test_answers_follow_from_what_an_operation_asks(application: Application) -> None:
    for _, path, operation in operations(application.document):
        statuses = set(operation["responses"])
        expected = {"500"}
        if operation["security"]:
            expected |= {"401", "403", "503"}
        if "requestBody" in operation:
            expected |= {"400", "411", "413", "415"}
            assert "MiB" in operation["requestBody"]["description"]
        if operation.get("parameters"):
            expected |= {"400"}
        if "{" in path:
            expected |= {"404"}
        assert expected <= statuses
        for status, name in (("401", "WWW-Authenticate"), ("503", "Retry-After")):
            if status in statuses:
                assert operation["responses"][status]["headers"][name]["required"]


def test_lists_tell_their_links_and_registering_its_location(index: Application) -> None:
    lists = set()
    for method, path, operation in operations(index.document):
        names = {p["name"] for p in operation.get("parameters", [])}
        if "perPagina" in names:
            lists.add(path.rpartition("/")[2])
            assert "Link" in operation["responses"]["200"]["headers"]
        if (method, path) == ("post", "/api/v1/signalen"):
            assert "Location" in operation["responses"]["200"]["headers"]
            assert "Location" in operation["responses"]["201"]["headers"]
    assert lists == {
        "signalen",
        "matches",
        "organisaties",
        "organisatieprofielen",
        "versies",
        "medewerkers",
        "toelatingen",
        "waarnemingen",
        "vastgelopen-matches",
        "meldingen",
    }


def test_links_lead_to_operations_with_parameters_that_they_have(index: Application) -> None:
    document = index.document
    known = {operation["operationId"]: path for _, path, operation in operations(document)}
    links = [
        link
        for _, _, operation in operations(document)
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 5
    for link in links:
        for name in link["parameters"]:
            assert f"{{{name}}}" in known[link["operationId"]]


def test_every_field_has_a_type(application: Application) -> None:
    def check(schema: dict[str, Any], where: str) -> None:
        assert schema.keys() & {"type", "$ref", "oneOf", "anyOf"}, where
        for name, inner in schema.get("properties", {}).items():
            check(inner, f"{where}.{name}")
        for inner in schema.get("oneOf", []) + schema.get("anyOf", []):
            check(inner, where)
        if schema.get("type") == "array":
            check(schema["items"], f"{where}[]")

    for name, schema in application.document["components"]["schemas"].items():
        check(schema, name)


def test_no_field_goes_by_a_name_that_is_not_lower_camel_case(application: Application) -> None:
    schemas = application.document["components"]["schemas"]
    ours = {n: s for n, s in schemas.items() if not n.startswith("Token")}  # RFC 6749's names
    for schema in ours.values():
        for form in [schema, *schema.get("oneOf", [])]:
            for name in form.get("properties", {}):
                assert re.fullmatch(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*", name), name


def test_nothing_in_a_document_could_be_somebodys_number(application: Application) -> None:
    text = re.sub(r"\d{4}-\d\d-\d\d", "", json.dumps(application.document))
    bare = re.sub(r"(?<=\d)[ .-](?=\d)", "", text)
    for number in re.findall(r"\d{8,}", bare):
        for start in range(len(number) - 7):
            assert not bsn.is_valid(number[start : start + 8].zfill(9))
            assert not bsn.is_valid(number[start : start + 9])


def test_the_document_is_for_every_sites_pages_and_nothing_else_is(
    application: Application,
) -> None:
    origin = {"Origin": "https://elders.example"}
    answer = application.ask("GET", f"{application.prefix}/openapi.json", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for rule in application.rules:
        for method in ("OPTIONS", *methods(rule)):
            headers = {**application.headers, **origin, "Access-Control-Request-Method": "GET"}
            other = application.ask(method, address(rule), headers=headers)
            assert "Access-Control-Allow-Origin" not in other.headers
