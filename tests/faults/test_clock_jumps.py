"""The clock is put forward and back between any two operations, by an hour and by three days."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from types import SimpleNamespace

import pytest
from apscheduler.schedulers import base as scheduling
from sqlalchemy import func, select

import orgprofiles.base
from match.messages import MessageState, OutboxMessage
from match.signals import Signal, SignalStatus
from tests.clock import START, Clock
from tests.concurrency.crowd import Crowd, open_crowd
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.mailings import assert_nothing_was_lost
from tests.faults.postbox import Postbox
from tests.faults.processes import wait_until
from tests.mail_server import mail_settings
from tests.world import Member, World, make_world
from verwijsindex import worker
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_linking import link_waiting
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.worker import Worker

HOUR, THREE_DAYS = timedelta(hours=1), timedelta(days=3)
# Fewer than there are operations, and no divisor of them: each comes after each.
JUMPS = (HOUR, -HOUR, THREE_DAYS, -THREE_DAYS, -HOUR, HOUR, -THREE_DAYS)
STEPS = 70


@pytest.fixture
def mailing(
    database_url: str, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Return a world whose ids are of its clock too, and whose mails go to *postbox*."""
    clock = Clock(START + timedelta(days=60))
    now = SimpleNamespace(time_ns=lambda: int(clock().timestamp() * 1_000_000_000))
    monkeypatch.setattr(orgprofiles.base, "time", now)
    made = make_world(
        database_url,
        clock,
        mail=mail_settings(postbox.port),
    )
    yield made
    made.services.engine.dispose()


@pytest.fixture
def crowd(mailing: World) -> Iterator[Crowd]:
    with open_crowd(mailing, threads=2) as made:
        yield made


def register(member: Member, person: int) -> None:
    """Register; ask for a new token when the clock took the old one away, as clients do."""
    answer = member.register(person)
    if answer.status_code == 401:
        member.token = member.world.token(member.client)
        answer = member.register(person)
    assert answer.status_code == 201, answer.text


def deliver(world: World) -> int:
    return deliver_due(world.services, stop=threading.Event())


def test_no_mail_is_lost_or_repeated_nothing_lapses_and_the_audit_is_clean(
    mailing: World, crowd: Crowd, postbox: Postbox
) -> None:
    clock, services = mailing.clock, mailing.services
    one, other = crowd.members(2)
    crowd.prepare([one, other], [])
    working = Worker(services)
    persons = {member.id: count() for member in (one, other)}
    operations: list[Callable[[], object]] = [
        lambda: register(one, next(persons[one.id])),
        lambda: register(other, next(persons[other.id])),
        lambda: deliver(mailing),
        lambda: link_waiting(services),
        lambda: make_checkpoint(services),
        working.lapse,
        working.gather,
        working.fold,
    ]
    jumps = cycle(JUMPS)
    # Also while a mail is on its way: between its arrival and the note of it.
    postbox.after = lambda: clock.advance(next(jumps))
    for _, operate in zip(range(STEPS), cycle(operations), strict=False):
        operate()
        clock.advance(next(jumps))
    postbox.after = lambda: None
    # What was being tried again is due within six hours, by whatever clock it was planned.
    for _ in range(8):
        while deliver(mailing):
            pass
        clock.advance(HOUR)
    assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)
    assert len(postbox.mails) > 10
    assert crowd.violations() == []
    with services.sessions() as session:
        assert set(session.scalars(select(Signal.status))) == {SignalStatus.ACTIVE}
    assert_audit_is_clean(crowd)


def test_a_retry_that_a_fast_clock_planned_does_not_wait_for_that_moment(
    mailing: World, crowd: Crowd, postbox: Postbox
) -> None:
    members = crowd.members(2)
    mailing.clock.advance(THREE_DAYS)
    for member in members:
        register(member, 1)
    down = replace(mailing.services.settings.mail, port=1)
    services = replace(mailing.services, settings=replace(mailing.services.settings, mail=down))
    assert deliver_due(services, stop=threading.Event()) == 2
    assert deliver(mailing) == 0, "not before it is due"
    mailing.clock.advance(-THREE_DAYS)
    assert deliver(mailing) == 2
    assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump", [-HOUR, HOUR, -THREE_DAYS])
def test_a_worker_goes_on_at_once(
    mailing: World, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """Its scheduler plans on the clock of the machine."""
    offset = timedelta()

    class Machine(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) + offset

    looked, asked = count(1), count(1)
    looks = asks = 0

    def look(*_: object, **__: object) -> int:
        nonlocal looks
        looks = next(looked)
        return 0

    def ask(*_: object) -> dict:
        nonlocal asks
        asks = next(asked)
        return {}

    monkeypatch.setattr(scheduling, "datetime", Machine)
    monkeypatch.setattr(worker, "deliver_due", look)
    monkeypatch.setattr(worker, "check_canaries", ask)
    services = replace(mailing.services, clock=Machine.now)
    running = Worker(services, poll=timedelta(milliseconds=50))
    running.start()
    try:
        wait_until(lambda: looks >= 2, "the worker looks for mail")
        wait_until(lambda: asks >= 1, "the worker asks for the canaries")
        offset = jump
        enough, before = looks + 5, asks
        wait_until(lambda: looks >= enough, "the worker still looks for mail")
        wait_until(lambda: asks > before, "the worker asks for the canaries")
    finally:
        running.stop()


def test_a_dead_worker_s_mail_is_taken_over_when_its_lease_ends_by_the_clock_that_is(
    mailing: World, crowd: Crowd, postbox: Postbox
) -> None:
    """Put back, the clock lengthens a lease; the mail is late, and it comes."""
    for member in crowd.members(2):
        register(member, 1)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        deliver_due(mailing.services, stop=threading.Event(), connect=die)
    mailing.clock.advance(-HOUR)
    assert deliver(mailing) == 0
    mailing.clock.advance(HOUR + mailing.services.settings.mail.lease + timedelta(seconds=1))
    assert deliver(mailing) == 2
    with mailing.services.sessions() as session:
        sent = func.count().filter(OutboxMessage.state == MessageState.SENT)
        assert session.scalar(select(sent)) == 2
    assert postbox.repeats() == 0
