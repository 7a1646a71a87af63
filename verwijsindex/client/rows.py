"""From a row of text to a signal, or to all that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from crypto.errors import Fault, PersonRefused
from crypto.person import CanonicalInput, canonical_parent
from verwijsindex.client.answers import OwnUnit
from verwijsindex.client.blinding import Person
from verwijsindex.client.cells import (
    Choice,
    calendar_date,
    chosen,
    is_scientific,
    iso_date_text,
    number_text,
)
from verwijsindex.client.client_file import Column, RawRow
from verwijsindex.client.references import LONGEST_REFERENCE, reveals_person, shown_reference
from verwijsindex.client.signals import (
    Deferral,
    Informed,
    InformedBy,
    Informing,
    Reaction,
    SignalDetails,
    Way,
)

WHOLE_ROW = "rij"  # the field of a fault that is no column's

_PROFESSIONAL_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_AND = re.compile(r"\s*(?:[,+&/]|\ben\b)\s*")
_MISSING = "ontbreekt"
_ASK = "uw organisatie heeft er geen die meedoet; vraag uw coördinator"
_NO_DATE = "moet een bestaande datum zijn (dd-mm-jjjj of jjjj-mm-dd)"
_SAME_NUMBER = "is hetzelfde BSN als dat van uw cliënt of de andere ouder"
_ABBREVIATED = "is door Excel ingekort (E+08); zet de kolom op Tekst en vul opnieuw in"


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row that can be blinded and sent.

    Attributes:
        number: As the spreadsheet shows it.
        reference: Fit for an error file.
        person: Who; it does not print itself.
        details: The rest of the signal.
    """

    number: int
    reference: str = field(repr=False)
    person: Person
    details: SignalDetails


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row that is not sent.

    Attributes:
        number: As the spreadsheet shows it.
        reference: Fit for an error file.
        faults: At least one; no reason repeats what is in the row.
    """

    number: int
    reference: str = field(repr=False)
    faults: tuple[Fault, ...]


def interpret_row(
    row: RawRow, *, units: Sequence[OwnUnit], today: date, deferral: Deferral | None = None
) -> ReadyRow | FaultyRow:
    """Return the signal in *row*, or everything that is wrong with it.

    A row with a BSN is registered by it, also when a V-number stands beside
    it: others know this person by the BSN.

    Args:
        row: As read.
        units: The organisation's own, to which the row refers by id or name.
        today: The calendar day in the Netherlands.
        deferral: Instead of the columns on informing, which are then not read.
    """
    faults: list[Fault] = []
    if row.has_surplus:
        faults.append(Fault(WHOLE_ROW, "heeft meer velden dan de kopregel"))
    person = _person(row, today, faults)
    parents = _parents(row, faults)
    revealing = any(
        reveals_person(
            row.cell(Column.REFERENCE), number=number, birth_date=row.cell(Column.BIRTH_DATE)
        )
        for number in (
            row.cell(Column.BSN) or row.cell(Column.V_NUMBER),
            *filter(None, map(row.cell, _PARENTS)),
        )
    )
    _check_reference(row.cell(Column.REFERENCE), faults, revealing=revealing)
    unit = _unit(row.cell(Column.UNIT), units, faults)
    professional = row.cell(Column.PROFESSIONAL)
    if professional and not _PROFESSIONAL_KEY.match(professional):
        faults.append(
            Fault(Column.PROFESSIONAL, "mag alleen letters, cijfers en . _ - hebben (hoogstens 64)")
        )
    informed = deferral or _informing(row, today, faults)
    lapses_on = _date(row, Column.LAPSES_ON, faults)
    if lapses_on and lapses_on < today:
        faults.append(Fault(Column.LAPSES_ON, "ligt in het verleden"))
    reference = shown_reference(row.cell(Column.REFERENCE), revealing=revealing)
    if faults or person is None or unit is None or informed is None:
        return FaultyRow(row.number, reference, tuple(faults))
    details = SignalDetails(
        unit_id=unit.id,
        informed=informed,
        professional_key=professional or None,
        reference=row.cell(Column.REFERENCE) or None,
        lapses_on=lapses_on,
    )
    return ReadyRow(row.number, reference, replace(person, parents=parents), details)


def matching_units(units: Sequence[OwnUnit], text: str) -> tuple[OwnUnit, ...]:
    """Return the unit with that id, or else those with that name; capitals are free."""
    wanted = " ".join(text.casefold().split())
    by_id = tuple(unit for unit in units if unit.id.casefold() == wanted)
    return by_id or tuple(u for u in units if " ".join(u.name.casefold().split()) == wanted)


def unknown_unit(names: Iterable[str]) -> str:
    """Return why a unit is refused; *names* are of those that take part.

    The index lists no other units, so the client cannot tell one that takes
    part no more from one that never was.
    """
    return f"is geen afdeling die meedoet aan de verwijsindex; {_choose(names)}"


def _choose(names: Iterable[str]) -> str:
    listed = ", ".join(sorted(names))
    return f"kies een van deze: {listed}, of vraag uw coördinator" if listed else _ASK


def _person(row: RawRow, today: date, faults: list[Fault]) -> Person | None:
    own: dict[str, str] = {}  # what is said here instead of by the canonical form
    column = Column.BSN
    if not row.cell(Column.BSN) and row.cell(Column.V_NUMBER):
        column = Column.V_NUMBER
    if not row.cell(column):
        own[column] = f"{_MISSING}; zonder BSN of V-nummer kan iemand niet in de index"
    elif is_scientific(row.cell(column)):
        own[column] = _ABBREVIATED
    birth_date = iso_date_text(row.cell(Column.BIRTH_DATE))
    if birth_date is None:
        own[Column.BIRTH_DATE] = _NO_DATE if row.cell(Column.BIRTH_DATE) else _MISSING
    number = number_text(row.cell(column))
    try:
        if column is Column.V_NUMBER:
            return Person.with_v_number(v_number=number, birth_date=birth_date or "", today=today)
        return Person.with_bsn(bsn=number, birth_date=birth_date or "", today=today)
    except PersonRefused as refused:
        faults += [Fault(f.field, own.get(f.field, f.reason)) for f in refused.faults]
        return None


_PARENTS = (Column.PARENT_1, Column.PARENT_2)


def _parents(row: RawRow, faults: list[Fault]) -> tuple[CanonicalInput, ...]:
    found: list[CanonicalInput] = []
    others = {number_text(row.cell(Column.BSN)).zfill(9)}
    for column in _PARENTS:
        text = row.cell(column)
        if not text:
            continue
        number = number_text(text)
        if is_scientific(text):
            faults.append(Fault(column, _ABBREVIATED))
        elif number.zfill(9) in others:
            faults.append(Fault(column, _SAME_NUMBER))
        else:
            others.add(number.zfill(9))
            try:
                found.append(canonical_parent(bsn=number))
            except PersonRefused as refused:
                faults += [Fault(column, fault.reason) for fault in refused.faults]
    return tuple(found)


def _check_reference(reference: str, faults: list[Fault], *, revealing: bool) -> None:
    # Its precise form is the index's to judge: an organisation may have a
    # pattern of its own.
    if revealing:
        faults.append(Fault(Column.REFERENCE, "mag het BSN of de geboortedatum niet bevatten"))
    elif len(reference) > LONGEST_REFERENCE:
        faults.append(Fault(Column.REFERENCE, f"is langer dan {LONGEST_REFERENCE} tekens"))


def _unit(text: str, units: Sequence[OwnUnit], faults: list[Fault]) -> OwnUnit | None:
    if not text:
        faults.append(Fault(Column.UNIT, f"{_MISSING}; {_choose(unit.name for unit in units)}"))
        return None
    found = matching_units(units, text)
    if len(found) == 1:
        return found[0]
    faults.append(
        Fault(
            Column.UNIT,
            "heet net als een andere afdeling; gebruik het id: "
            + " of ".join(sorted(unit.id for unit in found))
            if found
            else unknown_unit(unit.name for unit in units),
        )
    )
    return None


def _informing(row: RawRow, today: date, faults: list[Fault]) -> Informing | None:
    before = len(faults)
    way = _choice(row, Column.WAY, Way, None, faults)
    told_on = _date(row, Column.TOLD_ON, faults)
    if not row.cell(Column.TOLD_ON):
        faults.append(Fault(Column.TOLD_ON, _MISSING))
    elif told_on and told_on > today:
        faults.append(Fault(Column.TOLD_ON, "ligt in de toekomst"))
    reaction = _choice(row, Column.REACTION, Reaction, Reaction.NOT_ASKED, faults)
    by = _choice(row, Column.TOLD_BY, InformedBy, InformedBy.OWN, faults)
    told = _told(row.cell(Column.TOLD), faults)
    if len(faults) > before or way is None or told_on is None or reaction is None or by is None:
        return None
    return Informing(way, told_on, reaction, by, told)


def _told(text: str, faults: list[Fault]) -> frozenset[Informed] | None:
    """Return who was told; ``None`` when empty: by age. ``beide`` is both."""
    if not text:
        return None
    text = text.casefold().replace("ë", "e")
    if text == "beide":
        return frozenset(Informed)
    parties = [chosen(part, Informed) for part in _AND.split(text)]
    known = frozenset(party for party in parties if party is not None)
    if len(known) < len(parties):
        faults.append(Fault(Column.TOLD, "moet zijn: client, gezaghebbenden of beide"))
    return known


def _choice(
    row: RawRow,
    column: Column,
    choices: type[Choice],
    default: Choice | None,
    faults: list[Fault],
) -> Choice | None:
    text = row.cell(column)
    if not text and default is not None:
        return default
    value = chosen(text, choices)
    if not text:
        faults.append(Fault(column, _MISSING))
    elif value is None:
        faults.append(Fault(column, f"moet zijn: {', '.join(choices)}"))
    return value


def _date(row: RawRow, column: Column, faults: list[Fault]) -> date | None:
    value = calendar_date(row.cell(column))
    if value is None and row.cell(column):
        faults.append(Fault(column, _NO_DATE))
    return value
