"""Many callers at once: organisations whose calls run in threads, each in a session of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from crypto import base64url
from match.registering import InformingFacts
from match.rules import RuleBook
from match.signals import EndReason, Informed, InformedBy, InformedHow, Reaction
from orgprofiles.domains import AgeGroup
from tests.concurrency.invariants import violations
from tests.world import Member, World, index_keys
from verwijsindex.access import Caller, TokenReader, find_caller
from verwijsindex.database import make_engine, make_sessions
from verwijsindex.services import Services
from verwijsindex.use_cases.change_signal import end_signal
from verwijsindex.use_cases.check_signals import ParentRequest, RowResult, SignalRequest
from verwijsindex.use_cases.register_signals import register_batch, register_one

PATIENCE = timedelta(seconds=60)
_DOMAINS = ("schulden", "welzijn", "jeugd", "wonen", "onderwijs")


@dataclass
class Crowd:
    """A world that is used from many threads.

    Attributes:
        world: Its members.
        services: With an engine that gives every thread a connection.
        said_known: Pairs of signals of which somebody said that they knew each other.
    """

    world: World
    services: Services
    said_known: set[frozenset[UUID]] = field(default_factory=set)
    _evaluated: dict[tuple[UUID, int], tuple[bytes, bytes]] = field(default_factory=dict)
    _callers: dict[UUID, Caller] = field(default_factory=dict)

    def members(self, number: int) -> list[Member]:
        """Admit that many organisations, each in a domain of its own."""
        return [
            self.world.member(f"Organisatie {i}", domain=_DOMAINS[i % len(_DOMAINS)])
            for i in range(1, number + 1)
        ]

    def prepare(self, members: Iterable[Member], persons: Iterable[int]) -> None:
        """Have everybody evaluated beforehand, so that threads meet at the database."""
        persons = list(persons)
        for member in members:
            self.caller(member)
            for person in persons:
                self.request(member, person)

    def caller(self, member: Member) -> Caller:
        """Return *member*'s client, as its token makes it known."""
        if member.id not in self._callers:
            reader = TokenReader(index_keys().index_token.public)
            claims = reader.claims(member.token, now=self.services.clock())
            with self.services.sessions() as session:
                caller = find_caller(session, claims)
            assert caller is not None
            self._callers[member.id] = caller
        return self._callers[member.id]

    def request(
        self,
        member: Member,
        person: int,
        *,
        unit: str | None = None,
        professional: str | None = "m1",
        lapses: date | None = None,
        parents: Sequence[int] = (),
    ) -> SignalRequest:
        """Return a signal of *member* for test person number *person*, a child of *parents*."""
        key = (member.id, person)
        if key not in self._evaluated:
            message, blind = self.world.evaluated(member.id, person)
            self._evaluated[key] = (base64url.decode(message), base64url.decode(blind))
        message, blind = self._evaluated[key]
        return SignalRequest(
            evaluation=message,
            blind=blind,
            unit_id=member.units[unit] if unit else next(iter(member.units.values())),
            professional_key=professional,
            age_group=AgeGroup.ADULT,
            reference=f"D-{person}",
            informing=InformingFacts(
                informed_by=InformedBy.OWN,
                informed=(Informed.CLIENT,),
                informed_how=InformedHow.CONVERSATION,
                informed_on=self.services.today() - timedelta(days=1),
                reaction=Reaction.NO_OBJECTION,
            ),
            lapses=lapses,
            parents=tuple(self.parent(member, one) for one in parents),
        )

    def parent(self, member: Member, person: int) -> ParentRequest:
        """Return test person number *person* as a parent."""
        (made,) = member.parents(person)
        return ParentRequest(
            base64url.decode(made["evaluatie"]), base64url.decode(made["blindering"])
        )

    def register(
        self, member: Member, person: int, *, session: Session | None = None, **changes: Any
    ) -> RowResult:
        """Register a person through the use case, in *session* or one of its own."""
        request = self.request(member, person, **changes)
        with session or self.services.sessions() as used:
            result, _ = register_one(
                used, self.services, caller=self.caller(member), request=request
            )
        assert result.signal_id is not None, result.faults
        return result

    def register_batch(self, member: Member, requests: Sequence[SignalRequest]) -> list[RowResult]:
        """Register many through the use case."""
        with self.services.sessions() as session:
            return register_batch(
                session, self.services, caller=self.caller(member), requests=requests
            )

    def end(
        self,
        member: Member,
        signal_id: UUID,
        reason: EndReason = EndReason.COMPLETED,
        *,
        session: Session | None = None,
    ) -> None:
        """End a signal through the use case, in *session* or one of its own."""
        with session or self.services.sessions() as used:
            end_signal(
                used, self.services, caller=self.caller(member), signal_id=signal_id, reason=reason
            )

    def rules(self) -> RuleBook:
        """Return the matching rules in force."""
        with self.services.sessions() as session:
            return self.services.rule_book(
                session, next(iter(self._callers.values())).rules_version
            )

    def violations(self) -> list[str]:
        """Return what is wrong in the database: see :mod:`tests.concurrency.invariants`."""
        rules = self.rules()
        with self.services.sessions() as session:
            return violations(session, rules, said_known=self.said_known)


