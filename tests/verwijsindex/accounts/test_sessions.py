"""Sessions: whom they let in, and when they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    ProfessionalStatus,
)
from tests.people import Person, add_person
from tests.world import World
from verwijsindex.accounts.records import Account, AccountSession, AccountStatus, SignInMethod
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.sessions import (
    ABSOLUTE,
    IDLE,
    SignedIn,
    begin_session,
    end_sessions,
    find_session,
    forget_ended,
    sessions_of,
    token_hash,
)
from verwijsindex.clients import Scope

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def person(world: World) -> Person:
    return add_person(world, world.member("Wijkteam").id, key="m1")


def find(person: Person, token: str) -> SignedIn | None:
    """Ask as a request would."""
    with person.world.services.sessions() as session:
        found = find_session(session, token, now=person.world.clock())
        session.commit()
    return found


def test_says_who_it_is(person: Person) -> None:
    found = find(person, person.begin())
    assert found is not None
    member = person.world.members["Wijkteam"]
    assert (found.account_id, found.name) == (person.account_id, "M. Wijkteam 1")
    assert (found.organisation_name, found.professional_key) == ("Wijkteam", "m1")
    assert found.unit_id == next(iter(member.units.values()))
    assert found.roles == {Role.PROFESSIONAL}
    assert found.caller.id == person.account_id
    assert found.caller.organisation_id == member.id
    assert Scope.MATCHES in found.caller.scopes
    assert Scope.ADMINISTRATION not in found.caller.scopes


def test_each_is_new_and_only_its_hash_is_kept(person: Person) -> None:
    one, other = person.begin(), person.begin()
    assert one != other
    assert len(one) == 43
    with person.world.services.sessions() as session:
        rows = session.scalars(select(AccountSession)).all()
        assert {row.token_hash for row in rows} == {token_hash(one), token_hash(other)}
        kept = " ".join(str(vars(row)) for row in rows)
    assert one not in kept
    assert other not in kept


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\udcff"])
def test_another_secret_is_nobody(person: Person, token: str) -> None:
    assert find(person, person.begin()[:-1]) is None
    assert find(person, token) is None


def test_ends_after_an_hour_without_use(person: Person) -> None:
    token = person.begin()
    person.world.clock.advance(IDLE - SECOND)
    assert timedelta(minutes=60) == IDLE
    assert find(person, token) is not None
    person.world.clock.advance(IDLE)
    assert find(person, token) is None


def test_ends_after_ten_hours_whatever_is_done(person: Person) -> None:
    token = person.begin()
    assert timedelta(hours=10) == ABSOLUTE
    for _ in range(19):
        person.world.clock.advance(30 * MINUTE)
        assert find(person, token) is not None
    person.world.clock.advance(30 * MINUTE - SECOND)
    assert find(person, token) is not None
    person.world.clock.advance(SECOND)
    assert find(person, token) is None


def test_that_it_was_used_is_written_once_a_minute(person: Person) -> None:
    def seen() -> object:
        with person.world.services.sessions() as session:
            return session.scalars(select(AccountSession.seen_at)).one()

    token, began = person.begin(), person.world.clock()
    person.world.clock.advance(MINUTE - SECOND)
    find(person, token)
    assert seen() == began
    person.world.clock.advance(SECOND)
    find(person, token)
    assert seen() == began + MINUTE


@pytest.mark.parametrize("status", [AccountStatus.BLOCKED, AccountStatus.INVITED])
def test_an_account_that_is_not_active_is_out_at_once(
    person: Person, status: AccountStatus
) -> None:
    token = person.begin()
    with person.world.services.sessions.begin() as session:
        session.get_one(Account, person.account_id).status = status
    assert find(person, token) is None


def test_a_stopped_organisation_is_out_at_once(person: Person) -> None:
    token = person.begin()
    for status, is_in in (
        (OrganisationStatus.ADMITTING, True),
        (OrganisationStatus.WAITING, False),
        (OrganisationStatus.STOPPED, False),
    ):
        with person.world.services.sessions.begin() as session:
            organisation = session.get_one(Organisation, person.world.members["Wijkteam"].id)
            organisation.status = status
        assert (find(person, token) is not None) is is_in


def test_other_roles_count_from_the_next_request(person: Person) -> None:
    token = person.begin()
    with person.world.services.sessions.begin() as session:
        session.get_one(Account, person.account_id).roles = [Role.AUDITOR.value]
    found = find(person, token)
    assert found is not None
    assert found.roles == {Role.AUDITOR}
    assert found.caller.scopes == {Scope.PROFILES}
    assert found.caller.unit_ids == frozenset()


def test_who_is_contact_no_longer_has_no_signals_of_their_own(person: Person) -> None:
    token = person.begin()
    with person.world.services.sessions.begin() as session:
        row = session.scalars(select(Professional).where(Professional.key == "m1")).one()
        row.status = next(one for one in ProfessionalStatus if one != ProfessionalStatus.ACTIVE)
    found = find(person, token)
    assert found is not None
    assert (found.professional_key, found.unit_id, found.unit_name) == (None, None, None)


def test_ends_by_hand_one_all_or_the_others(person: Person) -> None:
    world = person.world
    tokens = [person.begin() for _ in range(4)]
    other = add_person(world, world.members["Wijkteam"].id, key="m2")
    others = other.begin()
    first, second = find(person, tokens[0]), find(person, tokens[1])
    assert first is not None
    assert second is not None
    with world.services.sessions.begin() as session:
        assert end_sessions(session, person.account_id, only=first.session_id) == 1
    assert [find(person, one) is not None for one in tokens] == [False, True, True, True]
    with world.services.sessions.begin() as session:
        assert end_sessions(session, person.account_id, but=second.session_id) == 2
    assert [find(person, one) is not None for one in tokens] == [False, True, False, False]
    with world.services.sessions.begin() as session:
        # One of somebody else is not ended by who holds another account.
        found = find(other, others)
        assert found is not None
        assert end_sessions(session, person.account_id, only=found.session_id) == 0
        assert end_sessions(session, person.account_id) == 1
    assert find(other, others) is not None


def test_can_be_seen_the_latest_first_and_not_when_over(person: Person) -> None:
    world = person.world
    old = person.begin()
    world.clock.advance(20 * MINUTE)
    new = person.begin()
    with world.services.sessions() as session:
        shown = sessions_of(session, person.account_id, now=world.clock())
        assert [one.token_hash for one in shown] == [token_hash(new), token_hash(old)]
        world.clock.advance(45 * MINUTE)
        shown = sessions_of(session, person.account_id, now=world.clock())
        assert [one.token_hash for one in shown] == [token_hash(new)]
        forget_ended(session, now=world.clock())
        session.commit()
        assert session.scalars(select(AccountSession.token_hash)).all() == [token_hash(new)]


def test_tells_when_one_was_here_before(person: Person) -> None:
    world = person.world
    first = find(person, person.begin())
    before = world.clock()
    world.clock.advance(timedelta(days=3))
    second = find(person, person.begin())
    assert first is not None
    assert second is not None
    assert first.previous_visit_at is None
    assert second.previous_visit_at == before


def test_does_not_show_what_it_may_do(person: Person) -> None:
    with person.world.services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        begin_session(
            session,
            account=account,
            method=SignInMethod.DEMO,
            device="Chrome op Linux",
            now=person.world.clock(),
        )
    assert "Caller" not in repr(find(person, person.begin()))
