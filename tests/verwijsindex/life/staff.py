"""Who works where, how they want to be mailed and who stands in for them: as docs/mail.md has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import NoticeKind
from orgprofiles.organisations import Organisation, Professional, Unit

AS_WANTED = {NoticeKind.MATCH, NoticeKind.TRANSFERRED}
ALWAYS = {NoticeKind.WRONG_PERSON, NoticeKind.REMINDER}
#: Who reads it, and whether in the digest.
Place = tuple[UUID, bool]


@dataclass(eq=False)
class Person:
    """A professional.

    Attributes:
        delivery: How they want to be mailed: ``direct``, ``dagelijks`` or ``uit``.
    """

    id: UUID
    member: str
    key: str
    name: str
    email: str
    unit_id: UUID
    delivery: str = "direct"
    is_active: bool = True


@dataclass(eq=False)
class Absence:
    """Some days on which *substitute* stands in for *who*; *is_both*: both are mailed."""

    id: UUID
    who: Person
    substitute: Person
    first: date
    last: date
    is_both: bool


@dataclass
class Staff:
    """Everybody, by id; the mailboxes of teams; and who is away when."""

    people: dict[UUID, Person] = field(default_factory=dict)
    mailboxes: dict[UUID, str] = field(default_factory=dict)
    absences: list[Absence] = field(default_factory=list)

    def absence(self, who: UUID, today: date) -> Absence | None:
        return next(
            (a for a in self.absences if a.who.id == who and a.first <= today <= a.last), None
        )

    def substitute(self, absence: Absence, unit_id: UUID, today: date) -> Person | None:
        """Return who really stands in: active, of that unit, and not away as well."""
        found = absence.substitute
        is_there = found.is_active and found.unit_id == unit_id
        return None if not is_there or self.absence(found.id, today) else found

    def address(self, recipient: UUID, unit_id: UUID) -> str:
        """Return where it goes: to the team's mailbox where somebody has left."""
        person = self.people.get(recipient)
        return person.email if person and person.is_active else self.mailboxes[unit_id]

    def is_plain(self, kind: NoticeKind, recipient: UUID, today: date, *, waits: bool) -> bool:
        """Whether a message stays as it is: it needs no decision who reads it and when."""
        if recipient not in self.people or kind not in AS_WANTED | ALWAYS:
            return True
        wants = self.people[recipient].delivery
        is_as_it_is = kind in ALWAYS or wants == "direct" or (wants == "dagelijks" and waits)
        return is_as_it_is and self.absence(recipient, today) is None

    def places(
        self, kind: NoticeKind, recipient: UUID, unit_id: UUID, today: date, *, waits: bool
    ) -> list[Place]:
        """Return who reads a message, and whether in a digest."""

        def wanted(person: Person) -> Place:
            if person.delivery == "uit":
                return unit_id, waits
            return person.id, waits or person.delivery == "dagelijks"

        own = (recipient, waits) if kind in ALWAYS else wanted(self.people[recipient])
        absence = self.absence(recipient, today)
        if absence is None:
            return [own]
        substitute = self.substitute(absence, unit_id, today)
        if substitute is None:
            return [own, (unit_id, waits)] if own[0] != unit_id else [own]
        other = wanted(substitute)
        if not absence.is_both and kind not in ALWAYS:
            return [other]
        return [own, other] if own[0] != other[0] else [own]

    def reads_instead(self, who: UUID, today: date) -> UUID | None:
        """Return who is told what lapses, besides who is away today; None: they are not away."""
        absence = self.absence(who, today)
        if absence is None:
            return None
        unit_id = absence.who.unit_id
        substitute = self.substitute(absence, unit_id, today)
        return substitute.id if substitute else unit_id


def read_staff(session: Session) -> Staff:
    """Return those of all organisations, nobody away, all mailed at once."""
    names = {one.id: one.name for one in session.scalars(select(Organisation))}
    return Staff(
        {
            one.id: Person(
                one.id, names[one.organisation_id], one.key, one.name, one.email, one.unit_id
            )
            for one in session.scalars(select(Professional).order_by(Professional.id))
        },
        {one.id: one.mailbox for one in session.scalars(select(Unit))},
    )
