"""Passkeys (WebAuthn level 3): the device checks who holds it, and only ever answers our own site.

A challenge is kept on the server, for five minutes, for one browser and one
purpose; the answer to it is taken once.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from crypto import base64url
from verwijsindex import event_log
from verwijsindex.accounts.passkey_site import Site, site_of
from verwijsindex.accounts.records import (
    Account,
    AccountStatus,
    Passkey,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.sessions import token_hash
from verwijsindex.accounts.signing_in import Browser, Entered, enter
from verwijsindex.accounts.steps import LIFETIMES, begin_step, take_step
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services

LIMIT = 10  # of one account; more is a mistake, or somebody filling the table
NAME = "Verwijsindex"
_LONGEST_ID = 1023  # bytes (WebAuthn §4, credential id)
# What malformed answers make the library raise besides its own errors.
_MALFORMED = (
    WebAuthnException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
)


class Purpose(StrEnum):
    """What a challenge was asked for; an answer is good for nothing else."""

    SIGN_IN = "inloggen"
    SETUP = "instellen"  #: the first means of an account
    ADD = "toevoegen"  #: one more
    PROVE = "bevestigen"  #: still the same person, before means are changed


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser is asked.

    Attributes:
        step: To be sent back with the answer, 43 characters.
        options: For ``navigator.credentials``, as JSON has them.
    """

    step: str = field(repr=False)
    options: Mapping[str, Any] = field(repr=False)


def ask_passkey(
    session: Session,
    services: Services,
    *,
    purpose: Purpose,
    secret: str,
    account_id: UUID | None = None,
) -> Challenge:
    """Begin signing in with a passkey, or proving who one is.

    Args:
        session: Committed here.
        services: Clock, keys, settings.
        purpose: What for.
        secret: What only this browser has.
        account_id: Whose passkeys; None: whoever's the device holds, so nobody types an address.

    Raises:
        Problem: 404 where there are no passkeys.
    """
    options = generate_authentication_options(
        rp_id=_site(services).host,
        timeout=_milliseconds(),
        allow_credentials=_descriptors(session, account_id) if account_id else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _challenge(
        session, services, options, purpose=purpose, secret=secret, account_id=account_id
    )


def ask_new_passkey(
    session: Session, services: Services, *, purpose: Purpose, secret: str, account: Account
) -> Challenge:
    """Begin making a passkey for *account*.

    Raises:
        Problem: 404 where there are no passkeys; 409 when there are enough.
    """
    site = _site(services)
    _check_count(session, account.id)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.name,
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(session, account.id),
    )
    return _challenge(
        session, services, options, purpose=purpose, secret=secret, account_id=account.id
    )


def sign_in_with_passkey(
    session: Session,
    services: Services,
    *,
    step_token: str,
    credential: object,
    secret: str,
    browser: Browser,
) -> Entered | None:
    """Return a session for whoever holds a passkey; None when its answer is not good."""
    account = _answered_by(
        session,
        services,
        purpose=Purpose.SIGN_IN,
        step_token=step_token,
        credential=credential,
        secret=secret,
    )
    if account is None:
        return None
    return enter(session, services, account=account, method=SignInMethod.PASSKEY, browser=browser)


def is_proven_by_passkey(
    session: Session,
    services: Services,
    *,
    account_id: UUID,
    step_token: str,
    credential: object,
    secret: str,
) -> bool:
    """Whether a passkey of this very account answered; the caller then calls ``prove``."""
    account = _answered_by(
        session,
        services,
        purpose=Purpose.PROVE,
        step_token=step_token,
        credential=credential,
        secret=secret,
        account_id=account_id,
    )
    return account is not None


