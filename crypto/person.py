"""The canonical form of a person: the only input of the pseudonym.

``bsn:123456782;geboortedatum:19800131``, ``vnummer:1234567890;geboortedatum:…``
and ``ouderbsn:123456782``, in ASCII. Whoever writes another client must make
exactly these bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from stdnum.nl import bsn as eleven_test

from crypto.errors import Fault, PersonRefused

EARLIEST_BIRTH_YEAR = 1890

_BIRTH_DATE = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})\Z")
_DIGITS = re.compile(r"[0-9]+\Z")


class SubjectKind(StrEnum):
    """What a pseudonym stands for; kinds have keys of their own and are never compared."""

    PERSON = "persoon"  #: somebody whom organisations are involved with
    PARENT = "ouder"  #: a parent, who only ties the signals of a family together


@dataclass(frozen=True, slots=True)
class CanonicalInput:
    """What is hashed into the group.

    Attributes:
        kind: Which of the service's keys it is meant for.
        value: ASCII bytes; they hold a BSN, so they are never printed.
    """

    kind: SubjectKind
    value: bytes = field(repr=False)


def canonical_person(*, bsn: str, birth_date: str, today: date) -> CanonicalInput:
    """Return the canonical form of a person with a BSN.

    Args:
        bsn: Nine digits that pass the eleven-test (Besluit BSN, article 1);
            eight are padded with a zero in front.
        birth_date: ``YYYY-MM-DD`` or ``YYYYMMDD``; ``00`` for an unknown day,
            or for an unknown month and day (as in the population register).
        today: The calendar day in the Netherlands; a later birth date is refused.

    Raises:
        PersonRefused: With all faults at once; the fields are ``bsn`` and
            ``geboortedatum``.
    """
    faults: list[Fault] = []
    digits = _bsn(bsn, "bsn", faults)
    day = _birth_date(birth_date, today, faults)
    if faults:
        raise PersonRefused(tuple(faults))
    return CanonicalInput(SubjectKind.PERSON, f"bsn:{digits};geboortedatum:{day}".encode("ascii"))


def canonical_v_number(*, v_number: str, birth_date: str, today: date) -> CanonicalInput:
    """Return the canonical form of a person without a BSN but with a V-number.

    Args:
        v_number: Ten digits.
        birth_date: As for :func:`canonical_person`.
        today: As for :func:`canonical_person`.

    Raises:
        PersonRefused: With all faults at once; the fields are ``vnummer`` and
            ``geboortedatum``.
    """
    faults: list[Fault] = []
    digits = v_number.strip()
    if not _DIGITS.match(digits) or len(digits) != 10:
        faults.append(Fault("vnummer", "moet uit tien cijfers bestaan"))
    day = _birth_date(birth_date, today, faults)
    if faults:
        raise PersonRefused(tuple(faults))
    return CanonicalInput(
        SubjectKind.PERSON, f"vnummer:{digits};geboortedatum:{day}".encode("ascii")
    )


def canonical_parent(*, bsn: str) -> CanonicalInput:
    """Return the canonical form of a parent, for the family match.

    Raises:
        PersonRefused: The field is ``ouderbsn``.
    """
    faults: list[Fault] = []
    digits = _bsn(bsn, "ouderbsn", faults)
    if faults:
        raise PersonRefused(tuple(faults))
    return CanonicalInput(SubjectKind.PARENT, f"ouderbsn:{digits}".encode("ascii"))


def canonical_canary(kind: SubjectKind) -> CanonicalInput:
    """Return the reserved string that proves the service's key; it is never a person."""
    return CanonicalInput(kind, b"canarie:" + kind.value.encode("ascii"))


def _bsn(text: str, name: str, faults: list[Fault]) -> str:
    digits = text.strip()
    if not _DIGITS.match(digits) or len(digits) not in (8, 9):
        faults.append(Fault(name, "moet uit negen cijfers bestaan"))
        return ""
    digits = digits.zfill(9)
    if not eleven_test.is_valid(digits):
        faults.append(Fault(name, "voldoet niet aan de elfproef; controleer de cijfers"))
        return ""
    return digits


def _birth_date(text: str, today: date, faults: list[Fault]) -> str:
    def refuse(reason: str) -> str:
        faults.append(Fault("geboortedatum", reason))
        return ""

    found = _BIRTH_DATE.match(text.strip())
    if not found:
        return refuse("moet een datum zijn (jjjj-mm-dd)")
    year, month, day = (int(found[part]) for part in (1, 3, 4))
    if year < EARLIEST_BIRTH_YEAR:
        return refuse(f"ligt vóór {EARLIEST_BIRTH_YEAR}")
    if month == 0 and day != 0:
        return refuse("heeft een dag zonder maand; een onbekende maand heeft ook een onbekende dag")
    # An unknown part counts as the earliest day it can be: the date is in the
    # future only when every day it could stand for is.
    try:
        earliest = date(year, month or 1, day or 1)
    except ValueError:
        return refuse("bestaat niet")
    if earliest > today:
        return refuse("ligt in de toekomst")
    return f"{year:04d}{month:02d}{day:02d}"
