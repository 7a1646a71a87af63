"""Pages, filters and the ``Link`` header (RFC 8288)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.world import Member, World


@pytest.fixture(scope="module")
def filled(still_world: World, still_member: Member) -> Member:
    """Return a member with five signals of two contacts."""
    for person in range(1, 6):
        changes: dict[str, Any] = {"contact": {"medewerker": "m1" if person < 4 else "m2"}}
        if person == 5:
            changes |= {"kenmerk": "D-1", "vervaltDatum": "2027-02-01"}
        assert still_member.register(person, **changes).status_code == 201
    return still_member


def references(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [signal["kenmerk"] for signal in answer.json["resultaten"]]


def links(answer: Any) -> dict[str, dict[str, list[str]]]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["Link"])
    assert all(urlsplit(target).path == "/api/v1/signalen" for target, _ in found)
    return {relation: parse_qs(urlsplit(target).query) for target, relation in found}


def test_a_list_is_newest_first_in_pages_that_neither_skip_nor_repeat(filled: Member) -> None:
    whole = references(filled.get("/api/v1/signalen"))
    assert whole == ["D-1", "D-4", "D-3", "D-2", "D-1"]
    pages = [filled.get("/api/v1/signalen", pagina=n, perPagina=2) for n in (1, 2, 3)]
    assert [one for page in pages for one in references(page)] == whole
    assert {page.json["totaal"] for page in pages} == {5}
    beyond = filled.get("/api/v1/signalen", pagina=9, perPagina=2)
    assert (references(beyond), beyond.json["totaal"]) == ([], 5)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (1, {"first": "1", "last": "3", "next": "2"}),
        (2, {"first": "1", "last": "3", "prev": "1", "next": "3"}),
        (3, {"first": "1", "last": "3", "prev": "2"}),
        (9, {"first": "1", "last": "3", "prev": "3"}),
    ],
)
def test_links_lead_to_the_pages_around_with_the_same_filters(
    page: int, expected: dict[str, str], filled: Member
) -> None:
    answer = filled.get("/api/v1/signalen", pagina=page, perPagina=2, status="actief")
    found = links(answer)
    assert {relation: query["pagina"][0] for relation, query in found.items()} == expected
    for query in found.values():
        assert (query["perPagina"], query["status"]) == (["2"], ["actief"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"medewerker": "m2"}, ["D-1", "D-4"]),
        ({"medewerker": "m3"}, []),
        ({"vervaltVoor": "2027-02-01"}, []),
        ({"vervaltVoor": "2027-02-02"}, ["D-1"]),
        ({"status": "beeindigd"}, []),
        ({"status": "actief", "medewerker": "m1", "perPagina": 1}, ["D-3"]),
    ],
)
def test_filters_narrow(query: dict[str, Any], expected: list[str], filled: Member) -> None:
    assert references(filled.get("/api/v1/signalen", **query)) == expected


def test_a_reference_is_searched_for_in_the_body_and_matches_whole(filled: Member) -> None:
    def search(**body: str) -> list[str]:
        return references(filled.post("/api/v1/signalen/_zoek", body))

    assert search(kenmerk="D-1") == ["D-1", "D-1"]
    assert search(kenmerk="D-1", medewerker="m2") == ["D-1"]
    assert search(kenmerk="D-1", vervaltVoor="2027-03-01") == ["D-1"]
    assert search(kenmerk="D-1", status="vervallen") == []
    assert search(kenmerk="D-") == []
    assert search(kenmerk="123456782") == []
    assert "Link" not in filled.post("/api/v1/signalen/_zoek", {"kenmerk": "D-1"}).headers
