"""The signal: this contact is involved with this subject. Never why."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class SignalStatus(StrEnum):
    """Whether somebody is still involved."""

    ACTIVE = "actief"  #: involved now; takes part in matching
    ENDED = "beeindigd"  #: ended by the organisation, with a reason
    LAPSED = "vervallen"  #: its last day passed


class EndReason(StrEnum):
    """Why an involvement ended: the contract's closed list."""

    COMPLETED = "afgerond"  #: as intended
    STOPPED_EARLY = "voortijdig_gestopt"  #: before its aim was reached
    NO_CONTACT = "geen_contact"  #: the client was not reached any more
    TRANSFERRED = "overgedragen"  #: another organisation took over
    MOVED = "verhuisd"  #: left the area
    DECEASED = "overleden"  #: the client died
    OBJECTION = "bezwaar"  #: the client objected
    CONSENT_WITHDRAWN = "instemming_ingetrokken"  #: the client withdrew consent
    WRONG_PERSON = "verkeerde_persoon"  #: it was somebody else; the others are told


class InformedBy(StrEnum):
    """Who told the client."""

    OWN = "eigen"  #: the organisation that signals
    REFERRER = "verwijzer"  #: whoever referred the client


class Informed(StrEnum):
    """Who was told."""

    CLIENT = "client"  #: the person concerned
    GUARDIANS = "gezaghebbenden"  #: those with parental authority


class InformedHow(StrEnum):
    """In which way they were told."""

    CONVERSATION = "gesprek"  #: face to face
    LETTER = "brief"  #: on paper
    PHONE = "telefoon"  #: by telephone
    PORTAL = "portaal"  #: in a client portal


class Reaction(StrEnum):
    """What they said to it."""

    NOT_ASKED = "niet_gevraagd"  #: told only
    NO_OBJECTION = "geen_bezwaar"  #: asked, and did not object
    CONSENT = "instemming"  #: asked, and agreed


class DeferralReason(StrEnum):
    """Why telling the client was put off (AVG, article 23)."""

    CLIENT_SAFETY = "veiligheid_client"  #: telling would endanger the client
    OTHERS_SAFETY = "veiligheid_ander"  #: telling would endanger somebody else
    INVESTIGATION = "onderzoek"  #: telling would frustrate an investigation
    NOT_REACHED = "nog_niet_bereikt"  #: tried, but not reached yet


_ACTIVE = text("status = 'actief'")
_OVER = text("ended_at IS NOT NULL")


class Signal(Base):
    """An involvement, now or in the past."""

    __tablename__ = "signals"
    __table_args__ = (
        CheckConstraint("(status = 'actief') = (ended_at IS NULL)", name="ended_when_not_active"),
        CheckConstraint("(status = 'beeindigd') = (reason IS NOT NULL)", name="reason_when_ended"),
        # One active signal per contact and person. Two indexes, for NULLs are distinct.
        Index(
            "uq_signals_active_professional",
            "subject_id",
            "professional_id",
            unique=True,
            sqlite_where=text("status = 'actief' AND professional_id IS NOT NULL"),
            postgresql_where=text("status = 'actief' AND professional_id IS NOT NULL"),
        ),
        Index(
            "uq_signals_active_unit",
            "subject_id",
            "unit_id",
            unique=True,
            sqlite_where=text("status = 'actief' AND professional_id IS NULL"),
            postgresql_where=text("status = 'actief' AND professional_id IS NULL"),
        ),
        # The matching query.
        Index(
            "ix_signals_active_subject",
            "subject_id",
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        # The lists of an organisation, newest first (ids are in order of making).
        Index("ix_signals_unit_id_id", "unit_id", "id"),
        Index("ix_signals_reference_hash", "reference_hash"),
        Index("ix_signals_lapses", "lapses", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        # What is to be deleted.
        Index("ix_signals_ended_at", "ended_at", sqlite_where=_OVER, postgresql_where=_OVER),
        Index(
            "ix_signals_active_professional_id",
            "professional_id",
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: None: the unit itself is the contact.
    professional_id: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    legal_basis_id: Mapped[UUID] = mapped_column(ForeignKey("legal_bases.id"))
    status: Mapped[SignalStatus] = mapped_column(word(SignalStatus))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When somebody last said that they are still involved; None: not since it started.
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: First day on which it is no longer active (a calendar day in the Netherlands).
    lapses: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[EndReason | None] = mapped_column(word(EndReason))
    reference_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reference_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Informing(Base):
    """How the client was told of a signal, or why not yet. The newest row counts."""

    __tablename__ = "informings"
    __table_args__ = (
        CheckConstraint(
            "(deferral_reason IS NULL) = (informed_on IS NOT NULL)", name="told_or_deferred"
        ),
        CheckConstraint("(deferral_reason IS NULL) = (review_on IS NULL)", name="deferral_review"),
        Index(None, "signal_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id", ondelete="CASCADE"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    informed_by: Mapped[InformedBy | None] = mapped_column(word(InformedBy))
    #: List of the values of :class:`Informed`.
    informed: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    informed_how: Mapped[InformedHow | None] = mapped_column(word(InformedHow))
    informed_on: Mapped[date | None]
    reaction: Mapped[Reaction | None] = mapped_column(word(Reaction))
    deferral_reason: Mapped[DeferralReason | None] = mapped_column(word(DeferralReason))
    review_on: Mapped[date | None]
