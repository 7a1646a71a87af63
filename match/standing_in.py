"""Who is told, besides them, what somebody who is away must not miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from orgprofiles.organisations import Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandIn, is_on
from orgprofiles.statements import fixed


@dataclass(frozen=True, slots=True)
class Replacement:
    """Who looks after somebody's signals today.

    Attributes:
        absent_id: Who is away.
        professional_id: Who stands in; None: the team, for the stand-in is not there either.
        unit_id: Where they all work.
    """

    absent_id: UUID
    professional_id: UUID | None
    unit_id: UUID

    @property
    def recipient(self) -> UUID:
        """As the outbox has it."""
        return self.professional_id or self.unit_id


def read_replacements(
    session: Session, which: ColumnElement[bool], *, today: date
) -> Sequence[Replacement]:
    """Return who looks after what of those who are away today, as :mod:`match.routing` has it.

    Args:
        session: Read only.
        which: Condition on :class:`StandIn` and the :class:`Professional` who is away.
        today: The calendar day in the Netherlands.
    """
    other, theirs = aliased(Professional), aliased(StandIn)
    is_there = (
        (other.id == StandIn.substitute_id)
        & (other.unit_id == Professional.unit_id)
        & (other.status == fixed(ProfessionalStatus.ACTIVE))
        & ~exists().where(theirs.professional_id == other.id, is_on(today, theirs))
    )
    rows = session.execute(
        select(StandIn.professional_id, other.id, Professional.unit_id)
        .join(Professional, Professional.id == StandIn.professional_id)
        .outerjoin(other, is_there)
        .where(is_on(today), which, Professional.status == fixed(ProfessionalStatus.ACTIVE))
        .order_by(StandIn.professional_id)
    )
    return [Replacement(*row) for row in rows]
