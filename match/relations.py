"""Relations: the parents by which signals about different persons form a family match."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base

#: As many as one signal may name.
PARENTS_LIMIT = 4


class Relation(Base):
    """A parent of the person whom a signal is about. Written with the signal, never changed."""

    __tablename__ = "relations"
    __table_args__ = (Index(None, "subject_id"),)

    signal_id: Mapped[UUID] = mapped_column(
        ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True
    )
    #: Of the kind ``ouder``.
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)


def parents_of(session: Session, signal_ids: Collection[UUID]) -> Sequence[UUID]:
    """Return the parents whom signals name, each once."""
    named = select(Relation.subject_id).where(Relation.signal_id.in_(signal_ids)).distinct()
    return session.scalars(named).all()
