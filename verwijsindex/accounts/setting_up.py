"""Choosing how to sign in, after a link in a mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from verwijsindex import audit
from verwijsindex.accounts.devices import device_cookie
from verwijsindex.accounts.links import OpenLink, find_link, use_link
from verwijsindex.accounts.one_time_codes import accepted_step, new_recovery_codes, new_secret
from verwijsindex.accounts.passwords import password_fault
from verwijsindex.accounts.records import (
    Account,
    AccountLink,
    AccountStatus,
    LinkKind,
    Passkey,
    ProviderIdentity,
    RecoveryCode,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.sessions import end_sessions
from verwijsindex.accounts.signing_in import Browser, Entered, enter
from verwijsindex.accounts.steps import (
    begin_step,
    change_step,
    count_step_failure,
    find_step,
    take_step,
)
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.http.problems import InvalidParam
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class Setup:
    """A choice of means that is under way.

    Attributes:
        account: Whose.
        link_kind: Whether it is the first time.
        secret: Of the one-time codes that were offered; None: the password comes first.
    """

    account: Account
    link_kind: LinkKind
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetUp:
    """The means were chosen, and their holder is in.

    Attributes:
        entered: The session.
        recovery_codes: Shown once, to keep on paper.
    """

    entered: Entered
    recovery_codes: list[str] = field(repr=False)


def read_link(session: Session, services: Services, *, token: str) -> OpenLink | None:
    """Return what a link is good for; scanners of mail open links too, so nothing is used up."""
    return find_link(session, services.account_secrets, token, now=services.clock())


def accept_link(session: Session, services: Services, *, token: str) -> str | None:
    """Begin choosing means and return the step's secret; None when the link is not good."""
    now = services.clock()
    link = find_link(session, services.account_secrets, token, now=now)
    if link is None or link.kind is LinkKind.DEVICE:
        return None
    step = begin_step(
        session,
        services.account_secrets,
        kind=StepKind.SETUP,
        account_id=link.account.id,
        content={"link": str(link.id)},
        now=now,
    )
    session.commit()
    return step


def accept_device(session: Session, services: Services, *, token: str) -> str | None:
    """Return the cookie that makes this a known device; None when the link is not good."""
    now = services.clock()
    link = find_link(session, services.account_secrets, token, now=now)
    if link is None or link.kind is not LinkKind.DEVICE or not use_link(session, link, now=now):
        return None
    session.commit()
    return device_cookie(services.account_secrets, link.account.id)


def read_setup(session: Session, services: Services, *, step_token: str) -> Setup | None:
    """Return how far somebody is; None when the step is over."""
    step = find_step(
        session, services.account_secrets, step_token, kind=StepKind.SETUP, now=services.clock()
    )
    if step is None:
        return None
    link = session.get_one(AccountLink, UUID(step.content["link"]))
    account = session.get_one(Account, step.account_id)
    return Setup(account, link.kind, step.content.get("totp"))


def choose_password(
    session: Session, services: Services, *, step_token: str, password: str, again: str
) -> list[InvalidParam] | None:
    """Keep a password until the code was right too; return all faults, None when it is over."""
    setup = read_setup(session, services, step_token=step_token)
    if setup is None:
        return None
    faults: list[InvalidParam] = []
    reason = password_fault(password, email=setup.account.email, name=setup.account.name)
    if reason:
        faults.append({"name": "wachtwoord", "reason": reason})
    if again != password:
        faults.append({"name": "nogmaals", "reason": "is anders dan het wachtwoord erboven"})
    if faults:
        return faults
    step = find_step(
        session, services.account_secrets, step_token, kind=StepKind.SETUP, now=services.clock()
    )
    if step is None:
        return None
    session.commit()  # hashing takes long: not while a connection is held
    content = step.content | {
        "password": services.passwords.hash(password),
        "totp": step.content.get("totp") or new_secret(),
    }
    change_step(session, services.account_secrets, step_token, content=content)
    session.commit()
    return []


def confirm_code(
    session: Session, services: Services, *, step_token: str, code: str, browser: Browser
) -> SetUp | list[InvalidParam] | None:
    """Take the chosen password and codes into use; return all faults, None when it is over."""
    now = services.clock()
    sealing = services.account_secrets
    step = find_step(session, sealing, step_token, kind=StepKind.SETUP, now=now)
    if step is None or "password" not in step.content:
        return None
    used = accepted_step(step.content["totp"], code, after=0, now=now)
    if used is None:
        may_try = count_step_failure(session, step_token)
        session.commit()
        return [{"name": "code", "reason": WRONG_CODE}] if may_try else None
    account = finish_step(session, services, step_token=step_token, now=now)
    if account is None:
        return None
    account.password_hash = step.content["password"]
    account.totp_sealed = sealing.seal(step.content["totp"].encode("ascii"))
    account.totp_step = used
    codes = renew_recovery_codes(session, services, account)
    entered = enter(
        session, services, account=account, method=SignInMethod.INVITATION, browser=browser
    )
    return SetUp(entered, codes)


def set_up_with(
    session: Session, services: Services, *, step_token: str, passkey: Passkey, browser: Browser
) -> Entered | None:
    """Take a passkey into use that the browser just made; None when the choice is over."""
    account = finish_step(session, services, step_token=step_token, now=services.clock())
    if account is None or account.id != passkey.account_id:
        session.rollback()
        return None
    session.add(passkey)
    return enter(
        session, services, account=account, method=SignInMethod.INVITATION, browser=browser
    )


def finish_step(
    session: Session, services: Services, *, step_token: str, now: datetime
) -> Account | None:
    """End a choice of means: the link is used up, the account active, and old means are gone.

    Returns None when somebody else did. The caller adds the new means and commits.
    """
    step = take_step(session, services.account_secrets, step_token, kind=StepKind.SETUP, now=now)
    if step is None:
        return None
    row = session.get_one(AccountLink, UUID(step.content["link"]))
    account = session.scalars(
        select(Account).where(Account.id == row.account_id).with_for_update()
    ).one()
    if account.status is AccountStatus.BLOCKED or not use_link(
        session, OpenLink(row.id, row.kind, account), now=now
    ):
        session.rollback()
        return None
    forget_means(session, account)
    account.status = AccountStatus.ACTIVE
    audit.record(
        session,
        services.audit_key,
        actor=Actor(ActorKind.ACCOUNT, account.id, account.organisation_id),
        deeds=[(Action.MEANS_CHOSEN, account.id)],
        now=now,
    )
    return account


def forget_means(session: Session, account: Account) -> None:
    """Take away every means of signing in that *account* had, and end its sessions."""
    account.password_hash = account.totp_sealed = account.totp_step = None
    for table in (Passkey, RecoveryCode, ProviderIdentity):
        session.execute(delete(table).where(table.account_id == account.id))
    end_sessions(session, account.id)


def renew_recovery_codes(session: Session, services: Services, account: Account) -> list[str]:
    """Return fresh recovery codes; the old ones are good no longer. The caller commits."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = new_recovery_codes()
    session.add_all(
        RecoveryCode(
            account_id=account.id, hash=services.account_secrets.hashed("herstelcode", one)
        )
        for one in codes
    )
    return codes


WRONG_CODE = (
    "klopt niet; neem de code die uw app nu laat zien, en kijk of de klok van uw telefoon"
    " goed staat"
)
