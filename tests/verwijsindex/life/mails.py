"""Who is told what, by whom it is read and when: the part of the model that mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID, uuid4

from match.digests import next_digest_time
from match.messages import NoticeKind
from match.outbox import retry_delay
from match.terms import add_months
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day, working_days_after
from tests.clock import START
from tests.match.model import Contact, KnownSignal, Model
from tests.verwijsindex.life.staff import Staff

#: What a letter says: a kind of sentence, the own reference, and about whom or until when.
Contents = frozenset[tuple[str, str, str]]
#: Where a contact is reached, and the name of who stands in for them.
Shown = tuple[str, str]
_UNSENT = {"pending", "waiting"}


@dataclass(eq=False)
class Message:
    """Something that is told to a contact.

    Attributes:
        recipient: A professional, or the team of *unit_id*.
        own: The recipient's own signal; None: of a check-up, a digest or a transfer.
        state: As the outbox has it; ``known``: it is not to be sent, for it is known; ``placed``:
            another one is in its place.
        event: What it tells of; each recipient has one message of it.
        is_routed: Whether it was decided who reads it and when.
        made: Of a digest: when it was gathered.
        sent: When it was, if it was.
        digest: What carries it.
        asks: Of a check-up: whether it asks who is still involved.
    """

    kind: NoticeKind
    recipient: UUID
    unit_id: UUID
    due: datetime
    state: str = "pending"
    about: UUID | None = None
    own: UUID | None = None
    event: UUID = field(default_factory=uuid4)
    is_routed: bool = False
    digest: Message | None = None
    attempts: int = 0
    asks: bool = False
    made: datetime = START
    sent: datetime = START


@dataclass
class Mails(Model):
    """Days, deadlines and mails."""

    staff: Staff = field(default_factory=Staff)  # set by the machine
    confirmed: dict[UUID, datetime] = field(default_factory=dict)
    deadlines: dict[UUID, date] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    letters: Counter[tuple[str, Contents]] = field(default_factory=Counter)
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

    def is_silent(self, one: KnownSignal, other: KnownSignal) -> bool:
        return (one.person, frozenset({one.contact.member, other.contact.member})) in self.silent

    def give_time(self, one: UUID) -> None:
        """Give a day before which to follow up; another one where that day had come.

        And where what came of those before was recorded: of somebody new it was not.
        """
        if one not in self.deadlines or self.deadlines[one] <= self.today or one in self.settled:
            more = 0 if self.digest_due is None else 15
            self.deadlines[one] = working_days_after(self.today, 5 + more)
            self.reminded.discard(one)
            self.settled.discard(one)

    def reached(self, contact: Contact) -> Shown:
        address = self.staff.address(contact.recipient, contact.unit_id)
        absence = self.staff.absence(contact.recipient, self.today)
        instead = absence and self.staff.substitute(absence, contact.unit_id, self.today)
        is_shown = instead and self.staff.people[contact.recipient].is_active
        return address, instead.name if instead and is_shown else ""

    # What is to be told.

    def tell(
        self,
        kind: NoticeKind,
        told: set[tuple[UUID, UUID]],
        known: Iterable[tuple[UUID, UUID]] = (),
    ) -> None:
        event = uuid4()
        everybody = [(r, about, "known") for r, about in known] + [(*one, "") for one in told]
        found = []
        for recipient, about, state in everybody:
            person = self.by_id(about).person
            (own,) = (s for s in self.active(person) if s.contact.recipient == recipient)
            if kind is NoticeKind.MATCH and not state:
                self.give_time(own.id)
            message = self.message(kind, own.contact, self.digest_due, event)
            message.about, message.own, message.state = about, own.id, state or message.state
            found.append((self.signals.index(own), message))
        # The oldest first: of two colleagues whose team reads it, hers is the one that is told.
        self.messages += [message for _, message in sorted(found, key=lambda one: one[0])]

    def retract(self, wrong: KnownSignal) -> None:
        told: dict[UUID, Message] = {}
        witnesses = [
            one for one in self.signals if one.id in self.who_see(wrong) and not self.is_over(one)
        ]
        heard = [one for one in witnesses if self.who_heard(one, wrong) or self.mailed(one, wrong)]
        event = uuid4()
        for one in heard:
            message = self.message(NoticeKind.WRONG_PERSON, one.contact, None, event)
            message.about, message.own = wrong.id, one.id
            told.setdefault(message.recipient, message)
        for one in heard:
            for m in self.mailed(one, wrong):
                person = self.staff.people.get(m.recipient)
                if person is None or person.is_active:
                    message = Message(NoticeKind.WRONG_PERSON, m.recipient, m.unit_id, self.now)
                    message.about, message.own, message.event = wrong.id, one.id, event
                    message.is_routed = True
                    told.setdefault(m.recipient, message)
        self.messages += told.values()

    def mailed(self, one: KnownSignal, wrong: KnownSignal) -> list[Message]:
        """Return what was sent, and told *one* of *wrong*."""
        since = self.pairs[frozenset({one.id, wrong.id})].since(wrong.id)
        over = min((self.ended[s.id] for s in (one, wrong) if s.id in self.ended), default=None)
        found = []
        for m in self.messages:
            carrier = m.digest or m
            is_match = m.kind is NoticeKind.MATCH and m.own == one.id and m.about is not None
            was_over = m.digest is not None and over is not None and over < m.digest.made
            if not is_match or carrier.state != "sent" or was_over:
                continue
            theirs = self.by_id(m.about or wrong.id).contact.member
            is_of_theirs = theirs == wrong.contact.member != one.contact.member
            is_of_all = m.about == one.id
            if m.about == wrong.id or ((is_of_all or is_of_theirs) and carrier.sent >= since):
                found.append(m)
        return found

    def message(
        self, kind: NoticeKind, to: Contact, digest_due: datetime | None, event: UUID | None = None
    ) -> Message:
        state = "pending" if digest_due is None else "waiting"
        due = digest_due or self.now
        return Message(kind, to.recipient, to.unit_id, due, state, event=event or uuid4())

    def remind(self) -> None:
        """Once a working day: who was to record what came of it, did not, and still sees somebody."""
        if self.reminded_on == self.today or not is_working_day(self.today):
            return
        self.reminded_on = self.today
        for one in {one for one, _ in self.sight()} - self.reminded:
            if self.is_overdue(one):
                self.reminded.add(one)
                message = self.message(NoticeKind.REMINDER, self.by_id(one).contact, self.now)
                message.own = one
                self.messages.append(message)

    def is_overdue(self, one: UUID) -> bool:
        return one not in self.settled and self.deadlines.get(one, date.max) <= self.today

    # By whom and when it is read.

    def is_to_be_routed(self, message: Message) -> bool:
        return not (
            message.is_routed
            or message.attempts
            or self.staff.is_plain(
                message.kind, message.recipient, self.today, waits=message.state == "waiting"
            )
        )

    def route(self, state: str) -> None:
        waits = state == "waiting"
        copies = []
        for message in list(self.messages):
            is_due = message.state == state and (not waits or message.due <= self.now)
            if not is_due or not self.is_to_be_routed(message):
                continue
            places = self.staff.places(
                message.kind, message.recipient, message.unit_id, self.today, waits=waits
            )
            message.is_routed = True
            later = message.due if waits else next_digest_time(self.now)
            for recipient, in_digest in places:
                if recipient != message.recipient:
                    copies.append((message, recipient, in_digest, later))
                elif in_digest:
                    message.state, message.due = "waiting", later
            if message.recipient not in {recipient for recipient, _ in places}:
                message.state = "placed"
        for message, recipient, in_digest, later in copies:
            there = self.put_in_place_of(message, recipient, message.unit_id)
            if there is not None:
                there.is_routed = True
                there.state = "waiting" if in_digest else "pending"
                there.due = later if in_digest else message.due

    def put_in_place_of(self, of: Message, recipient: UUID, unit_id: UUID) -> Message | None:
        """Return a recipient's own message of the event; None where they have one already."""
        there = next(
            (m for m in self.messages if (m.event, m.recipient) == (of.event, recipient)), None
        )
        if there is None:
            there = Message(of.kind, recipient, unit_id, of.due, event=of.event)
            self.messages.append(there)
        elif there.state != "placed":
            return None
        there.about, there.own, there.unit_id, there.due = of.about, of.own, unit_id, of.due
        there.attempts, there.is_routed = 0, False
        return there

    def redirect(self, signal: KnownSignal) -> None:
        """Have what did not leave yet go to the new contact of *signal*."""
        to = signal.contact
        unsent = [
            m
            for m in self.messages
            if m.own == signal.id and m.state in _UNSENT and m.kind is not NoticeKind.WRONG_PERSON
        ]
        moved = [(m, m.state) for m in unsent if m.recipient != to.recipient]
        for message, _ in moved:
            message.state = "placed"
        for message, state in moved:
            there = self.put_in_place_of(message, to.recipient, to.unit_id)
            if there is not None:
                there.state = state

    def gather(self) -> None:
        self.remind()
        self.route("waiting")
        waiting = [m for m in self.messages if m.state == "waiting" and not self.is_to_be_routed(m)]
        for recipient in {m.recipient for m in waiting if m.due <= self.now}:
            several = [m for m in waiting if m.recipient == recipient]
            digest = Message(NoticeKind.DIGEST, recipient, several[-1].unit_id, self.now)
            digest.made = self.now
            self.messages.append(digest)
            for message in several:
                message.state, message.digest = "gathered", digest

    def deliver(self, *, refuses: bool) -> None:
        self.route("pending")
        while due := [m for m in self.messages if m.state == "pending" and m.due <= self.now]:
            for message in due:
                address = self.staff.address(message.recipient, message.unit_id)
                contents = self.contents(message, address)
                if not contents:
                    message.state = "skipped"
                elif refuses:
                    message.attempts += 1
                    message.due = self.now + retry_delay(message.attempts)
                    message.state = "dead" if message.attempts == 14 else "pending"
                else:
                    message.state, message.sent = "sent", self.now
                    self.letters[address, contents] += 1

    # What it says.

    def contents(self, message: Message, address: str) -> Contents:
        if message.kind is NoticeKind.DIGEST:
            several = (self.contents(m, address) for m in self.messages if m.digest is message)
            return frozenset(chain.from_iterable(several))
        if message.kind is NoticeKind.LAPSING:
            return self.checkup(message)
        of = message.own or message.about
        own = self.by_id(of) if of else None
        if own is not None and message.kind is NoticeKind.WRONG_PERSON:
            return self.of_wrong(own, message, address)
        if own is None or not own.is_active:
            return frozenset()
        contact = self.staff.people.get(own.contact.recipient)
        name = contact.name if contact and contact.email != address else ""
        if message.kind is NoticeKind.TRANSFERRED:
            if own.contact.sensitive and name:
                name = "Een collega van u"
            told = {m.recipient for m in self.messages if m.event == message.event}
            is_so = own.contact.recipient in told
            return frozenset({("yours", f"D-{own.person}", name)} if is_so else ())
        found = self.of_match(own, message)
        seen = [self.by_id(other) for one, other in self.sight() if one == own.id]
        is_hidden = own.contact.sensitive or any(other.contact.sensitive for other in seen)
        if found and name:
            found |= {("of", "", "een collega van u" if is_hidden else name)}
        return found

    def of_wrong(self, own: KnownSignal, message: Message, address: str) -> Contents:
        found = {("wrong", f"D-{own.person}", "")}
        contact = self.staff.people.get(own.contact.recipient)
        reader = self.staff.people.get(message.recipient)
        workplace = reader.unit_id if reader else message.unit_id
        if contact and contact.email != address and workplace == own.contact.unit_id:
            seen = [self.by_id(other) for one, other in self.sight() if one == own.id]
            is_hidden = own.contact.sensitive or any(other.contact.sensitive for other in seen)
            found.add(("of", "", "een collega van u" if is_hidden else contact.name))
        return frozenset(found)

    def of_match(self, own: KnownSignal, message: Message) -> Contents:
        reference = f"D-{own.person}"
        seen = [self.by_id(other) for one, other in self.sight() if one == own.id]
        if message.kind is NoticeKind.REMINDER:
            return frozenset({("late", reference, "")} if seen and self.is_overdue(own.id) else ())
        new = [
            other
            for other in seen
            if self.tells_of(message, own, other) and not self.is_silent(own, other)
        ]
        if new and (own.contact.sensitive or any(other.contact.sensitive for other in seen)):
            return frozenset({("link", "", "")})
        named = {("named", reference, other.contact.member) for other in new}
        instead = [self.reached(other.contact)[1] for other in new]
        return frozenset(named | {("ring", reference, name) for name in instead if name})

    def tells_of(self, message: Message, own: KnownSignal, other: KnownSignal) -> bool:
        """Whether *message* tells of *other*: who is new, or a colleague of the new one."""
        if message.about is None or message.about in {own.id, other.id}:
            return message.about is not None
        about = self.by_id(message.about).contact.member
        return about == other.contact.member != own.contact.member

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
                s.contact.recipient: s.contact.unit_id
                for s in self.signals
                if s.is_active
                and s.lapses == lapses
                and s.started.astimezone(AMSTERDAM).date() < day
            }
            asked = {
                s.contact.recipient: s.contact.unit_id
                for s in self.signals
                if is_month and self.runs_long(s, day)
            }
            away = {}
            for recipient, unit_id in (lapsing | asked).items():
                is_new = self.write_checkup(
                    lapses, is_month, recipient, unit_id, recipient in asked
                )
                reader = self.staff.reads_instead(recipient, self.today)
                if is_new and recipient in lapsing and reader:
                    away[reader] = unit_id
            for reader, unit_id in away.items():
                self.write_checkup(lapses, is_month, reader, unit_id, False)

    def write_checkup(
        self, lapses: date, is_month: bool, recipient: UUID, unit_id: UUID, asks: bool
    ) -> bool:
        round_ = (lapses, is_month, recipient)
        is_new = round_ not in self.rounds_written
        if is_new:
            self.rounds_written.add(round_)
            message = Message(NoticeKind.LAPSING, recipient, unit_id, self.now, asks=asks)
            self.messages.append(message)
        return is_new

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
            contact = s.contact.recipient
            readers = {contact, self.staff.reads_instead(contact, self.today)}
            if message.recipient not in readers or not s.is_active:
                continue
            if self.today < s.lapses <= self.soon()[-1]:
                found.add(("lapses", f"D-{s.person}", str(s.lapses.month)))
            elif message.asks and contact == message.recipient and self.runs_long(s, self.today):
                found.add(("asked", f"D-{s.person}", ""))
        return frozenset(found)

    def outbox(self) -> Counter[tuple[str, UUID, UUID | None, str]]:
        """Return the messages about signals, each with how far it is."""
        kinds = {NoticeKind.MATCH, NoticeKind.WRONG_PERSON, NoticeKind.TRANSFERRED}
        return Counter(
            (m.kind.value, m.recipient, m.about, m.state) for m in self.messages if m.kind in kinds
        )


def _on_or_before(day: date) -> date:
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
