"""Keeping the index in step with a caseload: a file that holds all clients of one unit.

Rows go in parts of 500, those about one person together. A row whose signal is
known from an earlier time goes as that signal's id, without blinding. The last
part is empty: only when it is answered, what is gone from the file ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from verwijsindex.client.answers import CaseloadRowAnswer, CaseloadStatus, OwnUnit, PartAnswer
from verwijsindex.client.blinding import today_in_the_netherlands
from verwijsindex.client.caseload_state import (
    CaseloadState,
    Marker,
    OpenRun,
    new_run,
    read_state,
    write_state,
)
from verwijsindex.client.client_file import Column, RawRow, read_client_file
from verwijsindex.client.connection import IndexConnection
from verwijsindex.client.errors import ClientError, FileRefused, RequestRefused
from verwijsindex.client.importing import ROWS_PER_CALL, RowFault, column_of
from verwijsindex.client.rows import (
    WHOLE_ROW,
    FaultyRow,
    ReadyRow,
    interpret_row,
    matching_units,
)
from verwijsindex.client.units import chosen_unit
from verwijsindex.client.wording import field_words

_CONFLICT = 409
_CONFIRMING = "bevestigd"  # the field that the index names where it asks for that

_NO_REASON = "is door de index afgewezen zonder reden"
_NOBODY_LEFT = (
    "Het bestand heeft alleen een kopregel en geen cliënten. Er is niets veranderd. Heeft de"
    " afdeling echt geen cliënten meer? Voer dezelfde opdracht dan uit met --bevestigd."
)

Progress = Callable[[int, int], None]


class NotThisCaseload(FileRefused):
    """Geen enkele rij is van deze afdeling.

    Attributes:
        unit_name: Whose caseload was asked for.
        faults: Per row and field, as far as rows were faulty.
    """

    def __init__(self, message: str, *, unit_name: str, faults: Sequence[RowFault]) -> None:
        super().__init__(message)
        self.unit_name = unit_name
        self.faults = faults


@dataclass(slots=True)
class SyncResult:
    """What became of a caseload.

    Attributes:
        dry_run: True when nothing was to change.
        unit_name: Whose caseload it is.
        rows: How many rows of the unit the file has, faulty ones too.
        counts: Rows per status.
        ended: Signals that ended (in a dry run: would).
        other_units: Rows of other units, which were left out.
        refused_locally: Rows that were faulty and not sent.
        faults: Per row and field.
        resumed: Whether it went on where an earlier time stopped.
        question: What the index asks to be confirmed before it ends that many.
        trouble: What ended it before its end.
    """

    dry_run: bool
    unit_name: str
    rows: int = 0
    counts: Counter[CaseloadStatus] = field(default_factory=Counter)
    ended: int = 0
    other_units: int = 0
    refused_locally: int = 0
    faults: list[RowFault] = field(default_factory=list)
    resumed: bool = False
    question: str = ""
    trouble: ClientError | None = None

    @property
    def refused(self) -> int:
        """Rows that were refused, here or by the index."""
        return self.counts[CaseloadStatus.REFUSED] + self.refused_locally


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that can be sent, with its mark."""

    ready: ReadyRow
    mark: str


def sync_file(
    connection: IndexConnection,
    path: Path,
    *,
    unit_name: str,
    state_path: Callable[[str], Path],
    dry_run: bool,
    confirmed: bool,
    reason: str,
    today: date | None = None,
    progress: Progress = lambda _done, _total: None,
) -> SyncResult:
    """Send the whole caseload of a unit.

    After an interruption the same call goes on where it was: with the parts of
    the same file that were not answered yet.

    A file without any row of the unit that can be sent is another file: it is
    refused, confirmed or not. That nobody is left is told by a header alone,
    and *confirmed*.

    Args:
        connection: To both servers.
        path: CSV or XLSX, with all clients of the unit.
        unit_name: Name or id of the unit; empty where there is one only.
        state_path: Returns where the state of a unit is kept, by its id.
        dry_run: True only tells what would happen, and keeps no state.
        confirmed: Many may end.
        reason: Why what is gone ends: a word of the contract.
        today: The calendar day in the Netherlands; by default this day.
        progress: Told the number of rows done and of all rows.

    Raises:
        FileRefused: The file as a whole cannot be read, or the state not be written.
        NotThisCaseload: No row of it is the unit's and can be sent.
        ClientError: The own units could not be fetched. Trouble after that is
            in the result.
    """
    raw = read_client_file(path, may_be_empty=True)
    if not raw and not confirmed:
        raise FileRefused(_NOBODY_LEFT)
    units = connection.own_units()
    unit = chosen_unit(units, unit_name)
    marker = Marker(connection.local_key(b"caseload"), unit.id)
    result = SyncResult(dry_run, unit.name)
    ready = _own_rows(raw, units, unit, today or today_in_the_netherlands(), result)
    result.rows = len(ready) + result.refused_locally
    if raw and not ready:
        raise _not_this_caseload(raw, units, unit, result)
    rows = [_Row(row, marker.row(row)) for row in ready]
    kept = state_path(unit.id)
    state = read_state(kept)
    file_mark = marker.file(ready)
    if state.run is None or state.run.file != file_mark or dry_run:
        state.run = new_run(file_mark)
    result.resumed = state.run.done > 0
    sending = _Sending(
        connection, unit.id, state, state.run, None if dry_run else kept, result, reason
    )
    try:
        sending.send_all(rows, confirmed=confirmed, progress=progress)
    except ClientError as error:
        if isinstance(error, FileRefused):
            raise
        result.trouble = error
    result.faults.sort(key=lambda fault: fault.row)
    return result


