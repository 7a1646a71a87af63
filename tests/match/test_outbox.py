"""Claims, leases and attempts: no message is sent by two, and none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from match import outbox
from match.digests import DigestPolicy, gather
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.outbox import ATTEMPTS_LIMIT, Notice, retry_delay
from orgprofiles.base import new_id
from tests.clock import START
from tests.match.people import add_notice, add_unit

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


class Box:
    """The outbox of one database, each call in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.unit = self.do(lambda session: add_unit(session, "Schuldhulp").id)

    def do(self, act: Callable[[Session], Any]) -> Any:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return act(session)

    def add(self, *, now: datetime = START, digest_due: datetime | None = None) -> UUID:
        return self.do(lambda s: add_notice(s, self.unit, now=now, digest_due=digest_due))

    def claim(self, token: UUID, now: datetime = START, limit: int = 10) -> list[UUID]:
        return self.do(lambda s: outbox.claim(s, token=token, now=now, lease=LEASE, limit=limit))

    def fail(
        self, message_id: UUID, token: UUID, attempts: int, now: datetime
    ) -> MessageState | None:
        return self.do(
            lambda s: outbox.fail(
                s, message_id, token=token, attempts=attempts, now=now, why="smtp 451"
            )
        )

    def message(self, message_id: UUID) -> OutboxMessage:
        return self.do(lambda s: s.get_one(OutboxMessage, message_id))


@pytest.fixture
def box(engine: Engine) -> Box:
    return Box(engine)


def test_the_oldest_due_messages_are_claimed_first(box: Box) -> None:
    late = box.add(now=START - MINUTE)
    first, second = box.add(now=START - 2 * MINUTE), box.add(now=START - 2 * MINUTE)
    future = box.add(now=START + MINUTE)
    box.add(digest_due=START - MINUTE)  # waits for its digest
    assert box.claim(uuid4(), limit=2) == [first, second]
    assert box.claim(uuid4()) == [late]
    assert box.claim(uuid4()) == []
    assert box.claim(uuid4(), START + MINUTE) == [future]


def test_a_claim_counts_as_an_attempt_and_is_held_until_the_lease_ends(box: Box) -> None:
    one, token, second = box.add(), uuid4(), timedelta(seconds=1)
    assert box.claim(token) == [one]
    message = box.message(one)
    assert (message.state, message.attempts) == (MessageState.SENDING, 1)
    assert (message.lease_token, message.leased_until) == (token, START + LEASE)
    assert box.claim(uuid4(), START + LEASE) == []
    assert box.claim(uuid4(), START + LEASE + second) == [one]
    assert box.message(one).attempts == 2


@pytest.mark.parametrize("outcome", ["complete", "skip", "fail", "release"])
def test_a_lease_that_was_lost_changes_nothing_any_more(outcome: str, box: Box) -> None:
    one, lost, held = box.add(), uuid4(), uuid4()
    later = START + LEASE + MINUTE
    assert box.claim(lost) == [one]
    assert box.claim(held, later) == [one]
    acts: dict[str, Callable[[Session], Any]] = {
        "complete": lambda s: outbox.complete(s, one, token=lost, now=later),
        "skip": lambda s: outbox.skip(s, one, token=lost, now=later, why="x"),
        "fail": lambda s: outbox.fail(s, one, token=lost, attempts=1, now=later, why="x"),
        "release": lambda s: outbox.release(s, [one], token=lost),
    }
    assert not box.do(acts[outcome])
    message = box.message(one)
    assert (message.state, message.lease_token) == (MessageState.SENDING, held)
    assert message.attempts == 2
    assert box.do(lambda s: outbox.complete(s, one, token=held, now=later)) is True
    assert box.message(one).state is MessageState.SENT
    assert box.do(lambda s: outbox.complete(s, one, token=held, now=later)) is False


def test_what_is_done_is_done(box: Box) -> None:
    sent, skipped, token = box.add(), box.add(), uuid4()
    assert box.claim(token) == [sent, skipped]
    box.do(lambda s: outbox.complete(s, sent, token=token, now=START))
    box.do(lambda s: outbox.skip(s, skipped, token=token, now=START, why="ended"))
    assert box.claim(uuid4(), START + timedelta(days=30)) == []
    for one, state, failure in (
        (sent, MessageState.SENT, None),
        (skipped, MessageState.SKIPPED, "ended"),
    ):
        message = box.message(one)
        assert (message.state, message.failure, message.finished_at) == (state, failure, START)
        assert (message.lease_token, message.leased_until) == (None, None)


