"""How many queries a page makes: as many for five hundred rows as for five."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.verwijsindex.web.casework import Desk, desk, organisation, page_of
from tests.world import Member, World

pytestmark = pytest.mark.slow
FEW, MANY = 5, 500
BEYOND_CONSTANT = 3
PATHS = ["/", "/matches", "/matches?wie=allen&welke=alles", "/signalen?aantal=500"]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(world.services.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(world.services.engine, "before_cursor_execute", note)


def queries(who: Desk, path: str) -> int:
    """Return how many statements a page takes, once it was opened before."""
    assert who.get(path).status_code == 200
    with counted(who.person.world) as sent:
        assert who.get(path).status_code == 200
    return len(sent)


def register(member: Member, people: range) -> None:
    for person in people:
        assert member.register(person).status_code == 201


def test_queries_do_not_grow_with_the_rows(world: World) -> None:
    first, second = organisation(world, "Wijkteam"), organisation(world, "Woonbedrijf")
    for member in (first, second):
        register(member, range(FEW))
    one = desk(first)
    few = {path: queries(one, path) for path in PATHS}
    of_match = queries(one, page_of(first, 1))
    for member in (first, second):
        register(member, range(FEW, MANY))
    assert one.get("/signalen?aantal=500").text.count('name="signaal"') == MANY
    many = {path: queries(one, path) for path in PATHS}
    assert {path: many[path] - few[path] for path in PATHS if many[path] > few[path]} == {}
    third = organisation(world, "Sociale dienst")
    register(third, range(1, 2))
    assert queries(one, page_of(first, 1)) - of_match <= BEYOND_CONSTANT
