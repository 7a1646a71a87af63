"""From an invitation to a session; links; and what a recovery takes away."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from match.messages import OutboxMessage
from tests.people import PASSWORD, Person, add_person
from tests.world import World
from verwijsindex.accounts.inviting import NewAccount, block, invite, recover, unblock
from verwijsindex.accounts.links import LIFETIMES, find_link, link_token, send_link, use_link
from verwijsindex.accounts.one_time_codes import present_code
from verwijsindex.accounts.records import (
    Account,
    AccountLink,
    AccountStatus,
    LinkKind,
    RecoveryCode,
)
from verwijsindex.accounts.roles import OF_AN_ORGANISATION, Role
from verwijsindex.accounts.sessions import find_session
from verwijsindex.accounts.setting_up import (
    SetUp,
    accept_device,
    accept_link,
    choose_password,
    confirm_code,
    read_setup,
)
from verwijsindex.accounts.signing_in import Browser, Entered, Refusal, try_code, try_password
from verwijsindex.accounts.steps import FAILURES_LIMIT
from verwijsindex.audit import Action, Actor, ActorKind, AuditEvent
from verwijsindex.mail.composing import compose

pytestmark = pytest.mark.any_database

COORDINATOR = Actor(ActorKind.ADMINISTRATOR)
BROWSER = Browser(source="192.0.2.1", device=None, description="Chrome op Linux")
SECOND = timedelta(seconds=1)


@pytest.fixture
def person(world: World) -> Person:
    return add_person(world, world.member("Wijkteam").id, key="m1")


def invited(world: World, email: str = "m1@wijkteam.example") -> UUID:
    """Invite professional m1 of a new organisation; return the account's id."""
    member = world.member("Wijkteam")
    with world.services.sessions() as session:
        return invite(
            session,
            world.services,
            actor=COORDINATOR,
            organisation_id=member.id,
            wanted=NewAccount(
                email=email, name="Joke", roles={Role.PROFESSIONAL}, professional_key="m1"
            ),
            may_give=OF_AN_ORGANISATION,
        ).id


def newest_token(world: World, account_id: UUID) -> str:
    with world.services.sessions() as session:
        link_id = session.scalars(
            select(AccountLink.id)
            .where(AccountLink.account_id == account_id)
            .order_by(AccountLink.id.desc())
        ).first()
    assert link_id is not None
    return link_token(world.services.account_secrets, link_id)


def set_up(world: World, token: str, password: str = PASSWORD) -> tuple[SetUp, str]:
    """Go the whole road; return its end and the secret of the one-time codes."""
    services = world.services
    with services.sessions() as session:
        step = accept_link(session, services, token=token)
        assert step is not None
        faults = choose_password(
            session, services, step_token=step, password=password, again=password
        )
        assert faults == []
        setup = read_setup(session, services, step_token=step)
        assert setup is not None
        assert setup.secret is not None
        code = present_code(setup.secret, now=world.clock())
        done = confirm_code(session, services, step_token=step, code=code, browser=BROWSER)
    assert isinstance(done, SetUp)
    return done, setup.secret


def sign_in(world: World, email: str, password: str, code: str) -> Entered | Refusal:
    with world.services.sessions() as session:
        step = try_password(
            session, world.services, email=email, password=password, browser=BROWSER
        )
        if isinstance(step, Refusal):
            return step
        return try_code(session, world.services, step_token=step, code=code, browser=BROWSER)


def is_in(world: World, token: str) -> bool:
    with world.services.sessions() as session:
        return find_session(session, token, now=world.clock()) is not None


def test_the_whole_road_leads_from_a_mail_to_a_session(world: World) -> None:
    account_id = invited(world)
    with world.services.sessions() as session:
        ids = list(session.scalars(select(OutboxMessage.id)))
        (letter,) = compose(session, world.services, ids).values()
    assert letter is not None
    assert letter.recipient == "m1@wijkteam.example"
    token = newest_token(world, account_id)
    assert f"https://index.example/uitnodiging/{token}" in letter.text
    done, secret = set_up(world, token)
    assert is_in(world, done.entered.token)
    assert len(set(done.recovery_codes)) == 8
    world.clock.advance(timedelta(seconds=90))
    code = present_code(secret, now=world.clock())
    entered = sign_in(world, " M1@Wijkteam.example ", PASSWORD, code)
    assert isinstance(entered, Entered)
    assert entered.token != done.entered.token
    with world.services.sessions() as session:
        actions = session.scalars(
            select(AuditEvent.action).where(AuditEvent.object_id == account_id)
        ).all()
    assert set(actions) == {Action.ACCOUNT_INVITED, Action.MEANS_CHOSEN, Action.SIGNED_IN}
    assert actions.count(Action.SIGNED_IN) == 2


