"""What a recovery or a block leaves of the ways in that there were: nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.people import add_person
from tests.world import World
from verwijsindex.accounts.inviting import block, recover
from verwijsindex.accounts.own_means import Means, read_means
from verwijsindex.accounts.records import (
    Account,
    IdentityProvider,
    Passkey,
    ProviderIdentity,
)
from verwijsindex.accounts.sessions import sessions_of
from verwijsindex.accounts.setting_up import renew_recovery_codes
from verwijsindex.audit import Actor, ActorKind


@pytest.mark.parametrize("deed", [recover, block])
def test_no_way_in_and_no_session_is_left(world: World, deed: Callable[..., None]) -> None:
    member = world.member("Wijkteam")
    person = add_person(world, member.id, key="m1")
    now, services = world.clock(), world.services

    def means() -> Means:
        with services.sessions() as session:
            return read_means(session, session.get_one(Account, person.account_id))

    with services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        renew_recovery_codes(session, services, account)
        provider = IdentityProvider(
            organisation_id=member.id,
            issuer="https://inloggen.example",
            client_id="index",
            secret_sealed=b"-",
        )
        session.add_all(
            [
                provider,
                Passkey(
                    account_id=account.id,
                    credential_id=b"-",
                    public_key=b"-",
                    sign_count=0,
                    device="Chrome op Android",
                    created_at=now,
                ),
            ]
        )
        session.flush()
        session.add(
            ProviderIdentity(
                provider_id=provider.id, subject="joke", account_id=account.id, linked_at=now
            )
        )
        session.commit()
    before = means()
    assert (before.ways, before.codes_left) == (3, 8)
    person.begin()
    with services.sessions() as session:
        deed(
            session,
            services,
            actor=Actor(ActorKind.ADMINISTRATOR),
            organisation_id=member.id,
            account_id=person.account_id,
        )
    after = means()
    assert (after.ways, after.codes_left, after.has_password) == (0, 0, False)
    with services.sessions() as session:
        assert not sessions_of(session, person.account_id, now=now)
