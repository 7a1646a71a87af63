"""What is kept of an admission: its cohort, its dates, and the steps that are recorded."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.admission import AdmissionStep
from orgprofiles.base import Base, UtcDateTime, new_id, word


class Cohort(Base):
    """Organisations that begin together."""

    __tablename__ = "cohorts"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    #: The first day on which its organisations may be active, in the Netherlands.
    starts_on: Mapped[date]


class Admission(Base):
    """An organisation's way in; organisations that were admitted at once have none."""

    __tablename__ = "admissions"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    cohort_id: Mapped[UUID | None] = mapped_column(ForeignKey("cohorts.id"))
    #: Its place on the waiting list; days in the Netherlands.
    waiting_since: Mapped[date | None]
    admitting_since: Mapped[date | None]
    active_since: Mapped[date | None]


class AdmissionRecord(Base):
    """A recorded step: signed on, with a document; or a person to turn to."""

    __tablename__ = "admission_records"
    __table_args__ = (
        CheckConstraint("step IN ('convenant', 'dpia', 'privacycontact')", name="recorded_step"),
        CheckConstraint(
            "(step = 'privacycontact') = (contact_name IS NOT NULL)", name="contact_name"
        ),
        CheckConstraint(
            "(step = 'privacycontact') = (contact_email IS NOT NULL)", name="contact_email"
        ),
        CheckConstraint(
            "(step = 'privacycontact') = (contact_phone IS NOT NULL)", name="contact_phone"
        ),
        CheckConstraint("(step = 'privacycontact') = (document IS NULL)", name="document"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    step: Mapped[AdmissionStep] = mapped_column(word(AdmissionStep), primary_key=True)
    done_on: Mapped[date]
    #: Where the document is: an address with https.
    document: Mapped[str | None] = mapped_column(String(300))
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
