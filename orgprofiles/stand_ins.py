"""Stand-ins (waarneming): who looks after somebody's matches while they are away."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class StandInDelivery(StrEnum):
    """Who is mailed of the matches of somebody who is away."""

    BOTH = "beiden"  #: who is away, and the stand-in
    SUBSTITUTE = "waarnemer"  #: the stand-in alone


class StandIn(Base):
    """A period in which somebody of the same unit looks after a professional's matches.

    The periods of one professional do not overlap: whoever makes one holds
    the professional's row.
    """

    __tablename__ = "stand_ins"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("professional_id <> substitute_id", name="somebody_else"),
        Index(None, "professional_id"),
        Index(None, "substitute_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    professional_id: Mapped[UUID] = mapped_column(ForeignKey("professionals.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("professionals.id"))
    #: The first and the last day of it, both of it; calendar days in the Netherlands.
    first_day: Mapped[date]
    last_day: Mapped[date]
    delivery: Mapped[StandInDelivery] = mapped_column(word(StandInDelivery))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def is_on(today: Any, stand_in: Any = StandIn) -> ColumnElement[bool]:
    """Return the condition on :class:`StandIn` that it lasts on *today*."""
    return and_(stand_in.first_day <= today, stand_in.last_day >= today)
