"""What the index should hold, as simply as it can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

from match.history import HISTORY
from match.messages import NoticeKind
from match.signals import SignalStatus
from tests.clock import START

SETTLING = timedelta(minutes=10)

#: Per event: what it is, and who is told about which signal.
Notices = Counter[tuple[NoticeKind, frozenset[tuple[UUID, UUID]]]]


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


@dataclass(frozen=True)
class Rules:
    """Rules that are the same for all domains.

    Attributes:
        effects: When none, one and both of the organisations are sensitive.
        between: For two organisations by name; goes first.
    """

    effects: tuple[str, str, str] = ("match", "eerst_gevoelige_kant", "geen_match")
    between: tuple[tuple[frozenset[str], str], ...] = ()

    def effect(self, one: Contact, other: Contact) -> str:
        if one.member == other.member and (
            one.unit_id == other.unit_id or not (one.independent and other.independent)
        ):
            return "geen_match"
        hidden = one.sensitive + other.sensitive
        effect = dict(self.between).get(frozenset({one.member, other.member}), self.effects[hidden])
        if effect == "eerst_gevoelige_kant" and hidden != 1:
            return "match" if hidden == 0 else "geen_match"
        return effect

    def may_hide_from(self, contact: Contact) -> bool:
        first = "eerst_gevoelige_kant"
        return not contact.sensitive and (
            self.effects[1] == first
            or any(contact.member in who for who, effect in self.between if effect == first)
        )


@dataclass
class KnownSignal:
    """A signal as the model knows it."""

    id: UUID
    contact: Contact
    person: int
    started: datetime
    lapses: date
    status: SignalStatus = SignalStatus.ACTIVE
    reason: str | None = None
    match: UUID | None = None  # the model's own id
    shown: UUID | None = None  # what the match is to this side

    @property
    def is_active(self) -> bool:
        return self.status is SignalStatus.ACTIVE


@dataclass
class KnownPair:
    """Who of two sees the other, whether they are mailed, and who let itself be seen, when."""

    sees: set[UUID]
    mails: bool
    made: datetime = START
    revealed_by: UUID | None = None
    revealed: datetime = START

    def since(self, seen: UUID) -> datetime:
        """Return since when *seen* could be seen."""
        return self.revealed if self.revealed_by == seen else self.made


def told_by(pair: KnownPair | None, signal: KnownSignal) -> bool:
    """Whether *signal* sees the other of *pair*, with a mail."""
    return pair is not None and pair.mails and signal.id in pair.sees


def together(one: Contact, other: Contact) -> bool:
    """Whether two contacts are told of as one: an independent unit is told of by itself."""
    if one.independent or other.independent:
        return one.unit_id == other.unit_id
    return one.member == other.member


@dataclass
class Model:
    """Signals, pairs and notices, without locks, tables or rows."""

    rules: Rules = field(default_factory=Rules)
    signals: list[KnownSignal] = field(default_factory=list)
    pairs: dict[frozenset[UUID], KnownPair] = field(default_factory=dict)
    notices: Notices = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    reviews: set[int] = field(default_factory=set)
    rounds: list[datetime] = field(default_factory=list)  # when the rules were changed
    now: datetime = START
    ended: dict[UUID, datetime] = field(default_factory=dict)
    #: When an organisation was last shown a match.
    read: dict[tuple[str, UUID | None], datetime] = field(default_factory=dict)

    def active(self, person: int) -> list[KnownSignal]:
        return [s for s in self.signals if s.person == person and s.is_active]

    def existing(self, contact: Contact, person: int, today: date) -> KnownSignal | None:
        """Return the signal that registering would find."""
        return next(
            (s for s in self.active(person) if s.contact == contact and s.lapses > today), None
        )

    def decided(self, one: KnownSignal, other: KnownSignal) -> KnownPair | None:
        """Return the pair that the rules make of two signals, before anything is revealed."""
        effect = self.rules.effect(one.contact, other.contact)
        if effect == "geen_match":
            return None
        if effect == "eerst_gevoelige_kant":
            sees = {s.id for s in (one, other) if s.contact.sensitive}
            return KnownPair(sees, mails=True, made=self.now)
        return KnownPair({one.id, other.id}, mails=effect == "match", made=self.now)

    def register(self, new: KnownSignal, today: date) -> None:
        """Lapse the contact's own, then pair the new one with whom it sees."""
        self.lapse(today, person=new.person, contact=new.contact)
        others = [s for s in self.active(new.person) if s.lapses > today]
        pairs = [
            (s, pair) for s in others if (pair := self.decided(new, s)) and new.id in pair.sees
        ]
        known = self.match_of(new.person)
        self.signals.append(new)
        if self.rules.may_hide_from(new.contact):
            self.reviews.add(new.person)
        if not pairs:
            return
        match = known or uuid4()
        told, known_before = set(), set()
        colleagues = [s for s in others if together(s.contact, new.contact)]
        knowing = {
            s.id for s, _ in pairs if any(told_by(self.decided(s, one), s) for one in colleagues)
        }
        for partner, pair in pairs:
            self.pairs[frozenset({new.id, partner.id})] = pair
            for signal, other in ((new, partner), (partner, new)):
                signal.match = match
                if signal.id in pair.sees:
                    # The new one knows the match from the longest involved that knows it.
                    first = next((s for s, _ in pairs if s.shown), other)
                    self.see(signal, first if signal is new else new)
                    if pair.mails:
                        one = (signal.contact.recipient, new.id)
                        (known_before if signal.id in knowing else told).add(one)
        self.tell(NoticeKind.MATCH, told, known_before)

    def match_of(self, person: int) -> UUID | None:
        known = {s.match for s in self.active(person)} - {None}
        assert len(known) <= 1, "an active signal is in two matches"
        return next(iter(known), None)

    def see(self, signal: KnownSignal, seen: KnownSignal) -> None:
        self.joined[signal.contact.member] += signal.shown is None
        signal.shown = signal.shown or seen.shown or uuid4()

    def tell(
        self,
        kind: NoticeKind,
        told: set[tuple[UUID, UUID]],
        known: Iterable[tuple[UUID, UUID]] = (),
    ) -> None:
        """Tell each recipient of a signal; *known* are those who know, and are not told."""
        if told:
            self.notices[kind, frozenset(told)] += 1

    def change_rules(self, rules: Rules, now: datetime) -> None:
        self.rules = rules
        self.reviews |= {s.person for s in self.signals if len(self.active(s.person)) > 1}
        self.rounds.append(now)

    def review(self, now: datetime, today: date) -> None:
        """Do what the worker does with the reviews that were asked for."""
        for changed in [one for one in self.rounds if one + SETTLING <= now]:
            self.rounds.remove(changed)
            self.reviews |= {
                s.person
                for s in self.signals
                if s.is_active
                and s.started >= changed - SETTLING
                and len(self.active(s.person)) > 1
            }
        for person in self.reviews:
            self.lapse(today, person=person)
            self.review_person(person)
        self.reviews.clear()

    def review_person(self, person: int) -> None:
        known = self.match_of(person) or uuid4()
        newly: dict[UUID, list[tuple[UUID, bool]]] = {}
        active = {s.id: s for s in self.active(person)}
        before = dict(self.pairs)
        for one, other in combinations(active.values(), 2):
            key = frozenset({one.id, other.id})
            was, decided = self.pairs.get(key), self.decided(one, other)
            if decided is None:
                self.pairs.pop(key, None)
                continue
            if was:
                decided.made = was.made
                decided.revealed_by, decided.revealed = was.revealed_by, was.revealed
                if len(decided.sees) == 1:
                    if {was.revealed_by} == decided.sees:
                        decided.sees = {one.id, other.id}
                    else:
                        decided.revealed_by = None
            self.pairs[key] = decided
            one.match = other.match = known
            for signal_id in decided.sees - (was.sees if was else set()):
                (seen,) = key - {signal_id}
                newly.setdefault(signal_id, []).append((seen, decided.mails))
        told = set()
        for signal_id in (one for one in active if one in newly):
            several = newly[signal_id]
            known_by = [active[o] for o in active if o in dict(several) and active[o].shown]
            self.see(active[signal_id], known_by[0] if known_by else active[several[0][0]])
            mailed = [
                seen
                for seen, mails in several
                if mails
                and not any(
                    told_by(before.get(frozenset({signal_id, one.id})), active[signal_id])
                    for one in active.values()
                    if together(one.contact, active[seen].contact)
                )
            ]
            if mailed:
                about = mailed[0] if len(mailed) == 1 else signal_id
                told.add((active[signal_id].contact.recipient, about))
        self.tell(NoticeKind.MATCH, told)

    def reveal(self, own: KnownSignal, today: date) -> bool:
        """Show *own* to whom it sees; False when there is nobody, nor was."""
        told, known, done = set(), set(), False
        for other in self.active(own.person):
            pair = self.pairs.get(frozenset({own.id, other.id}))
            if other is own or pair is None:
                continue
            done |= pair.revealed_by == own.id
            decided = self.decided(own, other)
            if (
                pair.sees == {own.id}
                and decided
                and decided.sees == {own.id}
                and min(own.lapses, other.lapses) > today
            ):
                pair.sees, pair.revealed_by, done = {own.id, other.id}, own.id, True
                pair.revealed = self.now
                self.see(other, own)
                knows = any(
                    told_by(self.pairs.get(frozenset({other.id, one.id})), other)
                    for one in self.active(own.person)
                    if one is not own and one.lapses > today and together(one.contact, own.contact)
                )
                if decided.mails:
                    (known if knows else told).add((other.contact.recipient, own.id))
        self.tell(NoticeKind.MATCH, told, known)
        return done

    def may_end(self, signal: KnownSignal, reason: str) -> bool:
        """Whether it can be ended for that reason; again for the same one changes nothing."""
        return signal.is_active or reason in {signal.reason, "verkeerde_persoon"}

    def end(self, signal: KnownSignal, reason: str) -> None:
        if signal.reason == reason:
            return
        if reason == "verkeerde_persoon":
            self.retract(signal)
        signal.status, signal.reason = SignalStatus.ENDED, reason
        self.ended.setdefault(signal.id, self.now)
        if reason == "verkeerde_persoon":
            self.erase(signal)

    def retract(self, wrong: KnownSignal) -> None:
        """Tell each who was told of *wrong* that it was about somebody else."""
        found = {
            (recipient, wrong.id)
            for one in self.signals
            if one.id in self.who_see(wrong) and not self.is_over(one)
            for recipient in self.who_heard(one, wrong)
        }
        if found:
            self.notices[NoticeKind.WRONG_PERSON, frozenset(found)] += 1

    def who_heard(self, one: KnownSignal, wrong: KnownSignal) -> list[UUID]:
        """Return who was told of *wrong* as *one*: its contact, if its organisation looked."""
        since = self.pairs[frozenset({one.id, wrong.id})].since(wrong.id)
        last = self.read.get((one.contact.member, one.match))
        return [one.contact.recipient] if last is not None and last >= since else []

    def is_over(self, one: KnownSignal) -> bool:
        """Whether it ended so long ago that nobody is told of it any more."""
        return one.id in self.ended and self.ended[one.id] <= self.now - HISTORY

    def shows(self, *signals: KnownSignal) -> None:
        """An answer to their organisation shows the matches of *signals*, if they see somebody."""
        seeing = {one for one, _ in self.sight()}
        for one in signals:
            if one.id in seeing:
                self.read[one.contact.member, one.match] = self.now

    def lists(self, member: str) -> None:
        """An organisation is shown all of its matches, also those that are over."""
        saw = set[UUID]().union(*(pair.sees for pair in self.pairs.values()))
        for one in self.signals:
            if one.contact.member == member and one.id in saw:
                self.read[member, one.match] = self.now

    def erase(self, signal: KnownSignal) -> set[UUID]:
        """Forget whom *signal* met, for it was somebody else's; return who sees nobody any more."""
        met = {one for key in self.pairs if signal.id in key for one in key - {signal.id}}
        self.pairs = {key: pair for key, pair in self.pairs.items() if signal.id not in key}
        alone = {one for one in met if not self.saw(one)}
        for one in self.signals:
            if one.id in alone:
                one.shown = None
        return alone

    def saw(self, one: UUID) -> bool:
        return any(one in pair.sees for pair in self.pairs.values())

    def who_see(self, signal: KnownSignal) -> set[UUID]:
        return set[UUID]().union(
            *(p.sees - {signal.id} for k, p in self.pairs.items() if signal.id in k)
        )

    def lapse(
        self, today: date, *, person: int | None = None, contact: Contact | None = None
    ) -> None:
        for signal in self.signals:
            if (
                signal.is_active
                and signal.lapses <= today
                and person in {None, signal.person}
                and contact in {None, signal.contact}
            ):
                signal.status = SignalStatus.LAPSED
                self.ended[signal.id] = self.now

    def sight(self) -> set[tuple[UUID, UUID]]:
        """Return who sees whom, of the active ones: signal and signal."""
        active = {s.id for s in self.signals if s.is_active}
        return {
            (signal_id, *(key - {signal_id}))
            for key, pair in self.pairs.items()
            if key <= active
            for signal_id in pair.sees
        }

    def open_matches(self) -> set[frozenset[UUID]]:
        """Return the signals, ended ones too, of each match with a pair of active signals."""
        sighted = {signal_id for pair in self.sight() for signal_id in pair}
        alive = {s.match for s in self.signals if s.id in sighted}
        return {frozenset(s.id for s in self.signals if s.match == match) for match in alive}

    def listed(self, member: str) -> Counter[tuple[str, frozenset[tuple[UUID, bool]], int]]:
        """Return the matches that an organisation is to see.

        Each with its status, the own signals in it (and whether all whom they
        see, see them), and how many others are to be seen.
        """
        own = {s.id: s for s in self.signals if s.contact.member == member}
        sight = self.sight()
        looked = {s for p in self.pairs.values() for s in p.sees} & own.keys()
        found: Counter[tuple[str, frozenset[tuple[UUID, bool]], int]] = Counter()
        for shown in {own[one].shown for one in looked}:
            mine = {one for one in looked if own[one].shown == shown}
            seen = {other for one, other in sight if one in mine}
            parts = frozenset(
                (one, all((other, me) in sight for me, other in sight if me == one)) for one in mine
            )
            found["open" if seen else "gesloten", parts, len(seen)] += 1
        return found

    def statuses(self) -> dict[UUID, SignalStatus]:
        return {s.id: s.status for s in self.signals}
