"""Caseload runs: a unit's whole caseload as its source system sends it, in parts.

Kept for as long as a run may be gone on with or asked about again; nothing in
it says more of a person than the signals themselves do.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    delete,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word

#: A run is gone on with within hours, and asked about again within days.
KEPT = timedelta(days=14)
UUID_BYTES = 16


class CaseloadState(StrEnum):
    """How far a run is."""

    OPEN = "lopend"  #: parts come in; nothing has ended
    FINISHED = "klaar"  #: all parts were in, and what was gone has ended
    SUPERSEDED = "ingehaald"  #: a newer run of the unit began; ends nothing any more


class CaseloadRun(Base):
    """One time that a unit's whole caseload is sent."""

    __tablename__ = "caseload_runs"
    __table_args__ = (
        UniqueConstraint("unit_id", "run"),
        CheckConstraint("(state = 'klaar') = (finished_at IS NOT NULL)", name="finished_when_done"),
        CheckConstraint("ended >= 0", name="ended_not_negative"),
        Index(
            "uq_caseload_runs_open_unit",
            "unit_id",
            unique=True,
            sqlite_where=text("state = 'lopend' AND NOT is_trial"),
            postgresql_where=text("state = 'lopend' AND NOT is_trial"),
        ),
        Index(None, "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"))
    #: The source system's own id of it.
    run: Mapped[UUID]
    #: When its first part came. What started from then on is not ended by it.
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[CaseloadState] = mapped_column(word(CaseloadState))
    #: Changes nothing; says what would be.
    is_trial: Mapped[bool]
    #: Signals that it ended so far.
    ended: Mapped[int]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseloadPart(Base):
    """A part that was dealt with, and what it answered."""

    __tablename__ = "caseload_parts"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_from_one"),
        CheckConstraint("unknown >= 0", name="unknown_not_negative"),
        CheckConstraint(f"length(kept) % {UUID_BYTES} = 0", name="kept_of_ids"),
        CheckConstraint(f"length(moved) % {UUID_BYTES} = 0", name="moved_of_ids"),
    )

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("caseload_runs.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    is_last: Mapped[bool]
    #: Ids of the signals that are still of the caseload, one after the other.
    kept: Mapped[bytes] = mapped_column(LargeBinary)
    #: Those of them that got another contact.
    moved: Mapped[bytes] = mapped_column(LargeBinary)
    #: Rows of which nobody can tell about whom they are.
    unknown: Mapped[int]
    #: What was answered, to be answered again.
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)


def packed(ids: list[UUID]) -> bytes:
    """Return *ids* one after the other, 16 bytes each."""
    return b"".join(one.bytes for one in ids)


def unpacked(octets: bytes) -> set[UUID]:
    """Return the ids that :func:`packed` made *octets* of."""
    return {
        UUID(bytes=octets[start : start + UUID_BYTES])
        for start in range(0, len(octets), UUID_BYTES)
    }


def read_kept(session: Session, run_id: UUID) -> set[UUID]:
    """Return the signals that the parts of a run so far kept."""
    parts = session.scalars(select(CaseloadPart.kept).where(CaseloadPart.run_id == run_id))
    return set().union(*map(unpacked, parts))


def forget_old_runs(session: Session, *, now: datetime) -> int:
    """Delete the runs that nobody goes on with any more; return how many. The caller commits."""
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        delete(CaseloadRun).where(CaseloadRun.started_at < now - KEPT),
        execution_options={"synchronize_session": False},
    )
    return result.rowcount
