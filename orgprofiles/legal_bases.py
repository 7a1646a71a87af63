"""On what legal basis an organisation may signal, per domain and age group."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.domains import AgeGroup, Demand, Domain


class LegalBasis(Base):
    """A basis (grondslag): names of laws are data, for they change."""

    __tablename__ = "legal_bases"
    __table_args__ = (
        Index(
            "uq_legal_bases_in_use",
            "organisation_id",
            "domain",
            "age_group",
            "valid_from",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    domain: Mapped[Domain] = mapped_column(word(Domain))
    age_group: Mapped[AgeGroup] = mapped_column(word(AgeGroup))
    demands: Mapped[Demand] = mapped_column(word(Demand))
    #: Whether informing the client may be put off, with a reason.
    may_defer: Mapped[bool]
    #: Law and article.
    reference: Mapped[str] = mapped_column(String(300))
    #: Calendar days in the Netherlands; the last day counts.
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    #: When it is to be looked at again.
    review_on: Mapped[date | None]
    #: When a published profile no longer had it, at once. Signals keep naming it.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def is_valid_on(self, day: date) -> bool:
        """Whether this basis may be used on *day*."""
        return (
            self.withdrawn_at is None
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )
