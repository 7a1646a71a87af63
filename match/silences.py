"""Silences (stiltes): two organisations that are in contact about a person are not mailed of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from match.matches import MatchKind, MatchPair, Participation
from match.signals import Signal
from orgprofiles.base import Base, UtcDateTime
from orgprofiles.organisations import Unit


class Silence(Base):
    """Two organisations that both said to have been in contact already about a subject.

    Between two units of one organisation there is none.
    """

    __tablename__ = "silences"
    __table_args__ = (
        CheckConstraint(
            "low_organisation_id < high_organisation_id", name="organisations_in_order"
        ),
    )

    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    low_organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True
    )
    high_organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True
    )
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)


def silent_pairs(
    session: Session, subject_ids: Collection[UUID]
) -> dict[UUID, set[frozenset[UUID]]]:
    """Return the pairs of organisations that are not mailed of each other, per subject."""
    found: dict[UUID, set[frozenset[UUID]]] = defaultdict(set)
    for one in session.scalars(select(Silence).where(Silence.subject_id.in_(subject_ids))):
        pair = frozenset({one.low_organisation_id, one.high_organisation_id})
        found[one.subject_id].add(pair)
    return found


def settle(
    session: Session, subject_id: UUID, organisations: Iterable[frozenset[UUID]], *, now: datetime
) -> None:
    """Make or lift the silence of each pair of *organisations*, by what their sides say now.

    Args:
        session: Has locked the subject.
        subject_id: About whom.
        organisations: Pairs of which somebody said or withdrew something.
        now: UTC.
    """
    wanted = {one for one in organisations if len(one) == 2}
    if not wanted:
        return
    confirmed = wanted & _confirmed(session, subject_id)
    rows = [
        {
            "subject_id": subject_id,
            "low_organisation_id": low,
            "high_organisation_id": high,
            "confirmed_at": now,
        }
        for low, high in (sorted(one) for one in confirmed)
    ]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(Silence.__table__).on_conflict_do_nothing(), rows)
    for low, high in (sorted(one) for one in wanted - confirmed):
        session.execute(
            delete(Silence).where(
                Silence.subject_id == subject_id,
                Silence.low_organisation_id == low,
                Silence.high_organisation_id == high,
            )
        )


def _confirmed(session: Session, subject_id: UUID) -> set[frozenset[UUID]]:
    """Return the pairs of organisations of whom a pair says from both sides that they knew.

    A pair in the match about the person: who knew each other from the family need not
    have known that they both know this one.
    """
    low, high = aliased(Participation), aliased(Participation)
    low_signal, high_signal = aliased(Signal), aliased(Signal)
    low_unit, high_unit = aliased(Unit), aliased(Unit)
    rows = session.execute(
        select(low_unit.organisation_id, high_unit.organisation_id)
        .select_from(MatchPair)
        .join(low, low.id == MatchPair.low_participation_id)
        .join(high, high.id == MatchPair.high_participation_id)
        .join(low_signal, low_signal.id == low.signal_id)
        .join(high_signal, high_signal.id == high.signal_id)
        .join(low_unit, low_unit.id == low_signal.unit_id)
        .join(high_unit, high_unit.id == high_signal.unit_id)
        .where(
            low_signal.subject_id == subject_id,
            low.kind == MatchKind.PERSON,
            MatchPair.low_knew_at.is_not(None),
            MatchPair.high_knew_at.is_not(None),
        )
    )
    return {frozenset(row) for row in rows}