@contextmanager
def open_crowd(world: World, *, threads: int) -> Iterator[Crowd]:
    """Return *world* as a crowd of at most *threads* at a time."""
    engine = make_engine(world.services.settings.database_url, pool_size=threads)
    made = Crowd(world, replace(world.services, engine=engine, sessions=make_sessions(engine)))
    try:
        yield made
    finally:
        made.services.engine.dispose()


def together(tasks: Sequence[Callable[[], object]]) -> None:
    """Run *tasks* in a thread each, from the same moment on; raise the first error of any."""
    start = threading.Barrier(len(tasks), timeout=PATIENCE.total_seconds())

    def run(task: Callable[[], object]) -> None:
        start.wait()
        task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(run, task) for task in tasks]:
            done.result()


class Pause:
    """A point at which a thread stands still until it is let go."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._released = threading.Event()

    def __call__(self, *_: object) -> None:
        """Stand still here."""
        self._reached.set()
        assert self._released.wait(PATIENCE.total_seconds()), "nobody let the thread go on"

    def wait_reached(self) -> None:
        """Wait until a thread stands here."""
        assert self._reached.wait(PATIENCE.total_seconds()), "nobody came here"

    def release(self) -> None:
        """Let go."""
        self._released.set()


def meet(
    crowd: Crowd, first: Callable[[Session], object], second: Callable[[Session], object]
) -> None:
    """Run *second* while *first* has done everything but commit; then let *first* commit.

    *Second* gets as far as it can: until it waits for a lock, or is done.
    """
    pause = Pause()
    with (
        crowd.services.sessions() as one,
        crowd.services.sessions() as other,
        ThreadPoolExecutor(2) as pool,
    ):
        event.listen(one, "before_commit", pause)
        try:
            ahead = pool.submit(first, one)
            pause.wait_reached()
            behind = pool.submit(second, other)
            wait_until_stuck(crowd, [behind])
        finally:
            pause.release()
        ahead.result()
        behind.result()


def wait_until_stuck(crowd: Crowd, threads: Sequence[Future[object]]) -> None:
    """Wait until each of *threads* is done or waits for a lock of the database.

    SQLite does not tell who waits: there they are given a moment, in which a
    thread that need not wait is done.
    """
    if crowd.services.engine.dialect.name == "sqlite":
        wait(threads, timeout=_MOMENT_SECONDS)
        return
    deadline = time.monotonic() + PATIENCE.total_seconds()
    with crowd.services.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        while running := sum(not thread.done() for thread in threads):
            if connection.scalar(_WAITING) >= running:
                return
            assert time.monotonic() < deadline, "neither done nor waiting"
            time.sleep(0.005)


_MOMENT_SECONDS = 0.3
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
