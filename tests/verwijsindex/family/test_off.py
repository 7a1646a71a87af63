"""Where the family match is off nobody names a parent, and nothing costs more than it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from crypto.person import SubjectKind
from match.relations import Relation
from match.subjects import Subject
from tests.clock import Clock
from tests.verwijsindex.family.related import FATHER, MOTHER, child
from tests.verwijsindex.family.statements import asked
from tests.verwijsindex.follow_up.matched import member
from tests.world import World, lend_world

REFUSED = {
    "name": "gezin",
    "reason": "de gezinsmatch staat op deze index uit; laat dit veld weg",
}


@pytest.fixture
def off(database_url: str, clock: Clock) -> Iterator[World]:
    with lend_world(database_url, clock) as made:
        yield made


def test_a_parent_is_refused_and_nothing_is_kept(off: World) -> None:
    one = member(off, "Schuldhulp")
    body = one.signal(1, gezin=one.parents(MOTHER))
    answer = one.post("/api/v1/signalen", body)
    assert (answer.status_code, answer.json["invalidParams"]) == (400, [REFUSED])
    batch = one.post("/api/v1/signalen/batch", {"signalen": [body, one.signal(2)]})
    refused, made = batch.json["resultaten"]
    assert refused["invalidParams"] == [REFUSED]
    assert made["status"] == "aangemaakt"
    with off.services.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Relation)) == 0
        kinds = set(session.scalars(select(Subject.kind)))
    assert kinds == {SubjectKind.PERSON}


def test_without_parents_registering_asks_the_database_the_same(off: World, world: World) -> None:
    one = member(off, "Schuldhulp")
    one.register(9)  # what is asked once per process
    with asked(off) as without:
        one.register(1)
    world.members, same = off.members, one
    same.world = world
    same.register(8)
    with asked(world) as with_it:
        same.register(2)
    assert without == with_it
    assert not any("relations" in statement for statement, _ in without)


def test_a_parent_costs_the_same_whoever_else_names_them(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 9)
    with asked(world) as first:
        child(one, 1, FATHER)
    child(two, 8)
    with asked(world) as second:
        child(two, 2, FATHER)
    assert first == second
    assert sum("INTO relations" in statement for statement, _ in first) == 1
