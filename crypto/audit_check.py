"""Walking the chain of an audit log and stopping at the first thing that is wrong."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO

from crypto.audit_log import (
    GENESIS,
    HEADER,
    LONGEST_LINE,
    Checkpoint,
    Values,
    link_hash,
    parse_line,
    row_mac,
)
from crypto.errors import AuditLineRefused


class Wrong(StrEnum):
    """What can be wrong, said to whoever checks; in Dutch."""

    ROW_ALTERED = "de rij is gewijzigd of ingevoegd: haar controlegetal klopt niet"
    ROW_GONE = "de rij is verwijderd: haar schakel is er nog"
    LINK_GONE = "hier ontbreken een of meer schakels in de keten"
    LINK_WRONG = (
        "rij en schakel passen niet bij elkaar of niet op de vorige: gewijzigd, ingevoegd,"
        " verwijderd of verwisseld"
    )
    REWRITTEN = (
        "de keten is hier een andere dan is ondertekend: tussen het vorige controlepunt en deze"
        " rij is iets gewijzigd, ingevoegd, verwijderd of verwisseld"
    )
    TAIL_GONE = "vanaf deze rij is het einde verdwenen: een controlepunt ging verder"
    SIGNATURE_WRONG = "het controlepunt is gewijzigd of niet met deze sleutel ondertekend"
    CHECKPOINT_GONE = "een controlepunt vóór dit controlepunt is verdwenen"
    CHECKPOINT_MISPLACED = "het controlepunt staat niet op zijn plaats"
    UNREADABLE = "de regel is niet zoals de index haar schreef"
    NO_HEADER = "dit is geen geëxporteerd auditlog van deze versie"
    NO_END = "na deze rij volgt geen controlepunt meer: het einde is niet ondertekend"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong.

    Attributes:
        what: What it is.
        seq: Place in the chain; None: of a row that was not linked yet.
        row_id: Of the row, where it is known.
        line: Number of the line in an exported log, from 1.
    """

    what: Wrong
    seq: int | None
    row_id: str | None = None
    line: int | None = None


class ChainCheck:
    """Is told every row and checkpoint in order; answers with a fault or None.

    After a fault it is of no use any more.
    """

    def __init__(
        self,
        public: bytes,
        *,
        mac_key: bytes | None = None,
        kept: Iterable[Checkpoint] = (),
    ) -> None:
        """Start at the beginning of the chain.

        Args:
            public: The key that checkpoints are signed with, Ed25519, 32 bytes.
            mac_key: The index's audit key; None: the rows' keyed hashes are not looked at.
            kept: Checkpoints that were kept elsewhere: the chain must still
                lead through each of them.
        """
        self._public = public
        self._mac_key = mac_key
        self._kept = sorted(kept, key=lambda one: one.seq)
        self._hash = GENESIS
        self.seq = 0  #: rows seen
        self.checkpoint: Checkpoint | None = None  #: the last one seen
        self.checkpoint_count = 0

    def begin(self) -> Fault | None:
        """Look at the signatures of the checkpoints that were kept elsewhere."""
        for one in self._kept:
            if not one.is_signed_with(self._public):
                return Fault(Wrong.SIGNATURE_WRONG, one.seq)
        return None

    def row(
        self, seq: int, row_id: str | None, values: Values | None, mac: bytes, link: bytes
    ) -> Fault | None:
        """Take the next row.

        Args:
            seq: Its place, as its link says.
            row_id: As its link says.
            values: Its columns; None: there is a link and no row.
            mac: Its keyed hash.
            link: The link's hash.
        """
        expected = self.seq + 1
        if seq != expected:
            return Fault(Wrong.LINK_GONE, expected)
        if values is None:
            return Fault(Wrong.ROW_GONE, seq, row_id)
        if self._mac_key is not None and not hmac.compare_digest(
            row_mac(values, self._mac_key), mac
        ):
            return Fault(Wrong.ROW_ALTERED, seq, row_id)
        computed = link_hash(self._hash, seq, values, mac)
        if not hmac.compare_digest(computed, link):
            return Fault(Wrong.LINK_WRONG, seq, row_id)
        self.seq, self._hash = seq, computed
        while self._kept and self._kept[0].seq == seq:
            if self._kept.pop(0).hash != computed:
                return Fault(Wrong.REWRITTEN, seq, row_id)
        return None

    def next_checkpoint(self, checkpoint: Checkpoint) -> Fault | None:
        """Take a checkpoint, which must be over the last row that was taken."""
        before = 0 if self.checkpoint is None else self.checkpoint.seq
        if not checkpoint.is_signed_with(self._public):
            return Fault(Wrong.SIGNATURE_WRONG, checkpoint.seq)
        if checkpoint.seq > self.seq:
            return Fault(Wrong.TAIL_GONE, self.seq + 1)
        if checkpoint.seq < self.seq:
            return Fault(Wrong.CHECKPOINT_MISPLACED, checkpoint.seq)
        if checkpoint.hash != self._hash:
            return Fault(Wrong.REWRITTEN, checkpoint.seq)
        if checkpoint.seq - checkpoint.row_count != before:
            return Fault(Wrong.CHECKPOINT_GONE, checkpoint.seq)
        self.checkpoint = checkpoint
        self.checkpoint_count += 1
        return None

    def end(self) -> Fault | None:
        """Hear that there are no more rows."""
        if self._kept:
            return Fault(Wrong.TAIL_GONE, self.seq + 1)
        return None


def check_export(log: BinaryIO, check: ChainCheck) -> Fault | None:
    """Return the first thing that is wrong with an exported log; None when nothing is.

    Args:
        log: As ``verwijsindex audit export`` wrote it; read line by line.
        check: Fresh; says afterwards what was seen.
    """
    fault = check.begin()
    if fault is not None:
        return fault
    if log.readline(LONGEST_LINE) != HEADER:
        return Fault(Wrong.NO_HEADER, None, line=1)
    number = 1
    while line := log.readline(LONGEST_LINE):
        number += 1
        try:
            read = parse_line(line)
        except AuditLineRefused:
            return Fault(Wrong.UNREADABLE, check.seq + 1, line=number)
        if isinstance(read, Checkpoint):
            fault = check.next_checkpoint(read)
        else:
            fault = check.row(read.seq, read.values[0], read.values, read.mac, read.hash)
        if fault is not None:
            return replace(fault, line=number)
    if check.checkpoint is None or check.checkpoint.seq != check.seq:
        return Fault(Wrong.NO_END, check.seq, line=number)
    return check.end()


def kept_checkpoints(file: BinaryIO) -> list[Checkpoint]:
    """Return the checkpoints in a file: one or more lines of them, or a whole exported log.

    Raises:
        AuditLineRefused: A line that is none of a log, or no checkpoint at all.
    """
    found = []
    while line := file.readline(LONGEST_LINE):
        read = None if line == HEADER else parse_line(line)
        if isinstance(read, Checkpoint):
            found.append(read)
    if not found:
        raise AuditLineRefused
    return found
