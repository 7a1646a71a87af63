"""Signing in through one's own organisation: who the provider says it is, by issuer and subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orgprofiles.organisations import Organisation, OrganisationStatus
from verwijsindex import event_log
from verwijsindex.accounts.own_means import record_change
from verwijsindex.accounts.passkeys import Purpose
from verwijsindex.accounts.providers import (
    Journey,
    ProviderClient,
    ProviderRefused,
    ProviderUnreachable,
)
from verwijsindex.accounts.records import (
    Account,
    AccountStatus,
    IdentityProvider,
    ProviderIdentity,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.sessions import SignedIn, token_hash
from verwijsindex.accounts.setting_up import finish_step, read_setup
from verwijsindex.accounts.signing_in import Browser, Entered, enter
from verwijsindex.accounts.steps import begin_step, change_step, take_step
from verwijsindex.services import Services

RETURN_PATH = "/inloggen/organisatie/terug"
_OPEN = (OrganisationStatus.ACTIVE, OrganisationStatus.ADMITTING)


class Hitch(StrEnum):
    """Why signing in through the organisation came to nothing."""

    UNREACHABLE = "onbereikbaar"  #: the provider does not answer as it should
    REFUSED = "geweigerd"  #: it said no, or its answer proves nothing
    OVER = "verlopen"  #: too late, used, or begun in another browser
    UNKNOWN = "onbekend"  #: the subject belongs to no account here
    TAKEN = "bezet"  #: the subject belongs to another account
    ELSEWHERE = "andere organisatie"  #: the provider is not that of this account's organisation


@dataclass(frozen=True, slots=True)
class Choice:
    """An organisation that has its own sign-in."""

    provider_id: UUID
    organisation: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody came back from a provider, which says who it is.

    Attributes:
        purpose: What they left for.
        provider: From where.
        subject: Who, there.
        account_id: Whose browser left; None: nobody's yet.
        to: Where they wanted to go.
    """

    purpose: Purpose
    provider: IdentityProvider
    subject: str
    account_id: UUID | None
    to: str


def read_choices(session: Session) -> Sequence[Choice]:
    """Return the organisations with their own sign-in, by name. Their names are public."""
    rows = session.execute(
        select(IdentityProvider.id, Organisation.name)
        .join(Organisation, Organisation.id == IdentityProvider.organisation_id)
        .where(Organisation.status.in_(_OPEN))
        .order_by(Organisation.name)
    )
    return [Choice(row.id, row.name) for row in rows]


def provider_of(session: Session, organisation_id: UUID) -> IdentityProvider | None:
    """Return an organisation's provider."""
    return session.scalars(
        select(IdentityProvider).where(IdentityProvider.organisation_id == organisation_id)
    ).one_or_none()


def leave(
    session: Session,
    services: Services,
    *,
    provider_id: UUID,
    purpose: Purpose,
    secret: str,
    account_id: UUID | None = None,
    to: str = "",
) -> str | Hitch | None:
    """Return where to send a browser to be signed in there.

    Args:
        session: Committed here.
        services: Clock, keys, connections.
        provider_id: Whose sign-in.
        purpose: What for.
        secret: What only this browser has.
        account_id: Of who is signed in or choosing means; None: nobody is.
        to: Where to go after signing in.

    Returns:
        The address; :attr:`Hitch.UNREACHABLE`; None: there is no such provider.
    """
    provider = session.scalars(
        select(IdentityProvider)
        .join(Organisation, Organisation.id == IdentityProvider.organisation_id)
        .where(IdentityProvider.id == provider_id, Organisation.status.in_(_OPEN))
    ).one_or_none()
    if provider is None:
        return None
    now = services.clock()
    content = {
        "provider": str(provider.id),
        "purpose": purpose.value,
        "browser": token_hash(secret).hex(),
        "to": to,
        "at": now.isoformat(),
    }
    client = _client(services, provider)
    session.commit()  # asking the provider may take long: not while a connection is held
    sealing = services.account_secrets
    state = begin_step(
        session, sealing, kind=StepKind.PROVIDER, account_id=account_id, content=content, now=now
    )
    session.commit()
    try:
        address, journey = services.providers.address(
            client, state=state, must_sign_in=purpose is Purpose.PROVE
        )
    except ProviderUnreachable:
        event_log.log(event_log.SIGN_IN_REFUSED, reason="provider unreachable")
        return Hitch.UNREACHABLE
    content |= {"nonce": journey.nonce, "verifier": journey.verifier}
    change_step(session, sealing, state, content=content)
    session.commit()
    return address


