"""The error file: per fault a row number, kenmerk, field and reason; no BSN, no birth date."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from verwijsindex.client.errors import FileRefused
from verwijsindex.client.importing import RowFault
from verwijsindex.client.wording import field_words

HEADER = ("rij", "kenmerk", "veld", "reden")
_NO_NAME = re.compile(r"[\W_]+")  # what a file's name does without
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def default_error_path(path: Path, *marks: str, dry_run: bool = False) -> Path:
    """Return where the error file of *path* goes: next to it, ``<name>-fouten.csv``.

    A command other than ``import`` puts *marks* before ``fouten``, such as its
    name and that of the unit, and a dry run ``proef``: so none takes the place
    of another's faults.
    """
    words = [_NO_NAME.sub("-", mark.casefold()).strip("-") for mark in marks]
    pieces = [path.stem, *filter(None, words), *(["proef"] if dry_run else []), "fouten"]
    return path.with_name(f"{'-'.join(pieces)}.csv")


def write_error_file(path: Path, faults: Sequence[RowFault]) -> None:
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


def check_error_path(error_path: Path, file: Path) -> None:
    """Refuse before importing what would lose the faults afterwards.

    Raises:
        FileRefused: It is the client file, or its folder cannot be written to.
    """
    if error_path.resolve() == file.resolve():
        raise FileRefused("Het foutenbestand mag niet het cliëntenbestand zelf zijn.")
    if not error_path.parent.is_dir() or not os.access(error_path.parent, os.W_OK):
        raise FileRefused("In de map van het foutenbestand kan niet geschreven worden.")


def keep_error_file(error_path: Path, faults: Sequence[RowFault]) -> None:
    """Write *faults*, and say where they are.

    Raises:
        FileRefused: It cannot be written.
    """
    # An older file is replaced even when all is well now: its faults are gone.
    if faults or error_path.exists():
        try:
            write_error_file(error_path, faults)
        except OSError:
            raise FileRefused(
                f"Het foutenbestand {error_path} kan niet geschreven worden. Sluit het in Excel "
                "en voer dezelfde opdracht nog eens uit."
            ) from None
    if faults:
        click.echo(f"De fouten staan in {error_path}. Verbeter die rijen en probeer het opnieuw.")
