"""What a coordinator may do with accounts: of the own organisation, and not to oneself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from orgprofiles.organisations import Professional
from tests.people import Person, add_person
from tests.world import World
from verwijsindex.accounts.inviting import (
    NewAccount,
    accounts_of,
    block,
    change_roles,
    invite,
    recover,
    unblock,
)
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import OF_AN_ORGANISATION, Role
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.http.problems import InvalidInput, Problem

pytestmark = pytest.mark.any_database


@pytest.fixture
def coordinator(world: World) -> Person:
    return add_person(world, world.member("Wijkteam").id, Role.COORDINATOR)


def actor_of(person: Person) -> Actor:
    return Actor(ActorKind.ACCOUNT, person.account_id, person.world.members["Wijkteam"].id)


def ask(person: Person, **changes: Any) -> Account:
    """Have *person* invite professional m1, but for *changes*."""
    wanted = {
        "email": "joke@wijkteam.example",
        "name": "Joke",
        "roles": {Role.PROFESSIONAL},
        "professional_key": "m1",
    } | changes
    world = person.world
    with world.services.sessions() as session:
        return invite(
            session,
            world.services,
            actor=actor_of(person),
            organisation_id=world.members["Wijkteam"].id,
            wanted=NewAccount(**wanted),
            may_give=OF_AN_ORGANISATION,
        )


def test_all_faults_are_named_at_once(coordinator: Person) -> None:
    with pytest.raises(InvalidInput) as raised:
        ask(coordinator, email="geen adres", name=" ", roles=set(), professional_key="m9")
    names = {one["name"] for one in raised.value.invalid_params}
    assert names == {"naam", "email", "rollen", "sleutel"}
    with coordinator.world.services.sessions() as session:
        assert session.query(Account).count() == 1


@pytest.mark.parametrize("role", sorted(set(Role) - OF_AN_ORGANISATION))
def test_the_roles_of_the_index_are_not_a_coordinators_to_give(
    coordinator: Person, role: Role
) -> None:
    with pytest.raises(InvalidInput) as raised:
        ask(coordinator, roles={role})
    assert [one["name"] for one in raised.value.invalid_params] == ["rollen"]


def test_one_address_and_one_professional_have_one_account(coordinator: Person) -> None:
    ask(coordinator)
    with pytest.raises(InvalidInput) as raised:
        ask(coordinator, email=" JOKE@wijkteam.example")
    names = {one["name"] for one in raised.value.invalid_params}
    assert names == {"email", "sleutel"}


def test_a_professional_of_another_organisation_is_not_found(coordinator: Person) -> None:
    world = coordinator.world
    other = world.member("Loket")
    with world.services.sessions() as session:
        theirs = session.query(Professional).filter_by(organisation_id=other.id, key="m1").one()
        theirs.key = "elders"
        session.commit()
    with pytest.raises(InvalidInput) as raised:
        ask(coordinator, professional_key="elders")
    assert [one["name"] for one in raised.value.invalid_params] == ["sleutel"]


@pytest.mark.parametrize("deed", [recover, block, unblock, change_roles])
def test_an_account_of_another_organisation_is_not_there(coordinator: Person, deed: Any) -> None:
    world = coordinator.world
    other = add_person(world, world.member("Loket").id, key="m1")
    assert status_of(coordinator, deed, other.account_id) == 404
    with world.services.sessions() as session:
        account = session.get_one(Account, other.account_id)
        assert (account.status, account.roles) == (AccountStatus.ACTIVE, ["medewerker"])
        shown = accounts_of(session, world.members["Wijkteam"].id)
        assert [one.id for one in shown] == [coordinator.account_id]


def status_of(person: Person, deed: Any, account_id: UUID) -> int:
    """Return with which status *deed* is refused."""
    more = {"roles": {Role.SUPPORT}, "may_give": OF_AN_ORGANISATION} if deed is change_roles else {}
    world = person.world
    with world.services.sessions() as session, pytest.raises(Problem) as raised:
        deed(
            session,
            world.services,
            actor=actor_of(person),
            organisation_id=world.members["Wijkteam"].id,
            account_id=account_id,
            **more,
        )
    return raised.value.status


def test_nobody_blocks_or_demotes_oneself(coordinator: Person) -> None:
    assert status_of(coordinator, block, coordinator.account_id) == 409
    assert status_of(coordinator, change_roles, coordinator.account_id) == 409
    assert coordinator.browser().get("/").status_code == 200


def test_who_is_blocked_is_not_recovered(coordinator: Person) -> None:
    world = coordinator.world
    other = add_person(world, world.members["Wijkteam"].id, key="m1", status=AccountStatus.BLOCKED)
    assert status_of(coordinator, recover, other.account_id) == 409
