"""Importing a client file: read, blind, have evaluated, register.

Locally faulty rows are never sent; the others go in parts of 500, each of
which is finished before the next is blinded. So a lost connection leaves whole
parts done, and the same import may simply be run again: the index answers
``bestond_al`` to what it has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from verwijsindex.client.answers import OwnUnit, RowAnswer, RowStatus
from verwijsindex.client.blinding import today_in_the_netherlands
from verwijsindex.client.client_file import Column, RawRow, read_client_file
from verwijsindex.client.connection import IndexConnection
from verwijsindex.client.errors import ClientError
from verwijsindex.client.rows import WHOLE_ROW, FaultyRow, ReadyRow, interpret_row

#: Some 300 kB a body, or twice that with two parents each, where 4 MiB is allowed; and of
#: parents no more than are evaluated at once.
ROWS_PER_CALL = 500

_BATCH_PREFIX = re.compile(r"(?:signalen)?[.\[/]?[0-9]*\]?[./]")
_POSITION = re.compile(r"\[[0-9]+\]\Z")  # of one value in a list
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._]{0,63}\Z")
_PARENTS = "gezin"
_COLUMN_OF = {
    "leeftijdsgroep": Column.BIRTH_DATE,
    "contact": Column.PROFESSIONAL,
    "contact.medewerker": Column.PROFESSIONAL,
    "contact.afdeling": Column.PROFESSIONAL,
    "geinformeerd": Column.WAY,
    "geinformeerd.wijze": Column.WAY,
    "geinformeerd.datum": Column.TOLD_ON,
    "geinformeerd.reactie": Column.REACTION,
    "geinformeerd.door": Column.TOLD_BY,
    "geinformeerd.aan": Column.TOLD,
    "vervaltDatum": Column.LAPSES_ON,
}


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one row.

    Attributes:
        row: Number as the spreadsheet shows it.
        reference: The kenmerk, or ``(niet getoond)``; fit for an error file.
        field: A column, or a word of the contract.
        reason: Dutch; repeats nothing of the row.
    """

    row: int
    reference: str = field(repr=False)
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file.

    Attributes:
        dry_run: True when nothing was to change.
        created: Rows that are new signals (in a dry run: would be).
        existed: Rows that the index had already.
        refused_by_index: Rows that were sent and refused.
        refused_locally: Rows that were faulty and not sent.
        faults: Per row and field, in the order of the file.
        unconfirmed_rows: Numbers of the rows that were not sent, or whose
            answer was lost. Empty unless there was trouble.
        trouble: What ended the import before its end.
    """

    dry_run: bool
    created: int
    existed: int
    refused_by_index: int
    refused_locally: int
    faults: tuple[RowFault, ...]
    unconfirmed_rows: tuple[int, ...] = ()
    trouble: ClientError | None = None

    @property
    def refused(self) -> int:
        """Rows that were refused, here or by the index."""
        return self.refused_by_index + self.refused_locally


def import_file(
    connection: IndexConnection,
    path: Path,
    *,
    dry_run: bool,
    today: date | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportResult:
    """Import a client file.

    Args:
        connection: To both servers.
        path: CSV or XLSX.
        dry_run: True only tells what would happen.
        today: The calendar day in the Netherlands; by default this day.
        progress: Told the number of rows done and of all rows.

    Raises:
        FileRefused: The file as a whole cannot be read.
        ClientError: The own units could not be fetched. Trouble after that is
            in the result.
    """
    rows = read_client_file(path)
    units = connection.own_units()
    day = today or today_in_the_netherlands()
    return import_rows(connection, rows, units=units, today=day, dry_run=dry_run, progress=progress)


def import_rows(
    connection: IndexConnection,
    rows: Sequence[RawRow],
    *,
    units: Sequence[OwnUnit],
    today: date,
    dry_run: bool,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportResult:
    """Import rows that were read; see :func:`import_file`."""
    interpreted = [interpret_row(row, units=units, today=today) for row in rows]
    ready = [row for row in interpreted if isinstance(row, ReadyRow)]
    faulty = [row for row in interpreted if isinstance(row, FaultyRow)]
    faults = [
        RowFault(row.number, row.reference, f.field, f.reason) for row in faulty for f in row.faults
    ]
    counts: Counter[RowStatus] = Counter()
    trouble: ClientError | None = None
    done = 0
    progress(len(faulty), len(rows))
    for start in range(0, len(ready), ROWS_PER_CALL):
        part = ready[start : start + ROWS_PER_CALL]
        try:
            answers = _register(connection, part, dry_run=dry_run)
        except ClientError as error:
            trouble = error
            break
        for row, answer in zip(part, answers, strict=True):
            counts[answer.status] += 1
            faults += _faults(row, answer)
        done += len(part)
        progress(len(faulty) + done, len(rows))
    return ImportResult(
        dry_run=dry_run,
        created=counts[RowStatus.CREATED],
        existed=counts[RowStatus.EXISTED],
        refused_by_index=counts[RowStatus.REFUSED],
        refused_locally=len(faulty),
        faults=tuple(sorted(faults, key=lambda fault: fault.row)),
        unconfirmed_rows=tuple(row.number for row in ready[done:]),
        trouble=trouble,
    )


def column_of(name: str) -> str:
    """Return the column that a field of a signal's body comes from.

    A name without a column (``evaluatie``) stays as it is; what does not look
    like a field's name becomes ``rij``.
    """
    bare = _BATCH_PREFIX.sub("", name, count=1) if name.startswith(("signalen", "[")) else name
    if bare.startswith(_PARENTS):
        return _PARENTS  # which of the two columns was filled is not known here
    bare = _POSITION.sub("", bare)
    if bare in _COLUMN_OF:
        return _COLUMN_OF[bare].value
    return bare if _FIELD_NAME.match(bare) else WHOLE_ROW


def _register(
    connection: IndexConnection, part: Sequence[ReadyRow], *, dry_run: bool
) -> tuple[RowAnswer, ...]:
    bodies = connection.bodies([(row.person, row.details) for row in part], batch=True)
    return connection.register_batch(bodies, dry_run=dry_run)


def _faults(row: ReadyRow, answer: RowAnswer) -> list[RowFault]:
    if answer.status is not RowStatus.REFUSED:
        return []
    found = [
        RowFault(row.number, row.reference, column_of(fault.field), fault.reason)
        for fault in answer.faults
    ]
    return found or [
        RowFault(row.number, row.reference, WHOLE_ROW, "is door de index afgewezen zonder reden")
    ]
