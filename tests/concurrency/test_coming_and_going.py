"""Registering, ending and lapsing at random, all at once: afterwards everything is as it must be."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import func, select

from match.ending import lapse_overdue
from match.matches import Match, MatchStatus
from match.messages import NoticeKind, OutboxMessage
from match.signals import EndReason, Signal, SignalStatus
from tests.concurrency.crowd import Crowd, together
from tests.concurrency.invariants import summary
from tests.world import Member
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.check_signals import RowStatus
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import list_matches
from verwijsindex.use_cases.reveal_participation import reveal_participation
from verwijsindex.worker import Worker

PERSONS = 6
LATER = date(2026, 12, 1)  # signals with a short term lapse on this day


def mixed_members(crowd: Crowd) -> list[Member]:
    """Admit organisations that do not all match each other."""
    two = {
        "Jeugdteam": 'domein = "jeugd"\nzelfstandig = true',
        "Wijkteam": 'domein = "welzijn"\nzelfstandig = true',
    }
    return [
        *crowd.members(3),
        crowd.world.member("Veilig", domain="veiligheid", sensitive=True),
        crowd.world.member("Gemeente", units=two, independent_units=tuple(two)),
    ]


@dataclass
class Known:
    """The signals that somebody may still end; one that was registered again stands there again."""

    signals: list[tuple[Member, UUID]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, member: Member, signal_id: UUID | None) -> None:
        assert signal_id is not None
        with self.lock:
            self.signals.append((member, signal_id))

    def take(self, chance: random.Random) -> tuple[Member, UUID] | None:
        with self.lock:
            if not self.signals:
                return None
            return self.signals.pop(chance.randrange(len(self.signals)))


@dataclass
class Caller:
    """Somebody who does one thing after another, as chance has it."""

    crowd: Crowd
    members: list[Member]
    seed: int
    known: Known
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311

    def run(self, operations: int) -> None:
        acts = (
            *(self.register, self.register, self.end, self.end, self.batch, self.lapse),
            *(self.reveal, self.review),
        )
        for _ in range(operations):
            act = self.chance.choice(acts)
            act()
            self.done[act.__name__] += 1
        self.batch()  # whoever is last leaves somebody involved

    def register(self) -> None:
        member = self.chance.choice(self.members)
        result = self.crowd.register(member, self.chance.randrange(PERSONS), **self.how(member))
        self.known.add(member, result.signal_id)

    def batch(self) -> None:
        member = self.chance.choice(self.members)
        persons = self.chance.sample(range(PERSONS), 4)
        requests = [self.crowd.request(member, p, **self.how(member)) for p in persons]
        for result in self.crowd.register_batch(member, requests):
            assert result.status is not RowStatus.REFUSED
            self.known.add(member, result.signal_id)

    def end(self) -> None:
        # Several, so that matches come to an end and begin anew.
        for _ in range(4):
            found = self.known.take(self.chance)
            if found is None:
                return
            reason = self.chance.choice([EndReason.COMPLETED, EndReason.WRONG_PERSON])
            try:
                self.crowd.end(*found, reason)
            except Problem as problem:
                assert problem.status == 409  # noqa: PT017 (any other answer is a fault)
                self.done["refused"] += 1

    def reveal(self) -> None:
        services = self.crowd.services
        caller = self.crowd.caller(next(m for m in self.members if m.name == "Veilig"))
        with services.sessions() as session:
            _, views = list_matches(
                session, services, caller=caller, status=MatchStatus.OPEN, page=Page(1, 500)
            )
        hidden = [(v.id, p.id) for v in views for p in v.own if not p.is_visible]
        if not hidden:
            return
        match_id, part = self.chance.choice(hidden)
        with services.sessions() as session:
            try:
                reveal_participation(
                    session, services, caller=caller, match_id=match_id, participation_id=part
                )
                self.done["revealed"] += 1
            except Problem as problem:
                assert problem.status in {404, 409}  # noqa: PT017 (ended meanwhile)

    def review(self) -> None:
        Worker(self.crowd.services).review()

    def lapse(self) -> None:
        services = self.crowd.services
        with services.sessions.begin() as session:
            self.done["lapsed"] += len(lapse_overdue(session, now=services.clock(), today=LATER))

    def how(self, member: Member) -> dict:
        lapses = self.crowd.services.today() + timedelta(days=1)
        unit = self.chance.choice(list(member.units))
        # The professionals work in the first unit; an independent one takes no others.
        works_there = unit == next(iter(member.units))
        return {
            "unit": unit,
            "professional": self.chance.choice(["m1", "m2", None]) if works_there else None,
            "lapses": self.chance.choice([None, lapses]),
        }


@pytest.mark.parametrize(
    ("database_url", "threads", "operations"),
    [
        ("postgresql", 12, 50),
        ("sqlite", 4, 50),
        pytest.param("postgresql", 30, 250, marks=pytest.mark.slow),
        pytest.param("sqlite", 8, 120, marks=pytest.mark.slow),
    ],
    indirect=["database_url"],
)
def test_nothing_is_lost_left_open_or_told_twice(
    crowd: Crowd, threads: int, operations: int
) -> None:
    members = mixed_members(crowd)
    crowd.prepare(members, range(PERSONS))
    known = Known()
    callers = [Caller(crowd, members, seed, known) for seed in range(threads)]
    together([partial(caller.run, operations) for caller in callers])
    for _ in range(2):  # reviews that are still to come, and reviews that were done
        found = crowd.violations()
        assert not found, summary(found)
        Worker(crowd.services).review()
    assert_something_happened(crowd, callers)


def assert_something_happened(crowd: Crowd, callers: list[Caller]) -> None:
    """A run in which nothing met would prove nothing."""
    done = sum((caller.done for caller in callers), Counter())
    acts = ["register", "batch", "end", "lapsed", "review"]
    if crowd.services.engine.dialect.name == "postgresql":
        # SQLite's writers take turns, and a short run may see none of these.
        acts += ["refused", "revealed"]
    assert min(done[what] for what in acts) > 0
    with crowd.services.sessions() as session:
        signals = Counter(session.scalars(select(Signal.status)))
        matches = Counter(session.scalars(select(Match.status)))
        kinds = Counter(session.scalars(select(OutboxMessage.kind)))
    assert set(signals) == set(SignalStatus)
    assert matches[MatchStatus.CLOSED] > PERSONS, "matches began anew"
    assert kinds[NoticeKind.MATCH] > 0
    assert kinds[NoticeKind.WRONG_PERSON] > 0


@pytest.mark.parametrize(
    ("database_url", "threads"),
    [("postgresql", 6), ("sqlite", 3)],
    indirect=["database_url"],
)
def test_batches_that_share_their_people_neither_deadlock_nor_miss_each_other(
    crowd: Crowd, threads: int
) -> None:
    members = crowd.members(3)
    persons = list(range(120))  # two transactions each
    crowd.prepare(members, persons)

    def batch(number: int) -> None:
        member = members[number % len(members)]
        mine = random.Random(number).sample(persons, len(persons))  # noqa: S311
        crowd.register_batch(member, [crowd.request(member, person) for person in mine])

    together([partial(batch, number) for number in range(threads)])
    found = crowd.violations()
    assert not found, summary(found)
    with crowd.services.sessions() as session:
        assert session.scalars(select(Match.status)).all() == [MatchStatus.OPEN] * len(persons)
        assert session.scalar(select(func.count()).select_from(Signal)) == 3 * len(persons)


def test_workers_that_lapse_while_others_register_leave_nothing_half_ended(crowd: Crowd) -> None:
    members = crowd.members(3)
    persons = list(range(40))
    crowd.prepare(members, persons)
    short = crowd.services.today() + timedelta(days=1)
    for member in members[:2]:
        requests = [crowd.request(member, person, lapses=short) for person in persons]
        crowd.register_batch(member, requests)
    crowd.world.clock.advance(timedelta(days=10))
    last = members[2]
    crowd.prepare([last], [])
    crowd._evaluated.clear()  # of ten days ago
    crowd.prepare([last], persons)
    workers = [Worker(crowd.services) for _ in range(2)]
    together(
        [
            *(worker.lapse for worker in workers),
            *(
                partial(run_all, [partial(crowd.register, last, p) for p in persons[start::2]])
                for start in range(2)
            ),
        ]
    )
    found = crowd.violations()
    assert not found, summary(found)
    with crowd.services.sessions() as session:
        statuses = Counter(session.scalars(select(Signal.status)))
        assert statuses == {SignalStatus.LAPSED: 80, SignalStatus.ACTIVE: 40}
        assert MatchStatus.OPEN not in session.scalars(select(Match.status)).all()


def run_all(calls) -> None:
    for call in calls:
        call()