def test_the_code_of_setting_up_is_used(world: World) -> None:
    account_id = invited(world)
    _, secret = set_up(world, newest_token(world, account_id))
    code = present_code(secret, now=world.clock())
    assert sign_in(world, "m1@wijkteam.example", PASSWORD, code) is Refusal.WRONG


def test_a_code_lets_in_once(person: Person) -> None:
    world, code = person.world, person.code()
    assert isinstance(sign_in(world, person.email, PASSWORD, code), Entered)
    assert sign_in(world, person.email, PASSWORD, code) is Refusal.WRONG


def test_a_recovery_code_lets_in_once_and_for_its_own_account_alone(world: World) -> None:
    account_id = invited(world)
    done, _ = set_up(world, newest_token(world, account_id))
    other = add_person(world, world.members["Wijkteam"].id, key="m2")
    code = done.recovery_codes[3]
    assert sign_in(world, other.email, PASSWORD, code) is Refusal.WRONG
    assert isinstance(sign_in(world, "m1@wijkteam.example", PASSWORD, code.upper()), Entered)
    assert sign_in(world, "m1@wijkteam.example", PASSWORD, code) is Refusal.WRONG
    assert isinstance(
        sign_in(world, "m1@wijkteam.example", PASSWORD, done.recovery_codes[4]), Entered
    )
    with world.services.sessions() as session:
        rows = session.scalars(select(RecoveryCode)).all()
        assert len([row for row in rows if row.used_at]) == 2
        assert {len(row.hash) for row in rows} == {32}


def test_five_wrong_codes_end_the_step(person: Person) -> None:
    services = person.world.services
    with services.sessions() as session:
        step = try_password(
            session, services, email=person.email, password=PASSWORD, browser=BROWSER
        )
        assert not isinstance(step, Refusal)
        outcomes = [
            try_code(session, services, step_token=step, code="x", browser=BROWSER)
            for _ in range(FAILURES_LIMIT)
        ]
        assert outcomes == [Refusal.WRONG] * (FAILURES_LIMIT - 1) + [Refusal.OVER]
        code = person.code()
        late = try_code(session, services, step_token=step, code=code, browser=BROWSER)
        assert late is Refusal.OVER


def test_a_step_is_over_after_ten_minutes(person: Person) -> None:
    world = person.world
    with world.services.sessions() as session:
        step = try_password(
            session, world.services, email=person.email, password=PASSWORD, browser=BROWSER
        )
        assert not isinstance(step, Refusal)
        world.clock.advance(timedelta(minutes=10))
        outcome = try_code(
            session, world.services, step_token=step, code=person.code(), browser=BROWSER
        )
    assert outcome is Refusal.OVER


@pytest.mark.parametrize("status", [AccountStatus.BLOCKED, AccountStatus.INVITED])
def test_who_may_not_sign_in_is_told_no_more_than_who_is_wrong(
    world: World, status: AccountStatus
) -> None:
    member = world.member("Wijkteam")
    person = add_person(world, member.id, key="m1", status=status)
    assert sign_in(world, person.email, PASSWORD, person.code()) is Refusal.WRONG


def test_a_password_has_its_faults_named_all_at_once(world: World) -> None:
    services = world.services
    token = newest_token(world, invited(world))
    with services.sessions() as session:
        step = accept_link(session, services, token=token)
        assert step is not None
        faults = choose_password(session, services, step_token=step, password="x", again="y")
        assert faults is not None
        assert [one["name"] for one in faults] == ["wachtwoord", "nogmaals"]
        # Without a password there is nothing to confirm.
        done = confirm_code(session, services, step_token=step, code="1", browser=BROWSER)
        assert done is None
        account = session.scalars(select(Account)).one()
        assert (account.status, account.password_hash) == (AccountStatus.INVITED, None)


@pytest.mark.parametrize("kind", LinkKind)
def test_a_link_is_good_for_its_time_and_once(person: Person, kind: LinkKind) -> None:
    world, sealing = person.world, person.world.services.account_secrets
    with world.services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        link = send_link(session, account=account, kind=kind, now=world.clock())
        token = link_token(sealing, link.id)
        session.commit()
        world.clock.advance(LIFETIMES[kind] - SECOND)
        found = find_link(session, sealing, token, now=world.clock())
        assert found is not None
        assert (found.kind, found.account.id) == (kind, person.account_id)
        late = world.clock() + SECOND
        assert find_link(session, sealing, token, now=late) is None
        assert use_link(session, found, now=world.clock())
        assert not use_link(session, found, now=world.clock())
        assert find_link(session, sealing, token, now=world.clock()) is None


