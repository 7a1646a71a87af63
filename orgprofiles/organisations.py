"""Organisations, their units and their professionals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.domains import Domain


class OrganisationStatus(StrEnum):
    """How far an organisation takes part."""

    WAITING = "wachtlijst"  #: known by name; its clients are refused
    ADMITTING = "in_toelating"  #: prepares: profile, professionals, a dry run; registers nothing
    ACTIVE = "actief"  #: may register and is matched
    STOPPED = "gestopt"  #: its clients are refused


class ProfessionalStatus(StrEnum):
    """Whether somebody may be named as contact."""

    ACTIVE = "actief"  #: may be contact of a signal
    INACTIVE = "inactief"  #: left; kept for the signals that still name them


class Delivery(StrEnum):
    """How somebody wants to be mailed of matches."""

    AT_ONCE = "direct"  #: as they come
    DAILY = "dagelijks"  #: once a working day, in one mail
    OFF = "uit"  #: not: the team's mailbox gets them instead


class Organisation(Base):
    """An organisation that takes part."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[OrganisationStatus] = mapped_column(word(OrganisationStatus))
    #: Being known there is itself telling (Veilig Thuis, police, mental health).
    sensitive: Mapped[bool]
    #: Law and article that let it use the BSN; without one it may not register.
    bsn_basis: Mapped[str | None] = mapped_column(String(200))
    #: Whether it is to register at all; one that does not still reads the directory.
    registers: Mapped[bool] = mapped_column(server_default=true(), default=True)
    #: Regular expression agreed by the administrator; decides on references instead of the rules.
    reference_pattern: Mapped[str | None] = mapped_column(String(200))
    #: Term in months of a signal for which none is asked, and the longest.
    default_months: Mapped[int] = mapped_column(server_default="12", default=12)
    longest_months: Mapped[int] = mapped_column(server_default="24", default=24)
    #: Working days in which a match is followed up.
    follow_up_days: Mapped[int] = mapped_column(server_default="5", default=5)
    #: In which ways it tells clients (values of TellingWay); None: any.
    telling_ways: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Gets what is about the organisation itself.
    mailbox: Mapped[str | None] = mapped_column(String(254))


class SecureMailDomain(Base):
    """A mail domain that the administrator marked as secure (``mailBeveiligd``)."""

    __tablename__ = "secure_mail_domains"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    #: Lower case, without the @.
    mail_domain: Mapped[str] = mapped_column(String(253), primary_key=True)


class Unit(Base):
    """A unit (afdeling) of an organisation: one domain, one team mailbox."""

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(200))
    domain: Mapped[Domain] = mapped_column(word(Domain))
    takes_part: Mapped[bool]
    #: Matched with other independent units of its own organisation, and closed to them.
    independent: Mapped[bool]
    mailbox: Mapped[str] = mapped_column(String(254))
    #: Since when mail to that mailbox is refused, UTC; None: it is not.
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phone: Mapped[str] = mapped_column(String(30))


class Professional(Base):
    """Somebody who works with clients and may be contact of a signal."""

    __tablename__ = "professionals"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        CheckConstraint("length(key) BETWEEN 1 AND 64", name="key_length"),
        Index(None, "unit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: The organisation's own key (sleutel): ``[A-Za-z0-9._-]{1,64}``.
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    #: Since when mail to that address is refused, UTC; None: it is not. It goes to the
    #: team's mailbox meanwhile.
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phone: Mapped[str] = mapped_column(String(30))
    delivery: Mapped[Delivery] = mapped_column(
        word(Delivery), server_default="direct", default=Delivery.AT_ONCE
    )
    status: Mapped[ProfessionalStatus] = mapped_column(word(ProfessionalStatus))
    #: The day of the training; before it, or without one, nobody is contact of a new signal.
    trained_on: Mapped[date | None]
