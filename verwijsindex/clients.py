"""Machine clients: source systems that speak for an organisation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class Scope(StrEnum):
    """What a client may do."""

    SIGNALS = "signalen"  #: register, read and end signals of its organisation
    MATCHES = "matches"  #: see its organisation's matches
    PROFILES = "profielen"  #: read organisations and profiles, keep the organisation's own
    PROFESSIONALS = "medewerkers"  #: keep the organisation's professionals
    FIGURES = "cijfers"  #: read figures
    ADMINISTRATION = "beheer"  #: agree profiles, set rules, follow admissions: the administrator's


class ClientStatus(StrEnum):
    """Whether a client may come in."""

    ACTIVE = "actief"  #: gets tokens
    REVOKED = "ingetrokken"  #: refused, with every token it has


class LimitsClass(StrEnum):
    """How much the pseudonym service evaluates for a client a day, at most."""

    STANDARD = "standaard"  #: 20,000 a day
    LARGE = "groot"  #: 200,000 a day, for a first import
    CANARY = "canarie"  #: the index itself, for the canary and nothing else


class Client(Base):
    """A machine client: it has a secret or a public key, not both."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("(secret_hash IS NULL) <> (jwk IS NULL)", name="secret_or_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[ClientStatus] = mapped_column(word(ClientStatus))
    #: List of the values of :class:`Scope`.
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    limits: Mapped[LimitsClass] = mapped_column(word(LimitsClass))
    #: SHA-256 of a random secret of 256 bits; nothing slower is needed for those.
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: Public key (RFC 7517).
    jwk: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ClientUnit(Base):
    """An independent unit that a client may act for; other units are open to all clients."""

    __tablename__ = "client_units"

    client_id: Mapped[UUID] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)


class UsedJti(Base):
    """A client assertion that was used; shared by all processes."""

    __tablename__ = "used_jtis"
    __table_args__ = (Index(None, "expires_at"),)

    client_id: Mapped[UUID] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True
    )
    jti: Mapped[str] = mapped_column(String(128), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
