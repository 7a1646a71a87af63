"""Where very much stalled, letters and lists read no more than what they show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.verwijsindex.follow_up.matched import member
from tests.verwijsindex.web.casework import later
from tests.world import Member, World
from verwijsindex.mail import coordinator_letters
from verwijsindex.worker import Worker

LIST = "/api/v1/vastgelopen-matches"


@pytest.fixture
def stalled(world: World) -> Member:
    """Return an organisation of which six matches stalled: four of m1, two of the team."""
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    for person in range(1, 7):
        if person == 6:
            later(world, timedelta(days=1))
        contact = {"medewerker": "m1"} if person < 5 else {"afdeling": True}
        for each, more in ((one, {"contact": contact}), (two, {})):
            assert each.register(person, **more).status_code == 201
    Worker(world.services).review()
    later(world, timedelta(days=60))
    return one


def test_a_letter_reads_a_line_per_contact_and_counts_the_matches(
    world: World, stalled: Member
) -> None:
    read: list[int] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        read.append(cursor.rowcount)  # not known with SQLite: -1

    with world.services.sessions() as session:
        event.listen(world.services.engine, "after_cursor_execute", note)
        try:
            lines, count = coordinator_letters._stalled(session, stalled.id, world.services.today())
        finally:
            event.remove(world.services.engine, "after_cursor_execute", note)
    assert max(read) <= len(lines)
    assert [(one.contact, one.count, one.since) for one in lines] == [
        ("het team", 2, "30 november 2026"),
        ("M. Schuldhulp 1", 4, "30 november 2026"),
    ]
    assert count == 6


def test_a_list_ends_at_so_many_and_the_oldest_are_in_it(
    world: World, stalled: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = stalled.get(LIST).json
    assert (everything["totaal"], len(everything["resultaten"])) == (12, 12)
    monkeypatch.setattr("verwijsindex.use_cases.read_stalled.MOST_LISTED", 5)
    pages = [stalled.get(LIST, perPagina=3, pagina=number) for number in (1, 2, 3, 1_000_000)]
    assert [page.json["totaal"] for page in pages] == [5] * 4
    assert [len(page.json["resultaten"]) for page in pages] == [3, 2, 0, 0]
    shown = pages[0].json["resultaten"] + pages[1].json["resultaten"]
    assert shown == everything["resultaten"][:5]
    assert 'pagina=2>; rel="last"' in pages[0].headers["Link"]
