"""Organisations that register the same people at the same time all find each other."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

import pytest
from sqlalchemy import select

from match.matches import Match, MatchPair, MatchStatus, Participation
from match.messages import MessageState, OutboxMessage
from match.reading import counterparts
from orgprofiles.organisations import Professional
from tests.concurrency.crowd import Crowd, open_crowd, together
from tests.faults.postbox import Postbox
from tests.mail_server import mail_settings
from tests.world import World, lend_world
from verwijsindex.worker import Worker

ORGANISATIONS = 5
#: With the k-th organisation k contacts are told: the new one and those before it.
MESSAGES_EACH = 2 + 3 + 4 + 5


@pytest.fixture
def mailing(database_url, clock, postbox: Postbox):
    """Return a world whose mails go to *postbox*."""
    with lend_world(database_url, clock, mail=mail_settings(postbox.port, batch=50)) as made:
        yield made


@pytest.mark.parametrize(
    ("database_url", "threads", "persons"),
    [
        ("postgresql", 50, 60),
        ("sqlite", 8, 30),
        pytest.param("postgresql", 50, 200, marks=pytest.mark.slow),
        # SQLite's threads wait for its lock by polling: this one wants a quiet machine.
        pytest.param("sqlite", 8, 200, marks=pytest.mark.slow),
    ],
    indirect=["database_url"],
    ids=["postgresql", "sqlite", "postgresql-200", "sqlite-200"],
)
def test_everybody_matches_everybody_and_each_is_mailed_of_each_once(
    mailing: World, postbox: Postbox, threads: int, persons: int
) -> None:
    with open_crowd(mailing, threads=threads) as crowd:
        register_all(crowd, threads, persons)
        assert crowd.violations() == []
        assert_all_see_each_other(crowd, persons)
        workers = [Worker(crowd.services) for _ in range(2)]
        together([worker.deliver for worker in workers])
        assert_each_message_is_one_mail(crowd, postbox, persons)


def register_all(crowd: Crowd, threads: int, persons: int) -> None:
    """Register every person at each organisation, shuffled, in that many threads."""
    members = crowd.members(ORGANISATIONS)
    crowd.prepare(members, range(persons))
    chance = random.Random(1)  # noqa: S311
    work: list[list] = [[] for _ in range(threads)]
    for member in members:
        order = list(range(persons))
        chance.shuffle(order)
        mine = [queue for i, queue in enumerate(work) if members[i % ORGANISATIONS] is member]
        for i, person in enumerate(order):
            mine[i % len(mine)].append(partial(crowd.register, member, person))
    together([partial(run_all, queue) for queue in work])


def run_all(calls) -> None:
    for call in calls:
        call()


def assert_all_see_each_other(crowd: Crowd, persons: int) -> None:
    with crowd.services.sessions() as session:
        statuses = session.scalars(select(Match.status)).all()
        assert statuses == [MatchStatus.OPEN] * persons
        parts = session.scalars(select(Participation)).all()
        of_match = Counter(part.match_id for part in parts)
        assert list(of_match.values()) == [ORGANISATIONS] * persons
        match_of = {part.id: part.match_id for part in parts}
        pairs = session.scalars(select(MatchPair)).all()
        pairs_of_match = Counter(match_of[pair.low_participation_id] for pair in pairs)
        assert list(pairs_of_match.values()) == [10] * persons
        seen = counterparts(session, match_of, today=crowd.services.today())
        assert all(
            {one.participation_id for one in seen[part]} | {part}
            == {other for other in match_of if match_of[other] == match}
            for part, match in list(match_of.items())[:50]
        )
        assert {len(others) for others in seen.values()} == {ORGANISATIONS - 1}
        told = Counter(match_of[m] for m in session.scalars(select(OutboxMessage.participation_id)))
        assert list(told.values()) == [MESSAGES_EACH] * persons


def assert_each_message_is_one_mail(crowd: Crowd, postbox: Postbox, persons: int) -> None:
    with crowd.services.sessions() as session:
        rows = session.execute(
            select(OutboxMessage.id, OutboxMessage.state, Professional.email).join(
                Professional, Professional.id == OutboxMessage.professional_id
            )
        ).all()
    assert len(rows) == MESSAGES_EACH * persons
    assert {row.state for row in rows} == {MessageState.SENT}
    assert Counter(postbox.mails) == Counter(
        (f"<{row.id}@index.example>", row.email) for row in rows
    )
