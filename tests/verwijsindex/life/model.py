"""The whole life of signals, as simply as it can be said: on top of the model of matches.

A day, a mail and a deletion more than ``tests/match/model.py``. What somebody
adds to the life of a signal (a transfer, a stand-in, a reminder) gets a method
here, a rule in ``test_whole_life.py``, and if it mails, a kind in :meth:`contents`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID

from match.digests import next_digest_time
from match.messages import NoticeKind
from match.outbox import retry_delay
from match.signals import SignalStatus
from match.terms import add_months
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day, working_days_after
from tests.clock import START
from tests.match.model import SETTLING, Contact, KnownPair, KnownSignal, Model, Rules

HISTORY = timedelta(days=30)
#: What a letter says: a kind of sentence, the own reference, and about whom or until when.
Contents = frozenset[tuple[str, str, str]]


@dataclass(eq=False)
class Message:
    """Something that is told to a contact.

    Attributes:
        own: The recipient's own signal; None: of a check-up or a digest.
        state: As the outbox has it.
        digest: What carries it.
        asks: Of a check-up: whether it asks who is still involved.
    """

    kind: NoticeKind
    recipient: UUID
    due: datetime
    state: str = "pending"
    about: UUID | None = None
    own: UUID | None = None
    digest: Message | None = None
    attempts: int = 0
    asks: bool = False


@dataclass
class WholeModel(Model):
    """Days, mails, silences and deletion."""

    now: datetime = START
    #: Days and mail addresses by contact; set by the machine.
    addresses: dict[UUID, str] = field(default_factory=dict)
    ended: dict[UUID, datetime] = field(default_factory=dict)
    confirmed: dict[UUID, datetime] = field(default_factory=dict)
    lost: set[UUID] = field(default_factory=set)
    deadlines: dict[UUID, date] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    letters: Counter[tuple[str, Contents]] = field(default_factory=Counter)
    asked: dict[int, list[datetime | None]] = field(default_factory=dict)
    said: set[tuple[UUID, UUID]] = field(default_factory=set)  # who says to have known whom
    silent: set[tuple[int, frozenset[str]]] = field(default_factory=set)
    rounds_written: set[tuple[date, bool, UUID]] = field(default_factory=set)
    digest_due: datetime | None = None  # of what is told just now
    settled: set[UUID] = field(default_factory=set)  # who recorded what came of it
    reminded: set[UUID] = field(default_factory=set)
    reminded_on: date | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(AMSTERDAM).date()

    def by_id(self, id_: UUID) -> KnownSignal:
        return next(s for s in self.signals if s.id == id_)

    # What comes and goes.

    def register(self, new: KnownSignal, today: date) -> None:
        super().register(new, today)
        if new.person in self.reviews:
            self.reviews.clear()
            self.asked.setdefault(new.person, []).append(None)

    def end(self, signal: KnownSignal, reason: str) -> None:
        super().end(signal, reason)
        self.ended[signal.id] = self.now

    def erase(self, signal: KnownSignal) -> set[UUID]:
        both = [
            self.by_id(other)
            for one, other in self.said
            if one == signal.id and (other, one) in self.said
        ]
        alone = super().erase(signal)
        self.said = {pair for pair in self.said if signal.id not in pair}
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

    def lapse(
        self, today: date, *, person: int | None = None, contact: Contact | None = None
    ) -> None:
        super().lapse(today, person=person, contact=contact)
        for signal in self.signals:
            if not signal.is_active:
                self.ended.setdefault(signal.id, self.now)

    def extend(self, signal: KnownSignal, lapses: date) -> None:
        if lapses > signal.lapses:
            self.confirmed[signal.id] = self.now
        signal.lapses = lapses

    def see(self, signal: KnownSignal, seen: KnownSignal) -> None:
        if signal.shown is None:
            self.give_time(signal.id)
        super().see(signal, seen)

    def give_time(self, one: UUID) -> None:
        """Give a day before which to follow up; another one where that day had come."""
        if one not in self.deadlines or self.deadlines[one] <= self.today:
            more = 0 if self.digest_due is None else 15
            self.deadlines[one] = working_days_after(self.today, 5 + more)
            self.reminded.discard(one)

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

    def is_silent(self, one: KnownSignal, other: KnownSignal) -> bool:
        return (one.person, frozenset({one.contact.member, other.contact.member})) in self.silent

    def say(self, one: KnownSignal, other: KnownSignal, *, only: bool) -> None:
        """*one* says that it knew *other* (and with *only*, nobody else)."""
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

    # Mails.

    def tell(self, kind: NoticeKind, told: set[tuple[UUID, UUID]]) -> None:
        for recipient, about in told:
            person = self.by_id(about).person
            (own,) = (s for s in self.active(person) if s.contact.recipient == recipient)
            if kind is NoticeKind.MATCH:
                self.give_time(own.id)
            due = self.digest_due
            state = "pending" if due is None else "waiting"
            self.messages.append(
                Message(kind, recipient, due or self.now, state, about=about, own=own.id)
            )

    def remind(self) -> None:
        """Once a working day: who was to record what came of it, did not, and still sees somebody."""
        if self.reminded_on == self.today or not is_working_day(self.today):
            return
        self.reminded_on = self.today
        for one in {one for one, _ in self.sight()} - self.reminded:
            if self.is_overdue(one):
                self.reminded.add(one)
                recipient = self.by_id(one).contact.recipient
                kind = NoticeKind.REMINDER
                self.messages.append(Message(kind, recipient, self.now, "waiting", own=one))

    def is_overdue(self, one: UUID) -> bool:
        return one not in self.settled and self.deadlines.get(one, date.max) <= self.today

    def gather(self) -> None:
        self.remind()
        waiting = [m for m in self.messages if m.state == "waiting"]
        for recipient in {m.recipient for m in waiting if m.due <= self.now}:
            digest = Message(NoticeKind.DIGEST, recipient, self.now)
            self.messages.append(digest)
            for message in (m for m in waiting if m.recipient == recipient):
                message.state, message.digest = "gathered", digest

    def deliver(self, *, refuses: bool) -> None:
        while due := [m for m in self.messages if m.state == "pending" and m.due <= self.now]:
            for message in due:
                contents = self.contents(message)
                if not contents:
                    message.state = "skipped"
                elif refuses:
                    message.attempts += 1
                    message.due = self.now + retry_delay(message.attempts)
                    message.state = "dead" if message.attempts == 14 else "pending"
                else:
                    message.state = "sent"
                    self.letters[self.addresses[message.recipient], contents] += 1

    def contents(self, message: Message) -> Contents:
        if message.kind is NoticeKind.DIGEST:
            several = (self.contents(m) for m in self.messages if m.digest is message)
            return frozenset(chain.from_iterable(several))
        if message.kind is NoticeKind.LAPSING:
            return self.checkup(message)
        own = self.by_id(message.own) if message.own else None
        if own is None or not own.is_active:
            return frozenset()
        if message.kind is NoticeKind.REMINDER:
            is_due = self.is_overdue(own.id) and any(one == own.id for one, _ in self.sight())
            return frozenset({("late", f"D-{own.person}", "")} if is_due else ())
        if message.kind is NoticeKind.WRONG_PERSON:
            return frozenset({("wrong", f"D-{own.person}", "")})
        return self.of_match(own, message.about)

    def of_match(self, own: KnownSignal, about: UUID | None) -> Contents:
        seen = [self.by_id(other) for one, other in self.sight() if one == own.id]
        new = [
            other
            for other in seen
            if about in {own.id, other.id} and not self.is_silent(own, other)
        ]
        if new and (own.contact.sensitive or any(other.contact.sensitive for other in seen)):
            return frozenset({("link", "", "")})
        return frozenset(("named", f"D-{own.person}", other.contact.member) for other in new)

    # What lapses soon, and what runs long.

    def ask_checkups(self) -> None:
        local = self.now.astimezone(AMSTERDAM)
        if not is_working_day(self.today) or not (7, 30) <= (local.hour, local.minute) < (18, 0):
            return
        for lapses in self.soon():
            is_month = self.today < _on_or_before(lapses - timedelta(days=7))
            day = _on_or_before(add_months(lapses, -1) if is_month else lapses - timedelta(days=7))
            # The rules only register at ten in the morning (UTC): after the letters of that day.
            lapsing = {
                s.contact.recipient
                for s in self.signals
                if s.is_active
                and s.lapses == lapses
                and s.started.astimezone(AMSTERDAM).date() < day
            }
            asked = {
                s.contact.recipient for s in self.signals if is_month and self.runs_long(s, day)
            }
            for recipient in lapsing | asked:
                if (lapses, is_month, recipient) not in self.rounds_written:
                    self.rounds_written.add((lapses, is_month, recipient))
                    self.messages.append(
                        Message(NoticeKind.LAPSING, recipient, self.now, asks=recipient in asked)
                    )

    def soon(self, day: date | None = None) -> list[date]:
        """Return the days on which something may lapse of which one is told by *day*."""
        today = day or self.today
        first = add_months(today.replace(day=1), 1)
        days = [first, add_months(first, 1)]
        return [one for one in days if _on_or_before(add_months(one, -1)) <= today]

    def runs_long(self, signal: KnownSignal, day: date) -> bool:
        said = self.confirmed.get(signal.id, signal.started).astimezone(AMSTERDAM).date()
        is_late = signal.lapses > self.soon(day)[-1]
        return signal.is_active and is_late and said <= add_months(day, -6)

    def checkup(self, message: Message) -> Contents:
        kinds = [m for m in self.messages if m.kind is NoticeKind.LAPSING]
        if [m for m in kinds if m.recipient == message.recipient][-1] is not message:
            return frozenset()
        found = set()
        for s in self.signals:
            if s.contact.recipient != message.recipient or not s.is_active:
                continue
            if self.today < s.lapses <= self.soon()[-1]:
                found.add(("lapses", f"D-{s.person}", str(s.lapses.month)))
            elif message.asks and self.runs_long(s, self.today):
                found.add(("asked", f"D-{s.person}", ""))
        return frozenset(found)

    def outbox(self) -> Counter[tuple[str, UUID, UUID | None, str]]:
        """Return the messages about matches, each with how far it is."""
        kinds = {NoticeKind.MATCH, NoticeKind.WRONG_PERSON}
        return Counter(
            (m.kind.value, m.recipient, m.about, m.state) for m in self.messages if m.kind in kinds
        )

    def statuses(self) -> dict[UUID, SignalStatus]:
        return {s.id: s.status for s in self.signals}


def _on_or_before(day: date) -> date:
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
