"""What a coordinator may not do with accounts, however it is asked."""

from __future__ import annotations

import pytest

from tests.people import Person, add_person
from tests.world import Member, World
from verwijsindex.accounts.inviting import NewAccount, block, change_roles, invite, recover
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import OF_AN_ORGANISATION, Role
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.http.problems import InvalidInput, Problem


@pytest.fixture
def member(world: World) -> Member:
    return world.member("Schuldhulp")


@pytest.fixture
def actor(world: World, member: Member) -> Actor:
    coordinator = add_person(world, member.id, Role.COORDINATOR)
    return Actor(ActorKind.ACCOUNT, coordinator.account_id, member.id)


@pytest.fixture
def administrator(world: World, member: Member) -> Person:
    return add_person(world, member.id, Role.COORDINATOR, Role.ADMINISTRATOR, name="Beheer")


def test_a_coordinator_can_neither_block_nor_recover_nor_change_an_account_of_the_index(
    world: World, member: Member, actor: Actor, administrator: Person
) -> None:
    with world.services.sessions() as session:
        about = {
            "actor": actor,
            "organisation_id": member.id,
            "account_id": administrator.account_id,
        }
        for act, more in (
            (block, {}),
            (recover, {}),
            (change_roles, {"roles": {Role.COORDINATOR}, "may_give": OF_AN_ORGANISATION}),
        ):
            with pytest.raises(Problem) as refused:
                act(session, world.services, **about, **more)
            assert refused.value.status == 403
            session.rollback()
        kept = session.get_one(Account, administrator.account_id)
        assert kept.status is AccountStatus.ACTIVE
        assert kept.password_hash is not None
        # At the command line it can be done.
        block(session, world.services, **about | {"actor": Actor(ActorKind.ADMINISTRATOR)})
        assert session.get_one(Account, administrator.account_id).status is AccountStatus.BLOCKED


def test_nobody_is_both_professional_and_support_worker(
    world: World, member: Member, actor: Actor
) -> None:
    both = {Role.PROFESSIONAL, Role.SUPPORT}
    wanted = NewAccount(email="x@y.example", name="Iemand", roles=both, professional_key="m1")
    person = add_person(world, member.id, Role.PROFESSIONAL, key="m2")
    with world.services.sessions() as session:
        with pytest.raises(InvalidInput) as refused:
            invite(
                session,
                world.services,
                actor=actor,
                organisation_id=member.id,
                wanted=wanted,
                may_give=OF_AN_ORGANISATION,
            )
        assert [one["name"] for one in refused.value.invalid_params] == ["rollen"]
        session.rollback()
        with pytest.raises(InvalidInput):
            change_roles(
                session,
                world.services,
                actor=actor,
                organisation_id=member.id,
                account_id=person.account_id,
                roles=both,
                may_give=OF_AN_ORGANISATION,
            )
