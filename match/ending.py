"""Ending involvements: by the organisation, or because their last day passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session, aliased

from match import counters, outbox
from match.counters import Figure
from match.lead_marks import mark_leads_due
from match.matches import Match, MatchKind, MatchPair, MatchStatus, Participation
from match.relations import lock_with_parents
from match.retracting import erase_trace
from match.reviews import request_parents
from match.signals import EndReason, Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, lock_by_id
from match.witnesses import LastRead, nobody_read, retractions
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ends.

    Attributes:
        status: The new one.
        reason: Where the organisation ended it.
        last_read: When matches were opened, for it was about the wrong person.
    """

    status: SignalStatus
    reason: EndReason | None = None
    last_read: LastRead = nobody_read


def end(
    session: Session,
    signal: Signal,
    reason: EndReason,
    *,
    now: datetime,
    today: date,
    last_read: LastRead = nobody_read,
) -> bool:
    """End *signal*; False when it had ended already. The caller commits.

    Closes the match when no visible pair of active signals is left. Whoever
    was told of a signal that was about the wrong person hears it at once, and
    all that came of it is gone.

    Args:
        session: In a transaction that has locked no subject yet.
        signal: Read before; its state is read again under the lock.
        reason: From the closed list.
        now: UTC.
        today: The calendar day in the Netherlands.
        last_read: When matches were opened.
    """
    # The parents too: whoever is told of the signal by a family match meanwhile, would
    # not be told that it was about the wrong person.
    lock_with_parents(session, [signal.id])
    session.refresh(signal, ["status"])
    if signal.status is not SignalStatus.ACTIVE:
        return False
    ending = Ending(SignalStatus.ENDED, reason, last_read)
    end_locked(session, [signal.id], ending, now=now, today=today)
    session.expire(signal)
    return True


def retract_ended(
    session: Session, signal: Signal, *, now: datetime, today: date, last_read: LastRead
) -> bool:
    """Take back a signal that ended otherwise; False when it was about the wrong person already.

    As ending it so would have. It goes when it would have gone: thirty days
    after it ended. The caller commits.

    Args:
        session: Has locked its subject and its parents (:func:`end`).
        signal: Not active.
        now: UTC.
        today: The calendar day in the Netherlands.
        last_read: When matches were opened.
    """
    session.refresh(signal, ["reason"])
    if signal.reason is EndReason.WRONG_PERSON:
        return False
    ending = Ending(SignalStatus.ENDED, EndReason.WRONG_PERSON, last_read)
    _leave(session, [signal.id], ending, {}, now=now)
    owner = session.scalar(select(Unit.organisation_id).where(Unit.id == signal.unit_id))
    if owner is not None:
        counters.count(session, {(owner, Figure.WRONG_PERSON): 1}, day=today)
    session.expire(signal)
    return True


def lapse_overdue(session: Session, *, now: datetime, today: date) -> Sequence[UUID]:
    """Lapse up to a hundred signals whose last day passed; return which. The caller commits."""
    return _lapse(session, Signal.lapses <= today, now=now, today=today)


def lapse_all_of(
    session: Session, organisation_id: UUID, *, now: datetime, today: date
) -> Sequence[UUID]:
    """Lapse up to a hundred signals of an organisation; return which. The caller commits."""
    units = select(Unit.id).where(Unit.organisation_id == organisation_id)
    return _lapse(session, Signal.unit_id.in_(units), now=now, today=today)


def _lapse(
    session: Session, which: ColumnElement[bool], *, now: datetime, today: date
) -> Sequence[UUID]:
    is_active = Signal.status == fixed(SignalStatus.ACTIVE)
    subjects = session.execute(
        select(Signal.subject_id).where(is_active, which).limit(LOCKED_AT_ONCE_LIMIT)
    ).all()
    if not subjects:
        return []
    subject_ids = list({row.subject_id for row in subjects})
    lock_by_id(session, subject_ids)
    # Read again: a signal may have been extended while the lock was waited for.
    still = session.scalars(
        select(Signal.id).where(Signal.subject_id.in_(subject_ids), is_active, which)
    ).all()
    end_locked(session, still, Ending(SignalStatus.LAPSED), now=now, today=today)
    return still


def end_locked(
    session: Session, signal_ids: Sequence[UUID], ending: Ending, *, now: datetime, today: date
) -> None:
    """End active signals of persons whom the caller has locked.

    Their family matches are left to a review, which is asked for here: they are
    about parents, and those need not be locked.
    """
    if not signal_ids:
        return
    _leave(session, signal_ids, ending, {"ended_at": now}, now=now)
    _count(session, signal_ids, ending, today)


def _leave(
    session: Session,
    signal_ids: Sequence[UUID],
    ending: Ending,
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Give signals their new status and *values*, and have matches follow."""
    is_wrong = ending.reason is EndReason.WRONG_PERSON
    if is_wrong:
        notices = retractions(session, signal_ids, last_read=ending.last_read, now=now)
        outbox.enqueue(session, notices, now=now, digest_due=None)
    session.execute(
        update(Signal)
        .where(Signal.id.in_(signal_ids))
        .values(status=ending.status, reason=ending.reason, **values)
        .execution_options(synchronize_session=False)
    )
    if is_wrong:
        erase_trace(session, signal_ids, now=now)
    touched = select(Participation.match_id).where(
        Participation.signal_id.in_(signal_ids), Participation.kind == fixed(MatchKind.PERSON)
    )
    close_unpaired(session, Match.id.in_(touched), now=now)
    mark_leads_due(session, Match.id.in_(touched))
    request_parents(session, signal_ids, now=now, digest_due=None)


def close_unpaired(session: Session, touched: ColumnElement[bool], *, now: datetime) -> None:
    """Close the open matches of *touched* without a pair of active signals.

    A pair that is there is visible to one side at least.
    """
    low, high = aliased(Participation), aliased(Participation)
    low_signal, high_signal = aliased(Signal), aliased(Signal)
    active_pair = (
        select(1)
        .select_from(MatchPair)
        .join(low, low.id == MatchPair.low_participation_id)
        .join(high, high.id == MatchPair.high_participation_id)
        .join(low_signal, low_signal.id == low.signal_id)
        .join(high_signal, high_signal.id == high.signal_id)
        .where(
            low.match_id == Match.id,
            low_signal.status == fixed(SignalStatus.ACTIVE),
            high_signal.status == fixed(SignalStatus.ACTIVE),
        )
        .correlate(Match)
    )
    session.execute(
        update(Match)
        .where(
            touched,
            Match.status == fixed(MatchStatus.OPEN),
            ~exists(active_pair),
        )
        .values(status=MatchStatus.CLOSED, closed_at=now)
        .execution_options(synchronize_session=False)
    )


def _count(session: Session, signal_ids: Sequence[UUID], ending: Ending, today: date) -> None:
    owners = session.execute(
        select(Unit.organisation_id)
        .join(Signal, Signal.unit_id == Unit.id)
        .where(Signal.id.in_(signal_ids))
    ).scalars()
    lapsed = ending.status is SignalStatus.LAPSED
    figures: dict[tuple[UUID, Figure], int] = defaultdict(int)
    for organisation_id in owners:
        figures[organisation_id, Figure.LAPSED if lapsed else Figure.ENDED] += 1
        if ending.reason is EndReason.WRONG_PERSON:
            figures[organisation_id, Figure.WRONG_PERSON] += 1
    counters.count(session, figures, day=today)
