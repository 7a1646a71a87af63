"""Transferring, ending, registering by hand and a caseload at once about one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from match.follow_up import FollowUp
from match.matches import Participation
from match.signals import Signal, SignalStatus
from tests.concurrency.broken_locks import own_parts_do_not_lock
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, meet, together
from tests.concurrency.invariants import summary
from tests.world import Member
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.caseload_rows import CaseloadRow, PartRequest
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.follow_up_match import FollowUpChange, record_follow_up
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import list_matches
from verwijsindex.use_cases.sync_caseload import receive_part
from verwijsindex.use_cases.transfer_signals import transfer_all, transfer_signal
from verwijsindex.worker import Worker

DEEDS = ("to a colleague", "to the team", "all", "end", "by hand", "caseload", "other")


def transfer(
    crowd: Crowd, member: Member, signal_id: UUID, key: str | None, session: Session | None
) -> None:
    with session or crowd.services.sessions() as used:
        try:
            transfer_signal(
                used,
                crowd.services,
                caller=crowd.caller(member),
                signal_id=signal_id,
                target=Target(professional_key=key),
            )
        except Problem as problem:
            assert problem.status == 409  # noqa: PT017 (ended, or taken meanwhile)
            used.rollback()


def everything(crowd: Crowd, member: Member, session: Session | None) -> None:
    with session or crowd.services.sessions() as used:
        target = Target(professional_key="m2")
        transfer_all(
            used, crowd.services, caller=crowd.caller(member), professional_key="m1", target=target
        )


def sync(crowd: Crowd, member: Member, session: Session | None) -> None:
    """Send a caseload that has the person with the colleague."""
    part = PartRequest(
        run=uuid4(),
        number=1,
        is_last=True,
        unit_id=next(iter(member.units.values())),
        rows=[CaseloadRow(request=crowd.request(member, 1, professional="m2"))],
        is_confirmed=True,
    )
    with session or crowd.services.sessions() as used:
        try:
            receive_part(used, crowd.services, caller=crowd.caller(member), part=part)
        except Problem as problem:
            assert problem.status == 409  # noqa: PT017 (a newer run)
            used.rollback()


def stage(crowd: Crowd) -> tuple[dict[str, Callable[..., object]], Member]:
    """Have two organisations in a match; return what may happen to the first, as deeds."""
    first, second, third = crowd.members(3)
    crowd.prepare([first, second, third], [1])
    signal = crowd.register(first, 1).signal_id
    crowd.register(second, 1)
    assert isinstance(signal, UUID)
    deeds = {
        "to a colleague": lambda session=None: transfer(crowd, first, signal, "m2", session),
        "to the team": lambda session=None: transfer(crowd, first, signal, None, session),
        "all": lambda session=None: everything(crowd, first, session),
        "end": lambda session=None: crowd.end(first, signal, session=session),
        "by hand": lambda session=None: crowd.register(
            first, 1, professional="m2", session=session
        ),
        "caseload": lambda session=None: sync(crowd, first, session),
        "other": lambda session=None: crowd.register(third, 1, session=session),
    }
    return deeds, first


@only_postgresql
@pytest.mark.parametrize(("ahead", "behind"), list(permutations(DEEDS, 2)))
def test_two_that_meet_leave_everything_as_it_must_be(
    crowd: Crowd, ahead: str, behind: str
) -> None:
    deeds, first = stage(crowd)
    meet(crowd, deeds[ahead], partial(_tolerant, deeds[behind]))
    assert_right(crowd, first)


def pick_up(crowd: Crowd, member: Member, session: Session | None = None) -> None:
    """Have the contact say that they are at it."""
    with crowd.services.sessions() as looking:
        _, (seen,) = list_matches(looking, crowd.services, caller=crowd.caller(member), page=Page())
    with session or crowd.services.sessions() as used:
        record_follow_up(
            used,
            crowd.services,
            caller=crowd.caller(member),
            match_id=seen.id,
            participation_id=seen.own[0].id,
            change=FollowUpChange(status=FollowUp.PICKED_UP),
        )


def picked_up_by_another(crowd: Crowd) -> bool:
    """Whether somebody is at a match whose signal is a colleague's."""
    with crowd.services.sessions() as session:
        rows = session.execute(
            select(Participation.picked_up_by, Signal.professional_id).join(
                Signal, Signal.id == Participation.signal_id
            )
        ).all()
    return any(by is not None and by != contact for by, contact in rows)


@only_postgresql
@pytest.mark.parametrize("transfer", ["to a colleague", "to the team", "all"])
@pytest.mark.parametrize("is_ahead", [True, False])
def test_whoever_picks_a_match_up_while_it_is_handed_over_is_its_contact(
    crowd: Crowd, transfer: str, is_ahead: bool
) -> None:
    deeds, first = stage(crowd)
    both = [partial(pick_up, crowd, first), deeds[transfer]]
    meet(crowd, *(both if is_ahead else reversed(both)))
    assert not picked_up_by_another(crowd)


@only_postgresql
def test_without_the_lock_the_old_contact_would_have_picked_it_up(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_parts_do_not_lock(monkeypatch)
    deeds, first = stage(crowd)
    meet(crowd, deeds["to a colleague"], partial(pick_up, crowd, first))
    assert picked_up_by_another(crowd)


@only_postgresql
def test_a_caseload_does_not_end_what_goes_to_another_unit_at_that_moment(crowd: Crowd) -> None:
    units = {"Schuld": 'domein = "schulden"', "Wmo": 'domein = "zorg"'}
    one = crowd.world.member("Gemeente", units=units)
    debts, support = one.units.values()
    crowd.prepare([one], [1])
    signal = crowd.register(one, 1).signal_id
    assert isinstance(signal, UUID)
    crowd.world.clock.advance(timedelta(minutes=1))
    part = PartRequest(
        run=uuid4(), number=1, is_last=True, unit_id=debts, rows=[], is_confirmed=True
    )

    def hand_over(session: Session) -> None:
        target = Target(unit_id=support)
        caller = crowd.caller(one)
        transfer_signal(session, crowd.services, caller=caller, signal_id=signal, target=target)

    def empty(session: Session) -> int:
        caller = crowd.caller(one)
        return receive_part(session, crowd.services, caller=caller, part=part).ended

    meet(crowd, hand_over, empty)
    with crowd.services.sessions() as session:
        found = session.get_one(Signal, signal)
        assert (found.unit_id, found.status) == (support, SignalStatus.ACTIVE)


def _tolerant(deed: Callable[..., object], session: Session | None = None) -> None:
    try:
        deed(session)
    except Problem as problem:
        assert problem.status == 409  # noqa: PT017


def test_all_of_them_at_once_leave_everything_as_it_must_be(crowd: Crowd) -> None:
    deeds, first = stage(crowd)
    together([*map(partial(partial, _tolerant), [*deeds.values()] * 2)])
    assert_right(crowd, first)


def assert_right(crowd: Crowd, first: Member) -> None:
    Worker(crowd.services).review()
    found = crowd.violations()
    assert not found, summary(found)
    with crowd.services.sessions() as session:
        signals = session.scalars(
            select(Signal).where(
                Signal.status == SignalStatus.ACTIVE,
                Signal.unit_id == next(iter(first.units.values())),
            )
        ).all()
        contacts = [one.professional_id or one.unit_id for one in signals]
        assert len(contacts) == len(set(contacts))
