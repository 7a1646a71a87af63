"""The two example client files, as two source systems would export them.

One as Dutch Excel does (``;``, Windows-1252, ``dd-mm-jjjj``, zeros lost), the
other as a modern system does (``,``, UTF-8, ISO dates). Each has a handful of
rows with a fault of the kind that real files have.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from verwijsindex.demo.caseloads import (
    SOCIALE_DIENST,
    WIJKTEAM,
    Case,
    Caseloads,
    make_caseloads,
)
from verwijsindex.demo.faulty_rows import FAULTS, FaultKind, FaultyRow, Row, make_faulty_rows
from verwijsindex.demo.people import MadeUpPerson, People

_SEED = 20_261
_COLUMNS = (
    "bsn",
    "geboortedatum",
    "kenmerk",
    "afdeling",
    "medewerker",
    "informeren_wijze",
    "informeren_datum",
    "reactie",
    "vervaltdatum",
)
_TOLD = "informeren_aan"
_EVERY_NTH_WITHOUT_REFERENCE = 40
_FIRST_FAULTY_ROW = 137
_ROWS_BETWEEN_FAULTS = 311


@dataclass(frozen=True, slots=True)
class ClientFile:
    """One file.

    Attributes:
        name: Of the file.
        content: Bytes, in the file's own encoding.
        faults: By row number, as a spreadsheet shows it.
    """

    name: str
    content: bytes = field(repr=False)
    faults: Mapping[int, FaultKind]


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """Both files, and the caseloads that they were made of."""

    sociale_dienst: ClientFile
    wijkteam: ClientFile
    caseloads: Caseloads = field(repr=False)


def make_client_files(today: date) -> ClientFiles:
    """Return both files: the same ones for the same day, to which ages and dates are relative."""
    random = Random(_SEED)  # noqa: S311 (makes up people, not secrets)  # nosec B311
    people = People(random, today)
    faulty = {name: make_faulty_rows(name, people, today) for name in FAULTS}
    (faulty_rows,) = {len(rows) for rows in faulty.values()}
    caseloads = make_caseloads(people, random, faulty_rows=faulty_rows)
    rows = _Rows(random, today)
    first, first_faults = _with_faults(
        [rows.make(case, "niet_gevraagd") for case in caseloads.sociale_dienst],
        faulty[SOCIALE_DIENST],
    )
    second, second_faults = _with_faults(
        [rows.make(case, "geen_bezwaar") for case in caseloads.wijkteam], faulty[WIJKTEAM]
    )
    return ClientFiles(
        ClientFile("sociale-dienst.csv", _as_excel_does(first), first_faults),
        ClientFile("sociaal-wijkteam.csv", _as_a_system_does(second), second_faults),
        caseloads,
    )


class _Rows:
    """Makes rows; values are ISO dates and plain words, for a writer to dress."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._number = 10_000

    def make(self, case: Case, reaction: str) -> Row:
        self._number += self._random.randint(1, 7)
        reference = f"{case.desk.prefix}-{self._number}"
        if self._random.randrange(_EVERY_NTH_WITHOUT_REFERENCE) == 0:
            reference = ""
        told_on = self._today - timedelta(days=self._random.randint(1, 60))
        return {
            "bsn": case.person.bsn,
            "geboortedatum": _birth_date(case.person),
            "kenmerk": reference,
            "afdeling": case.desk.unit,
            "medewerker": case.desk.key or "",
            "informeren_wijze": self._random.choice(("gesprek", "gesprek", "brief", "telefoon")),
            "informeren_datum": told_on.isoformat(),
            "reactie": reaction,
            "vervaltdatum": self._lapses_on(case.person),
            _TOLD: "cliënt" if case.person.age(self._today) >= 16 else "",
        }

    def _lapses_on(self, person: MadeUpPerson) -> str:
        if self._random.random() < 0.6:
            return ""
        # From 16 to 22 a signal runs six months at most.
        most = 160 if 16 <= person.age(self._today) <= 22 else 600
        return (self._today + timedelta(days=self._random.randint(60, most))).isoformat()


def _birth_date(person: MadeUpPerson) -> str:
    return f"{person.born.year}-00-00" if person.month_and_day_unknown else person.born.isoformat()


def _with_faults(
    rows: Iterable[Row], faulty: Sequence[FaultyRow]
) -> tuple[list[Row], dict[int, FaultKind]]:
    """Put a faulty row in at every so many places; row 1 is the header."""
    result = list(rows)
    numbers = {}
    for position, one in enumerate(faulty):
        number = _FIRST_FAULTY_ROW + position * _ROWS_BETWEEN_FAULTS
        result.insert(number - 2, one.row)
        numbers[number] = one.kind
    return result, numbers


def _as_excel_does(rows: Iterable[Row]) -> bytes:
    dates = ("geboortedatum", "informeren_datum", "vervaltdatum")
    dressed = (
        row
        | {"bsn": row["bsn"].lstrip("0")}
        | {name: "-".join(reversed(row[name].split("-"))) for name in dates}
        for row in rows
    )
    return _csv((*_COLUMNS, _TOLD), dressed, delimiter=";").encode("cp1252")


def _as_a_system_does(rows: Iterable[Row]) -> bytes:
    return _csv(_COLUMNS, rows, delimiter=",").encode("utf-8")


def _csv(columns: Sequence[str], rows: Iterable[Row], *, delimiter: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, columns, delimiter=delimiter, lineterminator="\r\n", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
