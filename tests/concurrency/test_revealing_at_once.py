"""Revealing, registering and ending at once about one person: nothing lost, nothing told twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, meet, together
from tests.concurrency.invariants import summary
from tests.world import Member
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import list_matches
from verwijsindex.use_cases.reveal_participation import reveal_participation
from verwijsindex.worker import Worker

DEEDS = ("reveal", "end", "register")


def reveal(crowd: Crowd, member: Member, session: Session | None = None) -> None:
    caller, services = crowd.caller(member), crowd.services
    with services.sessions() as reading:
        _, views = list_matches(reading, services, caller=caller, status=None, page=Page())
    with session or services.sessions() as used:
        for view in views:
            for part in view.own:
                try:
                    reveal_participation(
                        used, services, caller=caller, match_id=view.id, participation_id=part.id
                    )
                except Problem as problem:
                    assert problem.status == 409  # noqa: PT017 (ended meanwhile)


def stage(crowd: Crowd) -> tuple[dict[str, Callable[..., object]], Member]:
    """Have a sensitive organisation see another one; return what may happen, as deeds."""
    first, second = crowd.members(2)
    hidden = crowd.world.member("Veilig", domain="veiligheid", sensitive=True)
    crowd.prepare([first, second, hidden], [1])
    signal = crowd.register(first, 1).signal_id
    crowd.register(hidden, 1)
    assert isinstance(signal, UUID)
    deeds = {
        "reveal": lambda session=None: reveal(crowd, hidden, session),
        "end": lambda session=None: crowd.end(first, signal, session=session),
        "register": lambda session=None: crowd.register(second, 1, session=session),
    }
    return deeds, second


@only_postgresql
@pytest.mark.parametrize(("ahead", "behind"), list(permutations(DEEDS, 2)))
def test_two_that_meet_leave_everything_as_it_must_be(
    crowd: Crowd, ahead: str, behind: str
) -> None:
    deeds, second = stage(crowd)
    meet(crowd, deeds[ahead], deeds[behind])
    assert_right(crowd)
    if "register" not in {ahead, behind}:
        crowd.register(second, 1)
        assert_right(crowd)


def test_all_of_them_with_two_workers_leave_everything_as_it_must_be(crowd: Crowd) -> None:
    deeds, _ = stage(crowd)
    reviews = [partial(Worker(crowd.services).review) for _ in range(2)]
    together([*deeds.values(), deeds["reveal"], *reviews])
    assert_right(crowd)


def assert_right(crowd: Crowd) -> None:
    found = crowd.violations()
    assert not found, summary(found)
    Worker(crowd.services).review()
    found = crowd.violations()
    assert not found, summary(found)
