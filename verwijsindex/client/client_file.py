"""Reading a client file, CSV or XLSX, into rows of text; nothing is judged here.

``;`` or ``,``, UTF-8 (with or without a byte order mark) or Windows-1252. The
kind is told by content, not by the file's name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, load_workbook

from verwijsindex.client.errors import FileRefused
from verwijsindex.client.references import shown_name

LARGEST_FILE_BYTES = 64 * 1024 * 1024
_ZIP_START = b"PK\x03\x04"
_OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"  # .xls, and an .xlsx with a password
_NAME = re.compile(r"[^\W\d_][\w .()/-]{0,39}\Z")
_DIGIT = re.compile(r"\d")
_MOST_DIGITS = 2  # of a column's name, such as ouder1_bsn; who has no BSN still has a birth date
_UTF_16_STARTS = (b"\xff\xfe", b"\xfe\xff")


class Column(StrEnum):
    """The columns of a client file; the first nine are the template."""

    BSN = "bsn"  #: eight or nine digits
    BIRTH_DATE = "geboortedatum"  #: 00 for an unknown day or month
    REFERENCE = "kenmerk"  #: the own reference; empty lets the index make one
    UNIT = "afdeling"  #: id or name of an own unit
    PROFESSIONAL = "medewerker"  #: own key of a professional; empty is the team
    WAY = "informeren_wijze"  #: how the client was told
    TOLD_ON = "informeren_datum"  #: when the client was told
    REACTION = "reactie"  #: what the client said; empty is niet_gevraagd
    LAPSES_ON = "vervaltdatum"  #: end date; empty is the index's default
    TOLD_BY = "informeren_door"  #: optional; empty is eigen
    TOLD = "informeren_aan"  #: optional; empty is by age
    V_NUMBER = "vnummer"  #: optional; for people without a BSN
    PARENT_1 = "ouder1_bsn"  #: optional; where the index has the family match
    PARENT_2 = "ouder2_bsn"  #: optional; the other parent


TEMPLATE_COLUMNS = tuple(Column)[:9]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it is in the file.

    Attributes:
        number: As the spreadsheet shows it; the first row of the sheet is 1.
        cells: Text without spaces around it; a column may be missing.
        has_surplus: Something stands to the right of the last named column.
    """

    number: int
    cells: Mapping[Column, str] = field(repr=False)
    has_surplus: bool = False

    def cell(self, column: Column) -> str:
        """Return the text, empty when there is none."""
        return self.cells.get(column, "")


def read_client_file(path: Path, *, may_be_empty: bool = False) -> tuple[RawRow, ...]:
    """Return the rows of *path* that hold anything, without the header.

    Args:
        path: A CSV or XLSX file of at most 64 MiB; of a workbook the first
            sheet.
        may_be_empty: Whether a header alone will do.

    Raises:
        FileRefused: Unreadable, of another kind, or with missing or unknown
            columns. A column's name is repeated only where the first row holds
            no number: without a header, it holds a person.
    """
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise FileRefused("Het bestand is groter dan 64 MiB. Splits het in delen.")
        content = path.read_bytes()
    except OSError:
        name = " ".join(filter(None, ("Het bestand", shown_name(path))))
        raise FileRefused(f"{name} bestaat niet of kan niet gelezen worden.") from None
    records = (
        _sheet_records(content)
        if content.startswith(_ZIP_START)
        else _csv_records(_decoded(content, shown_name(path) or "Dit"))
    )
    rows = _rows(records)
    if not rows and not may_be_empty:
        raise FileRefused("Het bestand heeft alleen een kopregel en geen cliënten.")
    return rows


def template() -> bytes:
    """Return an empty client file; with a byte order mark, so that Excel reads UTF-8."""
    return (";".join(TEMPLATE_COLUMNS) + "\r\n").encode("utf-8-sig")


def _rows(records: Iterable[tuple[int, Sequence[str]]]) -> tuple[RawRow, ...]:
    filled = ((number, cells) for number, cells in records if any(cells))
    header = next(filled, None)
    if header is None:
        raise FileRefused("Het bestand is leeg.")
    columns = _columns(header[1])
    return tuple(_row(number, cells, columns) for number, cells in filled)


