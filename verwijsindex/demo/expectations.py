"""What the walk-through must show: computed from what the example files are made of.

README states the same numbers; a test holds them against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verwijsindex.demo.caseloads import IN_COMMON, ROWS
from verwijsindex.demo.client_files import ClientFile, ClientFiles


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What importing one file tells.

    Attributes:
        accepted: Rows that became signals.
        refused_locally: Rows that vi-client did not send.
        refused_by_index: Rows that the index refused.
        reasons: How many rows have that fault, by column and reason.
    """

    accepted: int
    refused_locally: int
    refused_by_index: int
    reasons: Mapping[tuple[str, str], int]

    @property
    def refused(self) -> int:
        """Rows that did not become a signal."""
        return self.refused_locally + self.refused_by_index


@dataclass(frozen=True, slots=True)
class Expectations:
    """What both imports bring about, once the digests are out.

    Attributes:
        sociale_dienst: Of the first file.
        wijkteam: Of the second.
        matches: Open matches.
        mails: One digest for each contact with somebody in common.
    """

    sociale_dienst: ImportCounts
    wijkteam: ImportCounts
    matches: int
    mails: int


def expect(files: ClientFiles) -> Expectations:
    """Return what importing *files*, one after the other, brings about."""
    contacts = {
        (organisation, case.desk.unit, case.desk.key)
        for pair in files.caseloads.common
        for organisation, case in enumerate(pair)
    }
    return Expectations(
        _counts(files.sociale_dienst), _counts(files.wijkteam), IN_COMMON, len(contacts)
    )


def _counts(file: ClientFile) -> ImportCounts:
    by_index = sum(kind.told_by_index for kind in file.faults.values())
    reasons: dict[tuple[str, str], int] = {}
    for kind in file.faults.values():
        for fault in kind.faults:
            reasons[fault] = reasons.get(fault, 0) + 1
    return ImportCounts(ROWS - len(file.faults), len(file.faults) - by_index, by_index, reasons)
