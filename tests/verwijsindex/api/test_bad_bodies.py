"""Every field of every body, wrong in form in every way: 400, in Dutch, nothing repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.verwijsindex.api.bad_values import BadBody, bad_bodies, field_names
from tests.verwijsindex.api.calls import CALLS
from tests.verwijsindex.api.refusals import assert_no_echo, assert_problem, faults_of, row_counts
from tests.world import Member, World
from verwijsindex.api.signal_schemas import SignalIn
from verwijsindex.http.strict_json import BODY, UNKNOWN_FIELD

each_call = pytest.mark.parametrize("name", CALLS)


def send(member: Member, name: str, body: Any) -> Any:
    call = CALLS[name]
    return member.world.http.open(
        call.path,
        method=call.method,
        data=json.dumps(body),
        content_type="application/json",
        headers=member.headers,
    )


def bare(name: str) -> str:
    """Return a fault's name without the numbers of list items."""
    while "[" in name:
        start = name.index("[")
        name = name[:start] + name[name.index("]", start) + 1 :]
    return name


def cases(name: str, member: Member) -> list[BadBody]:
    call = CALLS[name]
    return list(bad_bodies(call.schema(), call.good(member)))


def test_every_call_of_the_document_that_takes_json_is_tried(still_world: World) -> None:
    paths = still_world.http.get("/api/v1/openapi.json").json["paths"]
    documented = {
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in {"post", "put", "patch"}
        and "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert documented == {(call.method, call.route) for call in CALLS.values()}


@each_call
def test_a_good_body_is_accepted_or_about_nothing(
    name: str, still_world: World, still_member: Member
) -> None:
    answer = send(still_member, name, CALLS[name].good(still_member))
    assert answer.status_code in {200, 201, 404}, answer.text


@each_call
def test_one_wrong_field_is_named_and_nothing_is_repeated_or_kept(
    name: str, still_world: World, still_member: Member
) -> None:
    call = CALLS[name]
    known = {*field_names(call.schema()), BODY}
    before = row_counts(still_world)
    tried = 0
    for case in cases(name, still_member):
        answer = send(still_member, name, case.body)
        tried += 1
        body = assert_problem(answer, 400, call.instance)
        names = {fault for fault, _ in faults_of(body)}
        told = {fault for fault in names if bare(fault) == bare(case.name or BODY)}
        assert told, f"{case.label}: {names}"
        assert {bare(fault) for fault in names} <= known, case.label
        assert_no_echo(answer)
    assert tried >= 15
    assert row_counts(still_world) == before


def test_each_row_of_a_batch_has_its_own_faults(still_world: World, still_member: Member) -> None:
    before = row_counts(still_world)
    found = cases("register", still_member)
    assert len(found) > 150
    answer = still_member.world.http.post(
        "/api/v1/signalen/batch",
        data=json.dumps({"signalen": [case.body for case in found]}),
        content_type="application/json",
        headers=still_member.headers,
    )
    assert answer.status_code == 200, answer.text
    assert_no_echo(answer)
    known = {*field_names(SignalIn()), BODY}
    for case, row in zip(found, answer.json["resultaten"], strict=True):
        assert row["status"] == "afgewezen", case.label
        assert "id" not in row
        names = {fault["name"] for fault in row["invalidParams"]}
        assert {bare(name) for name in names} <= known
        assert bare(case.name or BODY) in {bare(name) for name in names}, case.label
    assert row_counts(still_world) == before


@each_call
def test_an_unknown_field_is_told_without_its_name(name: str, still_member: Member) -> None:
    body = {**CALLS[name].good(still_member), "bsn123456782": "ZQX7"}
    answer = send(still_member, name, body)
    assert (BODY, UNKNOWN_FIELD) in faults_of(assert_problem(answer, 400, CALLS[name].instance))
    assert_no_echo(answer)


@pytest.mark.parametrize("name", ["register", "search", "keep professional"])
def test_all_faults_are_told_at_once(name: str, still_member: Member) -> None:
    call = CALLS[name]
    body: dict[str, Any] = {"on": "bekend"}
    for key, field in call.schema().fields.items():
        body[field.data_key or key] = 987654321987
    answer = send(still_member, name, body)
    names = {fault for fault, _ in faults_of(assert_problem(answer, 400, call.instance))}
    assert names == {*body, BODY} - {"on"}
    assert_no_echo(answer)


def test_all_faults_of_nested_objects_are_told_at_once(still_member: Member) -> None:
    wrong = {
        "geinformeerd": {"door": 1, "aan": ["client", "niemand"], "wijze": None, "x": 1},
        "contact": {"medewerker": "é", "afdeling": "ja"},
        "gezin": [{"soort": "kind", "evaluatie": "x"}],
    }
    answer = send(still_member, "register", {**still_member.signal(1), **wrong})
    names = {fault for fault, _ in faults_of(assert_problem(answer, 400, "/api/v1/signalen"))}
    assert names == {
        "geinformeerd.door",
        "geinformeerd.aan[1]",
        "geinformeerd.wijze",
        "geinformeerd.datum",
        "geinformeerd.reactie",
        "geinformeerd",
        "contact.medewerker",
        "contact.afdeling",
        "gezin",
        "gezin[0].soort",
        "gezin[0].evaluatie",
        "gezin[0].blindering",
    }
