"""What a match is to those who look at it: each sees their own pairs, and nothing else's time.

One match holds everything about a subject, also pairs that hide from each
other. So when it opened, whether it is open and when it closed is asked of
the pairs that a side may see; the match's own columns are for nobody's eyes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from match.follow_up import FollowUpStage
from match.matches import MatchKind, MatchPair, MatchStatus, PairVisibility, Participation
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Unit
from orgprofiles.statements import is_among

# Kept, for to make an alias takes longer than to make the statement that it is in.
_other = cache(lambda: aliased(Participation))
_signal = cache(lambda: aliased(Signal))
_other_signal = cache(lambda: aliased(Signal))


def side_sees(participation: Any) -> ColumnElement[bool]:
    """Return the condition on :class:`MatchPair` that *participation* sees the other of it."""
    both = PairVisibility.BOTH
    return or_(
        and_(
            MatchPair.low_participation_id == participation.id,
            MatchPair.visibility.in_((both, PairVisibility.LOW)),
        ),
        and_(
            MatchPair.high_participation_id == participation.id,
            MatchPair.visibility.in_((both, PairVisibility.HIGH)),
        ),
    )


def shown_id(participation: Any = Participation) -> ColumnElement[UUID]:
    """Return the match's id as a side knows it."""
    return func.coalesce(participation.shown_as, participation.match_id)


def is_shown_as(*known_as: UUID) -> ColumnElement[bool]:
    """Return the condition on :class:`Participation` that it knows its match by one of them."""
    of_old = and_(Participation.shown_as.is_(None), is_among(Participation.match_id, known_as))
    return or_(is_among(Participation.shown_as, known_as), of_old)


def saw_anybody(participation: Any = Participation) -> ColumnElement[bool]:
    """Return the condition on :class:`Participation` that it sees or saw somebody."""
    of_pairs = exists(select(1).select_from(MatchPair).where(side_sees(participation)))
    # Or did, before that one was deleted.
    return or_(of_pairs.correlate(participation), participation.deleted_ended_at.is_not(None))


def seen_matches(
    may_see_unit: ColumnElement[bool],
    status: MatchStatus | None = None,
    stage: FollowUpStage | None = None,
    kind: MatchKind | None = None,
) -> Select[UUID, UUID, MatchKind, datetime, int, datetime | None, date | None]:
    """Return the matches in which units may see or saw somebody, as they see them.

    Args:
        may_see_unit: Condition on :class:`Unit`: whose side it is.
        status: Only those that are so, to them.
        stage: Only those of which they still have to record what came of it, or not.
        kind: Only those of this kind.

    Returns:
        Rows of ``known_as`` (the match's id as they know it), ``match_id`` (its
        own), ``kind``, ``opened_at``, ``is_open`` (1 or 0), ``closed_at``: since when
        they could see anybody; whether there is a pair of active signals that
        they see; when the last of those ended, were they over; and
        ``deadline``: before when they are to record what came of it, if that
        is still to be done (several parts: the first of them).
    """
    other, other_signal = _other(), _other_signal()
    active = SignalStatus.ACTIVE
    pair_ended_at = case(
        (Signal.ended_at.is_(None), other_signal.ended_at),
        (other_signal.ended_at.is_(None), Signal.ended_at),
        (Signal.ended_at < other_signal.ended_at, Signal.ended_at),
        else_=other_signal.ended_at,
    )
    is_open = func.max(
        case((and_(Signal.status == active, other_signal.status == active), 1), else_=0)
    )
    waits = and_(
        Signal.status == active,
        other_signal.status == active,
        Participation.is_unsettled,
        # Who was told of nobody is not asked what came of it.
        Participation.deadline.is_not(None),
    )
    found = (
        select(
            shown_id().label("known_as"),
            Participation.match_id,
            Participation.kind,
            func.min(func.coalesce(Participation.first_seen_at, Participation.joined_at)).label(
                "opened_at"
            ),
            is_open.label("is_open"),
            func.coalesce(func.max(pair_ended_at), func.max(Participation.deleted_ended_at)).label(
                "closed_at"
            ),
            func.min(case((waits, Participation.deadline))).label("deadline"),
        )
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        # Outer, for whom one saw may be deleted.
        .outerjoin(MatchPair, side_sees(Participation))
        .outerjoin(
            other,
            other.id
            == case(
                (
                    MatchPair.low_participation_id == Participation.id,
                    MatchPair.high_participation_id,
                ),
                else_=MatchPair.low_participation_id,
            ),
        )
        .outerjoin(other_signal, other_signal.id == other.signal_id)
        .where(
            may_see_unit,
            or_(
                MatchPair.low_participation_id.is_not(None),
                Participation.deleted_ended_at.is_not(None),
            ),
        )
        .group_by(shown_id(), Participation.match_id, Participation.kind)
    )
    if kind is not None:
        found = found.where(Participation.kind == kind)
    if status is not None:
        found = found.having(is_open == (1 if status is MatchStatus.OPEN else 0))
    if stage is not None:
        still_waits = func.max(case((waits, 1), else_=0))
        found = found.having(still_waits == (1 if stage is FollowUpStage.OPEN else 0))
    return found


def hiding_sides(session: Session, participation_ids: Collection[UUID]) -> set[UUID]:
    """Return which of *participation_ids* see somebody, of those active, who does not see them."""
    return _one_sided(session, participation_ids, hidden=True)


def revealed_sides(session: Session, participation_ids: Collection[UUID]) -> set[UUID]:
    """Return which of *participation_ids* have let themselves be seen by somebody active."""
    return _one_sided(session, participation_ids, hidden=False)


def _one_sided(session: Session, participation_ids: Collection[UUID], *, hidden: bool) -> set[UUID]:
    other, signal, other_signal = _other(), _signal(), _other_signal()
    low_is_own = MatchPair.low_participation_id == Participation.id
    side = case((low_is_own, PairVisibility.LOW.value), else_=PairVisibility.HIGH.value)
    decisive = MatchPair.visibility if hidden else MatchPair.revealed_by
    rows = session.scalars(
        select(Participation.id)
        .join(signal, signal.id == Participation.signal_id)
        .join(MatchPair, or_(low_is_own, MatchPair.high_participation_id == Participation.id))
        .join(
            other,
            and_(
                other.id.in_((MatchPair.low_participation_id, MatchPair.high_participation_id)),
                other.id != Participation.id,
            ),
        )
        .join(other_signal, other_signal.id == other.signal_id)
        .where(
            is_among(Participation.id, participation_ids),
            decisive == side,
            signal.status == SignalStatus.ACTIVE,
            other_signal.status == SignalStatus.ACTIVE,
        )
        .distinct()
    )
    return set(rows)
