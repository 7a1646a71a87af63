"""On what legal basis an organisation may signal, per domain and age group."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, new_id, word
from orgprofiles.domains import AgeGroup, Demand, Domain


class LegalBasis(Base):
    """A basis (grondslag): names of laws are data, for they change."""

    __tablename__ = "legal_bases"
    __table_args__ = (UniqueConstraint("organisation_id", "domain", "age_group", "valid_from"),)

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

    def is_valid_on(self, day: date) -> bool:
        """Whether this basis may be used on *day*."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
