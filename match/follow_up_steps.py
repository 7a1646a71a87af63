"""Steps of follow-up: each change of a participant's status, kept for the time line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.follow_up import FollowUp, Outcome
from match.matches import Participation
from orgprofiles.base import Base, UtcDateTime, new_id, word


class FollowUpStep(Base):
    """A status that a participation got, when. Rows are only ever inserted."""

    __tablename__ = "follow_up_steps"
    __table_args__ = (Index(None, "participation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey("participations.id"))
    status: Mapped[FollowUp] = mapped_column(word(FollowUp))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Who was at it from then on.
    picked_up_by: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))


def take_step(
    session: Session,
    participation: Participation,
    status: FollowUp,
    *,
    outcomes: Collection[Outcome],
    picked_up_by: UUID | None,
    now: datetime,
) -> bool:
    """Give *participation* a status; False when all of it was so already.

    Who picked it up stays with it, until it is open again. Where somebody new
    came since, the same status is recorded once more: that is of them.

    Args:
        session: Has locked the subject.
        participation: Read, or refreshed, under the lock.
        status: What was done.
        outcomes: What came of it, each once.
        picked_up_by: Who is at it; None: as it was.
        now: UTC.
    """
    by = None if status is FollowUp.OPEN else picked_up_by or participation.picked_up_by
    came_of_it = sorted(one.value for one in outcomes) or None
    is_new = (status, by) != (participation.follow_up, participation.picked_up_by)
    is_again = not is_new and participation.asked_again_at is not None
    if is_again:
        # What it brought before is not taken back by saying so of somebody else too.
        came_of_it = came_of_it or participation.outcomes
    if not (is_new or is_again) and came_of_it == participation.outcomes:
        return False
    participation.outcomes = came_of_it
    participation.asked_again_at = None
    if is_new:
        participation.follow_up, participation.picked_up_by = status, by
        participation.followed_up_at = now
    if is_new or is_again:
        participation.recorded_again_at = now if is_again else None
        session.add(
            FollowUpStep(participation_id=participation.id, status=status, at=now, picked_up_by=by)
        )
    session.flush()
    return True
