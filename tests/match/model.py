"""What the index should hold, as simply as it can be said; and what it does hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from match.counters import DailyCounter
from match.matches import Match, MatchPair, MatchStatus, Participation
from match.outbox import NoticeKind, OutboxMessage
from match.signals import Informing, Signal, SignalStatus
from match.subjects import Subject

_TABLES = (
    OutboxMessage,
    MatchPair,
    Participation,
    Informing,
    Match,
    Signal,
    Subject,
    DailyCounter,
)

Notices = set[tuple[NoticeKind, UUID, frozenset[UUID]]]


@dataclass(frozen=True)
class Contact:
    """Somebody who signals: a professional or a team.

    Attributes:
        member: Name of the organisation.
        unit_id: The unit.
        recipient: Who is told: the professional's id or the unit's.
        body: What a signal of it has of its own.
        sensitive: Whether its organisation is.
        independent: Whether its unit is.
    """

    member: str
    unit_id: UUID
    recipient: UUID
    body: dict[str, Any] = field(hash=False)
    sensitive: bool = False
    independent: bool = False

    def pairs_with(self, other: Contact) -> bool:
        """The seeded rules in one line."""
        apart = self.member != other.member or (
            self.unit_id != other.unit_id and self.independent and other.independent
        )
        return apart and not self.sensitive and not other.sensitive


@dataclass
class KnownSignal:
    """A signal as the model knows it."""

    id: UUID
    contact: Contact
    person: int
    lapses: date
    status: SignalStatus = SignalStatus.ACTIVE
    reason: str | None = None
    match: UUID | None = None  # the model's own id

    @property
    def is_active(self) -> bool:
        return self.status is SignalStatus.ACTIVE


@dataclass
class Model:
    """Signals, pairs and notices, without locks, tables or rows."""

    signals: list[KnownSignal] = field(default_factory=list)
    pairs: set[frozenset[UUID]] = field(default_factory=set)
    notices: Notices = field(default_factory=set)

    def active(self, person: int) -> list[KnownSignal]:
        return [s for s in self.signals if s.person == person and s.is_active]

    def existing(self, contact: Contact, person: int, today: date) -> KnownSignal | None:
        """Return the signal that registering would find."""
        return next(
            (s for s in self.active(person) if s.contact == contact and s.lapses > today), None
        )

    def register(self, new: KnownSignal, today: date) -> None:
        """Lapse what is overdue for that person, then pair the new one."""
        self.lapse(today, person=new.person)
        partners = [s for s in self.active(new.person) if s.contact.pairs_with(new.contact)]
        known = {s.match for s in self.active(new.person)} - {None}
        assert len(known) <= 1, "an active signal is in two matches"
        self.signals.append(new)
        if not partners:
            return
        match = known.pop() if known else uuid4()
        for partner in (*partners, new):
            partner.match = match
        self.pairs |= {frozenset({new.id, partner.id}) for partner in partners}
        told = frozenset(s.contact.recipient for s in (new, *partners))
        self.notices.add((NoticeKind.MATCH, new.id, told))

    def end(self, signal: KnownSignal, reason: str) -> None:
        if reason == "verkeerde_persoon":
            told = frozenset(
                s.contact.recipient
                for s in self.active(signal.person)
                if frozenset({s.id, signal.id}) in self.pairs and s is not signal
            )
            if told:
                self.notices.add((NoticeKind.WRONG_PERSON, signal.id, told))
        signal.status, signal.reason = SignalStatus.ENDED, reason

    def lapse(self, today: date, *, person: int | None = None) -> None:
        for signal in self.signals:
            if signal.is_active and signal.lapses <= today and person in {None, signal.person}:
                signal.status = SignalStatus.LAPSED

    def visible_pairs(self) -> set[frozenset[UUID]]:
        active = {s.id for s in self.signals if s.is_active}
        return {pair for pair in self.pairs if pair <= active}

    def open_matches(self) -> set[frozenset[UUID]]:
        """Return the signals, ended ones too, of each match with a visible pair."""
        visible = set[UUID]().union(*self.visible_pairs())
        alive = {s.match for s in self.signals if s.id in visible}
        return {frozenset(s.id for s in self.signals if s.match == match) for match in alive}

    def statuses(self) -> dict[UUID, SignalStatus]:
        return {s.id: s.status for s in self.signals}


def statuses(session: Session) -> dict[UUID, SignalStatus]:
    """Return every signal's status."""
    return {row.id: row.status for row in session.execute(select(Signal.id, Signal.status))}


def visible_pairs(session: Session) -> set[frozenset[UUID]]:
    """Return the pairs of active signals that may see each other."""
    signal_of = dict(session.execute(select(Participation.id, Participation.signal_id)).all())
    found = {
        frozenset({signal_of[pair.low_participation_id], signal_of[pair.high_participation_id]})
        for pair in session.scalars(select(MatchPair))
    }
    active = {s for s, status in statuses(session).items() if status is SignalStatus.ACTIVE}
    return {pair for pair in found if pair <= active}


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
    """Return what is told about which signal to whom, per event."""
    events: dict[UUID, list[OutboxMessage]] = {}
    for message in session.scalars(select(OutboxMessage)):
        events.setdefault(message.event_id, []).append(message)
    found: Notices = set()
    for several in events.values():
        ((kind, about),) = {(m.kind, m.about_signal_id) for m in several}
        assert about is not None
        event = (kind, about, frozenset(m.recipient for m in several))
        assert event not in found, "the same was told twice"
        found.add(event)
    return found


def empty(session: Session) -> None:
    """Remove all signals and what came of them; the audit keeps everything."""
    for table in _TABLES:
        session.execute(delete(table))
