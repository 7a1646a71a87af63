"""Signing in with a password and a one-time code: each step a use case, each use written down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from verwijsindex import audit, event_log
from verwijsindex.accounts.devices import device_cookie, is_device_of
from verwijsindex.accounts.links import has_recent_link, send_link
from verwijsindex.accounts.one_time_codes import accepted_step, normal_recovery_code
from verwijsindex.accounts.records import (
    Account,
    AccountStatus,
    LinkKind,
    RecoveryCode,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.sessions import SignedIn, begin_session, end_sessions
from verwijsindex.accounts.steps import begin_step, count_step_failure, find_step, take_step
from verwijsindex.accounts.throttling import Attempt, Hindrance, check_attempt, count_failure
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class Browser:
    """What a sign-in comes from.

    Attributes:
        source: Network address, as text.
        device: Cookie of a device that is known; None for others.
        description: Such as ``Chrome op Android``.
    """

    source: str = field(repr=False)
    device: str | None = field(repr=False)
    description: str


class Refusal(StrEnum):
    """Why somebody does not come in."""

    WRONG = "onjuist"  #: address, password or code; which one is not told
    OVER = "verlopen"  #: the step took too long, or was tried too often
    DEVICE = "toestel"  #: see :class:`Hindrance`
    ADDRESS = "adres"  #: see :class:`Hindrance`
    SOURCE = "netwerk"  #: see :class:`Hindrance`


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody came in.

    Attributes:
        token: Secret of the session, for its cookie alone.
        device: The device's own cookie from now on.
    """

    token: str = field(repr=False)
    device: str = field(repr=False)


def try_password(
    session: Session, services: Services, *, email: str, password: str, browser: Browser
) -> str | Refusal:
    """Return the secret of the next step, or why there is none.

    Whether there is an account of that address can be told neither from the
    answer nor from the time it takes.
    """
    now = services.clock()
    address = normal_address(email)
    account = session.scalars(select(Account).where(Account.email == address)).one_or_none()
    attempt = attempt_of(services, address, account, browser)
    hindered = check_attempt(session, attempt, now=now)
    session.commit()  # hashing takes long: not while a connection or a lock is held
    if hindered is not None:
        event_log.log(event_log.SIGN_IN_REFUSED, reason=hindered.value)
        return Refusal(hindered.value)
    may = account is not None and account.status is AccountStatus.ACTIVE
    usable = may and account is not None and account.totp_sealed is not None
    hashed = account.password_hash if usable and account is not None else None
    if not services.passwords.is_right(password, hashed) or account is None:
        count_failure(session, attempt, now=now)
        session.commit()
        event_log.log(event_log.SIGN_IN_REFUSED, reason="password")
        return Refusal.WRONG
    token = begin_step(
        session,
        services.account_secrets,
        kind=StepKind.CODE,
        account_id=account.id,
        content={"email": address},
        now=now,
    )
    session.commit()
    return token


def try_code(
    session: Session, services: Services, *, step_token: str, code: str, browser: Browser
) -> Entered | Refusal:
    """Return a session for whoever also has the code of this moment, or a recovery code."""
    now = services.clock()
    sealing = services.account_secrets
    step = find_step(session, sealing, step_token, kind=StepKind.CODE, now=now)
    if step is None:
        return Refusal.OVER
    # Locked: of two that come at once with one code, the second sees that it was used.
    account = session.scalars(
        select(Account).where(Account.id == step.account_id).with_for_update()
    ).one()
    attempt = attempt_of(services, account.email, account, browser)
    hindered = check_attempt(session, attempt, now=now)
    if hindered is Hindrance.DEVICE:
        session.commit()
        return Refusal.DEVICE
    method = _method_of(session, services, account, code, now)
    if method is None:
        count_failure(session, attempt, now=now)
        may_try = count_step_failure(session, step_token)
        session.commit()
        event_log.log(event_log.SIGN_IN_REFUSED, reason="code")
        return Refusal.WRONG if may_try else Refusal.OVER
    if take_step(session, sealing, step_token, kind=StepKind.CODE, now=now) is None:
        session.rollback()
        return Refusal.OVER
    return enter(session, services, account=account, method=method, browser=browser)


def enter(
    session: Session,
    services: Services,
    *,
    account: Account,
    method: SignInMethod,
    browser: Browser,
) -> Entered:
    """Begin a session for *account*, whose identity was proven; commits."""
    now = services.clock()
    token = begin_session(
        session, account=account, method=method, device=browser.description, now=now
    )
    audit.record(
        session,
        services.audit_key,
        actor=Actor(ActorKind.ACCOUNT, account.id, account.organisation_id),
        deeds=[(Action.SIGNED_IN, account.id)],
        now=now,
    )
    session.commit()
    event_log.log(event_log.SIGNED_IN, account_id=account.id, method=method.value)
    known = browser.device
    if known is None or not is_device_of(services.account_secrets, known, account.id):
        known = device_cookie(services.account_secrets, account.id)
    return Entered(token, known)


def sign_out_of(session: Session, services: Services, *, who: SignedIn) -> None:
    """End the session of *who*; commits."""
    end_sessions(session, who.account_id, only=who.session_id)
    audit.record_deed(session, services, who.caller.actor, Action.SIGNED_OUT, who.account_id)
    session.commit()


def ask_device_link(session: Session, services: Services, *, email: str, browser: Browser) -> None:
    """Mail a link that makes this device known, where there is an account of that address.

    Nothing tells whether there is. Asking is counted apart from wrong
    passwords: who asks for mail after mail floods nobody with it.
    """
    now, address = services.clock(), normal_address(email)
    asking = replace(
        attempt_of(services, address, None, browser),
        target=services.account_secrets.hashed("linkadres", address),
    )
    if check_attempt(session, asking, now=now) is None:
        count_failure(session, asking, now=now)
        account = session.scalars(select(Account).where(Account.email == address)).one_or_none()
        if (
            account is not None
            and account.status is AccountStatus.ACTIVE
            and not has_recent_link(session, account.id, LinkKind.DEVICE, now=now)
        ):
            send_link(session, account=account, kind=LinkKind.DEVICE, now=now)
    session.commit()


def normal_address(email: str) -> str:
    """Return a mail address as accounts have it: lower case, nothing around it."""
    return email.strip().lower()


def attempt_of(
    services: Services, address: str, account: Account | None, browser: Browser
) -> Attempt:
    """Return where a try comes from, as keyed hashes."""
    sealing = services.account_secrets
    known = (
        account is not None
        and browser.device is not None
        and is_device_of(sealing, browser.device, account.id)
    )
    return Attempt(
        target=sealing.hashed("adres", address),
        source=sealing.hashed("netwerk", browser.source),
        device=sealing.hashed("toestel", browser.device or "") if known else None,
    )


def _method_of(
    session: Session, services: Services, account: Account, code: str, now: datetime
) -> SignInMethod | None:
    """Return with what somebody came in, and use it up; None when the code is wrong."""
    sealing = services.account_secrets
    if account.totp_sealed is not None and account.totp_step is not None:
        secret = sealing.open(account.totp_sealed).decode("ascii")
        step = accepted_step(secret, code, after=account.totp_step, now=now)
        if step is not None:
            account.totp_step = step
            return SignInMethod.PASSWORD
    recovery = normal_recovery_code(code)
    if recovery is None:
        return None
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.hash == sealing.hashed("herstelcode", recovery),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.account_id)
    ).first()
    return None if used is None else SignInMethod.RECOVERY
