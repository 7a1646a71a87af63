"""The faulty rows of the example files: one of each kind that real files have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from verwijsindex.client.rows import unknown_unit
from verwijsindex.demo.caseloads import DESKS, SOCIALE_DIENST, WIJKTEAM
from verwijsindex.demo.people import People
from verwijsindex.use_cases.check_signals import NO_BASIS, UNKNOWN_PROFESSIONAL

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A way in which a row is wrong.

    Attributes:
        spoil: Makes a sound row wrong, in place.
        youngest: Age of who is in the row, in whole years.
        oldest: Likewise.
        faults: Column and reason, as vi-client tells them.
        told_by_index: Whether the index finds it; else vi-client does, and the
            row is never sent.
    """

    spoil: Callable[[Row, People, date], None]
    youngest: int
    oldest: int
    faults: tuple[tuple[str, str], ...]
    told_by_index: bool = False


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A faulty row, made."""

    row: Row
    kind: FaultKind


def make_faulty_rows(organisation: str, people: People, today: date) -> list[FaultyRow]:
    """Return one row of each kind for the file of *organisation*."""
    made = []
    for number, kind in enumerate(FAULTS[organisation], start=1):
        person = people.make(kind.youngest, kind.oldest)
        row = dict(_SOUND[organisation]) | {
            "bsn": person.bsn,
            "geboortedatum": person.born.isoformat(),
            "kenmerk": f"{_PREFIX[organisation]}-{900 + number}",
            "informeren_datum": (today - timedelta(days=14)).isoformat(),
        }
        kind.spoil(row, people, today)
        made.append(FaultyRow(row, kind))
    return made


_PREFIX = {SOCIALE_DIENST: "WI", WIJKTEAM: "SWT"}
_SOUND = {
    SOCIALE_DIENST: {
        "afdeling": "Werk en inkomen",
        "medewerker": "mozturk",
        "informeren_wijze": "brief",
        "reactie": "niet_gevraagd",
        "vervaltdatum": "",
        "informeren_aan": "",
    },
    WIJKTEAM: {
        "afdeling": "Team Zorg",
        "medewerker": "tverhoeven",
        "informeren_wijze": "gesprek",
        "reactie": "geen_bezwaar",
        "vervaltdatum": "",
    },
}


def _mistype_bsn(row: Row, people: People, _today: date) -> None:
    row["bsn"] = people.mistyped_bsn()


def _shorten_bsn(row: Row, _people: People, _today: date) -> None:
    row["bsn"] = row["bsn"][:7]


def _born_on_a_day_that_is_not(row: Row, _people: People, _today: date) -> None:
    row["geboortedatum"] = row["geboortedatum"][:4] + "-02-31"


def _born_tomorrow(row: Row, _people: People, today: date) -> None:
    row["geboortedatum"] = (today + timedelta(days=30)).isoformat()


def _forget_informing(row: Row, _people: People, _today: date) -> None:
    row["informeren_wijze"] = row["informeren_datum"] = ""


def _informed_tomorrow(row: Row, _people: People, today: date) -> None:
    row["informeren_datum"] = (today + timedelta(days=30)).isoformat()


def _send_to_unknown_unit(row: Row, _people: People, _today: date) -> None:
    row["afdeling"] = "Cliëntondersteuning"


def _name_unknown_professional(row: Row, _people: People, _today: date) -> None:
    row["medewerker"] = "pvermeer"


def _leave(_row: Row, _people: People, _today: date) -> None:
    """Leave it: the age alone makes it wrong."""


def _run_too_long(row: Row, _people: People, today: date) -> None:
    row["vervaltdatum"] = (today + timedelta(days=500)).isoformat()


def _not_ask(row: Row, _people: People, _today: date) -> None:
    row["reactie"] = "niet_gevraagd"


def _refer_by_name(row: Row, _people: People, _today: date) -> None:
    row["kenmerk"] = "Fam. de Wit"


FAULTS = {
    SOCIALE_DIENST: (
        FaultKind(
            _mistype_bsn,
            30,
            60,
            (("bsn", "voldoet niet aan de elfproef; controleer de cijfers"),),
        ),
        FaultKind(_born_on_a_day_that_is_not, 30, 60, (("geboortedatum", "bestaat niet"),)),
        FaultKind(
            _forget_informing,
            30,
            60,
            (("informeren_wijze", "ontbreekt"), ("informeren_datum", "ontbreekt")),
        ),
        FaultKind(
            _send_to_unknown_unit,
            30,
            60,
            (("afdeling", unknown_unit({desk.unit for desk in DESKS[SOCIALE_DIENST]})),),
        ),
        FaultKind(
            _leave,
            7,
            10,
            (("geboortedatum", NO_BASIS),),
            told_by_index=True,
        ),
        FaultKind(
            _name_unknown_professional,
            30,
            60,
            (("medewerker", UNKNOWN_PROFESSIONAL),),
            told_by_index=True,
        ),
    ),
    WIJKTEAM: (
        FaultKind(_shorten_bsn, 30, 60, (("bsn", "moet uit negen cijfers bestaan"),)),
        FaultKind(_born_tomorrow, 30, 60, (("geboortedatum", "ligt in de toekomst"),)),
        FaultKind(_informed_tomorrow, 30, 60, (("informeren_datum", "ligt in de toekomst"),)),
        FaultKind(
            _run_too_long,
            18,
            20,
            (("vervaltdatum", "mag hoogstens 6 maanden vooruit liggen"),),
            told_by_index=True,
        ),
        FaultKind(
            _not_ask,
            30,
            60,
            (("reactie", "de grondslag vraagt dat de cliënt geen bezwaar heeft"),),
            told_by_index=True,
        ),
        FaultKind(
            _refer_by_name,
            30,
            60,
            (("kenmerk", "moet minstens één cijfer bevatten"),),
            told_by_index=True,
        ),
    ),
}
