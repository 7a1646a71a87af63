"""The error file: per fault a row number, kenmerk, field and reason; no BSN, no birth date."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from verwijsindex.client.importing import RowFault
from verwijsindex.client.wording import field_words

HEADER = ("rij", "kenmerk", "veld", "reden")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def default_error_path(path: Path) -> Path:
    """Return where the error file of *path* goes: next to it, ``<name>-fouten.csv``."""
    return path.with_name(f"{path.stem}-fouten.csv")


def write_error_file(path: Path, faults: Iterable[RowFault]) -> None:
    """Write *faults* as CSV (``;``, UTF-8 with a byte order mark), readable by the owner alone.

    Fields are called what people call them.

    It takes the place of an older file at once, whatever that file's mode was.

    Raises:
        OSError: The folder cannot be written to, or the file is open in Excel.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEADER)
            for fault in faults:
                cells = (fault.reference, field_words(fault.field), fault.reason)
                writer.writerow((fault.row, *map(without_formula, cells)))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def without_formula(cell: str) -> str:
    """Return *cell* so that a spreadsheet takes it for text (OWASP, CSV injection)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
