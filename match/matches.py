"""The match: one open match per subject; who sees whom is decided per pair."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class MatchStatus(StrEnum):
    """Whether there is still something to align."""

    OPEN = "open"  #: at least one visible pair of active signals
    CLOSED = "gesloten"  #: no visible pair of active signals is left


class MatchKind(StrEnum):
    """What the signals of a match have in common."""

    PERSON = "persoon"  #: the same person


class PairVisibility(StrEnum):
    """Which side of a pair sees the other. A pair that nobody sees is not kept."""

    BOTH = "beide"  #: each sees the other
    LOW = "laag"  #: only the side with the lower participation id sees the other
    HIGH = "hoog"  #: only the side with the higher participation id sees the other


class Match(Base):
    """Two or more signals about the same subject that may know of each other."""

    __tablename__ = "matches"
    __table_args__ = (
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
        Index(
            "uq_matches_open_subject",
            "subject_id",
            "kind",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_matches_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"))
    kind: Mapped[MatchKind] = mapped_column(word(MatchKind))
    status: Mapped[MatchStatus] = mapped_column(word(MatchStatus))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Participation(Base):
    """One signal's part in a match (deelname)."""

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("match_id", "signal_id"),
        Index(None, "signal_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MatchPair(Base):
    """Two participations of which at least one side sees the other."""

    __tablename__ = "match_pairs"
    __table_args__ = (
        CheckConstraint(
            "low_participation_id < high_participation_id", name="low_is_lower_than_high"
        ),
        Index(None, "high_participation_id"),
    )

    low_participation_id: Mapped[UUID] = mapped_column(
        ForeignKey("participations.id"), primary_key=True
    )
    high_participation_id: Mapped[UUID] = mapped_column(
        ForeignKey("participations.id"), primary_key=True
    )
    visibility: Mapped[PairVisibility] = mapped_column(word(PairVisibility))
    #: Whether whoever sees the other is also mailed about it.
    mails: Mapped[bool]
