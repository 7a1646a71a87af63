"""Several workers on one database do no job twice."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, text

import verwijsindex.worker
from match import outbox
from match.counters import DailyCounter, Figure
from match.messages import MessageState, NoticeKind, OutboxMessage
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, Pause, together, wait_until_stuck
from verwijsindex.worker import Worker


def fill(crowd: Crowd, persons: int, *, in_digest: bool) -> None:
    """Leave messages in the outbox: two for each person."""
    members = crowd.members(2)
    crowd.prepare(members, range(persons))
    for member in members:
        if in_digest:
            requests = [crowd.request(member, person) for person in range(persons)]
            crowd.register_batch(member, requests)
        else:
            for person in range(persons):
                crowd.register(member, person)


def test_no_message_is_claimed_by_two_workers(crowd: Crowd) -> None:
    fill(crowd, 40, in_digest=False)
    claimed: list[list[UUID]] = [[] for _ in range(8)]

    def claim_all(mine: list[UUID]) -> None:
        while True:
            with crowd.services.sessions.begin() as session:
                found = outbox.claim(
                    session,
                    token=uuid4(),
                    now=crowd.services.clock(),
                    lease=timedelta(minutes=5),
                    limit=3,
                )
            assert len(found) <= 3
            if not found:
                return
            mine += found

    together([partial(claim_all, mine) for mine in claimed])
    times = Counter(message_id for mine in claimed for message_id in mine)
    assert set(times.values()) == {1}
    assert len(times) == 80


@only_postgresql
def test_a_worker_does_not_wait_for_another_that_is_claiming(crowd: Crowd) -> None:
    fill(crowd, 2, in_digest=False)
    claim = partial(outbox.claim, now=crowd.services.clock(), lease=timedelta(minutes=5), limit=3)
    with crowd.services.sessions() as one, crowd.services.sessions() as other:
        first = claim(one, token=uuid4())
        other.execute(text("SET LOCAL lock_timeout = '2s'"))  # whoever waits fails
        second = claim(other, token=uuid4())
    assert (len(first), len(second)) == (3, 1)
    assert not set(first) & set(second)


@only_postgresql
def test_a_claim_takes_no_more_than_its_limit_however_it_is_planned(crowd: Crowd) -> None:
    """A subquery that is run once per row would lock and take another few each time."""
    fill(crowd, 20, in_digest=False)
    with crowd.services.sessions() as session:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        claimed = outbox.claim(
            session,
            token=uuid4(),
            now=crowd.services.clock(),
            lease=timedelta(minutes=5),
            limit=3,
        )
    assert len(claimed) == 3


def gather_at_once(crowd: Crowd) -> Counter[NoticeKind]:
    """Let one worker gather digests while another has not committed; return what is in the outbox."""
    fill(crowd, 5, in_digest=True)
    # A Saturday: nobody is reminded, so the first commit is of the digests.
    crowd.world.clock.advance(timedelta(days=5))
    pause = Pause()
    is_first = threading.Lock()

    def stop_the_first(_: object) -> None:
        if is_first.acquire(blocking=False):
            pause()

    event.listen(crowd.services.sessions, "before_commit", stop_the_first)
    with ThreadPoolExecutor(2) as pool:
        try:
            ahead = pool.submit(Worker(crowd.services).gather)
            pause.wait_reached()
            behind = pool.submit(Worker(crowd.services).gather)
            wait_until_stuck(crowd, [behind])
        finally:
            pause.release()
        ahead.result()
        behind.result()
    event.remove(crowd.services.sessions, "before_commit", stop_the_first)
    with crowd.services.sessions() as session:
        return Counter(session.scalars(select(OutboxMessage.kind)))


def test_two_workers_that_gather_at_the_same_moment_make_one_digest_per_recipient(
    crowd: Crowd,
) -> None:
    assert gather_at_once(crowd) == {NoticeKind.DIGEST: 2, NoticeKind.MATCH: 10}
    with crowd.services.sessions() as session:
        gathered = session.scalars(
            select(func.count())
            .where(OutboxMessage.state == MessageState.GATHERED)
            .group_by(OutboxMessage.digest_id)
        ).all()
    assert gathered == [5, 5]


@only_postgresql
def test_without_the_tick_lock_digests_would_be_made_twice(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verwijsindex.worker, "take_tick_lock", lambda *_: True)
    assert gather_at_once(crowd)[NoticeKind.DIGEST] == 4


def test_counters_that_several_workers_fold_keep_their_sums(crowd: Crowd) -> None:
    fill(crowd, 20, in_digest=False)
    crowd.world.clock.advance(timedelta(days=1))
    together([Worker(crowd.services).fold for _ in range(4)])
    with crowd.services.sessions() as session:
        rows = session.execute(select(DailyCounter.figure, DailyCounter.amount)).all()
    assert Counter(rows) == {(Figure.REGISTERED, 20): 2, (Figure.JOINED, 20): 2}
