"""What the index holds, in the words of the model; and how it is emptied."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from match.case_leads import CaseLead
from match.counters import DailyCounter, Figure
from match.follow_up_steps import FollowUpStep
from match.matches import Match, MatchPair, MatchStatus, PairVisibility, Participation
from match.messages import MessageState, OutboxMessage
from match.reviews import ReviewRound, SubjectReview
from match.rule_versions import MatchRule, RuleVersion
from match.signals import Informing, Signal, SignalStatus
from match.silences import Silence
from match.subjects import Subject
from orgprofiles.organisations import Organisation
from tests.match.model import Notices

_TABLES = (
    OutboxMessage,
    MatchPair,
    CaseLead,
    FollowUpStep,
    Silence,
    Participation,
    Informing,
    Match,
    Signal,
    SubjectReview,
    ReviewRound,
    Subject,
    DailyCounter,
)


def statuses(session: Session) -> dict[UUID, SignalStatus]:
    """Return every signal's status."""
    return {row.id: row.status for row in session.execute(select(Signal.id, Signal.status))}


def sight(session: Session) -> set[tuple[UUID, UUID]]:
    """Return which active signal sees which."""
    signal_of = dict(session.execute(select(Participation.id, Participation.signal_id)).all())
    active = {s for s, status in statuses(session).items() if status is SignalStatus.ACTIVE}
    found = set()
    for pair in session.scalars(select(MatchPair)):
        low = signal_of[pair.low_participation_id]
        high = signal_of[pair.high_participation_id]
        found |= {(low, high)} if pair.visibility is not PairVisibility.HIGH else set()
        found |= {(high, low)} if pair.visibility is not PairVisibility.LOW else set()
    return {pair for pair in found if set(pair) <= active}


def joined(session: Session) -> Counter[str]:
    """Return how many parts in matches were counted, by name of the organisation."""
    rows = session.execute(
        select(Organisation.name, DailyCounter.amount)
        .join(Organisation, Organisation.id == DailyCounter.organisation_id)
        .where(DailyCounter.figure == Figure.JOINED)
    )
    found: Counter[str] = Counter()
    for row in rows:
        found[row.name] += row.amount
    return found


def open_matches(session: Session) -> set[frozenset[UUID]]:
    """Return the signals of each open match."""
    rows = session.execute(
        select(Match.id, Participation.signal_id)
        .join(Participation, Participation.match_id == Match.id)
        .where(Match.status == MatchStatus.OPEN)
    ).all()
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        found.setdefault(row.id, set()).add(row.signal_id)
    return {frozenset(signals) for signals in found.values()}


def notices(session: Session) -> Notices:
    """Return what is told to whom about which signal, per event."""
    events: dict[UUID, list[OutboxMessage]] = {}
    # What is known already is written as not to be sent. What was to be sent, and is not
    # because it was about the wrong person, the model does not take back.
    sent = select(OutboxMessage).where(
        or_(OutboxMessage.state != MessageState.SKIPPED, OutboxMessage.failure == "wrong person")
    )
    for message in session.scalars(sent):
        events.setdefault(message.event_id, []).append(message)
    found: Notices = Counter()
    for several in events.values():
        (kind,) = {m.kind for m in several}
        found[kind, frozenset((m.recipient, m.about_signal_id) for m in several)] += 1
    return found


def empty(session: Session) -> None:
    """Remove all signals, what came of them, and rules of one's own; the audit keeps everything."""
    for table in _TABLES:
        session.execute(delete(table))
    session.execute(delete(MatchRule).where(MatchRule.version > 2))
    session.execute(delete(RuleVersion).where(RuleVersion.version > 2))
