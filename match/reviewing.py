"""Doing the reviews that were asked for: the worker's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, aliased

from crypto.person import SubjectKind
from match.deleting import delete_nameless
from match.ending import close_unpaired
from match.families import read_families
from match.involvements import Change, ExistingPair, Involvement
from match.lead_marks import mark_leads_due
from match.match_writing import count_joined, write_corrections, write_joining
from match.matches import Match, MatchKind, MatchPair, Participation
from match.pairing import reconciled, revealed
from match.registering import read_active
from match.reviews import SubjectReview
from match.rule_versions import version_in_force
from match.rules import RuleBook
from match.signals import Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, lock_by_id

#: Returns the rules of a version.
RuleBooks = Callable[[Session, int], RuleBook]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a round of reviews did.

    Attributes:
        subjects: How many were looked at.
        match_ids: The matches in which anything changed.
        lapsed: Signals whose last day had passed, which were lapsed on the way.
    """

    subjects: int
    match_ids: list[UUID]
    lapsed: list[UUID]


def review_waiting(
    session: Session, *, rule_books: RuleBooks, now: datetime, today: date
) -> Reviewed:
    """Review up to a hundred subjects that wait for it, the longest waiting first.

    Everything is decided anew from what is there under the lock, so that a
    review that is done twice changes nothing the second time. The caller
    commits; two workers must not do it at once: take the tick's lock first.

    What follows is mailed at once if anybody asked for that, else in digests.

    Args:
        session: In a transaction that has locked no subject yet.
        rule_books: Returns the rules of a version.
        now: UTC.
        today: The calendar day in the Netherlands.
    """
    asked = session.execute(
        select(
            SubjectReview.id,
            SubjectReview.subject_id,
            SubjectReview.digest_due,
            SubjectReview.is_few,
        )
        .order_by(SubjectReview.requested_at, SubjectReview.id)
        .limit(LOCKED_AT_ONCE_LIMIT)
    ).all()
    if not asked:
        return Reviewed(0, [], [])
    subject_ids = list({row.subject_id for row in asked})
    locked = lock_by_id(session, subject_ids)
    # Later statements than the lock: what it waited for is seen here, and a
    # version of the rules that came meanwhile.
    rules = rule_books(session, version_in_force(session))
    present, lapsed = read_active(session, subject_ids, lapse=lambda _: True, now=now, today=today)
    parents = [one for one, kind in locked.items() if kind is SubjectKind.PARENT]
    families = read_families(session, parents, today=today)
    present |= {one: family.involvements for one, family in families.items()}
    pairs = read_pairs(session, subject_ids)
    changes: dict[UUID, Change] = {}
    for subject_id in subject_ids:
        of_subject = present[subject_id], pairs.get(subject_id, []), rules
        if subject_id in families:
            may_pair = families[subject_id].may_pair
            change = reconciled(*of_subject, kind=MatchKind.FAMILY, may_pair=may_pair)
        else:
            change = reconciled(*of_subject)
        if not change.is_nothing:
            changes[subject_id] = change
    dues: dict[UUID, datetime | None] = {}
    for row in asked:
        known = dues.setdefault(row.subject_id, row.digest_due)
        dues[row.subject_id] = min(known, row.digest_due) if known and row.digest_due else None
    few = {row.subject_id for row in asked if row.is_few}
    ways: dict[tuple[datetime | None, bool, MatchKind], dict[UUID, Change]] = defaultdict(dict)
    for one, change in changes.items():
        kind = MatchKind.FAMILY if one in families else MatchKind.PERSON
        has_time = dues[one] is not None and one not in few
        ways[dues[one], has_time, kind][one] = change
    for (due, has_time, kind), alike in ways.items():
        write_change(
            session,
            alike,
            present,
            kind=kind,
            now=now,
            today=today,
            digest_due=due,
            has_time=has_time,
        )
    if parents:
        # Whose signals ended: nobody but the worker ends what there is of a family match.
        close_unpaired(session, Match.subject_id.in_(parents), now=now)
        mark_leads_due(session, Match.subject_id.in_(parents))
    session.execute(delete(SubjectReview).where(SubjectReview.id.in_([row.id for row in asked])))
    if parents:
        delete_nameless(session, parents)
    # An active signal has a part in one match of a subject at most; of those whose pairs changed.
    parts = [i.signal_id for one in changes for i in present[one]]
    match_ids = session.scalars(
        select(Participation.match_id)
        .join(Match, Match.id == Participation.match_id)
        .where(Participation.signal_id.in_(parts), Match.subject_id.in_(list(changes)))
        .distinct()
    ).all()
    return Reviewed(len(subject_ids), list(match_ids), lapsed)


