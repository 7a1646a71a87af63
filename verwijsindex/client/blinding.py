"""From a person to what may leave this machine: a blinded element and an age group.

The BSN and birth date are typed or read here and end here. :class:`Person`
keeps the canonical bytes only until :func:`blind_person` has hashed them.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crypto.oprf import Blind, BlindedElement, blind
from crypto.person import CanonicalInput, canonical_person, canonical_v_number

_BIRTH_DATE = re.compile(r"\s*([0-9]{4})-?([0-9]{2})-?([0-9]{2})\s*\Z")
_DECEMBER = 12


class AgeGroup(StrEnum):
    """What the law distinguishes; it checks the legal basis and is not stored."""

    CHILD = "0-11"  #: those with authority are told
    TEENAGER = "12-15"  #: both the young person and those with authority
    YOUNG_ADULT = "16-22"  #: the person; a signal runs six months at most
    ADULT = "23+"  #: the person


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is about to be blinded; it does not print itself.

    Attributes:
        canonical: Holds the BSN or V-number and the birth date.
        age_group: On the day that the person was read.
        parents: Of the person, for the family match; they hold BSNs too.
    """

    canonical: CanonicalInput = field(repr=False)
    age_group: AgeGroup = field(repr=False)
    parents: tuple[CanonicalInput, ...] = field(default=(), repr=False)

    @classmethod
    def with_bsn(cls, *, bsn: str, birth_date: str, today: date) -> Person:
        """Return a person with a BSN.

        Args:
            bsn: Eight or nine digits that pass the eleven-test.
            birth_date: ``YYYY-MM-DD`` or ``YYYYMMDD``; ``00`` where unknown.
            today: The calendar day in the Netherlands.

        Raises:
            crypto.errors.PersonRefused: With all faults at once.
        """
        canonical = canonical_person(bsn=bsn, birth_date=birth_date, today=today)
        return cls(canonical, age_group(birth_date, today=today))

    @classmethod
    def with_v_number(cls, *, v_number: str, birth_date: str, today: date) -> Person:
        """Return a person who has no BSN but does have a V-number, ten digits.

        Raises:
            crypto.errors.PersonRefused: With all faults at once.
        """
        canonical = canonical_v_number(v_number=v_number, birth_date=birth_date, today=today)
        return cls(canonical, age_group(birth_date, today=today))


@dataclass(frozen=True, slots=True)
class BlindedParent:
    """What is left of a parent after blinding, as of a person."""

    element: BlindedElement = field(repr=False)
    blind: Blind = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlindedPerson:
    """What is left of a person after blinding.

    Attributes:
        element: B, for the pseudonym service alone.
        blind: r, for the index alone.
        age_group: For the index.
        parents: In the person's order.
    """

    element: BlindedElement = field(repr=False)
    blind: Blind = field(repr=False)
    age_group: AgeGroup = field(repr=False)
    parents: tuple[BlindedParent, ...] = field(default=(), repr=False)


def blind_person(person: Person) -> BlindedPerson:
    """Return *person* blinded with a fresh random r: twice the same person looks different."""
    scalar = Blind.random()
    return BlindedPerson(
        blind(person.canonical.value, scalar),
        scalar,
        person.age_group,
        tuple(map(_blind_parent, person.parents)),
    )


def _blind_parent(canonical: CanonicalInput) -> BlindedParent:
    scalar = Blind.random()
    return BlindedParent(blind(canonical.value, scalar), scalar)


def age_group(birth_date: str, *, today: date) -> AgeGroup:
    """Return the age group on *today*.

    With an unknown day or month the person counts as the youngest that the
    date can mean: the last day of that month or year, though never a day that
    has yet to come. The younger group is the better protected one, so not
    knowing never takes protection away. Who was born on 29 February has a
    birthday on 1 March in other years.

    Args:
        birth_date: ``YYYY-MM-DD`` or ``YYYYMMDD``; ``00`` for an unknown day,
            or for an unknown month and day.
        today: The calendar day in the Netherlands.

    Raises:
        ValueError: Not such a date. The message does not repeat it.
    """
    found = _BIRTH_DATE.match(birth_date)
    if not found:
        raise ValueError("not a birth date")
    year, month, day = (int(part) for part in found.groups())
    born = min(_latest(year, month, day), (today.year, today.month, today.day))
    age = today.year - born[0] - ((today.month, today.day) < born[1:])
    for first_age_above, group in (
        (12, AgeGroup.CHILD),
        (16, AgeGroup.TEENAGER),
        (23, AgeGroup.YOUNG_ADULT),
    ):
        if age < first_age_above:
            return group
    return AgeGroup.ADULT


def today_in_the_netherlands() -> date:
    """Return the calendar day there.

    Windows without the ``tzdata`` package knows no time zones; there the
    machine's own day is used, which is the same one for machines in use here.
    """
    try:
        return datetime.now(ZoneInfo("Europe/Amsterdam")).date()
    except ZoneInfoNotFoundError:
        return datetime.now(UTC).astimezone().date()


def _latest(year: int, month: int, day: int) -> tuple[int, int, int]:
    month = month or _DECEMBER
    if not 1 <= month <= _DECEMBER:
        raise ValueError("not a birth date")
    return year, month, day or calendar.monthrange(year, month)[1]
