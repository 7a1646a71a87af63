"""A mail server that answers after the deadline: the mail comes again, as the same mail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from match.messages import MessageState, OutboxMessage
from tests.clock import Clock
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.postbox import Postbox
from tests.mail_server import mail_settings
from tests.world import World, make_world
from verwijsindex.mail import delivery
from verwijsindex.mail.delivery import deliver_due

_DEADLINE = timedelta(seconds=0.5)


@pytest.fixture
def mailing(database_url: str, clock: Clock, postbox: Postbox) -> Iterator[World]:
    """Return a world in which two mails are due."""
    made = make_world(
        database_url,
        clock,
        mail=mail_settings(postbox.port, deadline=_DEADLINE),
    )
    made.member("Schuldhulp").register(1)
    made.member("Wijkteam", domain="welzijn").register(1)
    yield made
    assert_audit_is_clean(made)
    made.services.engine.dispose()


def deliver(world: World) -> int:
    return deliver_due(world.services, stop=threading.Event())


def states(world: World) -> list[tuple[MessageState, str | None]]:
    with world.services.sessions() as session:
        rows = session.execute(select(OutboxMessage.state, OutboxMessage.failure))
        return [(row.state, row.failure) for row in rows]


def test_a_mail_that_was_not_answered_in_time_comes_again_with_the_same_message_id(
    mailing: World, clock: Clock, postbox: Postbox
) -> None:
    """The server has it, and says so when nobody listens any more."""
    answering = threading.Event()
    postbox.after = answering.wait
    assert deliver(mailing) == 2
    answering.set()
    assert states(mailing) == [(MessageState.PENDING, "connection lost")] * 2
    assert deliver(mailing) == 0, "not before it is due"
    clock.advance(timedelta(minutes=1))
    assert deliver(mailing) == 2
    assert {state for state, _ in states(mailing)} == {MessageState.SENT}
    assert len(set(postbox.mails)) == 2
    assert postbox.repeats() == 2


def test_nobody_takes_over_while_a_slow_mail_is_within_its_deadline(
    mailing: World, clock: Clock, postbox: Postbox
) -> None:
    """The lease outlasts a whole batch of mails that each take the whole deadline."""
    mail = mailing.services.settings.mail
    taken = []

    def look() -> None:
        # As if this one, and all before it, had taken as long as they may.
        clock.advance(mail.deadline)
        taken.append(deliver(mailing))

    postbox.before = look
    slow = replace(mailing.services.settings, mail=replace(mail, deadline=timedelta(seconds=30)))
    mail = slow.mail
    deliver_due(replace(mailing.services, settings=slow), stop=threading.Event())
    assert taken == [0, 0]
    assert {state for state, _ in states(mailing)} == {MessageState.SENT}
    assert postbox.repeats() == 0


class _Away:
    """A database that is away for the next few transactions."""

    def __init__(self, sessions) -> None:
        self._sessions = sessions
        self.times = 0

    def __call__(self):
        return self._sessions()

    def begin(self):
        if self.times:
            self.times -= 1
            raise OperationalError("BEGIN", {}, Exception())
        return self._sessions.begin()


def test_a_database_that_is_away_after_a_mail_was_taken_has_none_sent_twice(
    mailing: World, clock: Clock, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0)
    away = _Away(mailing.services.sessions)
    services = replace(mailing.services, sessions=away)

    def go_away() -> None:
        away.times = 3

    postbox.after = go_away
    assert deliver_due(services, stop=threading.Event()) == 2
    assert {state for state, _ in states(mailing)} == {MessageState.SENT}
    clock.advance(timedelta(days=1))
    assert deliver(mailing) == 0
    assert postbox.repeats() == 0


def test_a_worker_waits_no_longer_for_the_database_than_its_lease_lasts(
    mailing: World, clock: Clock, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it another worker has the mail: this one must let it go, or both would go on."""
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0)
    away = _Away(mailing.services.sessions)

    def go_away() -> None:
        away.times = 3
        clock.advance(mailing.services.settings.mail.lease)

    postbox.after = go_away
    with pytest.raises(OperationalError):
        deliver_due(replace(mailing.services, sessions=away), stop=threading.Event())
    assert away.times == 2
    postbox.after = lambda: None
    clock.advance(timedelta(seconds=1))
    assert deliver(mailing) == 2
    assert len(set(postbox.mails)) == 2
    assert postbox.repeats() == 1
