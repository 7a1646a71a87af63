"""Accounts at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from match.messages import OutboxMessage
from tests.verwijsindex.command.conftest import Run
from tests.verwijsindex.command.test_administration import GOOD
from tests.world import test_bsn
from verwijsindex.accounts.records import Account, AccountLink, AccountStatus, LinkKind
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, ActorKind, AuditEvent

pytestmark = pytest.mark.any_database

EMAIL = "bwolters@schuldhulp.example"
INVITE = ("account", "invite", "Schuldhulp", EMAIL, "--name", "Bram Wolters")


@pytest.fixture
def admitted(run: Run, tmp_path: Path, engine: Engine) -> Engine:
    """Return a database that has the organisation Schuldhulp."""
    path = tmp_path / "organisatie.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert run("organisation", "add", path).exit_code == 0
    return engine


def the_account(engine: Engine) -> Account:
    with Session(engine) as session:
        return session.scalars(select(Account)).one()


def deeds(engine: Engine) -> list[Action]:
    with Session(engine) as session:
        found = session.scalars(
            select(AuditEvent).where(AuditEvent.object_id == the_account(engine).id)
        ).all()
    assert {one.actor_kind for one in found} <= {ActorKind.ADMINISTRATOR}
    return [one.action for one in sorted(found, key=lambda one: (one.at, one.id))]


def links(engine: Engine) -> list[LinkKind]:
    """Return what the mails that wait are about."""
    with Session(engine) as session:
        return list(
            session.scalars(
                select(AccountLink.kind)
                .join(OutboxMessage, OutboxMessage.account_link_id == AccountLink.id)
                .where(AccountLink.used_at.is_(None))
            )
        )


def test_the_first_coordinator_is_invited(run: Run, admitted: Engine) -> None:
    result = run(*INVITE)
    assert result.exit_code == 0, result.output
    assert "zeven dagen" in result.output
    made = the_account(admitted)
    assert (made.email, made.roles) == (EMAIL, [Role.COORDINATOR])
    assert made.status is AccountStatus.INVITED
    assert links(admitted) == [LinkKind.INVITATION]
    assert deeds(admitted) == [Action.ACCOUNT_INVITED]


@pytest.mark.parametrize(
    "role", [Role.ADMINISTRATOR, Role.RIGHTS_DESK, Role.AUDITOR, Role.MATCH_LEAD]
)
def test_the_indexs_own_roles_are_given_here(run: Run, admitted: Engine, role: Role) -> None:
    assert run(*INVITE, "--role", role.value).exit_code == 0
    assert the_account(admitted).roles == [role]


def test_a_professional_is_invited_by_key(run: Run, admitted: Engine) -> None:
    assert run(*INVITE, "--role", "medewerker", "--key", "m1").exit_code == 0
    assert the_account(admitted).professional_id is not None


def test_all_that_is_wrong_is_said_by_the_name_of_the_option(run: Run, admitted: Engine) -> None:
    result = run(
        "account", "invite", "Schuldhulp", "geen", "--name", test_bsn(1), "--role", "medewerker"
    )
    assert result.exit_code == 1
    for said in ("E-MAIL: is geen e-mailadres", "--name: lijkt een BSN", "--key: ontbreekt"):
        assert said in result.output
    assert test_bsn(1) not in result.output
    assert links(admitted) == []


def test_an_unknown_organisation_or_address_is_said_so(run: Run, admitted: Engine) -> None:
    for words in (("invite", "Onbekend", EMAIL, "--name", "X"), ("list", "Onbekend")):
        result = run("account", *words)
        assert result.exit_code == 1
        assert "geen organisatie" in result.output
    for word in ("recover", "block", "unblock"):
        result = run("account", word, EMAIL)
        assert result.exit_code == 1
        assert "geen account" in result.output
    assert links(admitted) == []


def test_blocking_letting_in_again_and_recovering(run: Run, admitted: Engine) -> None:
    run(*INVITE)
    with Session(admitted) as session:
        session.scalars(select(Account)).one().status = AccountStatus.ACTIVE
        session.commit()
    assert "opnieuw" not in run("account", "recover", EMAIL.upper()).output
    assert LinkKind.RECOVERY in links(admitted)
    assert run("account", "block", EMAIL).exit_code == 0
    assert the_account(admitted).status is AccountStatus.BLOCKED
    blocked = run("account", "recover", EMAIL)
    assert blocked.exit_code == 1
    assert "Hef eerst de blokkade op" in blocked.output
    assert run("account", "unblock", EMAIL).exit_code == 0
    assert the_account(admitted).status is AccountStatus.INVITED
    again = run("account", "unblock", EMAIL)
    assert again.exit_code == 1
    assert "niet geblokkeerd" in again.output
    assert "nieuwe uitnodiging" in run("account", "recover", EMAIL).output
    assert deeds(admitted) == [
        Action.ACCOUNT_INVITED,
        Action.ACCOUNT_RECOVERED,
        Action.ACCOUNT_BLOCKED,
        Action.ACCOUNT_INVITED,
        Action.ACCOUNT_RECOVERED,
    ]


def test_the_list_shows_who_may_do_what(run: Run, admitted: Engine) -> None:
    assert "Nodig de coördinator uit" in run("account", "list", "Schuldhulp").output
    run(*INVITE)
    head, _, row = run("account", "list", "Schuldhulp").output.splitlines()
    assert head.split()[:2] == ["naam", "e-mail"]
    for said in ("Bram Wolters", EMAIL, "uitgenodigd", "instellingscoordinator"):
        assert said in row
    assert the_account(admitted).seen_at is None