@pytest.mark.parametrize("token", ["", "A" * 43, "A" * 44, "é", "=" * 43])
def test_a_forged_link_is_none(person: Person, token: str) -> None:
    world, sealing = person.world, person.world.services.account_secrets
    with world.services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        kind = LinkKind.RECOVERY
        link = send_link(session, account=account, kind=kind, now=world.clock())
        real = link_token(sealing, link.id)
        for wrong in (token, real[:-4] + "AAAA", "AAAA" + real[4:], real + "AAAA"):
            assert find_link(session, sealing, wrong, now=world.clock()) is None
        assert find_link(session, sealing, real, now=world.clock()) is not None


def test_a_newer_link_ends_the_older_and_blocking_ends_all(person: Person) -> None:
    world, sealing = person.world, person.world.services.account_secrets
    with world.services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        tokens = []
        for _ in range(2):
            link = send_link(session, account=account, kind=LinkKind.RECOVERY, now=world.clock())
            tokens.append(link_token(sealing, link.id))
        found = [find_link(session, sealing, one, now=world.clock()) for one in tokens]
        assert [one is not None for one in found] == [False, True]
        account.status = AccountStatus.BLOCKED
        session.flush()
        assert find_link(session, sealing, tokens[1], now=world.clock()) is None


def test_a_link_for_a_device_chooses_no_means_nor_the_other_way_round(person: Person) -> None:
    world, services = person.world, person.world.services
    with services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        device, recovery = (
            link_token(
                services.account_secrets,
                send_link(session, account=account, kind=kind, now=world.clock()).id,
            )
            for kind in (LinkKind.DEVICE, LinkKind.RECOVERY)
        )
        session.commit()
        assert accept_link(session, services, token=device) is None
        assert accept_device(session, services, token=recovery) is None
        cookie = accept_device(session, services, token=device)
        assert cookie is not None
        assert accept_device(session, services, token=device) is None
        assert accept_link(session, services, token=recovery) is not None


def test_of_two_that_set_up_with_one_link_one_succeeds(world: World) -> None:
    services = world.services
    token = newest_token(world, invited(world))
    with services.sessions() as session:
        first, second = (accept_link(session, services, token=token) for _ in range(2))
        outcomes = []
        for step in (first, second):
            assert step is not None
            choose_password(session, services, step_token=step, password=PASSWORD, again=PASSWORD)
            setup = read_setup(session, services, step_token=step)
            assert setup is not None
            code = present_code(str(setup.secret), now=world.clock())
            outcomes.append(
                confirm_code(session, services, step_token=step, code=code, browser=BROWSER)
            )
    assert isinstance(outcomes[0], SetUp)
    assert outcomes[1] is None


def test_recovery_takes_the_old_means_and_sessions_away(world: World) -> None:
    account_id = invited(world)
    email = "m1@wijkteam.example"
    done, secret = set_up(world, newest_token(world, account_id))
    world.clock.advance(timedelta(minutes=2))
    organisation_id = world.members["Wijkteam"].id
    with world.services.sessions() as session:
        recover(
            session,
            world.services,
            actor=COORDINATOR,
            organisation_id=organisation_id,
            account_id=account_id,
        )
    assert not is_in(world, done.entered.token)
    code = present_code(secret, now=world.clock())
    assert sign_in(world, email, PASSWORD, code) is Refusal.WRONG
    assert sign_in(world, email, PASSWORD, done.recovery_codes[0]) is Refusal.WRONG
    new = "drie andere lange woorden"
    again, new_secret = set_up(world, newest_token(world, account_id), new)
    assert is_in(world, again.entered.token)
    assert not set(again.recovery_codes) & set(done.recovery_codes)
    world.clock.advance(timedelta(minutes=2))
    code = present_code(new_secret, now=world.clock())
    assert sign_in(world, email, PASSWORD, code) is Refusal.WRONG
    assert isinstance(sign_in(world, email, new, code), Entered)


def test_blocking_shuts_out_and_lifting_it_begins_anew(person: Person) -> None:
    world = person.world
    organisation_id, token = world.members["Wijkteam"].id, person.begin()
    of = {"organisation_id": organisation_id, "account_id": person.account_id}
    with world.services.sessions() as session:
        block(session, world.services, actor=COORDINATOR, **of)
    assert not is_in(world, token)
    with world.services.sessions() as session:
        unblock(session, world.services, actor=COORDINATOR, **of)
    assert sign_in(world, person.email, PASSWORD, person.code()) is Refusal.WRONG
    done, _ = set_up(world, newest_token(world, person.account_id))
    assert is_in(world, done.entered.token)
