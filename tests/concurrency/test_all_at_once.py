"""Joining, ending, lapsing, handing over, having known and regie, all at once on a few people.

Everything that may happen to a match happens in many threads; afterwards the
database is judged by :mod:`tests.concurrency.invariants`, which asks none of
the product's own queries.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from match.follow_up import FollowUp
from match.lead_rules import Preference
from match.matches import MatchStatus, Participation
from orgprofiles.domains import Domain
from tests.concurrency.crowd import Crowd, together
from tests.concurrency.invariants import summary
from tests.concurrency.test_coming_and_going import Caller, Known
from tests.world import Member
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.change_lead_rule import change_lead_rule
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.follow_up_match import (
    FollowUpChange,
    confirm_acquaintance,
    record_follow_up,
)
from verwijsindex.use_cases.match_views import MatchView
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import list_matches
from verwijsindex.use_cases.transfer_signals import transfer_signal
from verwijsindex.worker import Worker

PERSONS = 6  # those that coming and going are about


class Busy(Caller):
    """Somebody who also hands signals over, knows others, and is asked for the lead."""

    def run(self, operations: int) -> None:
        acts = (
            *(self.register, self.register, self.end, self.batch, self.lapse, self.review),
            *(self.know, self.know, self.know, self.hand_over, self.hand_over, self.ask),
        )
        for _ in range(operations):
            act = self.chance.choice(acts)
            act()
            self.done[act.__name__] += 1
        self.batch()

    def hand_over(self) -> None:
        found = self.known.take(self.chance)
        if found is None:
            return
        member, signal_id = found
        key = self.chance.choice(["m1", "m2", None])
        with self.crowd.services.sessions() as session:
            try:
                transfer_signal(
                    session,
                    self.crowd.services,
                    caller=self.crowd.caller(member),
                    signal_id=signal_id,
                    target=Target(professional_key=key),
                )
                self.done["handed over"] += 1
            except Problem as problem:
                assert problem.status == 409  # noqa: PT017 (ended, or the other has one)
        self.known.add(member, signal_id)

    def know(self) -> None:
        """Say that one knew somebody; and that somebody says so too."""
        member = self.chance.choice(self.members)
        views = [view for view in self.matches(member) if view.participants]
        if not views:
            return
        view = self.chance.choice(views)
        own, other = self.chance.choice(view.own), self.chance.choice(view.participants)
        with self.crowd.services.sessions() as session:
            signals = session.scalars(
                select(Participation.signal_id).where(
                    Participation.id.in_([own.id, other.participation_id])
                )
            ).all()
        if len(signals) == 2:
            self.crowd.said_known.add(frozenset(signals))
        change = FollowUpChange(status=FollowUp.ALREADY_IN_CONTACT, met=[other.participation_id])
        self.tried("said", partial(self.say, member, view.id, own.id, change))
        them = next(one for one in self.members if one.name == other.organisation_name)
        for seen in self.matches(them):
            if other.participation_id in {part.id for part in seen.own}:
                confirm = partial(self.confirm, them, seen.id, other.participation_id, own.id)
                self.tried("confirmed", confirm)

    def ask(self) -> None:
        Worker(self.crowd.services).ask_leads()

    def matches(self, member: Member) -> list[MatchView]:
        services = self.crowd.services
        with services.sessions() as session:
            _, views = list_matches(
                session,
                services,
                caller=self.crowd.caller(member),
                status=MatchStatus.OPEN,
                page=Page(1, 500),
            )
        return list(views)

    def say(self, member: Member, match_id: UUID, part: UUID, change: FollowUpChange) -> None:
        with self.crowd.services.sessions() as session:
            record_follow_up(
                session,
                self.crowd.services,
                caller=self.crowd.caller(member),
                match_id=match_id,
                participation_id=part,
                change=change,
            )

    def confirm(self, member: Member, match_id: UUID, part: UUID, other: UUID) -> None:
        with self.crowd.services.sessions() as session:
            confirm_acquaintance(
                session,
                self.crowd.services,
                caller=self.crowd.caller(member),
                match_id=match_id,
                participation_id=part,
                others=[other],
            )

    def tried(self, what: str, deed: partial[None]) -> None:
        try:
            deed()
            self.done[what] += 1
        except Problem as problem:
            # The match, the part or whom it saw is gone by now.
            assert problem.status in {400, 404, 409}  # noqa: PT017


@pytest.mark.parametrize(
    ("database_url", "threads", "operations"),
    [
        ("postgresql", 8, 40),
        ("sqlite", 4, 30),
        pytest.param("postgresql", 20, 200, marks=pytest.mark.slow),
        pytest.param("sqlite", 8, 150, marks=pytest.mark.slow),
    ],
    indirect=["database_url"],
)
def test_model_and_database_agree_whatever_happens_at_once(
    crowd: Crowd, threads: int, operations: int
) -> None:
    members = crowd.members(4)
    crowd.prepare(members, range(PERSONS))
    with crowd.services.sessions() as session:
        change_lead_rule(
            session,
            crowd.services,
            actor=Actor(ActorKind.ADMINISTRATOR),
            preferences=[Preference(domain=one) for one in Domain],
            reason="Afgesproken",
        )
    known = Known()
    callers = [Busy(crowd, members, seed, known) for seed in range(threads)]
    together([partial(caller.run, operations) for caller in callers])
    for _ in range(2):
        found = crowd.violations()
        assert not found, summary(found)
        Worker(crowd.services).review()
        Worker(crowd.services).ask_leads()
    done = sum((caller.done for caller in callers), Counter())
    assert min(done[what] for what in ("said", "handed over", "end")) > 0
    if crowd.services.engine.dialect.name == "postgresql":
        # SQLite's writers take turns, and a short run may see none of these.
        assert min(done[what] for what in ("confirmed", "lapsed")) > 0
