"""What somebody changes of their own account: how they sign in, and where they are signed in.

Whoever changes means has shown who they are a moment ago; every change ends the
other sessions, and none may take the last way in away.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto import base64url
from crypto.errors import CryptoError
from verwijsindex import audit
from verwijsindex.accounts.one_time_codes import accepted_step, new_secret
from verwijsindex.accounts.passwords import password_fault
from verwijsindex.accounts.records import (
    Account,
    AccountSession,
    IdentityProvider,
    Passkey,
    ProviderIdentity,
    RecoveryCode,
)
from verwijsindex.accounts.sessions import SignedIn, end_sessions
from verwijsindex.accounts.setting_up import renew_recovery_codes
from verwijsindex.accounts.signing_in import Browser, attempt_of
from verwijsindex.accounts.throttling import check_attempt, count_failure
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.services import Services

PROOF_LASTS = timedelta(minutes=10)
_OFFER_LASTS = timedelta(minutes=30)
_LAST_WAY = "Dit is de enige manier waarop u nu kunt inloggen. Kies eerst een andere manier erbij."


@dataclass(frozen=True, slots=True)
class Means:
    """How somebody can sign in.

    Attributes:
        has_password: A password was chosen.
        has_codes: An app gives codes; with a password that is a way in.
        codes_left: Recovery codes that are still good.
        passkeys: The oldest first.
        provider: Their organisation's own sign-in; None: it has none.
        linked_at: Since when that is linked to this account; None: it is not.
    """

    has_password: bool
    has_codes: bool
    codes_left: int
    passkeys: Sequence[Passkey]
    provider: IdentityProvider | None
    linked_at: datetime | None

    @property
    def ways(self) -> int:
        """How many complete ways in there are."""
        with_password = self.has_password and self.has_codes
        return with_password + len(self.passkeys) + (self.linked_at is not None)


def read_means(session: Session, account: Account) -> Means:
    """Return how *account* can sign in."""
    provider = session.scalars(
        select(IdentityProvider).where(IdentityProvider.organisation_id == account.organisation_id)
    ).one_or_none()
    return Means(
        has_password=account.password_hash is not None,
        has_codes=account.totp_sealed is not None,
        codes_left=session.scalars(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
        ).one(),
        passkeys=session.scalars(
            select(Passkey)
            .where(Passkey.account_id == account.id)
            .order_by(Passkey.created_at, Passkey.id)
        ).all(),
        provider=provider,
        linked_at=session.scalars(
            select(ProviderIdentity.linked_at).where(ProviderIdentity.account_id == account.id)
        ).first(),
    )


def is_proven(who: SignedIn, *, now: datetime) -> bool:
    """Whether somebody showed who they are a moment ago."""
    return now - who.proven_at < PROOF_LASTS


def prove_with_password(
    session: Session, services: Services, *, who: SignedIn, password: str, browser: Browser
) -> str | None:
    """Take a password as proof of who one is; return what is wrong, in Dutch, or None."""
    account = session.get_one(Account, who.account_id)
    fault = _password_refused(session, services, account, password, browser)
    if fault is None:
        prove(session, services, who=who)
    return fault


def prove(session: Session, services: Services, *, who: SignedIn) -> None:
    """Remember that somebody just showed who they are."""
    session.get_one(AccountSession, who.session_id).proven_at = services.clock()
    session.commit()


def change_password(
    session: Session,
    services: Services,
    *,
    who: SignedIn,
    old: str,
    new: str,
    again: str,
    browser: Browser,
) -> list[InvalidParam]:
    """Take another password into use and return all faults.

    The old one is asked where there is one, however fresh the proof.
    """
    account = session.get_one(Account, who.account_id)
    faults: list[InvalidParam] = []
    reason = password_fault(new, email=account.email, name=account.name)
    if reason:
        faults.append({"name": "wachtwoord", "reason": reason})
    if again != new:
        faults.append({"name": "nogmaals", "reason": "is anders dan het wachtwoord erboven"})
    if account.password_hash is not None:
        refused = _password_refused(session, services, account, old, browser)
        if refused:
            faults.insert(0, {"name": "oud", "reason": refused})
    if faults:
        return faults
    session.commit()  # hashing takes long: not while a connection is held
    hashed = services.passwords.hash(new)
    _locked(session, who).password_hash = hashed
    record_change(session, services, who=who)
    session.commit()
    return []


def offer_app(services: Services, *, who: SignedIn) -> tuple[str, str]:
    """Return a fresh secret of one-time codes, and the same sealed for this account's form."""
    secret = new_secret()
    content = {"who": str(who.account_id), "totp": secret, "at": services.clock().isoformat()}
    return secret, base64url.encode(services.account_secrets.seal(json.dumps(content).encode()))