def reveal(
    session: Session,
    participation: Participation,
    *,
    rule_books: RuleBooks,
    now: datetime,
    today: date,
) -> bool:
    """Let a sensitive side be seen by whoever it sees and is hidden from; False: nobody is left.

    They are told at once. Nothing happens to those of whom the rules in force
    do not leave that to this side any more; a review is under way for them.

    Args:
        session: In a transaction that has locked no subject yet. The caller commits.
        participation: The sensitive side's own part.
        rule_books: Returns the rules of a version.
        now: UTC.
        today: The calendar day in the Netherlands.
    """
    subject_id = session.scalars(
        select(Match.subject_id).where(Match.id == participation.match_id)
    ).one()
    lock_by_id(session, [subject_id])
    rules = rule_books(session, version_in_force(session))
    kind = participation.kind
    if kind is MatchKind.FAMILY:
        families = read_families(session, [subject_id], today=today)
        present = {subject_id: families[subject_id].involvements}
    else:
        present, _ = read_active(session, [subject_id], lapse=lambda _: False, now=now, today=today)
    own = next((i for i in present[subject_id] if i.participation_id == participation.id), None)
    if own is None:
        return False
    pairs = read_pairs(session, [subject_id]).get(subject_id, [])
    change = revealed(own, present[subject_id], pairs, rules, now, kind=kind)
    if change.is_nothing:
        return False
    write_change(
        session, {subject_id: change}, present, kind=kind, now=now, today=today, digest_due=None
    )
    return True


def write_change(
    session: Session,
    changes: dict[UUID, Change],
    present: dict[UUID, list[Involvement]],
    *,
    kind: MatchKind,
    now: datetime,
    today: date,
    digest_due: datetime | None,
    has_time: bool = False,
) -> None:
    """Write *changes* (per locked subject of one kind), and what follows for match and figures."""
    if not changes:
        return
    write_corrections(session, changes.values())
    joining = {one: [change] for one, change in changes.items() if change.enrolments}
    write_joining(session, joining, now=now, digest_due=digest_due, has_time=has_time, kind=kind)
    gone = [one for one, change in changes.items() if change.dropped]
    if gone:
        close_unpaired(session, Match.subject_id.in_(gone), now=now)
    mark_leads_due(session, Match.subject_id.in_(list(changes)))
    owners = {i.signal_id: i.party.organisation_id for one in changes for i in present[one]}
    count_joined(session, changes.values(), owners, today=today)


def read_pairs(session: Session, subject_ids: list[UUID]) -> dict[UUID, list[ExistingPair]]:
    """Return the pairs of active signals, per locked subject."""
    low, high = aliased(Participation), aliased(Participation)
    low_signal, high_signal = aliased(Signal), aliased(Signal)
    rows: Any = session.execute(
        select(Match.subject_id, *MatchPair.__table__.columns)
        .join(low, low.id == MatchPair.low_participation_id)
        .join(Match, Match.id == low.match_id)
        .join(high, high.id == MatchPair.high_participation_id)
        .join(low_signal, low_signal.id == low.signal_id)
        .join(high_signal, high_signal.id == high.signal_id)
        .where(
            Match.subject_id.in_(subject_ids),
            low_signal.status == SignalStatus.ACTIVE,
            high_signal.status == SignalStatus.ACTIVE,
        )
    )
    found: dict[UUID, list[ExistingPair]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(
            ExistingPair(
                row.low_participation_id,
                row.high_participation_id,
                row.visibility,
                row.mails,
                row.revealed_by,
                row.revealed_at,
            )
        )
    return found
