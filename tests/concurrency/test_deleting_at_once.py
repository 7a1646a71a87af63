"""Deleting what is over while others register the same people, and letters of two workers at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import func, select, update

from match.matches import Match, MatchStatus
from match.messages import NoticeKind, OutboxMessage
from match.signals import Signal, SignalStatus
from match.subjects import Subject
from tests.concurrency.crowd import Crowd, together
from tests.world import Member
from verwijsindex.worker import Worker

PERSONS = 60


def forget_at_once(crowd: Crowd, member: Member) -> None:
    """Register and end everybody, so long ago that they are to be deleted."""
    for row in crowd.register_batch(member, [crowd.request(member, p) for p in range(PERSONS)]):
        assert row.signal_id is not None
        crowd.end(member, row.signal_id)
    with crowd.services.sessions.begin() as session:
        session.execute(update(Signal).values(ended_at=crowd.services.clock() - timedelta(days=31)))


def test_nobody_is_lost_who_registers_while_the_subject_is_deleted(crowd: Crowd) -> None:
    gone, one, other = crowd.members(3)
    crowd.prepare([gone, one, other], range(PERSONS))
    forget_at_once(crowd, gone)
    requests = [[crowd.request(who, p) for p in range(PERSONS)] for who in (one, other)]
    together(
        [
            *(Worker(crowd.services).delete for _ in range(2)),
            partial(crowd.register_batch, one, requests[0]),
            partial(crowd.register_batch, other, requests[1][::-1]),
        ]
    )
    with crowd.services.sessions() as session:
        statuses = session.scalars(select(Signal.status)).all()
        assert statuses == [SignalStatus.ACTIVE] * (2 * PERSONS)
        is_open = Match.status == MatchStatus.OPEN
        assert session.scalar(select(func.count()).where(is_open)) == PERSONS
        assert session.scalar(select(func.count()).select_from(Subject)) == PERSONS


def test_workers_write_one_letter_for_a_contact(crowd: Crowd) -> None:
    (one,) = crowd.members(1)
    until = crowd.services.today() + timedelta(days=60)
    keys = ("m1", "m2", None)
    crowd.prepare([one], range(9))
    for person in range(9):
        crowd.register(one, person, professional=keys[person % 3], lapses=until)
    crowd.world.clock.advance(timedelta(days=42))  # Monday 4 January 2027
    together([Worker(crowd.services).ask_checkups] * 6)
    with crowd.services.sessions() as session:
        kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert kinds == [NoticeKind.LAPSING] * 3