def made_passkey(
    session: Session,
    services: Services,
    *,
    purpose: Purpose,
    account_id: UUID,
    step_token: str,
    credential: object,
    secret: str,
    device: str,
) -> Passkey | None:
    """Return the passkey that a browser made, not yet added; None when its answer is not good.

    The caller adds it and commits.

    Raises:
        Problem: 404 where there are no passkeys; 409 when there are enough, or it is known already.
    """
    site = _site(services)
    challenge = _taken(
        session,
        services,
        purpose=purpose,
        step_token=step_token,
        secret=secret,
        account_id=account_id,
    )
    if challenge is None:
        return None
    _check_count(session, account_id)
    try:
        made = verify_registration_response(
            credential=_json(credential),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _MALFORMED:
        event_log.log(event_log.SIGN_IN_REFUSED, reason="passkey")
        return None
    if not 0 < len(made.credential_id) <= _LONGEST_ID:
        return None
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise Problem(409, "Deze passkey is hier al bekend.")
    return Passkey(
        account_id=account_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        device=device,
        created_at=services.clock(),
    )


def _answered_by(
    session: Session,
    services: Services,
    *,
    purpose: Purpose,
    step_token: str,
    credential: object,
    secret: str,
    account_id: UUID | None = None,
) -> Account | None:
    """Return whose passkey answered the challenge; None when it did not, with all checks done."""
    site = _site(services)
    challenge = _taken(
        session,
        services,
        purpose=purpose,
        step_token=step_token,
        secret=secret,
        account_id=account_id,
    )
    if challenge is None:
        return None
    try:
        parsed = parse_authentication_credential_json(_json(credential))
        # Locked: of two answers at once with one count, the second sees that it was used.
        passkey = session.scalars(
            select(Passkey).where(Passkey.credential_id == parsed.raw_id).with_for_update()
        ).one_or_none()
        if passkey is None:
            event_log.log(event_log.SIGN_IN_REFUSED, reason="passkey unknown")
            return None
        verified = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED:
        session.rollback()
        event_log.log(event_log.SIGN_IN_REFUSED, reason="passkey")
        return None
    account = session.get_one(Account, passkey.account_id)
    handle = parsed.response.user_handle
    if (
        account.status is not AccountStatus.ACTIVE
        or account_id not in {None, account.id}
        or handle not in {None, account.id.bytes}
    ):
        session.rollback()
        return None
    passkey.sign_count = verified.new_sign_count
    passkey.used_at = services.clock()
    return account


def _challenge(
    session: Session,
    services: Services,
    options: Any,
    *,
    purpose: Purpose,
    secret: str,
    account_id: UUID | None,
) -> Challenge:
    step = begin_step(
        session,
        services.account_secrets,
        kind=StepKind.PASSKEY,
        account_id=account_id,
        content={
            "challenge": base64url.encode(options.challenge),
            "purpose": purpose.value,
            "browser": token_hash(secret).hex(),
        },
        now=services.clock(),
    )
    session.commit()
    return Challenge(step, options_to_json_dict(options))


def _taken(
    session: Session,
    services: Services,
    *,
    purpose: Purpose,
    step_token: str,
    secret: str,
    account_id: UUID | None,
) -> bytes | None:
    """Use up a challenge and return it; None when it was for something or somebody else."""
    step = take_step(
        session,
        services.account_secrets,
        step_token,
        kind=StepKind.PASSKEY,
        now=services.clock(),
    )
    session.commit()  # used up, whatever comes of the answer
    if (
        step is None
        or step.account_id != account_id
        or step.content["purpose"] != purpose.value
        or step.content["browser"] != token_hash(secret).hex()
    ):
        event_log.log(event_log.SIGN_IN_REFUSED, reason="passkey challenge")
        return None
    return base64url.decode(step.content["challenge"])


def _check_count(session: Session, account_id: UUID) -> None:
    count = session.scalar(
        select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    )
    if (count or 0) >= LIMIT:
        raise Problem(409, f"U hebt al {LIMIT} passkeys. Verwijder er eerst een.")


def _descriptors(session: Session, account_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=one)
        for one in session.scalars(
            select(Passkey.credential_id).where(Passkey.account_id == account_id)
        )
    ]


def _json(credential: object) -> dict[str, Any]:
    if not isinstance(credential, dict):
        raise TypeError
    return credential


def _site(services: Services) -> Site:
    site = site_of(services.settings.base_url)
    if site is None:
        raise Problem(404)
    return site


def _milliseconds() -> int:
    return int(LIFETIMES[StepKind.PASSKEY].total_seconds() * 1000)
