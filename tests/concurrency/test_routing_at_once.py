"""Two workers that route and claim at once: everybody is told once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select, update

from match import routing
from match.messages import MessageState, OutboxMessage
from match.routing import route
from orgprofiles.organisations import Delivery, Professional
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, together, wait_until_stuck
from tests.concurrency.test_workers import fill
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.mail.smtp import Accepted, MailServer

PERSONS = 20


class Taker(MailServer):
    """Takes every letter, and keeps to whom it went and which it was."""

    taken: list[tuple[str, str]]

    def send(self, letter, *, now):
        self.taken.append((letter.recipient, str(letter.message_id)))
        return Accepted()


def want(crowd: Crowd, delivery: Delivery) -> None:
    with crowd.services.sessions.begin() as session:
        session.execute(update(Professional).values(delivery=delivery))


def deliver_all(crowd: Crowd, taken: list[tuple[str, str]]) -> None:
    server = Taker(crowd.services.settings.mail)
    server.taken = taken
    while deliver_due(crowd.services, stop=threading.Event(), connect=lambda: server):
        pass


@only_postgresql
def test_workers_that_route_and_send_at_once_tell_each_team_once(crowd: Crowd) -> None:
    fill(crowd, PERSONS, in_digest=False)
    want(crowd, Delivery.OFF)
    taken: list[tuple[str, str]] = []
    together([partial(deliver_all, crowd, taken) for _ in range(4)])
    assert len(set(taken)) == len(taken) == 2 * PERSONS
    assert all(address.startswith("team@") for address, _ in taken)
    with crowd.services.sessions() as session:
        states = Counter(session.scalars(select(OutboxMessage.state)))
    assert states == {MessageState.SENT: 2 * PERSONS, MessageState.SKIPPED: 2 * PERSONS}


@only_postgresql
def test_two_workers_that_put_the_same_team_in_two_places_tell_it_once(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has one of two colleagues' messages of one event, and both go to their team."""
    one, other = crowd.members(2)
    crowd.prepare([one, other], [1])
    crowd.register(other, 1)
    crowd.register(one, 1)
    with crowd.services.sessions.begin() as session:
        mine = session.scalars(
            select(OutboxMessage).where(OutboxMessage.unit_id.in_(one.units.values()))
        ).one()
        colleague = session.scalars(
            select(Professional).where(
                Professional.organisation_id == one.id, Professional.key == "m2"
            )
        ).one()
        copied = {
            name: getattr(mine, name)
            for name in ("event_id", "unit_id", "kind", "participation_id", "about_signal_id")
        }
        session.add(
            OutboxMessage(
                **copied,
                recipient=colleague.id,
                professional_id=colleague.id,
                state=MessageState.PENDING,
                created_at=mine.created_at,
                due=mine.due,
                attempts=0,
            )
        )
    want(crowd, Delivery.OFF)
    monkeypatch.setattr(routing, "_AT_ONCE_LIMIT", 1)
    now, today = crowd.services.clock(), crowd.services.today()
    route_one = partial(route, state=MessageState.PENDING, digest_due=now, now=now, today=today)

    def route_another() -> None:
        with crowd.services.sessions.begin() as session:
            for _ in range(3):
                route_one(session)

    with ThreadPoolExecutor(1) as pool:
        with crowd.services.sessions.begin() as session:
            for _ in range(2):  # of the other organisation, and one of the two
                assert route_one(session) == 1
            behind = pool.submit(route_another)
            wait_until_stuck(crowd, [behind])  # for the same team, whose message is not committed
        behind.result()
    with crowd.services.sessions() as session:
        told = session.scalars(
            select(OutboxMessage.recipient).where(OutboxMessage.state == MessageState.PENDING)
        ).all()
    assert sorted(told) == sorted([*one.units.values(), *other.units.values()])
