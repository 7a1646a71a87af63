"""The match: one open match per subject; who sees whom is decided per pair."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from match.follow_up import UNSETTLED, FollowUp
from orgprofiles.base import Base, UtcDateTime, word
from orgprofiles.statements import fixed


class MatchStatus(StrEnum):
    """Whether there is still something to align."""

    OPEN = "open"  #: at least one visible pair of active signals
    CLOSED = "gesloten"  #: no visible pair of active signals is left


class MatchKind(StrEnum):
    """What the signals of a match have in common."""

    PERSON = "persoon"  #: the same person
    FAMILY = "gezin"  #: persons with the same parent


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
        Index(
            "ix_matches_open_leads",
            "leads_settled_for",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    #: Random, unlike other ids: its time would tell when somebody came whom one may not see.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"))
    kind: Mapped[MatchKind] = mapped_column(word(MatchKind))
    status: Mapped[MatchStatus] = mapped_column(word(MatchStatus))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The version of the rule on leads by which it was seen who is to keep the overview;
    #: None: since then something changed.
    leads_settled_for: Mapped[int | None]


#: As :attr:`Participation.is_unsettled`.
_WAITS = text("follow_up IN ('open', 'opgepakt', 'niet_bereikt') OR asked_again_at IS NOT NULL")


class Participation(Base):
    """One signal's part in a match (deelname)."""

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("match_id", "signal_id"),
        Index(None, "signal_id"),
        Index(None, "shown_as"),
        Index(
            "ix_participations_unsettled", "deadline", sqlite_where=_WAITS, postgresql_where=_WAITS
        ),
    )

    #: Random, as a match's.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"))
    #: The match's, here too: who registers reads parts of one kind, without the match.
    kind: Mapped[MatchKind] = mapped_column(
        word(MatchKind), server_default="persoon", default=MatchKind.PERSON
    )
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Since when this side may see anybody; None: it never could. (Or its row is
    #: from before this column, and then both sides saw each other as they joined.)
    first_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The match's id as this side knows it, from whoever it saw first; None as above.
    #: The match's own id would tell that somebody unseen kept the match going.
    shown_as: Mapped[UUID | None]
    #: When the last of those whom it saw, and who are deleted, had ended; None: nobody is.
    #: It keeps the match for this side, with what it recorded, and tells nothing of who it was.
    deleted_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What was done with the match, and since when it is so (None: since it came).
    follow_up: Mapped[FollowUp] = mapped_column(
        word(FollowUp), server_default="open", default=FollowUp.OPEN
    )
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it was told of somebody new after it had recorded what came of it; None: it was
    #: not, or it has recorded something since. It is for its own side only.
    asked_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it recorded the same once more after that; None: it did not. For whoever came
    #: before, nothing changed then: it would tell of somebody whom they may not see.
    recorded_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The day before which that is to be recorded; None: it never was told of anybody.
    deadline: Mapped[date | None]
    #: The day on which it was given, and when that passed: reminded, told to the coordinator.
    deadline_set_on: Mapped[date | None]
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Who of the unit is at it.
    picked_up_by: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    #: What came of it (values of Outcome); None: not said.
    outcomes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))

    @hybrid_property
    def is_unsettled(self) -> bool:
        """Whether what came of it is still to be recorded, or again: somebody new came."""
        return self.follow_up in UNSETTLED or self.asked_again_at is not None

    @is_unsettled.inplace.expression
    @classmethod
    def _is_unsettled(cls) -> ColumnElement[bool]:
        # The words themselves: PostgreSQL finds no partial index for parameters.
        words = [fixed(one) for one in FollowUp if one in UNSETTLED]
        return or_(cls.follow_up.in_(words), cls.asked_again_at.is_not(None))


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
    #: Since when they know of each other; None: from before this column.
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the sensitive side let itself be seen, and which side that was.
    revealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revealed_by: Mapped[PairVisibility | None] = mapped_column(word(PairVisibility))
    #: When each side said that they were in contact already.
    low_knew_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    high_knew_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
