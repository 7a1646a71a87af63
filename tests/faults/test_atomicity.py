"""A registration that fails half-way leaves nothing of its part, and everything before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

import match.counters
import match.ending
import match.match_writing
import match.outbox
import verwijsindex.audit
from match.signals import EndReason
from match.subjects import LOCKED_AT_ONCE_LIMIT
from orgprofiles.base import Base
from tests.concurrency.crowd import Crowd, open_crowd
from tests.world import World
from verwijsindex.use_cases.check_signals import RowStatus

PERSONS = LOCKED_AT_ONCE_LIMIT + 20  # a batch of two transactions
_STEPS = {
    "the match is opened": (match.match_writing, "_open_matches"),
    "the outbox is written": (match.outbox, "enqueue"),
    "the figures are counted": (match.counters, "count"),
    "the audit is written": (verwijsindex.audit, "record"),
}


class Broken(Exception):
    """What the test throws."""


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    with open_crowd(world, threads=2) as made:
        yield made


def break_step(patch: pytest.MonkeyPatch, step: str, *, call: int, is_after: bool) -> None:
    """Have the *call*-th call of a step raise, before or after it did its work."""
    module, name = _STEPS[step]
    real = getattr(module, name)
    calls = 0

    def breaking(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == call and not is_after:
            raise Broken
        answer = real(*args, **kwargs)
        if calls == call:
            raise Broken
        return answer

    patch.setattr(module, name, breaking)


def rows(crowd: Crowd) -> dict[str, int]:
    """Return how many rows each table has."""
    with crowd.services.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", _STEPS)
def test_a_batch_that_fails_in_its_second_part_keeps_the_first_whole_and_nothing_of_the_second(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, range(PERSONS))
    # Half of the people are known already, so that there are matches to open.
    crowd.register_batch(one, [crowd.request(one, person) for person in range(0, PERSONS, 2)])
    before = rows(crowd)
    requests = [crowd.request(other, person) for person in range(PERSONS)]
    with monkeypatch.context() as patch:
        break_step(patch, step, call=2, is_after=is_after)
        with pytest.raises(Broken):
            crowd.register_batch(other, requests)
    assert crowd.violations() == []
    after = rows(crowd)
    written = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert written.pop("daily_counters") <= 3
    assert written["signals"] == written["informings"] == LOCKED_AT_ONCE_LIMIT
    assert written["audit_events"] == LOCKED_AT_ONCE_LIMIT
    matched = written["matches"]
    assert written["participations"] == written["outbox"] == 2 * matched
    assert written["match_pairs"] == matched
    assert written["subjects"] == LOCKED_AT_ONCE_LIMIT - matched
    # Sent again, what was done stays done, and the rest is done now.
    results = [result.status for result in crowd.register_batch(other, requests)]
    assert results.count(RowStatus.EXISTED) == LOCKED_AT_ONCE_LIMIT
    assert results.count(RowStatus.CREATED) == PERSONS - LOCKED_AT_ONCE_LIMIT
    assert crowd.violations() == []


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", _STEPS)
def test_a_registration_that_fails_half_way_leaves_nothing(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1])
    crowd.register(one, 1)
    before = rows(crowd)
    with monkeypatch.context() as patch:
        break_step(patch, step, call=1, is_after=is_after)
        with pytest.raises(Broken):
            crowd.register(other, 1)
    assert rows(crowd) == before
    crowd.register(other, 1)
    assert crowd.violations() == []


@pytest.mark.parametrize("step", ["the outbox is written", "the audit is written"])
def test_an_ending_that_fails_half_way_ends_nothing(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1])
    crowd.register(one, 1)
    signal_id = crowd.register(other, 1).signal_id
    before = rows(crowd)
    with monkeypatch.context() as patch:
        break_step(patch, step, call=1, is_after=True)
        with pytest.raises(Broken):
            crowd.end(other, signal_id, EndReason.WRONG_PERSON)
    assert rows(crowd) == before
    assert crowd.violations() == [], "the match is still open"
    crowd.end(other, signal_id, EndReason.WRONG_PERSON)
    assert crowd.violations() == []
