"""The tables of accounts: who signs in, with what, from where."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word

HASH_BYTES = 32


class AccountStatus(StrEnum):
    """Whether somebody may sign in."""

    INVITED = "uitgenodigd"  #: has not yet chosen how to sign in
    ACTIVE = "actief"  #: may sign in
    BLOCKED = "geblokkeerd"  #: may not; left, or was shut out by the coordinator


class SignInMethod(StrEnum):
    """How a session was begun."""

    PASSKEY = "passkey"  #: WebAuthn, with the device's own check of who holds it
    PASSWORD = "wachtwoord"  # noqa: S105  #: a password and a one-time code
    RECOVERY = "herstelcode"  #: a password and a recovery code
    PROVIDER = "organisatie"  #: the organisation's own OpenID Connect provider
    INVITATION = "uitnodiging"  #: right after choosing how to sign in
    DEMO = "demo"  #: one click, in the demonstration


class StepKind(StrEnum):
    """What a sign-in that is under way waits for."""

    CODE = "code"  #: the password was right; a one-time code follows
    PASSKEY = "passkey"  #: a challenge is out
    PROVIDER = "organisatie"  #: the browser is at the organisation's provider
    SETUP = "instellen"  #: an invitation was accepted; the means are being chosen


class LinkKind(StrEnum):
    """What a link in a mail is good for."""

    INVITATION = "uitnodiging"  #: choose how to sign in, for the first time
    RECOVERY = "herstel"  #: choose anew; the old means are gone
    DEVICE = "toestel"  #: sign in from a new device though somebody is guessing


class Account(Base):
    """Somebody who may sign in; who is contact of signals stands in ``professionals``."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(totp_sealed IS NULL) = (totp_step IS NULL)", name="totp_whole"),
        Index(None, "organisation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    #: Whose signals are "mine"; None for those who are contact of none.
    professional_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("professionals.id"), unique=True
    )
    #: With which one signs in; lower case.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    #: List of the values of :class:`verwijsindex.accounts.roles.Role`.
    roles: Mapped[list[Any]] = mapped_column(JSON)
    status: Mapped[AccountStatus] = mapped_column(word(AccountStatus))
    #: argon2id, in its own notation (RFC 9106).
    password_hash: Mapped[str | None] = mapped_column(String(200))
    #: The secret of the one-time codes (RFC 6238), sealed with the index's key.
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: The last time step that was used: a code is good once.
    totp_step: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: To a minute; what happened since is told at the next visit.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential."""

    __tablename__ = "passkeys"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    #: Such as ``Chrome op Android``: how its holder tells it from the others.
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code for when the telephone is lost; good once."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    #: Keyed hash of the code.
    hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountSession(Base):
    """Somebody who is signed in. The cookie holds a secret; here is only its hash."""

    __tablename__ = "account_sessions"
    __table_args__ = (Index(None, "account_id"), Index(None, "ends_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    method: Mapped[SignInMethod] = mapped_column(word(SignInMethod))
    #: Such as ``Chrome op Android``.
    device: Mapped[str] = mapped_column(String(80))
    #: When its holder last showed who they are: at the sign-in, or later to change the means.
    proven_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: To a minute.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Whatever is done, it ends then.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the account was last seen before this session; None at the first.
    previous_visit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInStep(Base):
    """A sign-in that is under way, bound to one browser by a cookie; good once."""

    __tablename__ = "sign_in_steps"
    __table_args__ = (Index(None, "expires_at"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), primary_key=True)
    kind: Mapped[StepKind] = mapped_column(word(StepKind))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    #: What the next step needs (a challenge, a secret that was offered), as sealed JSON.
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    #: Wrong codes so far.
    failures: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInFailure(Base):
    """A wrong password or code. Kept for a day; addresses only as keyed hashes."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        Index(None, "target_hash", "at"),
        Index(None, "source_hash", "at"),
        Index(None, "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Of the mail address that was typed, whether or not there is an account of it.
    target_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    #: Of the network address that it came from.
    source_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    #: Of the device, where it had signed in to this account before.
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary(HASH_BYTES))


class AccountLink(Base):
    """A link that was mailed. Its secret is made of the id with the index's key, never stored."""

    __tablename__ = "account_links"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[LinkKind] = mapped_column(word(LinkKind))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdentityProvider(Base):
    """The OpenID Connect provider of one organisation."""

    __tablename__ = "identity_providers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    #: Exactly as the provider names itself; two organisations never share one.
    issuer: Mapped[str] = mapped_column(String(500), unique=True)
    client_id: Mapped[str] = mapped_column(String(255))
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ProviderIdentity(Base):
    """Somebody as a provider knows them: issuer and subject, never a mail address."""

    __tablename__ = "provider_identities"
    __table_args__ = (Index(None, "account_id"),)

    provider_id: Mapped[UUID] = mapped_column(
        ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True
    )
    #: The claim ``sub``: at most 255 characters (OpenID Connect Core 1.0 §2).
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
