"""Reminders: what came of a match was to be recorded before today, and was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from match import outbox
from match.matches import Match, Participation
from match.messages import NoticeKind
from match.outbox import Notice
from match.signals import Signal
from match.stalled import is_stalled
from match.subjects import LOCKED_AT_ONCE_LIMIT, lock_by_id
from match.terms import ESCALATION_DAYS, latest_deadline
from orgprofiles.base import new_id
from orgprofiles.organisations import Unit


def remind(session: Session, *, now: datetime, today: date) -> list[UUID]:
    """Remind of up to a hundred people whose matches were to be followed up; return of which parts.

    Once for each day that was given: a day that was renewed, for somebody new
    came, is reminded of anew. It goes into the recipient's digest that is due
    now. The caller commits, and holds the tick's lock.

    Args:
        session: In a transaction that has locked no subject yet.
        now: UTC.
        today: The calendar day in the Netherlands.
    """
    due = and_(is_stalled(today), Participation.reminded_at.is_(None))
    rows = _locked(session, due)
    notices = [
        # One event each: a professional may have several.
        Notice(
            new_id(), NoticeKind.REMINDER, row.participation_id, row.professional_id, row.unit_id
        )
        for row in rows
    ]
    outbox.enqueue(session, notices, now=now, digest_due=now)
    _mark(session, rows, Participation.reminded_at, now)
    return [row.participation_id for row in rows]


@dataclass(frozen=True, slots=True)
class Stalled:
    """A participation that stalled, and whose it is."""

    participation_id: UUID
    organisation_id: UUID


def escalate(
    session: Session, organisation_ids: Sequence[UUID], *, now: datetime, today: date
) -> list[Stalled]:
    """Mark up to a hundred people's matches as told to the coordinators; return which.

    Once for each day that was given, as reminders. The caller tells them,
    commits, and holds the tick's lock.

    Args:
        session: In a transaction that has locked no subject yet.
        organisation_ids: Those with a coordinator; the others' wait for one.
        now: UTC.
        today: The calendar day in the Netherlands.
    """
    due = and_(
        is_stalled(latest_deadline(today, ESCALATION_DAYS)),
        Participation.escalated_at.is_(None),
        Unit.organisation_id.in_(organisation_ids),
    )
    rows = _locked(session, due)
    _mark(session, rows, Participation.escalated_at, now)
    return [Stalled(row.participation_id, row.organisation_id) for row in rows]


def _locked(
    session: Session, which: ColumnElement[bool]
) -> Sequence[Row[UUID, UUID | None, UUID, UUID]]:
    """Return the participations that are so, of a hundred subjects, which are locked."""
    subject_ids = session.scalars(
        # The match's: of a family that is the parent.
        select(Match.subject_id)
        .join(Participation, Participation.match_id == Match.id)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(which)
        .limit(LOCKED_AT_ONCE_LIMIT)
    ).all()
    if not subject_ids:
        return []
    lock_by_id(session, list(set(subject_ids)))
    # Read again: it may have been settled while the lock was waited for.
    return session.execute(
        select(
            Participation.id.label("participation_id"),
            Signal.professional_id,
            Signal.unit_id,
            Unit.organisation_id,
        )
        .join(Match, Match.id == Participation.match_id)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(which, Match.subject_id.in_(subject_ids))
        .order_by(Participation.deadline, Participation.id)
    ).all()


def _mark(
    session: Session,
    rows: Sequence[Row[UUID, UUID | None, UUID, UUID]],
    column: InstrumentedAttribute[datetime | None],
    now: datetime,
) -> None:
    if rows:
        session.execute(
            update(Participation)
            .where(Participation.id.in_([row.participation_id for row in rows]))
            .values({column: now})
            .execution_options(synchronize_session=False)
        )