def _row(number: int, cells: Sequence[str], columns: Sequence[Column | None]) -> RawRow:
    named = {
        column: cell for column, cell in zip(columns, cells, strict=False) if column is not None
    }
    unnamed = [
        cell
        for position, cell in enumerate(cells)
        if position >= len(columns) or columns[position] is None
    ]
    return RawRow(number, named, has_surplus=any(unnamed))


def _columns(names: Sequence[str]) -> tuple[Column | None, ...]:
    """Return which column each name of the header is; ``None`` for an empty name."""
    columns = tuple(_column(name) for name in names)
    known = [column for column in columns if column is not None]
    if not known:
        raise FileRefused(
            f"{_no_column_known(names)} Begin met de kopregel van het sjabloon: vi-client template."
        )
    faults = [
        f"kolom {_letters(position)} heeft een onbekende naam"
        for position, (name, column) in enumerate(zip(names, columns, strict=True))
        if name and column is None
    ]
    faults += [f"{c} staat er meer dan één keer" for c in Column if known.count(c) > 1]
    # A missing medewerker would silently make every signal a team's, so
    # the header is complete even where cells may be empty.
    required = [c for c in TEMPLATE_COLUMNS if c is not Column.BSN or Column.V_NUMBER not in known]
    faults += [f"{c} ontbreekt" for c in required if c not in known]
    if faults:
        raise FileRefused(f"De kopregel klopt niet: {'; '.join(faults)}.")
    return columns


def _no_column_known(names: Sequence[str]) -> str:
    """Return what the first row is; its cells are repeated only where none can be of a person."""
    filled = [name for name in names if name]
    if not all(_NAME.match(name) and len(_DIGIT.findall(name)) <= _MOST_DIGITS for name in filled):
        return "De eerste regel bevat geen kolomnamen."
    quoted = [f"'{name}'" for name in filled]
    what = f"De kolom {quoted[0]}" if len(quoted) == 1 else f"De kolommen {_listed(quoted)}"
    return f"{what} ken ik niet; {_listed(TEMPLATE_COLUMNS)} ontbreken."


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} en {words[-1]}" if len(words) > 1 else words[0]


def _column(name: str) -> Column | None:
    try:
        return Column("_".join(name.casefold().replace("-", " ").split()))
    except ValueError:
        return None


def _letters(position: int) -> str:
    """Return a spreadsheet's name of a column: A, B, …, Z, AA; *position* is 0-based."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _csv_records(text: str) -> list[tuple[int, list[str]]]:
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";,", key=lambda one: _recognised(first_line, one))
    records = []
    # Numbered by record, not by line: a spreadsheet shows a cell with a line
    # break in it as one row.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            records.append((number, [cell.strip() for cell in cells]))
    except csv.Error:
        raise FileRefused(
            f"Rij {len(records) + 1} kan niet gelezen worden. Controleer de aanhalingstekens."
        ) from None
    return records


def _recognised(line: str, separator: str) -> int:
    names = line.replace('"', "").split(separator)
    return sum(_column(name) is not None for name in names)


def _decoded(content: bytes, what: str) -> str:
    """Return the text of a file that is called *what* where it is no text."""
    if content.startswith(_OLD_EXCEL_START):
        raise FileRefused(
            "Dit is een oud Excel-bestand of er zit een wachtwoord op. "
            "Sla het op als .xlsx zonder wachtwoord, of als CSV."
        )
    if content.startswith(_UTF_16_STARTS):
        raise FileRefused("Dit bestand is in UTF-16. Sla het op als 'CSV UTF-8'.")
    if b"\x00" in content:
        raise FileRefused(f"{what} is geen CSV of Excel-bestand (XLSX).")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("De tekens in dit bestand zijn onleesbaar. Sla het op als 'CSV UTF-8'.")


def _sheet_records(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        workbook = load_workbook(io.BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        start = sheet.start
        values = sheet.to_python(skip_empty_area=True)
    except CalamineError:
        raise FileRefused("Dit Excel-bestand is beschadigd of van een ander soort.") from None
    if start is None:
        return []
    return [
        (start[0] + 1 + offset, [_cell_text(value) for value in row])
        for offset, row in enumerate(values)
    ]


def _cell_text(value: Any) -> str:
    """Return what a cell shows; a number column made floats of BSNs and client numbers."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
