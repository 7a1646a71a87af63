"""The whole life of signals, as simply as it can be said: on top of the model of matches.

A transfer, a silence and a deletion more than ``tests/match/model.py``, with the
mails of ``mails.py`` and the people of ``staff.py``. What somebody adds to the life
of a signal gets a method here, a rule in the machine, and if it mails, a kind in
:meth:`Mails.contents`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from match.digests import next_digest_time
from match.history import HISTORY
from match.messages import NoticeKind
from match.signals import SignalStatus
from orgprofiles.dutch_calendar import working_days_after
from tests.match.model import SETTLING, Contact, KnownPair, KnownSignal, Rules
from tests.verwijsindex.life.mails import Mails, Shown


@dataclass
class WholeModel(Mails):
    """Matches, transfers, silences and deletion."""

    lost: set[UUID] = field(default_factory=set)
    asked: dict[int, list[datetime | None]] = field(default_factory=dict)
    said: set[tuple[UUID, UUID]] = field(default_factory=set)  # who says to have known whom

    # What comes and goes.

    def register(self, new: KnownSignal, today: date) -> None:
        super().register(new, today)
        if new.person in self.reviews:
            self.reviews.clear()
            self.asked.setdefault(new.person, []).append(None)

    def saw(self, one: UUID) -> bool:
        return super().saw(one) or one in self.lost

    def lists(self, member: str) -> None:
        super().lists(member)
        for one in map(self.by_id, self.lost):
            if one.contact.member == member:
                self.read[member, one.match] = self.now

    def erase(self, signal: KnownSignal) -> set[UUID]:
        both = [
            self.by_id(other)
            for one, other in self.said
            if one == signal.id and (other, one) in self.said
        ]
        named = {
            one
            for one, other in self.said
            if other == signal.id and frozenset({one, other}) in self.pairs
        }
        alone = super().erase(signal)
        self.said = {pair for pair in self.said if signal.id not in pair}
        knows_others = {one for one, other in self.said if frozenset({one, other}) in self.pairs}
        for one in named - alone - knows_others:
            if one in self.settled and one in self.deadlines:
                self.reminded.discard(one)
                self.deadlines[one] = working_days_after(self.today, 5)
            self.settled.discard(one)
        for other in both:
            self.settle(signal.person, signal.contact.member, other.contact.member)
        for one in alone:
            self.deadlines.pop(one, None)
        self.settled -= alone
        for message in self.messages:
            is_lost = message.own in alone and message.kind is not NoticeKind.WRONG_PERSON
            if is_lost and message.state in {"pending", "waiting"}:
                message.state = "skipped"
        return alone

    def extend(self, signal: KnownSignal, lapses: date) -> None:
        if lapses > signal.lapses:
            self.confirmed[signal.id] = self.now
        signal.lapses = lapses

    def transfer(self, signal: KnownSignal, to: Contact, *, digest_due: datetime | None) -> bool:
        """Give *signal* another contact of the same organisation; whether that could be.

        Its match, its pairs and its deadline stay.
        """
        if signal.contact == to:
            return True
        if not signal.is_active or signal.lapses <= self.today:
            return False
        if any(s.contact == to for s in self.active(signal.person)):
            return False
        is_elsewhere = signal.contact.unit_id != to.unit_id
        signal.contact = to
        self.redirect(signal)
        if is_elsewhere:
            self.narrow(signal)
            self.asked.setdefault(signal.person, []).append(digest_due)
        message = self.message(NoticeKind.TRANSFERRED, to, digest_due)
        message.about = signal.id
        self.messages.append(message)
        return True

    def is_there(self, contact: Contact) -> bool:
        person = self.staff.people.get(contact.recipient)
        return person is None or person.is_active

    def narrow(self, signal: KnownSignal) -> None:
        """Take away what the rules do not let the new unit see, or let see it."""
        for key, pair in list(self.pairs.items()):
            if signal.id not in key:
                continue
            (other,) = key - {signal.id}
            decided = self.decided(signal, self.by_id(other))
            if decided is None:
                del self.pairs[key]
            elif len(decided.sees) == 1 and {pair.revealed_by} != decided.sees:
                pair.sees, pair.revealed_by = decided.sees, None

    def transfer_all(self, who: Contact, to: Contact) -> tuple[int, set[UUID]]:
        """Return how many signals of *who* went, and which could not."""
        theirs = [s for s in self.signals if s.is_active and s.contact == who]
        due = next_digest_time(self.now)
        left = {s.id for s in theirs if not self.transfer(s, to, digest_due=due)}
        return len(theirs) - len(left), left

    def change_rules(self, rules: Rules, now: datetime) -> None:
        super().change_rules(rules, now)
        for person in self.reviews:
            self.asked.setdefault(person, []).append(next_digest_time(now))
        self.reviews.clear()

    def review(self, now: datetime, today: date) -> None:
        for changed in [one for one in self.rounds if one + SETTLING <= now]:
            self.rounds.remove(changed)
            since = changed - SETTLING
            for person in {s.person for s in self.signals if s.is_active and s.started >= since}:
                if len(self.active(person)) > 1:
                    self.asked.setdefault(person, []).append(next_digest_time(changed))
        for person, dues in self.asked.items():
            self.lapse(today, person=person)
            self.digest_due = None if None in dues else min(one for one in dues if one)
            self.review_person(person)
        self.digest_due = None
        self.asked.clear()
        self.said = {
            (one, other) for one, other in self.said if frozenset({one, other}) in self.pairs
        }

    def delete(self) -> None:
        """Forget what ended thirty days ago, and whatever there is because of it."""
        gone = {one for one, at in self.ended.items() if at <= self.now - HISTORY}
        for key, pair in list(self.pairs.items()):
            if key & gone:
                self.lost |= pair.sees - gone
                del self.pairs[key]
        self.signals = [s for s in self.signals if s.id not in gone]
        self.messages = [m for m in self.messages if not {m.about, m.own} & gone]
        self.said = {pair for pair in self.said if not set(pair) & gone}
        self.lost -= gone
        self.settled -= gone
        self.reminded -= gone
        for known in (self.ended, self.confirmed, self.deadlines):
            for one in gone & known.keys():
                del known[one]  # type: ignore[attr-defined]
        there = {(s.person, s.contact.member) for s in self.signals}
        self.silent = {
            (person, who) for person, who in self.silent if all((person, o) in there for o in who)
        }
        people = {s.person for s in self.signals}
        self.asked = {person: dues for person, dues in self.asked.items() if person in people}

    def shown_contacts(self, member: str) -> Counter[tuple[frozenset[UUID], tuple[Shown, ...]]]:
        """Return the contacts that each match with somebody in it shows to an organisation.

        By its own signals: where each is reached, and who stands in for them today.
        """
        own = {s.id: s for s in self.signals if s.contact.member == member}
        looked = {one for pair in self.pairs.values() for one in pair.sees} | self.lost
        looked &= own.keys()
        sight = self.sight()
        found: Counter[tuple[frozenset[UUID], tuple[Shown, ...]]] = Counter()
        for shown in {own[one].shown for one in looked}:
            mine = frozenset(one for one in looked if own[one].shown == shown)
            seen = {other for one, other in sight if one in mine}
            if seen:
                found[
                    mine, tuple(sorted(self.reached(self.by_id(one).contact) for one in seen))
                ] += 1
        return found

    def listed(self, member: str) -> Counter[tuple[str, frozenset[tuple[UUID, bool]], int]]:
        """As :meth:`Model.listed`, with those whom the deleted ones left behind."""
        ghosts = {one: KnownPair({one}, mails=False) for one in self.lost}
        self.pairs |= {frozenset({one}): pair for one, pair in ghosts.items()}
        found = super().listed(member)
        for one in ghosts:
            del self.pairs[frozenset({one})]
        return found

    def sight(self) -> set[tuple[UUID, UUID]]:
        ghosts = {key for key in self.pairs if len(key) == 1}
        pairs, self.pairs = self.pairs, {k: p for k, p in self.pairs.items() if k not in ghosts}
        found = super().sight()
        self.pairs = pairs
        return found

    # Who knew whom.

    def decided(self, one: KnownSignal, other: KnownSignal) -> KnownPair | None:
        pair = super().decided(one, other)
        if pair is not None and self.is_silent(one, other):
            pair.mails = False
        return pair

    def say(self, one: KnownSignal, other: KnownSignal, *, only: bool) -> None:
        """*one* says that it knew *other* (and with *only*, nobody else)."""
        if only or (one.id, other.id) not in self.said:
            self.settled.add(one.id)
        partners = {x for key in self.pairs if one.id in key for x in key - {one.id}}
        before = {x for x in partners if (one.id, x) in self.said}
        after = {other.id} | (set() if only else before)
        self.said = {pair for pair in self.said if pair[0] != one.id} | {(one.id, x) for x in after}
        for x in before ^ after:
            pair = self.pairs[frozenset({one.id, x})]
            if one.id in pair.sees:
                self.settle(one.person, one.contact.member, self.by_id(x).contact.member)

    def settle(self, person: int, *members: str) -> None:
        who = frozenset(members)
        if len(who) < 2:
            return
        both = any(
            {self.by_id(x).contact.member for x in key} == who and self.by_id(x).person == person
            for key in self.pairs
            for x in key
            if tuple(key) in self.said and tuple(key)[::-1] in self.said
        )
        (self.silent.add if both else self.silent.discard)((person, who))

    def statuses(self) -> dict[UUID, SignalStatus]:
        return {s.id: s.status for s in self.signals}