def _own_rows(
    raw: Sequence[RawRow],
    units: Sequence[OwnUnit],
    unit: OwnUnit,
    today: date,
    result: SyncResult,
) -> list[ReadyRow]:
    """Return the unit's rows that can be sent; note the others in *result*."""
    ready = []
    for each in raw:
        row = interpret_row(each, units=units, today=today)
        if isinstance(row, ReadyRow):
            if row.details.unit_id == unit.id:
                ready.append(row)
            else:
                result.other_units += 1
        elif _is_of_another(each, units, unit):
            result.other_units += 1
        else:
            result.refused_locally += 1
            result.faults += _faults(row)
    return ready


def _not_this_caseload(
    raw: Sequence[RawRow], units: Sequence[OwnUnit], unit: OwnUnit, result: SyncResult
) -> NotThisCaseload:
    """Return why a file without any usable row of *unit* is refused."""
    named = [row for row in raw if unit in matching_units(units, row.cell(Column.UNIT))]
    if named:
        what = f"Geen enkele rij van {unit.name} kan gelezen worden."
        telling = result.faults
    else:
        what = f"Geen enkele rij is van {unit.name}."
        telling = [fault for fault in result.faults if fault.field == Column.UNIT]
    if telling:
        first = telling[0]
        reason = f"rij {first.row}, {field_words(first.field)}: {first.reason}"
    else:
        reason = f"rij {raw[0].number} is van een andere afdeling"
    return NotThisCaseload(
        f"{what} Is dit het juiste bestand? Er is niets veranderd. (Eerste reden: {reason}.)",
        unit_name=unit.name,
        faults=result.faults,
    )


def _is_of_another(row: RawRow, units: Sequence[OwnUnit], unit: OwnUnit) -> bool:
    named = matching_units(units, row.cell(Column.UNIT)) if row.cell(Column.UNIT) else ()
    return bool(named) and unit not in named


def _faults(row: FaultyRow) -> list[RowFault]:
    return [RowFault(row.number, row.reference, f.field, f.reason) for f in row.faults]


