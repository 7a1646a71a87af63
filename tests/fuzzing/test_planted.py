"""The fuzzer finds what is planted: an application that does not do what its document says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from tests.clock import Clock
from tests.fuzzing.engine import CHECKS, fuzz
from tests.world import Member, make_world

DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def member(_sqlite_template: Path, tmp_path: Path) -> Iterator[Member]:
    path = shutil.copy(_sqlite_template, tmp_path / "verwijsindex.db")
    world = make_world(f"sqlite:///{path}", Clock())
    yield world.member("Schuldhulp")
    world.services.engine.dispose()


def broken_rules(member: Member, *paths: str, **changed: Any) -> set[str]:
    """Return the checks that fail when the document holds *paths* alone, as *changed*."""
    app = member.world.app
    document = json.loads(member.world.http.get(DOCUMENT).text)
    document["paths"] = {path: deepcopy(document["paths"][path]) for path in paths} | changed
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values() if isinstance(operation, dict) else ():
                answer.pop("links", None)
    app.view_functions["api-docs.openapi_json"] = lambda: Response(
        json.dumps(document), content_type="application/json"
    )
    outcome = fuzz(
        app,
        DOCUMENT,
        headers=member.headers,
        examples=4,
        seed=1,
        phases=("coverage", "fuzzing"),
    )
    found = {re.search(r" (\w+): ", failure) for failure in outcome.failures}
    return {one[1] for one in found if one is not None}


def the_list(member: Member) -> dict[str, Any]:
    whole = json.loads(member.world.http.get(DOCUMENT).text)
    item: dict[str, Any] = whole["paths"]["/matches"]
    return {"get": item["get"]}


def test_nothing_planted_nothing_found(member: Member) -> None:
    assert broken_rules(member, "/matches", "/signalen/_zoek") == set()


def test_an_answer_that_is_not_in_the_document(member: Member) -> None:
    item = the_list(member)
    del item["get"]["responses"]["400"]
    assert broken_rules(member, **{"/matches": item}) == {"status_code_conformance"}


def test_another_content_type(member: Member) -> None:
    item = the_list(member)
    content = item["get"]["responses"]["400"]["content"]
    content["application/json"] = content.pop("application/problem+json")
    assert "content_type_conformance" in broken_rules(member, **{"/matches": item})


def test_a_header_that_does_not_come(member: Member) -> None:
    item = the_list(member)
    item["get"]["responses"]["200"]["headers"]["X-Anders"] = {
        "required": True,
        "schema": {"type": "string"},
    }
    assert broken_rules(member, **{"/matches": item}) == {"response_headers_conformance"}


def test_another_shape_of_answer(member: Member) -> None:
    item = the_list(member)
    item["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "type": "object",
        "required": ["aantal"],
    }
    assert broken_rules(member, **{"/matches": item}) == {"response_schema_conformance"}


def test_something_that_ought_to_be_refused(member: Member) -> None:
    item = the_list(member)
    for one in item["get"]["parameters"]:
        if one["name"] == "perPagina":
            one["schema"]["maximum"] = 100
    assert broken_rules(member, **{"/matches": item}) == {"negative_data_rejection"}


def test_something_that_ought_to_be_accepted(member: Member) -> None:
    item = the_list(member)
    for one in item["get"]["parameters"]:
        if one["name"] == "pagina":
            one["schema"]["minimum"] = 0
    assert broken_rules(member, **{"/matches": item}) == {"positive_data_acceptance"}


def test_a_crash(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    from verwijsindex.api import matches

    real = matches.page_of

    def crash(query: dict[str, Any]) -> Any:
        if query["size"] == 500:
            raise RuntimeError("planted")
        return real(query)

    monkeypatch.setattr(matches, "page_of", crash)
    assert broken_rules(member, **{"/matches": the_list(member)}) == {"not_a_server_error"}


def test_a_method_that_is_not_in_the_document(member: Member) -> None:
    member.world.app.view_functions["healthz.Alive"] = lambda: Response(
        '{"status": "goed"}', content_type="application/json", headers={"API-Version": "1.0.0"}
    )
    for rule in member.world.app.url_map.iter_rules("healthz.Alive"):
        rule.methods = {"GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PATCH", "TRACE"}
    member.world.app.url_map.update()
    assert "unsupported_method" in broken_rules(member, "/healthz/livez")


def test_every_check_is_one_that_schemathesis_has() -> None:
    from schemathesis.checks import CHECKS as KNOWN
    from schemathesis.checks import load_all_checks

    load_all_checks()
    assert set(CHECKS) <= set(KNOWN.get_all_names())
