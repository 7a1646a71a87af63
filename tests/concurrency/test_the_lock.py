"""The lock on the subject, met on purpose: one is about to commit, another comes.

Each meeting is held with the product as it is, and with the lock broken in the
ways that look right: then the very same checks must find what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crypto.person import SubjectKind
from match.ending import lapse_overdue
from match.matches import Match, MatchStatus
from match.registering import Registration, register
from match.signals import EndReason, Signal, SignalStatus
from match.subjects import Subject, lock_by_id, lock_by_pseudonym
from tests.concurrency import broken_locks
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, meet, wait_until_stuck
from tests.world import Member
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.change_signal import change_term
from verwijsindex.use_cases.check_signals import CheckedRequest, check, identify, read_facts

PERSON = 1


def acquaint(crowd: Crowd, member: Member) -> None:
    """Make the person known to the index, with nobody involved any more."""
    crowd.end(member, crowd.register(member, PERSON).signal_id)


def two_register_at_once(crowd: Crowd, *, is_known: bool) -> list[str]:
    """Let one register while another has not committed; return the violations."""
    one, other, third = members = crowd.members(3)
    crowd.prepare(members, [PERSON])
    if is_known:
        acquaint(crowd, third)
    meet(
        crowd,
        lambda session: crowd.register(one, PERSON, session=session),
        lambda session: crowd.register(other, PERSON, session=session),
    )
    return crowd.violations()


@pytest.mark.parametrize("is_known", [False, True], ids=["new person", "known person"])
def test_a_registration_sees_the_one_whose_commit_it_waited_for(
    crowd: Crowd, is_known: bool
) -> None:
    assert two_register_at_once(crowd, is_known=is_known) == []
    with crowd.services.sessions() as session:
        assert session.scalars(select(Match.status)).all() == [MatchStatus.OPEN]


@only_postgresql
@pytest.mark.parametrize(
    ("break_it", "is_known"),
    [
        (broken_locks.no_lock, True),
        (broken_locks.lock_and_read_in_one_statement, True),
        (broken_locks.lock_and_read_in_one_statement, False),
    ],
)
def test_without_the_lock_as_it_is_a_match_would_be_lost(
    crowd: Crowd,
    break_it: Callable[[pytest.MonkeyPatch], None],
    is_known: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_it(monkeypatch)
    found = two_register_at_once(crowd, is_known=is_known)
    assert [line for line in found if line.startswith("lost match")]


def end_while_another_registers(crowd: Crowd) -> list[str]:
    """End the one signal that a registration matches, before that commits."""
    one, other = members = crowd.members(2)
    crowd.prepare(members, [PERSON])
    signal_id = crowd.register(one, PERSON).signal_id
    meet(
        crowd,
        lambda session: crowd.register(other, PERSON, session=session),
        lambda session: crowd.end(one, signal_id, session=session),
    )
    return crowd.violations()


def test_an_ending_closes_the_match_whose_commit_it_waited_for(crowd: Crowd) -> None:
    assert end_while_another_registers(crowd) == []
    with crowd.services.sessions() as session:
        assert session.scalars(select(Match.status)).all() == [MatchStatus.CLOSED]


@only_postgresql
def test_without_the_lock_an_ending_would_leave_a_match_open(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_locks.endings_do_not_lock(monkeypatch)
    (found,) = end_while_another_registers(crowd)
    assert "is open without a visible pair" in found


def test_a_registration_does_not_match_what_ended_while_it_waited(crowd: Crowd) -> None:
    one, other = members = crowd.members(2)
    crowd.prepare(members, [PERSON])
    signal_id = crowd.register(one, PERSON).signal_id
    meet(
        crowd,
        lambda session: crowd.end(one, signal_id, session=session),
        lambda session: crowd.register(other, PERSON, session=session),
    )
    assert crowd.violations() == []
    with crowd.services.sessions() as session:
        assert session.scalars(select(Match)).all() == []


def end_twice_at_once(crowd: Crowd) -> list[str]:
    """End one signal by two callers, for different reasons; return the violations."""
    (one,) = members = crowd.members(1)
    crowd.prepare(members, [PERSON])
    signal_id = crowd.register(one, PERSON).signal_id
    refusals = []

    def end_too(session: Session) -> None:
        try:
            crowd.end(one, signal_id, EndReason.MOVED, session=session)
        except Problem as problem:
            refusals.append(problem.status)

    meet(crowd, lambda session: crowd.end(one, signal_id, session=session), end_too)
    assert refusals in ([409], [])
    return crowd.violations()


def test_of_two_endings_at_once_one_is_refused(crowd: Crowd) -> None:
    assert end_twice_at_once(crowd) == []
    with crowd.services.sessions() as session:
        assert session.scalars(select(Signal.reason)).all() == [EndReason.COMPLETED]


def test_without_the_lock_a_signal_would_end_twice(
    crowd: Crowd, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url.startswith("sqlite"):
        broken_locks.transactions_begin_late(crowd)
    else:
        broken_locks.endings_do_not_lock(monkeypatch)
    assert any("2 audit rows" in line for line in end_twice_at_once(crowd))


def test_a_signal_that_is_extended_at_the_last_moment_does_not_lapse(crowd: Crowd) -> None:
    (one,) = members = crowd.members(1)
    crowd.prepare(members, [PERSON])
    last_day = crowd.services.today() + timedelta(days=1)
    signal_id = crowd.register(one, PERSON, lapses=last_day).signal_id

    def extend(session: Session) -> None:
        change_term(
            session,
            crowd.services,
            caller=crowd.caller(one),
            signal_id=signal_id,
            lapses=last_day + timedelta(days=300),
            age_group=None,
        )

    def lapse(session: Session) -> None:
        lapse_overdue(session, now=crowd.services.clock(), today=date(2026, 12, 1))
        session.commit()

    meet(crowd, extend, lapse)
    assert crowd.violations() == []
    with crowd.services.sessions() as session:
        assert session.scalars(select(Signal.status)).all() == [SignalStatus.ACTIVE]


def checked(crowd: Crowd, member: Member, persons: list[int]) -> list[Registration]:
    requests = [crowd.request(member, person) for person in persons]
    caller = crowd.caller(member)
    with crowd.services.sessions() as session:
        facts = read_facts(session, caller, requests, crowd.services.today())
    people = identify(crowd.services, caller, requests)
    outcomes = [
        check(crowd.services, caller, facts, request, person)
        for request, person in zip(requests, people, strict=True)
    ]
    return [one.registration for one in outcomes if isinstance(one, CheckedRequest)]


def two_lock_several_in_opposite_orders(crowd: Crowd) -> None:
    """Hold one person while two batches, in opposite orders, lock what they can around it."""
    one, other, third = members = crowd.members(3)
    persons = [1, 2, 3]
    crowd.prepare(members, persons)
    rows = sorted(checked(crowd, one, persons), key=lambda row: row.pseudonym.value)
    other_rows = checked(crowd, other, persons)
    other_rows.sort(key=lambda row: row.pseudonym.value, reverse=True)
    crowd.register_batch(third, [crowd.request(third, person) for person in persons])
    middle = rows[1].pseudonym
    rules = crowd.rules()

    def write(registrations: list[Registration]) -> None:
        with crowd.services.sessions.begin() as session:
            register(
                session,
                registrations,
                rules=rules,
                epoch=crowd.services.epoch,
                now=crowd.services.clock(),
                today=crowd.services.today(),
                digest_due=None,
            )

    with crowd.services.sessions() as holder, ThreadPoolExecutor(2) as pool:
        lock_by_pseudonym(holder, [(SubjectKind.PERSON, middle)], epoch=crowd.services.epoch)
        writing = [pool.submit(write, part) for part in (rows, other_rows)]
        wait_until_stuck(crowd, writing)
        holder.rollback()
        for done in writing:
            done.result()


def test_batches_of_the_same_people_in_opposite_orders_do_not_deadlock(crowd: Crowd) -> None:
    two_lock_several_in_opposite_orders(crowd)
    with crowd.services.sessions() as session:
        assert session.scalars(select(Match.status)).all() == [MatchStatus.OPEN] * 3


@only_postgresql
def test_without_the_order_they_would_deadlock(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_locks.lock_in_given_order(monkeypatch)
    with pytest.raises(OperationalError, match="DeadlockDetected"):
        two_lock_several_in_opposite_orders(crowd)


def test_locking_by_id_keeps_the_order_of_locking_by_pseudonym(crowd: Crowd) -> None:
    (one,) = members = crowd.members(1)
    persons = [1, 2, 3]
    crowd.prepare(members, persons)
    rows = checked(crowd, one, persons)
    in_order = sorted(zip(rows, persons, strict=True), key=lambda row: row[0].pseudonym.value)
    # Made in the opposite order: neither their ids nor their places in the table are sorted.
    for _, person in reversed(in_order):
        crowd.register(one, person)
    with crowd.services.sessions() as session:
        subject_ids = session.scalars(select(Subject.id).order_by(Subject.pseudonym)).all()

    def lock_and_commit(lock: Callable[[Session], object]) -> None:
        with crowd.services.sessions.begin() as session:
            lock(session)

    people = [(SubjectKind.PERSON, row.pseudonym) for row in rows]
    ways = [
        partial(lock_by_pseudonym, people=people, epoch=crowd.services.epoch),
        partial(lock_by_id, subject_ids=subject_ids[::-1]),
    ]
    # The one in the middle is held, so that each gets as far as its order lets it.
    with crowd.services.sessions() as holder, ThreadPoolExecutor(2) as pool:
        lock_by_id(holder, [subject_ids[1]])
        locking = [pool.submit(lock_and_commit, way) for way in ways]
        wait_until_stuck(crowd, locking)
        holder.rollback()
        for done in locking:
            done.result()