def parts_of(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Return *rows* in parts of some 500, those about one person in one part.

    The same rows give the same parts.
    """
    people: dict[bytes, list[_Row]] = {}
    for row in rows:
        people.setdefault(row.ready.person.canonical.value, []).append(row)
    parts: list[list[_Row]] = []
    for several in people.values():
        if not parts or len(parts[-1]) + len(several) > ROWS_PER_CALL:
            parts.append([])
        parts[-1] += several
    return parts


@dataclass(slots=True)
class _Sending:
    """A run on its way to the index."""

    connection: IndexConnection
    unit_id: str
    state: CaseloadState
    run: OpenRun
    kept: Path | None
    result: SyncResult
    reason: str
    #: Marks of rows that go in full after the others.
    again: set[str] = field(default_factory=set)

    def send_all(self, rows: Sequence[_Row], *, confirmed: bool, progress: Progress) -> None:
        """Send what was not answered yet, and the last part."""
        self._save()
        if self.run.last is None:
            done = 0
            progress(0, len(rows))
            for number, part in enumerate(parts_of(rows), 1):
                if number > self.run.done:
                    self._send(part)
                else:
                    # Refused then, or ended since: whichever it was, the index says so again.
                    self.again |= {row.mark for row in part} - self.state.signals.keys()
                done += len(part)
                progress(done, len(rows))
            for part in parts_of(row for row in rows if row.mark in self.again):
                self._send(part)
            self.run.last = self.run.done + 1
            self._save()
        self._finish({row.mark for row in rows}, confirmed=confirmed)
        if self.result.question and self.again:
            self._begin_again(rows, confirmed=confirmed, progress=progress)

    def _begin_again(self, rows: Sequence[_Row], *, confirmed: bool, progress: Progress) -> None:
        """Send the whole as a new run, after one in which the index did not know an id any more.

        It could not tell then about whom that was. These rows went in full
        since, so now it can; if it asks again it asks for another reason.
        """
        counted, told = self.result.counts, self.result.faults
        self.result.counts, self.result.faults, self.result.question = Counter(), [], ""
        self.again.clear()
        self.state.run = self.run = new_run(self.run.file)
        try:
            self.send_all(rows, confirmed=confirmed, progress=progress)
        finally:
            self.result.counts, self.result.faults = counted, told

    def _send(self, part: Sequence[_Row]) -> None:
        known = self.state.signals
        in_full = [row for row in part if row.mark not in known]
        signals = [(row.ready.person, row.ready.details) for row in in_full]
        made = self.connection.bodies(signals, batch=True) if signals else []
        bodies: dict[str, dict[str, Any]] = {}
        for row, body in zip(in_full, made, strict=True):
            del body["afdeling"]
            bodies[row.mark] = body
        answer = self._call(
            self.run.done + 1,
            rows=[bodies.get(row.mark) or {"id": known[row.mark]} for row in part],
            is_last=False,
        )
        for each in answer.rows:
            self._note(part[each.position], each, sent_in_full=part[each.position].mark in bodies)
        self.result.counts[CaseloadStatus.UNCHANGED] += len(part) - len(answer.rows)
        self.run.done += 1
        self._save()

    def _note(self, row: _Row, answer: CaseloadRowAnswer, *, sent_in_full: bool) -> None:
        if answer.status is CaseloadStatus.REFUSED and not sent_in_full:
            # Ended meanwhile, or given another contact: it goes in full after the others.
            self.state.signals.pop(row.mark, None)
            self.again.add(row.mark)
            return
        self.result.counts[answer.status] += 1
        if answer.status is CaseloadStatus.REFUSED:
            faults = [(column_of(f.field), f.reason) for f in answer.faults]
            self.result.faults += [
                RowFault(row.ready.number, row.ready.reference, name, reason)
                for name, reason in faults or [(WHOLE_ROW, _NO_REASON)]
            ]
        elif answer.signal_id:
            self.state.signals[row.mark] = answer.signal_id

    def _finish(self, marks: set[str], *, confirmed: bool) -> None:
        try:
            answer = self._call(
                self.run.last or self.run.done + 1, rows=[], is_last=True, confirmed=confirmed
            )
        except RequestRefused as refused:
            asked = _asked(refused)
            if not asked:
                raise
            self.result.question = asked
            return
        self.result.ended = answer.ended
        self.state.signals = {m: one for m, one in self.state.signals.items() if m in marks}
        self._forget_run()

    def _forget_run(self) -> None:
        self.state.run = None
        self._save()

    def _call(
        self,
        number: int,
        *,
        rows: Sequence[dict[str, Any]],
        is_last: bool,
        confirmed: bool = False,
    ) -> PartAnswer:
        body: dict[str, Any] = {
            "run": str(self.run.id),
            "deel": number,
            "laatste": is_last,
            "afdeling": self.unit_id,
            "signalen": list(rows),
            "proef": self.result.dry_run,
        }
        if is_last:
            body |= {
                "reden": self.reason,
                "bevestigd": confirmed,
                "overgeslagen": self.result.refused_locally,
            }
        try:
            return self.connection.send_caseload_part(body)
        except RequestRefused as refused:
            if refused.status == _CONFLICT and not _asked(refused):
                # Somebody else began a newer run, or this one is long ago: next time a new one.
                self._forget_run()
            raise

    def _save(self) -> None:
        if self.kept is not None:
            write_state(self.kept, self.state)


def _asked(refused: RequestRefused) -> str:
    """Return what the index asks to be confirmed; empty where it refuses something else."""
    return next((fault.reason for fault in refused.faults if fault.field == _CONFIRMING), "")
