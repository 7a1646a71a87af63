"""Random caseloads in random parts, lost and repeated, against the simplest model: a set."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verwijsindex.people.caseloads import Involved, active, ids, row, send
from tests.world import Member, World

_NUMBERS = count(1)
involved = st.tuples(st.integers(1, 5), st.sampled_from(["m1", "m2", None]))
caseloads = st.sets(involved, max_size=8)
#: A run: who, how many parts, how often each is sent (0: it never comes), and what goes by id.
runs = st.tuples(
    caseloads,
    st.integers(1, 3),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.booleans(),
)


def parts_of(caseload: set[Involved], number: int) -> list[list[Involved]]:
    """Return the caseload in parts, each person's rows together, and an empty last one."""
    parts: list[list[Involved]] = [[] for _ in range(number)]
    for one in sorted(caseload, key=str):
        parts[one[0] % number].append(one)
    return [*parts, []]


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(several=st.lists(runs, min_size=1, max_size=4))
def test_after_a_run_the_index_holds_the_caseload_and_before_its_end_it_loses_nobody(
    world: World, several: list[tuple[set[Involved], int, list[int], bool]]
) -> None:
    one = world.member(f"Organisatie {next(_NUMBERS)}")
    for caseload, number, times, by_id in several:
        world.clock.advance(timedelta(minutes=1))
        one.token = world.token(one.client)
        before = ids(one)
        is_whole = send_run(one, caseload, number, times, before if by_id else {})
        after = ids(one)
        if is_whole:
            assert set(after) == caseload
        else:
            assert {person for person, _ in before} <= {person for person, _ in after}
            assert len(after) >= len(before)
        for who in before.keys() & after.keys():
            # Whoever stays with the same contact has the same signal.
            assert after[who] == before[who]
        if is_whole:
            for person in {person for person, _ in caseload}:
                was = {one_id for (p, _), one_id in before.items() if p == person}
                now = {one_id for (p, _), one_id in after.items() if p == person}
                # A signal ends only where there is nobody left to take it over.
                assert len(was & now) == min(len(was), len(now))
    assert active(one) == set(ids(one))


def send_run(
    one: Member,
    caseload: set[Involved],
    number: int,
    times: list[int],
    known: dict[Involved, str],
) -> bool:
    """Send a run; return whether all of it came. A part that is lost ends it."""
    run = uuid4()
    parts = parts_of(caseload, number)
    for place, (part, often) in enumerate(zip(parts, times, strict=False), 1):
        last = place == len(parts)
        rows = [{"id": known[who]} if who in known else row(one, who[0], who[1]) for who in part]
        answers = [
            send(one, rows, run=run, part=place, last=last, bevestigd=True) for _ in range(often)
        ]
        assert [answer.status_code for answer in answers] == [200] * often
        assert all(answer.json == answers[0].json for answer in answers)
        if not often:
            after = send(one, [], run=run, part=place + 1, last=True, bevestigd=True)
            assert after.status_code == 409
            return False
    return True
