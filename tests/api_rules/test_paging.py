"""Lists: whoever follows the links sees everything exactly once, however large a page is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.world import Member, World

PEOPLE = 7


def links(answer: Any) -> dict[str, str]:
    """Return the targets of the ``Link`` header by relation (RFC 8288)."""
    parts = [part.strip() for part in answer.headers["Link"].split(", <")]
    found = {}
    for part in parts:
        target, relation = re.fullmatch(r'<?([^>]+)>; rel="(\w+)"', part).groups()
        assert relation not in found
        found[relation] = target
    return found


def read(member: Member, target: str) -> Any:
    return member.world.http.get(target, headers=member.headers)


def walk(member: Member, first: str, way: str) -> Iterator[Any]:
    """Yield the answers on the way from *first*, by the relation *way*."""
    target: str | None = first
    for _ in range(50):
        answer = read(member, target)
        assert answer.status_code == 200, answer.text
        yield answer
        target = links(answer).get(way)
        if target is None:
            return
    raise AssertionError("the links never end")


@pytest.fixture(scope="module")
def filled(member: Member) -> Member:
    """Return a member with some of everything: signals, matches, professionals, organisations."""
    world: World = member.world
    other = world.member("Wijkteam", domain="welzijn")
    for number in range(5):
        world.member(f"Nog een {number}", domain="wonen")
    for person in range(1, PEOPLE + 1):
        assert member.register(person).status_code == 201
        assert other.register(person).status_code == 201
    for number in range(3, PEOPLE + 1):
        assert member.put(f"/api/v1/medewerkers/m{number}", professional(member)).status_code == 201
    return member


def professional(member: Member) -> dict[str, Any]:
    return {
        "naam": "A. Ander",
        "functie": "consulent",
        "afdeling": str(next(iter(member.units.values()))),
        "email": "a@schuldhulp.example",
        "telefoon": "010-5550100",
    }


def key_of(row: dict[str, Any]) -> str:
    return str(row.get("id") or row["sleutel"])


NOUNS = ("signalen", "matches", "organisaties", "medewerkers")


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("size", [1, 2, 3, PEOPLE - 1, PEOPLE, PEOPLE + 1, 500])
def test_following_next_shows_everything_exactly_once(filled: Member, noun: str, size: int) -> None:
    pages = list(walk(filled, f"/api/v1/{noun}?perPagina={size}", "next"))
    rows = [key_of(row) for page in pages for row in page.json["resultaten"]]
    assert len(rows) == len(set(rows)) == PEOPLE
    assert {page.json["totaal"] for page in pages} == {PEOPLE}
    assert [len(page.json["resultaten"]) for page in pages[:-1]] == [size] * (len(pages) - 1)
    whole = read(filled, f"/api/v1/{noun}").json["resultaten"]
    assert rows == [key_of(row) for row in whole]
    for page in pages:
        assert links(page)["first"] == links(pages[0])["first"]
        assert links(page)["last"] == links(pages[0])["last"]
    assert "prev" not in links(pages[0])


@pytest.mark.parametrize("noun", NOUNS)
def test_following_prev_from_last_shows_the_same_backwards(filled: Member, noun: str) -> None:
    first = read(filled, f"/api/v1/{noun}?perPagina=2")
    forth = [page.json for page in walk(filled, links(first)["first"], "next")]
    back = [page.json for page in walk(filled, links(first)["last"], "prev")]
    assert back[::-1] == forth


@pytest.mark.parametrize("noun", NOUNS)
def test_a_page_beyond_the_last_is_empty_and_leads_back(filled: Member, noun: str) -> None:
    answer = read(filled, f"/api/v1/{noun}?perPagina=2&pagina=1000000")
    assert answer.json == {"totaal": PEOPLE, "resultaten": []}
    found = links(answer)
    assert "next" not in found
    assert found["prev"] == found["last"]
    assert len(read(filled, found["last"]).json["resultaten"]) == 1


def test_links_keep_the_filters(filled: Member) -> None:
    unit = next(iter(filled.units.values()))
    query = f"perPagina=2&status=actief&afdeling={unit}&medewerker=m1&vervaltVoor=2030-01-01"
    answer = read(filled, f"/api/v1/signalen?{query}")
    assert answer.json["totaal"] == PEOPLE
    for target in links(answer).values():
        assert read(filled, target).json["totaal"] == PEOPLE
        for part in query.split("&"):
            assert part in target
    nothing = read(filled, "/api/v1/signalen?status=vervallen")
    assert nothing.json == {"totaal": 0, "resultaten": []}
    assert links(nothing).keys() == {"first", "last"}
    assert links(nothing)["first"] == links(nothing)["last"]


def test_links_hold_where_the_index_is_mounted(filled: Member) -> None:
    answer = filled.world.http.get(
        "/api/v1/signalen?perPagina=3",
        headers=filled.headers,
        environ_overrides={"SCRIPT_NAME": "/elders"},
    )
    assert all(target.startswith("/elders/api/v1/signalen?") for target in links(answer).values())