def test_a_message_that_is_given_back_was_not_tried(box: Box) -> None:
    one, other, token = box.add(), box.add(), uuid4()
    box.claim(token)
    box.do(lambda s: outbox.release(s, [one], token=token))
    message = box.message(one)
    assert (message.state, message.attempts) == (MessageState.PENDING, 0)
    assert box.claim(uuid4()) == [one]
    assert box.message(other).lease_token == token


def test_retries_come_after_one_minute_then_twice_as_long_up_to_six_hours() -> None:
    minutes = [retry_delay(n).total_seconds() / 60 for n in range(1, ATTEMPTS_LIMIT)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]
    assert retry_delay(30) == timedelta(hours=6)


def test_a_message_that_keeps_failing_is_given_up_and_can_be_revived(box: Box) -> None:
    one, now, token = box.add(), START, uuid4()
    for attempt in range(1, ATTEMPTS_LIMIT + 1):
        assert box.claim(token, now - timedelta(seconds=1)) == []
        assert box.claim(token, now) == [one]
        state = box.fail(one, token, attempt, now)
        message = box.message(one)
        assert (message.state, message.failure) == (state, "smtp 451")
        if attempt < ATTEMPTS_LIMIT:
            assert (state, message.finished_at) == (MessageState.PENDING, None)
            now += retry_delay(attempt)
            assert message.due == now
    assert state is MessageState.DEAD
    assert box.message(one).finished_at == now
    later = now + timedelta(days=9)
    assert box.claim(token, later) == []
    assert box.do(lambda s: outbox.revive_dead(s, now=later)) == 1
    assert box.do(lambda s: outbox.revive_dead(s, now=later)) == 0
    assert box.claim(token, later) == [one]
    message = box.message(one)
    assert (message.attempts, message.finished_at) == (1, None)


def test_two_claims_at_once_never_overlap(box: Box) -> None:
    added = {box.add() for _ in range(60)}
    found: list[UUID] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        while claimed := box.claim(uuid4(), limit=3):
            found.extend(claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert set(found) == added


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_claim_passes_over_what_another_is_claiming(box: Box) -> None:
    one, other = box.add(), box.add()
    with Session(box.engine) as first, first.begin():
        held = outbox.claim(first, token=uuid4(), now=START, lease=LEASE, limit=1)
        assert held == [one]
        assert box.claim(uuid4()) == [other]


def test_a_recipient_is_told_of_an_event_once(box: Box) -> None:
    one = box.message(box.add())
    again = Notice(
        one.event_id, NoticeKind.MATCH, one.participation_id, None, one.unit_id, new_id()
    )
    with pytest.raises(IntegrityError):
        box.do(lambda s: outbox.enqueue(s, [again], now=START, digest_due=None))


def test_a_lease_without_a_token_cannot_be_stored(box: Box) -> None:
    one = box.add()
    with pytest.raises(IntegrityError):
        box.do(
            lambda s: s.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == one)
                .values(state=MessageState.SENDING)
            )
        )


def test_a_kind_that_a_later_release_brought_is_left_to_its_worker(box: Box) -> None:
    unknown, waiting = box.add(), box.add(digest_due=START)
    known, known_waiting = box.add(), box.add(digest_due=START)
    for one in (unknown, waiting):
        box.do(lambda s, one=one: rename_kind(s, one))
    assert box.claim(uuid4()) == [known]
    # Nor is it gathered into a digest, which nobody could then write.
    assert box.do(lambda s: gather(s, policy=DigestPolicy(), now=START)) == 1
    assert box.message(known_waiting).state is MessageState.GATHERED
    assert box.do(lambda s: states(s, [unknown, waiting])) == ["pending", "waiting"]


def rename_kind(session: Session, message_id: UUID) -> None:
    # By SQL: this release cannot write such a word. The constraint is on what a kind is about.
    table = OutboxMessage.__table__
    session.execute(
        update(table)
        .where(table.c.id == message_id)
        .values(kind=literal_column("'later'"), participation_id=None)
    )


def states(session: Session, ids: list[UUID]) -> list[str]:
    rows = session.execute(
        select(OutboxMessage.state).where(OutboxMessage.id.in_(ids)).order_by(OutboxMessage.id)
    )
    return [row.state.value for row in rows]
