"""Sessions: begun at sign-in, found by a cookie, ended by time or by hand."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from match.rule_versions import RuleVersion
from match.terms import Terms
from orgprofiles.base import new_id
from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    ProfessionalStatus,
    Unit,
)
from verwijsindex.access import Caller
from verwijsindex.accounts.records import Account, AccountSession, AccountStatus, SignInMethod
from verwijsindex.accounts.roles import Role, scopes_of
from verwijsindex.audit import ActorKind
from verwijsindex.key_checks import KeyCheck, KeyState

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=10)  # a working day with a late visit
_SEEN_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in, as they are at this moment.

    Attributes:
        account_id: Who.
        name: For people.
        roles: What they may do.
        organisation_name: Of their organisation.
        professional_id: Who they are as contact of signals; None: no contact.
        professional_key: The organisation's own key for that.
        unit_id: Where they work; None with *professional_key*.
        unit_name: Of that unit.
        session_id: Of this session.
        method: How it was begun.
        proven_at: When they last showed who they are in this session.
        previous_visit_at: When they were here before; None: never.
        caller: As whom use cases see them.
    """

    account_id: UUID
    name: str
    roles: frozenset[Role]
    organisation_name: str
    professional_id: UUID | None
    professional_key: str | None
    unit_id: UUID | None
    unit_name: str | None
    session_id: UUID
    method: SignInMethod
    proven_at: datetime
    previous_visit_at: datetime | None
    caller: Caller = field(repr=False)


def begin_session(
    session: Session, *, account: Account, method: SignInMethod, device: str, now: datetime
) -> str:
    """Begin a session and return its secret: 43 characters, for the cookie alone.

    Always a new one: a session that was there before sign-in never becomes one after it.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        AccountSession(
            id=new_id(),
            token_hash=token_hash(token),
            account_id=account.id,
            method=method,
            device=device,
            proven_at=now,
            seen_at=now,
            ends_at=now + ABSOLUTE,
            previous_visit_at=account.seen_at,
        )
    )
    account.seen_at = now
    return token


def token_hash(token: str) -> bytes:
    """Return SHA-256 of a random secret, 32 bytes; nothing slower is needed for those."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


_FOUND = (
    select(
        AccountSession,
        Account,
        Organisation,
        Professional.key,
        Professional.unit_id,
        Professional.status.label("professional_status"),
        Unit.name.label("unit_name"),
        select(func.max(RuleVersion.version)).scalar_subquery().label("rules_version"),
        select(func.count())
        .select_from(KeyCheck)
        .where(KeyCheck.state == KeyState.WRONG)
        .scalar_subquery()
        .label("wrong_keys"),
    )
    .join(Account, Account.id == AccountSession.account_id)
    .join(Organisation, Organisation.id == Account.organisation_id)
    .outerjoin(Professional, Professional.id == Account.professional_id)
    .outerjoin(Unit, Unit.id == Professional.unit_id)
)


def find_session(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Return who is signed in with *token*; None when the session, account or organisation ended.

    That it was used is written down at most once a minute. Commits: what
    follows in the request begins a transaction of its own.
    """
    row = session.execute(
        _FOUND.where(
            AccountSession.token_hash == token_hash(token),
            AccountSession.seen_at > now - IDLE,
            AccountSession.ends_at > now,
            Account.status == AccountStatus.ACTIVE,
            or_(
                Organisation.status == OrganisationStatus.ACTIVE,
                Organisation.status == OrganisationStatus.ADMITTING,
            ),
        )
    ).one_or_none()
    if row is None:
        session.commit()
        return None
    held: AccountSession = row.AccountSession
    account: Account = row.Account
    if now - held.seen_at >= _SEEN_EVERY:
        held.seen_at = account.seen_at = now
    roles = frozenset(Role(one) for one in account.roles)
    is_contact = row.professional_status is ProfessionalStatus.ACTIVE
    organisation: Organisation = row.Organisation
    caller = Caller(
        id=account.id,
        kind=ActorKind.ACCOUNT,
        organisation_id=organisation.id,
        scopes=scopes_of(roles),
        sensitive=organisation.sensitive,
        bsn_basis=organisation.bsn_basis if organisation.registers else None,
        reference_pattern=organisation.reference_pattern,
        terms=Terms(organisation.default_months, organisation.longest_months),
        telling_ways=(
            None if organisation.telling_ways is None else frozenset(organisation.telling_ways)
        ),
        rules_version=row.rules_version or 0,
        keys_agree=row.wrong_keys == 0,
        status=organisation.status,
        unit_ids=_units_of_case_work(
            # Who left is not to look on, though nobody blocked the account yet.
            session,
            organisation.id,
            roles,
            row.unit_id if is_contact else None,
        ),
    )
    found = SignedIn(
        account_id=account.id,
        name=account.name,
        roles=roles,
        organisation_name=organisation.name,
        professional_id=account.professional_id if is_contact else None,
        professional_key=row.key if is_contact else None,
        unit_id=row.unit_id if is_contact else None,
        unit_name=row.unit_name if is_contact else None,
        session_id=held.id,
        method=held.method,
        proven_at=held.proven_at,
        previous_visit_at=held.previous_visit_at,
        caller=caller,
    )
    session.commit()
    return found


def _units_of_case_work(
    session: Session, organisation_id: UUID, roles: frozenset[Role], own: UUID | None
) -> frozenset[UUID]:
    """Return the units whose signals somebody may see: need to know, not nice to know.

    A professional the own; who registers for colleagues also the others, but
    for those that are independent.
    """
    found: set[UUID] = set()
    if own is not None and roles & {Role.PROFESSIONAL, Role.SUPPORT}:
        found.add(own)
    if Role.SUPPORT in roles:
        found.update(
            session.scalars(
                select(Unit.id).where(Unit.organisation_id == organisation_id, ~Unit.independent)
            )
        )
    return frozenset(found)


def sessions_of(session: Session, account_id: UUID, *, now: datetime) -> Sequence[AccountSession]:
    """Return where somebody is signed in now, the latest first."""
    return session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.seen_at > now - IDLE,
            AccountSession.ends_at > now,
        )
        .order_by(AccountSession.seen_at.desc())
    ).all()


def end_sessions(
    session: Session, account_id: UUID, *, but: UUID | None = None, only: UUID | None = None
) -> int:
    """End sessions of an account and return how many. The caller commits.

    Args:
        session: Of the database.
        account_id: Whose.
        but: Keep this one.
        only: End this one alone.
    """
    wanted = delete(AccountSession).where(AccountSession.account_id == account_id)
    if but is not None:
        wanted = wanted.where(AccountSession.id != but)
    if only is not None:
        wanted = wanted.where(AccountSession.id == only)
    return len(session.scalars(wanted.returning(AccountSession.id)).all())


def forget_ended(session: Session, *, now: datetime) -> None:
    """Delete sessions that are over. The caller commits."""
    session.execute(
        delete(AccountSession).where(
            or_(AccountSession.ends_at <= now, AccountSession.seen_at <= now - IDLE)
        )
    )
