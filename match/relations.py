"""Relations: the parents by which signals about different persons form a family match."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.signals import Signal
from match.subjects import LOCKED_AT_ONCE_LIMIT, lock_by_id
from orgprofiles.base import Base

#: As many as one signal may name.
PARENTS_LIMIT = 4
#: As many signals in a transaction, with :func:`lock_with_parents`.
SIGNALS_AT_ONCE_LIMIT = LOCKED_AT_ONCE_LIMIT // (1 + PARENTS_LIMIT)


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


def lock_with_parents(session: Session, signal_ids: Collection[UUID]) -> None:
    """Lock the persons whom signals are about, and the parents whom these name.

    For whatever changes what a family match shows or tells: that is decided,
    followed up and mailed about under the lock on the parent.

    Args:
        session: In a transaction that has locked no subject yet.
        signal_ids: At most 20.

    Raises:
        ValueError: More than 100 subjects at once.
    """
    persons = select(Signal.subject_id).where(Signal.id.in_(signal_ids)).distinct()
    # A parent of one may be the person of another.
    subjects = {*session.scalars(persons), *parents_of(session, signal_ids)}
    lock_by_id(session, list(subjects))