def arrive(
    session: Session,
    services: Services,
    *,
    state: str,
    code: str,
    named: str | None,
    secret: str,
) -> Arrival | Hitch:
    """Return who came back from a provider, or why that is not known.

    Args:
        session: Committed here: the state is used up, whatever comes of it.
        services: Clock, keys, connections.
        state: As it came back.
        code: The same; empty when the provider refused.
        named: The provider's name as it came along; None: none did.
        secret: What only this browser has.
    """
    now = services.clock()
    step = take_step(session, services.account_secrets, state, kind=StepKind.PROVIDER, now=now)
    session.commit()
    if (
        step is None
        or "nonce" not in step.content
        or step.content["browser"] != token_hash(secret).hex()
    ):
        return _hitch(Hitch.OVER, "provider state")
    provider = session.get(IdentityProvider, UUID(step.content["provider"]))
    if provider is None or not code:
        return _hitch(Hitch.REFUSED, "provider")
    purpose = Purpose(step.content["purpose"])
    client = _client(services, provider)
    session.commit()  # the same: nothing is held while the provider is asked
    began = datetime.fromisoformat(step.content["at"])
    try:
        subject = services.providers.subject(
            client,
            code=code,
            named=named,
            journey=Journey(step.content["nonce"], step.content["verifier"]),
            now=now,
            signed_in_after=began if purpose is Purpose.PROVE else None,
        )
    except ProviderUnreachable:
        return _hitch(Hitch.UNREACHABLE, "provider unreachable")
    except ProviderRefused:
        return _hitch(Hitch.REFUSED, "provider token")
    return Arrival(purpose, provider, subject, step.account_id, step.content["to"])


def sign_in_from(
    session: Session, services: Services, *, arrival: Arrival, browser: Browser
) -> Entered | Hitch:
    """Return a session for whoever the provider says it is, when that was linked before."""
    account = _account_of(session, arrival)
    if (
        account is None
        or account.status is not AccountStatus.ACTIVE
        or account.organisation_id != arrival.provider.organisation_id
    ):
        return _hitch(Hitch.UNKNOWN, "provider subject unknown")
    return enter(session, services, account=account, method=SignInMethod.PROVIDER, browser=browser)


def set_up_from(
    session: Session, services: Services, *, arrival: Arrival, step_token: str, browser: Browser
) -> Entered | Hitch:
    """Make the provider the way in of somebody who accepted an invitation."""
    setup = read_setup(session, services, step_token=step_token)
    if setup is None or setup.account.id != arrival.account_id:
        return Hitch.OVER
    if setup.account.organisation_id != arrival.provider.organisation_id:
        return Hitch.ELSEWHERE
    other = _account_of(session, arrival)
    if other is not None and other.id != setup.account.id:
        return Hitch.TAKEN
    account = finish_step(session, services, step_token=step_token, now=services.clock())
    if account is None:
        return Hitch.OVER
    if not _link(session, services, arrival, account):
        return Hitch.TAKEN
    return enter(
        session, services, account=account, method=SignInMethod.INVITATION, browser=browser
    )


def link_from(
    session: Session, services: Services, *, arrival: Arrival, who: SignedIn
) -> Hitch | None:
    """Link what the provider says to who is signed in; None when that is done."""
    if arrival.account_id != who.account_id:
        return Hitch.OVER
    if arrival.provider.organisation_id != who.caller.organisation_id:
        return Hitch.ELSEWHERE
    other = _account_of(session, arrival)
    if other is not None and other.id != who.account_id:
        return Hitch.TAKEN
    account = session.scalars(
        select(Account).where(Account.id == who.account_id).with_for_update()
    ).one()
    if not _link(session, services, arrival, account):
        return Hitch.TAKEN
    record_change(session, services, who=who)
    session.commit()
    return None


def is_proven_by_provider(session: Session, *, arrival: Arrival, who: SignedIn) -> bool:
    """Whether it is still the same person."""
    account = _account_of(session, arrival)
    return account is not None and account.id == who.account_id == arrival.account_id


def _client(services: Services, provider: IdentityProvider) -> ProviderClient:
    return ProviderClient(
        issuer=provider.issuer,
        client_id=provider.client_id,
        secret=services.account_secrets.open(provider.secret_sealed).decode(),
        redirect_uri=services.settings.base_url + RETURN_PATH,
    )


def _account_of(session: Session, arrival: Arrival) -> Account | None:
    return session.scalars(
        select(Account)
        .join(ProviderIdentity, ProviderIdentity.account_id == Account.id)
        .where(
            ProviderIdentity.provider_id == arrival.provider.id,
            ProviderIdentity.subject == arrival.subject,
        )
    ).one_or_none()


def _link(session: Session, services: Services, arrival: Arrival, account: Account) -> bool:
    """Link *account*, which had at most one such link; False when somebody else just took it."""
    session.execute(delete(ProviderIdentity).where(ProviderIdentity.account_id == account.id))
    session.add(
        ProviderIdentity(
            provider_id=arrival.provider.id,
            subject=arrival.subject,
            account_id=account.id,
            linked_at=services.clock(),
        )
    )
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        return False
    return True


def _hitch(hitch: Hitch, reason: str) -> Hitch:
    event_log.log(event_log.SIGN_IN_REFUSED, reason=reason)
    return hitch
