"""Confirming, taking the lead and picking up at once about one person: one outcome, for all."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from match.case_leads import CaseLead, Lead
from match.follow_up import FollowUp
from match.silences import Silence
from tests.concurrency.broken_locks import own_parts_do_not_lock
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, meet, together
from tests.world import Member
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.follow_up_match import (
    FollowUpChange,
    confirm_acquaintance,
    record_follow_up,
)
from verwijsindex.use_cases.lead_match import propose_lead
from verwijsindex.use_cases.match_views import MatchView
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import list_matches

Deed = Callable[[Session], None]


def view(crowd: Crowd, member: Member) -> MatchView:
    with crowd.services.sessions() as session:
        _, (found,) = list_matches(
            session, crowd.services, caller=crowd.caller(member), page=Page()
        )
    return found


def stage(crowd: Crowd, number: int = 2) -> list[Member]:
    members = crowd.members(number)
    crowd.prepare(members, [1])
    for member in members:
        crowd.register(member, 1)
    return members


def saying_known(crowd: Crowd, one: Member, other: Member) -> Deed:
    seen, met = view(crowd, one), view(crowd, other).own[0].id
    change = FollowUpChange(status=FollowUp.ALREADY_IN_CONTACT, met=[met])
    return lambda session: record_follow_up(
        session,
        crowd.services,
        caller=crowd.caller(one),
        match_id=seen.id,
        participation_id=seen.own[0].id,
        change=change,
    )


def taking_lead(crowd: Crowd, one: Member, refused: list[str]) -> Deed:
    seen = view(crowd, one)

    def take(session: Session) -> None:
        try:
            propose_lead(
                session,
                crowd.services,
                caller=crowd.caller(one),
                match_id=seen.id,
                lead=Lead(seen.own[0].id),
            )
        except Problem as problem:
            assert problem.status == 409  # noqa: PT017 (the other was first)
            refused.append(one.name)

    return take


def in_session(crowd: Crowd, deed: Deed) -> Callable[..., None]:
    """Return *deed* in a session that is given, or in one of its own."""

    def run(session: Session | None = None) -> None:
        with session or crowd.services.sessions() as used:
            deed(used)

    return run


def silences(crowd: Crowd) -> int:
    with crowd.services.sessions() as session:
        return len(session.scalars(select(Silence)).all())


@only_postgresql
def test_two_that_say_so_at_once_confirm_each_other(crowd: Crowd) -> None:
    one, two = stage(crowd)
    deeds = [in_session(crowd, saying_known(crowd, *pair)) for pair in ((one, two), (two, one))]
    meet(crowd, *deeds)
    assert silences(crowd) == 1


@only_postgresql
def test_taking_it_back_while_the_other_confirms_leaves_no_silence_or_a_true_one(
    crowd: Crowd,
) -> None:
    one, two = stage(crowd)
    in_session(crowd, saying_known(crowd, one, two))()
    mine, theirs = view(crowd, one), view(crowd, two)

    def confirm(session: Session) -> None:
        try:
            confirm_acquaintance(
                session,
                crowd.services,
                caller=crowd.caller(two),
                match_id=theirs.id,
                participation_id=theirs.own[0].id,
                others=[mine.own[0].id],
            )
        except Problem as problem:
            assert problem.status == 400  # noqa: PT017 (it was taken back)

    def take_back(session: Session) -> None:
        record_follow_up(
            session,
            crowd.services,
            caller=crowd.caller(one),
            match_id=mine.id,
            participation_id=mine.own[0].id,
            change=FollowUpChange(status=FollowUp.CONTACTED),
        )

    meet(crowd, in_session(crowd, take_back), in_session(crowd, confirm))
    assert silences(crowd) == 0


@only_postgresql
@pytest.mark.parametrize("first", [0, 1])
def test_of_two_that_take_the_lead_at_once_one_has_it_for_both(crowd: Crowd, first: int) -> None:
    members = stage(crowd)
    refused: list[str] = []
    deeds = [in_session(crowd, taking_lead(crowd, one, refused)) for one in members]
    meet(crowd, deeds[first], deeds[1 - first])
    assert refused == [members[1 - first].name]
    leads = {seen.lead.participation_id for one in members if (seen := view(crowd, one)).lead}
    assert leads == {view(crowd, members[first]).own[0].id}


def test_of_many_that_take_the_lead_at_once_one_has_it_for_all(crowd: Crowd) -> None:
    members = stage(crowd, 5)
    refused: list[str] = []
    together([in_session(crowd, taking_lead(crowd, one, refused)) for one in members])
    assert len(refused) == 4
    leads: set[UUID | None] = set()
    for one in members:
        seen = view(crowd, one).lead
        assert seen is not None
        leads.add(seen.participation_id)
    assert len(leads) == 1
    with crowd.services.sessions() as session:
        assert [one.number for one in session.scalars(select(CaseLead))] == [1]


@only_postgresql
def test_without_the_lock_two_that_say_so_would_not_know_of_each_other(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So these tests notice, each time, when own parts are not locked."""
    own_parts_do_not_lock(monkeypatch)
    one, two = stage(crowd)
    deeds = [in_session(crowd, saying_known(crowd, *pair)) for pair in ((one, two), (two, one))]
    meet(crowd, *deeds)
    assert silences(crowd) == 0
