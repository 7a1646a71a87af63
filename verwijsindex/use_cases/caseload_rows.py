"""A caseload as it comes, in parts of rows, and what becomes of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from verwijsindex.http.problems import InvalidParam
from verwijsindex.use_cases.check_signals import SignalRequest


class CaseloadStatus(StrEnum):
    """What became of a row of a caseload."""

    CREATED = "aangemaakt"  #: a new signal
    UNCHANGED = "ongewijzigd"  #: this contact already had one for this person
    MOVED = "overgedragen"  #: a colleague of the unit had it; it goes on with this contact
    REFUSED = "afgewezen"  #: see its faults


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """A row as it came: a signal, the id of one that stays, or what is wrong with its form."""

    request: SignalRequest | None = None
    signal_id: UUID | None = None
    faults: tuple[InvalidParam, ...] = ()


@dataclass(slots=True)
class RowOutcome:
    """What became of a row; refused until something else does.

    Attributes:
        status: In one word.
        signal_id: Of the signal that is there now.
        faults: All of them, where it was refused.
        is_unknown: Nobody can tell about whom it is.
    """

    status: CaseloadStatus = CaseloadStatus.REFUSED
    signal_id: UUID | None = None
    faults: tuple[InvalidParam, ...] = ()
    is_unknown: bool = False

    def becomes(self, status: CaseloadStatus, signal_id: UUID | None) -> None:
        """Take what it became."""
        self.status, self.signal_id = status, signal_id


@dataclass(slots=True)
class Dealt:
    """What became of all rows.

    Attributes:
        outcomes: Per row, in order.
        kept: Signals that are still of the caseload; of refused rows too.
        moved: Those that got another contact.
    """

    outcomes: list[RowOutcome]
    kept: set[UUID] = field(default_factory=set)
    moved: list[UUID] = field(default_factory=list)


class RunReason(StrEnum):
    """Why what is gone from a caseload ends: not one that tells others something."""

    COMPLETED = "afgerond"  #: as intended
    STOPPED_EARLY = "voortijdig_gestopt"  #: before its aim was reached
    NO_CONTACT = "geen_contact"  #: the clients were not reached any more
    TRANSFERRED = "overgedragen"  #: another organisation took over
    MOVED = "verhuisd"  #: left the area


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRequest:
    """A part as it came; its form has been checked.

    Attributes:
        run: The source system's own id of the run.
        number: From 1.
        is_last: Whether no part follows.
        unit_id: Whose caseload it is.
        rows: About whom.
        reason: With the last part: why what is gone ends.
        is_confirmed: With the last part: that many may end.
        is_trial: Change nothing; say what would be.
        skipped: With the last part: rows that the source system could not send.
    """

    run: UUID
    number: int
    is_last: bool
    unit_id: UUID
    rows: Sequence[CaseloadRow]
    reason: RunReason = RunReason.COMPLETED
    is_confirmed: bool = False
    is_trial: bool = False
    skipped: int = 0