def read_offer(services: Services, *, who: SignedIn, offer: str) -> str | None:
    """Return the secret that was offered; None when it is forged, old or another account's."""
    try:
        content = json.loads(services.account_secrets.open(base64url.decode(offer)))
    except (CryptoError, ValueError):
        return None
    if content.get("who") != str(who.account_id):
        return None
    age = services.clock() - datetime.fromisoformat(content["at"])
    return str(content["totp"]) if age < _OFFER_LASTS else None


def change_app(
    session: Session, services: Services, *, who: SignedIn, secret: str, code: str
) -> list[str] | None:
    """Take another app into use and return fresh recovery codes; None when the code is wrong."""
    used = accepted_step(secret, code, after=0, now=services.clock())
    if used is None:
        return None
    account = _locked(session, who)
    account.totp_sealed = services.account_secrets.seal(secret.encode("ascii"))
    account.totp_step = used
    codes = renew_recovery_codes(session, services, account)
    record_change(session, services, who=who)
    session.commit()
    return codes


def renew_codes(session: Session, services: Services, *, who: SignedIn) -> list[str]:
    """Return fresh recovery codes; the old ones are good no longer.

    Raises:
        Problem: 409 without a password and codes to recover.
    """
    account = _locked(session, who)
    if account.password_hash is None or account.totp_sealed is None:
        raise Problem(409, "Herstelcodes horen bij een wachtwoord met een app. Die hebt u niet.")
    codes = renew_recovery_codes(session, services, account)
    record_change(session, services, who=who)
    session.commit()
    return codes


def add_passkey(session: Session, services: Services, *, who: SignedIn, passkey: Passkey) -> None:
    """Add a passkey that the browser just made.

    Raises:
        Problem: 409 when somebody else added the same in between.
    """
    _locked(session, who)
    session.add(passkey)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Problem(409, "Deze passkey is hier al bekend.") from None
    record_change(session, services, who=who)
    session.commit()


def remove_passkey(
    session: Session, services: Services, *, who: SignedIn, passkey_id: UUID
) -> None:
    """Remove one of one's own passkeys.

    Raises:
        Problem: 404 for another's; 409 for the last way in.
    """
    account = _locked(session, who)
    passkey = session.scalars(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account.id)
    ).one_or_none()
    if passkey is None:
        raise Problem(404)
    if read_means(session, account).ways < 2:
        raise Problem(409, _LAST_WAY)
    session.delete(passkey)
    record_change(session, services, who=who)
    session.commit()


def unlink_provider(session: Session, services: Services, *, who: SignedIn) -> None:
    """Sign in through the organisation no longer.

    Raises:
        Problem: 409 for the last way in.
    """
    account = _locked(session, who)
    means = read_means(session, account)
    if means.linked_at is None:
        return
    if means.ways < 2:
        raise Problem(409, _LAST_WAY)
    session.execute(delete(ProviderIdentity).where(ProviderIdentity.account_id == account.id))
    record_change(session, services, who=who)
    session.commit()


def end_others(
    session: Session, services: Services, *, who: SignedIn, only: UUID | None = None
) -> int:
    """End one's other sessions, or one of them, and return how many."""
    ended = end_sessions(session, who.account_id, but=who.session_id, only=only)
    if ended:
        audit.record_deed(session, services, who.caller.actor, Action.SIGNED_OUT, who.account_id)
    session.commit()
    return ended


def record_change(session: Session, services: Services, *, who: SignedIn) -> None:
    """Write down that means were changed, and end the other sessions. The caller commits."""
    audit.record_deed(session, services, who.caller.actor, Action.MEANS_CHOSEN, who.account_id)
    end_sessions(session, who.account_id, but=who.session_id)


def _locked(session: Session, who: SignedIn) -> Account:
    """Lock the account: of two changes at once, the second sees what the first left."""
    return session.scalars(
        select(Account)
        .where(Account.id == who.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _password_refused(
    session: Session, services: Services, account: Account, password: str, browser: Browser
) -> str | None:
    attempt = attempt_of(services, account.email, account, browser)
    hindered = check_attempt(session, attempt, now=services.clock())
    hashed = account.password_hash
    session.commit()  # hashing takes long: not while a connection is held
    if hindered is not None:
        return "is hier te vaak fout ingevuld; wacht een uur"
    if services.passwords.is_right(password, hashed):
        return None
    count_failure(session, attempt, now=services.clock())
    session.commit()
    return "klopt niet"
