"""Requests that are wrong as a whole: their bytes, headers, size, address or query."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.verwijsindex.api.calls import CALLS, NOBODYS_ID
from tests.verwijsindex.api.refusals import (
    BSN,
    MARK,
    assert_headers,
    assert_no_echo,
    assert_problem,
    faults_of,
    row_counts,
)
from tests.world import Member, World
from verwijsindex.http.strict_json import BODY

each_call = pytest.mark.parametrize("name", CALLS)
LISTS = ("signalen", "matches", "organisaties", "medewerkers")
MIB = 1024 * 1024

BROKEN = {
    "empty": b"",
    "no JSON": b'{"kenmerk": ' + MARK.encode(),
    "two values": b"{} {}",
    "a comma too many": b'{"kenmerk": "D-1",}',
    "single quotes": b"{'kenmerk': 'D-1'}",
    "NaN": b'{"kenmerk": NaN}',
    "Infinity": b'{"kenmerk": -Infinity}',
    "a field twice": b'{"kenmerk": "ZQX7", "kenmerk": "ZQX7-1"}',
    "a field twice, deep": b'{"contact": {"medewerker": "m1", "medewerker": "m2"}}',
    "the same field twice, by escape": b'{"kenmerk": "a1", "k\\u0065nmerk": "a2"}',
    "a number of 5000 digits": b'{"kenmerk": ' + b"9" * 5000 + b"}",
    "nested 25 deep": b"[" * 25 + b"]" * 25,
    "nested 25 deep in a field": b'{"contact": ' + b'{"a": ' * 25 + b"1" + b"}" * 26,
    "nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "invalid UTF-8": b'{"kenmerk": "ZQX7\xff"}',
    "a surrogate in UTF-8": b'{"kenmerk": "ZQX7\xed\xa0\x80"}',
    "Latin-1": '{"kenmerk": "ZQX7é"}'.encode("latin-1"),
    "UTF-16": '{"kenmerk": "D-1"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"kenmerk": "D-1"}',
    "a raw NUL": b'{"kenmerk": "ZQX7\x00"}',
    "a raw tab": b'{"kenmerk": "ZQX7\t"}',
    "null": b"null",
    "a list": b'[{"kenmerk": "ZQX7"}]',
    "a text": b'"ZQX7"',
    "a number": b"987654321987",
    "too large a fraction": b"1e400",
    "true": b"true",
}


def send(member: Member, name: str, raw: bytes, **changes: Any) -> Any:
    call = CALLS[name]
    options = {
        "content_type": "application/json",
        "headers": member.headers,
        # Where there is no body the test client would leave it out.
        "environ_overrides": {"CONTENT_LENGTH": str(len(raw))},
        **changes,
    }
    return member.world.http.open(call.path, method=call.method, data=raw, **options)


@each_call
def test_a_body_that_is_no_strict_json_object_is_refused(
    name: str, still_world: World, still_member: Member
) -> None:
    before = row_counts(still_world)
    for label, raw in BROKEN.items():
        answer = send(still_member, name, raw)
        body = assert_problem(answer, 400, CALLS[name].instance)
        assert [fault for fault, _ in faults_of(body)] == [BODY], label
        assert_no_echo(answer)
    assert row_counts(still_world) == before


def test_another_encoding_in_the_content_type_does_not_change_how_it_is_read(
    still_member: Member,
) -> None:
    raw = json.dumps({"kenmerk": "D-1"}).encode()
    answer = send(still_member, "search", raw, content_type="application/json; charset=utf-16")
    assert answer.status_code == 200


@each_call
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=ZQX7",
        "application/jsonp",
        "application/merge-patch+json",
        "text/json",
        MARK,
    ],
)
def test_another_content_type_is_415(
    name: str, content_type: str | None, still_member: Member
) -> None:
    answer = send(still_member, name, b'{"kenmerk": "ZQX7"}', content_type=content_type)
    assert_problem(answer, 415, CALLS[name].instance)
    assert_no_echo(answer)


@each_call
def test_a_body_without_content_length_is_411(name: str, still_member: Member) -> None:
    call = CALLS[name]
    answer = still_member.world.http.open(
        call.path,
        method=call.method,
        input_stream=io.BytesIO(json.dumps(call.good(still_member)).encode()),
        content_type="application/json",
        headers={**still_member.headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(answer, 411, call.instance)


@each_call
def test_a_body_that_stops_early_is_400(name: str, still_member: Member) -> None:
    call = CALLS[name]
    raw = json.dumps(call.good(still_member)).encode()
    answer = still_member.world.http.open(
        call.path,
        method=call.method,
        input_stream=io.BytesIO(raw),
        content_type="application/json",
        headers=still_member.headers,
        environ_overrides={"CONTENT_LENGTH": str(len(raw) + 10)},
    )
    assert_problem(answer, 400, call.instance)


@each_call
def test_a_body_may_be_one_mebibyte_and_many_signals_four(name: str, still_member: Member) -> None:
    limit = 4 * MIB if name in {"batch", "caseload"} else MIB
    within, beyond = (b'{"x":"' + b"x" * (size - 8) + b'"}' for size in (limit, limit + 1))
    assert_problem(send(still_member, name, within), 400, CALLS[name].instance)
    assert_problem(send(still_member, name, beyond), 413, CALLS[name].instance)


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("pagina=0", "pagina"),
        ("pagina=-1", "pagina"),
        ("pagina=1000001", "pagina"),
        ("pagina=1.0", "pagina"),
        ("pagina=٣", "pagina"),
        ("pagina=+1", "pagina"),
        ("pagina=", "pagina"),
        ("pagina=987654321987", "pagina"),
        ("perPagina=0", "perPagina"),
        ("perPagina=501", "perPagina"),
        ("perPagina=ZQX7", "perPagina"),
        ("pagina=1&pagina=1", "pagina"),
        ("perPagina=50&perPagina=51", "perPagina"),
        (f"kenmerk={MARK}", BODY),
        (f"{MARK}=1", BODY),
        (f"{MARK}=1&{MARK}=2", BODY),
        ("%00=1", BODY),
        ("%FF=%FF", BODY),
    ],
)
def test_a_wrong_query_is_refused(
    noun: str, query: str, name: str, still_world: World, still_member: Member
) -> None:
    answer = still_world.http.get(f"/api/v1/{noun}?{query}", headers=still_member.headers)
    body = assert_problem(answer, 400, f"/api/v1/{noun}")
    assert {fault for fault, _ in faults_of(body)} == {name}
    assert_no_echo(answer)


@pytest.mark.parametrize(
    ("noun", "query", "name"),
    [
        ("signalen", "status=open", "status"),
        ("signalen", f"status={MARK}", "status"),
        ("signalen", f"afdeling={MARK}", "afdeling"),
        ("signalen", "afdeling=", "afdeling"),
        ("signalen", f"medewerker={MARK}%20é", "medewerker"),
        ("signalen", f"medewerker={'ZQX7' * 17}", "medewerker"),
        ("signalen", "medewerker=%00", "medewerker"),
        ("signalen", "vervaltVoor=01-12-2026", "vervaltVoor"),
        ("signalen", "vervaltVoor=2026-02-30", "vervaltVoor"),
        ("signalen", "status=actief&status=actief", "status"),
        ("matches", "status=actief", "status"),
        ("organisaties", "eigen=ja", "eigen"),
        ("organisaties", "eigen=1", "eigen"),
        ("organisaties", "eigen=", "eigen"),
        ("organisaties", "eigen=true&eigen=true", "eigen"),
    ],
)
def test_a_wrong_filter_is_refused(
    noun: str, query: str, name: str, still_world: World, still_member: Member
) -> None:
    answer = still_world.http.get(f"/api/v1/{noun}?{query}", headers=still_member.headers)
    body = assert_problem(answer, 400, f"/api/v1/{noun}")
    assert {fault for fault, _ in faults_of(body)} == {name}
    assert_no_echo(answer)


def test_all_faults_of_a_query_are_told_at_once(still_world: World, still_member: Member) -> None:
    query = "pagina=0&perPagina=0&status=x&afdeling=x&medewerker=%2F&vervaltVoor=x&x=1"
    answer = still_world.http.get(f"/api/v1/signalen?{query}", headers=still_member.headers)
    assert {fault for fault, _ in faults_of(assert_problem(answer, 400, "/api/v1/signalen"))} == {
        "pagina",
        "perPagina",
        "status",
        "afdeling",
        "medewerker",
        "vervaltVoor",
        BODY,
    }


@pytest.mark.parametrize("noun", ["signalen", "matches", "organisaties"])
@pytest.mark.parametrize("wrong", ["1", BSN, MARK, NOBODYS_ID[:-1], "%00", "..", "a/b", "%2e%2e"])
def test_an_address_that_holds_no_id_is_404_and_not_repeated(
    noun: str, wrong: str, still_world: World, still_member: Member
) -> None:
    answer = still_world.http.get(f"/api/v1/{noun}/{wrong}", headers=still_member.headers)
    assert_problem(answer, 404, "onbekend")
    assert_no_echo(answer)


@pytest.mark.parametrize("path", [f"/{MARK}", f"/{BSN}", f"/signalen/{MARK}"])
def test_nor_is_one_of_a_page(path: str, still_world: World) -> None:
    answer = still_world.http.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert_no_echo(answer)


@pytest.mark.parametrize("key", ["a b", "é", "a%00", "a" * 65, "a%0Ab", "a@b", "%F0%9F%92%A9"])
def test_a_professionals_key_of_another_form_is_400(
    key: str, still_world: World, still_member: Member
) -> None:
    before = row_counts(still_world)
    answer = still_member.put(
        f"/api/v1/medewerkers/{key}", CALLS["keep professional"].good(still_member)
    )
    body = assert_problem(answer, 400, "/api/v1/medewerkers/<string:sleutel>")
    assert {fault for fault, _ in faults_of(body)} == {"sleutel"}
    assert row_counts(still_world) == before


@pytest.mark.parametrize("path", [f"/oauth/{MARK}", f"/api/v1/{BSN}", "/api/v1/signalen/"])
def test_an_unknown_address_is_404_and_not_repeated(path: str, still_world: World) -> None:
    answer = still_world.http.get(path)
    assert_problem(answer, 404, "onbekend")
    assert_no_echo(answer)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"/api/v1/signalen/{NOBODYS_ID}"),
        ("PUT", "/api/v1/signalen"),
        ("GET", "/api/v1/signalen/_zoek"),
        ("GET", "/oauth/token"),
        (MARK, "/api/v1/signalen"),
        ("TRACE", "/api/v1/matches"),
    ],
)
def test_another_method_is_405_and_says_which_can(
    method: str, path: str, still_world: World, still_member: Member
) -> None:
    answer = still_world.http.open(path, method=method, headers=still_member.headers)
    assert_problem(answer, 405, "onbekend")
    assert answer.headers["Allow"]
    assert_no_echo(answer)


@pytest.mark.parametrize("path", ["/api/v1/healthz/livez", "/api/v1/openapi.json"])
def test_answers_that_are_no_errors_bear_the_same_headers(path: str, still_world: World) -> None:
    answer = still_world.http.get(path)
    assert answer.status_code == 200
    assert_headers(answer)
