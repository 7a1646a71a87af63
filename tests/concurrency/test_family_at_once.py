"""Registering, ending, lapsing and reviewing a family at once: no family match lost, none left over.

Who registers or ends has a lock on the person, the worker on the parent: what
one writes after the other read must be found by the next review.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from itertools import combinations
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from match import ending
from match.ending import lapse_overdue
from match.follow_up import FollowUp, Outcome
from match.matches import Match, MatchKind, MatchPair, MatchStatus, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.relations import Relation
from match.reviewing import review_waiting
from match.signals import EndReason, Signal, SignalStatus
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, meet, together
from tests.world import Member
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.follow_up_match import FollowUpChange, record_follow_up
from verwijsindex.use_cases.read_matches import list_matches
from verwijsindex.use_cases.read_signals import Page
from verwijsindex.use_cases.transfer_signals import transfer_signal
from verwijsindex.worker import Worker

pytestmark = only_postgresql

MOTHER, FATHER = 91, 92
LAST_DAY = date(2026, 12, 1)


def register(
    crowd: Crowd,
    member: Member,
    person: int,
    session: Session | None = None,
    *,
    parents: tuple[int, ...] = (MOTHER,),
    lapses: date | None = None,
) -> UUID:
    result = crowd.register(member, person, session=session, parents=parents, lapses=lapses)
    assert result.signal_id is not None
    return result.signal_id


def review(crowd: Crowd, session: Session | None = None) -> None:
    services = crowd.services
    with session or services.sessions() as used:
        review_waiting(
            used, rule_books=services.rule_book, now=services.clock(), today=services.today()
        )
        used.commit()


def lapse(crowd: Crowd, session: Session) -> None:
    lapse_overdue(session, now=crowd.services.clock(), today=LAST_DAY)
    session.commit()


def wrong(crowd: Crowd) -> list[str]:
    """Return what is not as it must be, when all reviews are done."""
    with crowd.services.sessions() as session:
        signals = {one.id: one for one in session.scalars(select(Signal))}
        parents: dict[UUID, set[UUID]] = defaultdict(set)
        for relation in session.scalars(select(Relation)):
            parents[relation.signal_id].add(relation.subject_id)
        of_family = select(Participation).where(Participation.kind == MatchKind.FAMILY)
        parts = {one.id: one for one in session.scalars(of_family)}
        matches = {
            one.id: one for one in session.scalars(select(Match)) if one.kind is MatchKind.FAMILY
        }
        pairs: dict[frozenset[UUID], list[UUID]] = defaultdict(list)
        for pair in session.scalars(select(MatchPair)):
            if pair.low_participation_id in parts:
                low, high = parts[pair.low_participation_id], parts[pair.high_participation_id]
                assert low.match_id == high.match_id
                pairs[frozenset({low.signal_id, high.signal_id})].append(low.match_id)
    active = [one for one in signals.values() if one.status is SignalStatus.ACTIVE]
    expected = {
        frozenset({one.id, other.id})
        for one, other in combinations(active, 2)
        if parents[one.id] & parents[other.id]
        and one.subject_id != other.subject_id
        and one.unit_id != other.unit_id
    }
    is_open = {one.id for one in matches.values() if one.status is MatchStatus.OPEN}
    found = [f"lost: {sides}" for sides in expected if sides not in pairs]
    found += [f"twice: {sides}" for sides, several in pairs.items() if len(several) > 1]
    found += [f"closed: {sides}" for sides in expected if not set(pairs[sides]) <= is_open]
    alive = {match for sides in expected for match in pairs[sides]}
    found += [f"open without a pair: {one}" for one in is_open - alive]
    for part in parts.values():
        if matches[part.match_id].subject_id not in parents[part.signal_id]:
            found.append(f"a part in a stranger's family: {part.id}")
    return found


def settled(crowd: Crowd) -> list[str]:
    Worker(crowd.services).review()
    return wrong(crowd)


def test_two_who_register_at_once_have_a_match(crowd: Crowd) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1, 2])
    meet(
        crowd,
        lambda session: register(crowd, one, 1, session),
        lambda session: register(crowd, other, 2, session),
    )
    assert settled(crowd) == []


@pytest.mark.parametrize("is_first", [True, False], ids=["review first", "registering first"])
def test_who_registers_during_a_review_is_found_by_the_next(crowd: Crowd, is_first: bool) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1, 2])
    register(crowd, one, 1)
    deeds = [partial(review, crowd), lambda session: register(crowd, other, 2, session)]
    meet(crowd, *(deeds if is_first else reversed(deeds)))
    assert settled(crowd) == []


@pytest.mark.parametrize("is_first", [True, False], ids=["review first", "ending first"])
@pytest.mark.parametrize("lapses", [False, True], ids=["ended", "lapsed"])
def test_who_goes_during_a_review_leaves_no_match_open(
    crowd: Crowd, is_first: bool, lapses: bool
) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1, 2])
    goes = register(crowd, one, 1, lapses=LAST_DAY)
    review(crowd)  # or the next one would lock the person too
    register(crowd, other, 2)
    go = partial(lapse, crowd) if lapses else lambda session: crowd.end(one, goes, session=session)
    deeds = [partial(review, crowd), go]
    meet(crowd, *(deeds if is_first else reversed(deeds)))
    assert settled(crowd) == []


def test_without_asking_for_a_review_a_match_would_stay_open(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "request_parents", lambda *_, **__: None)
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1, 2])
    register(crowd, one, 1, lapses=LAST_DAY)
    review(crowd)
    register(crowd, other, 2)
    meet(crowd, partial(review, crowd), partial(lapse, crowd))
    (found,) = settled(crowd)
    assert found.startswith("open without a pair")


def test_nobody_is_told_of_the_wrong_person_after_it_was_taken_back(crowd: Crowd) -> None:
    """Else whoever a review tells while the signal ends would never hear that it was wrong."""
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1, 2])
    wrong_one = register(crowd, one, 1)
    review(crowd)
    register(crowd, other, 2)
    meet(
        crowd,
        partial(review, crowd),
        lambda session: crowd.end(one, wrong_one, EndReason.WRONG_PERSON, session=session),
    )
    with crowd.services.sessions() as session:
        states = session.scalars(
            select(OutboxMessage.state).where(
                OutboxMessage.kind == NoticeKind.FAMILY, OutboxMessage.about_signal_id == wrong_one
            )
        ).all()
    # It did not leave yet, and does not any more.
    assert states == [MessageState.SKIPPED]


@pytest.mark.parametrize("seed", range(2))
def test_all_of_it_at_once_leaves_every_family_as_it_must_be(crowd: Crowd, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    members = crowd.members(4)
    crowd.prepare(members, range(1, 7))
    parents = [(MOTHER,), (FATHER,), (MOTHER, FATHER), (FATHER, MOTHER)]
    there = [
        (member, register(crowd, member, person, parents=chance.choice(parents)))
        for member in members[:3]
        for person in (1, 2)
    ]
    ends = [partial(crowd.end, member, signal) for member, signal in chance.sample(there, 3)]
    comes = [
        partial(register, crowd, member, person, parents=chance.choice(parents))
        for member in members
        for person in chance.sample(range(3, 7), 2)
    ]
    reviews = [Worker(crowd.services).review for _ in range(4)]
    tasks = [*ends, *comes, *reviews]
    chance.shuffle(tasks)
    crowd.world.clock.advance(timedelta(minutes=1))
    together(tasks)
    assert settled(crowd) == []


def test_what_is_recorded_of_a_family_match_while_its_signal_is_handed_over_stays(
    crowd: Crowd,
) -> None:
    first, second = crowd.members(2)
    crowd.prepare([first, second], [1, 2])
    signal = register(crowd, first, 1)
    register(crowd, second, 2)
    review(crowd)
    caller = crowd.caller(first)
    with crowd.services.sessions() as session:
        _, (seen,) = list_matches(session, crowd.services, caller=caller, page=Page())
    part_id = seen.own[0].id

    def follow_up(change: FollowUpChange, session: Session) -> None:
        record_follow_up(
            session,
            crowd.services,
            caller=caller,
            match_id=seen.id,
            participation_id=part_id,
            change=change,
        )

    def to_the_team(session: Session) -> None:
        target = Target()
        transfer_signal(session, crowd.services, caller=caller, signal_id=signal, target=target)

    with crowd.services.sessions() as session:
        follow_up(FollowUpChange(status=FollowUp.PICKED_UP), session)
    outcome = frozenset({Outcome.CLEARER_VIEW})
    change = FollowUpChange(status=FollowUp.CONTACTED, outcomes=outcome)
    meet(crowd, partial(follow_up, change), to_the_team)
    with crowd.services.sessions() as session:
        part = session.get_one(Participation, part_id)
        assert part.follow_up is FollowUp.CONTACTED
        assert part.picked_up_by is None
