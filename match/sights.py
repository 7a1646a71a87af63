"""Sights: what a participant may know of another one's follow-up, and what passed between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from match.case_leads import Known
from match.follow_up import Acquaintance, FollowUp, acquaintance, shown_to_other
from match.matches import MatchPair, PairVisibility
from match.pair_sides import both_sides
from match.seeing import side_sees
from match.signals import SignalStatus
from orgprofiles.organisations import Unit
from orgprofiles.statements import table_of


@dataclass(frozen=True, slots=True)
class Sight:
    """A participation that another one sees or saw.

    Attributes:
        own_id: Who sees.
        other_id: Who is seen.
        organisation_id: Of who is seen.
        is_active: Whether both are involved now.
        other_is_active: Whether who is seen is.
        is_mutual: Whether the other sees this one too.
        since: From when on it could be seen, UTC.
        acquaintance: Whether they say that they were in contact already.
        status: What the other did, as far as it may be known.
        followed_up_at: Since when that is so; None: since it came.
        knows_somebody_seen: See :func:`match.follow_up.shown_to_other`.
    """

    own_id: UUID
    other_id: UUID
    organisation_id: UUID
    is_active: bool
    other_is_active: bool
    is_mutual: bool
    since: datetime
    acquaintance: Acquaintance
    status: FollowUp
    followed_up_at: datetime | None
    knows_somebody_seen: bool


def read_sights(session: Session, own_ids: Collection[UUID]) -> dict[UUID, list[Sight]]:
    """Return whom each of *own_ids* sees or saw, involved still or not; two queries."""
    if not own_ids:
        return {}
    sides = both_sides()
    own, other, own_signal, other_signal = sides
    rows = session.execute(
        sides.joined(
            select(
                MatchPair.visibility,
                MatchPair.made_at,
                MatchPair.low_knew_at,
                MatchPair.high_knew_at,
                MatchPair.revealed_at,
                MatchPair.revealed_by,
                case((sides.own_is_low, 1), else_=0).label("own_is_low"),
                own.id.label("own_id"),
                own.first_seen_at,
                other.id.label("other_id"),
                other.joined_at,
                other.follow_up,
                other.followed_up_at,
                other.recorded_again_at,
                own_signal.status.label("own_status"),
                other_signal.status.label("other_status"),
                Unit.organisation_id,
            ),
            on=side_sees(own),
        )
        .join(Unit, Unit.id == other_signal.unit_id)
        .where(own.id.in_(own_ids))
        .order_by(other_signal.started_at, other_signal.id)
    ).all()
    seen: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        seen[row.own_id].add(row.other_id)
    known = _known_by(session, {row.other_id for row in rows})
    found: dict[UUID, list[Sight]] = defaultdict(list)
    for row in rows:
        found[row.own_id].append(_sight(row, seen[row.own_id] | {row.own_id}, known))
    return found


def _sight(
    row: Row[*tuple[Any, ...]], may_know: Collection[UUID], known: Mapping[UUID, Collection[UUID]]
) -> Sight:
    is_low = bool(row.own_is_low)
    by_self, by_other = row.low_knew_at, row.high_knew_at
    if not is_low:
        by_self, by_other = by_other, by_self
    since = row.made_at or max(row.first_seen_at or row.joined_at, row.joined_at)
    if row.revealed_by is (PairVisibility.HIGH if is_low else PairVisibility.LOW):
        since = max(since, row.revealed_at)
    knows_somebody_seen = not set(may_know).isdisjoint(known.get(row.other_id, ()))
    # The first time since it was seen: that it was recorded again tells of somebody new.
    times = (row.followed_up_at, row.recorded_again_at)
    followed_up_at = next((at for at in times if at is not None and at >= since), None)
    status = shown_to_other(
        row.follow_up,
        since_seen=followed_up_at is not None,
        knows_somebody_seen=knows_somebody_seen,
    )
    active = SignalStatus.ACTIVE
    return Sight(
        own_id=row.own_id,
        other_id=row.other_id,
        organisation_id=row.organisation_id,
        is_active=row.own_status is active and row.other_status is active,
        other_is_active=row.other_status is active,
        is_mutual=row.visibility is PairVisibility.BOTH,
        since=since,
        acquaintance=acquaintance(
            said_by_self=by_self is not None,
            # Who does not see this one can have said nothing of it that counts.
            said_by_other=by_other is not None and row.visibility is PairVisibility.BOTH,
        ),
        status=status,
        followed_up_at=None if status is FollowUp.OPEN else followed_up_at,
        knows_somebody_seen=knows_somebody_seen,
    )


def _known_by(session: Session, participation_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return with whom each of *participation_ids* says to have been in contact already."""
    low, high = MatchPair.low_participation_id, MatchPair.high_participation_id
    rows = session.execute(
        select(low, high, MatchPair.low_knew_at, MatchPair.high_knew_at).where(
            or_(
                and_(low.in_(participation_ids), MatchPair.low_knew_at.is_not(None)),
                and_(high.in_(participation_ids), MatchPair.high_knew_at.is_not(None)),
            )
        )
    )
    known: dict[UUID, set[UUID]] = defaultdict(set)
    for low_id, high_id, low_knew_at, high_knew_at in rows:
        if low_knew_at is not None:
            known[low_id].add(high_id)
        if high_knew_at is not None:
            known[high_id].add(low_id)
    return known


def known_of(own_ids: Iterable[UUID], sights: Mapping[UUID, Collection[Sight]]) -> Known:
    """Return whose parts the side of *own_ids* knows of."""
    own = frozenset(own_ids)
    return Known(own, frozenset(one.other_id for part in own for one in sights.get(part, ())))


def say_known(
    session: Session,
    participation_id: UUID,
    others: Collection[UUID],
    *,
    withdraws: bool,
    now: datetime,
) -> set[UUID]:
    """Write that a participant says to have been in contact with *others* already.

    Args:
        session: Has locked the subject.
        participation_id: Who says so.
        others: Participations that it sees.
        withdraws: Take back what it said of anybody else.
        now: UTC.

    Returns:
        The participations of whom something else is said than before.
    """
    columns = _PAIRS.c
    low, high = columns.low_participation_id, columns.high_participation_id
    connection = session.connection()
    pairs = connection.execute(
        select(low, high, columns.low_knew_at, columns.high_knew_at).where(
            or_(low == participation_id, high == participation_id)
        )
    ).all()
    changed: dict[UUID, dict[str, Any]] = {}
    for low_id, high_id, low_knew_at, high_knew_at in pairs:
        is_low = low_id == participation_id
        other = high_id if is_low else low_id
        said_at = low_knew_at if is_low else high_knew_at
        says_at = None if withdraws else said_at
        if other in others:
            says_at = said_at or now
        if says_at != said_at:
            changed[other] = {
                "low": low_id,
                "high": high_id,
                "low_says": says_at if is_low else low_knew_at,
                "high_says": high_knew_at if is_low else says_at,
            }
    if changed:
        connection.execute(_SAYING, list(changed.values()))
    return set(changed)


_PAIRS = table_of(MatchPair)
# Both sides at once: which of the two it is must make no other statement.
_SAYING = (
    update(_PAIRS)
    .where(
        _PAIRS.c.low_participation_id == bindparam("low"),
        _PAIRS.c.high_participation_id == bindparam("high"),
    )
    .values(
        low_knew_at=bindparam("low_says", type_=_PAIRS.c.low_knew_at.type),
        high_knew_at=bindparam("high_says", type_=_PAIRS.c.high_knew_at.type),
    )
)
