"""An active signal as matching looks at it, and what one brings about: values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from match.matches import PairVisibility
from match.outbox import Notice
from match.rules import Party


@dataclass(frozen=True, slots=True)
class Involvement:
    """An active signal, as far as matching looks at it.

    Attributes:
        signal_id: The signal.
        party: Whose it is.
        professional_id: The contact; None for the unit.
        participation_id: Its part in the subject's match, where it has one.
        saw: Whether that part ever saw anybody.
        shown_as: The match's id as that part knows it, if it saw anybody.
        follow_up_days: Working days in which its organisation follows up a match.
        silent_with: Organisations of which its own is not mailed about this person.
    """

    signal_id: UUID
    party: Party
    professional_id: UUID | None
    participation_id: UUID | None = None
    saw: bool = False
    shown_as: UUID | None = None
    follow_up_days: int = 5
    silent_with: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class NewPair:
    """Two participations of which one or both know of the other from now on."""

    low_participation_id: UUID
    high_participation_id: UUID
    visibility: PairVisibility
    mails: bool


@dataclass(frozen=True, slots=True)
class ExistingPair:
    """A pair that is there.

    Attributes:
        revealed_by: The sensitive side that let itself be seen.
        revealed_at: When it did, UTC.
    """

    low_participation_id: UUID
    high_participation_id: UUID
    visibility: PairVisibility
    mails: bool
    revealed_by: PairVisibility | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A part in the subject's match, new or not.

    Attributes:
        participation_id: The part.
        signal_id: Whose it is.
        sees: Whether it sees somebody by this change.
        joins: Whether it never saw anybody before: to be counted.
        shown_as: The match's id as it knows it, once it sees anybody.
        follow_up_days: Working days in which its organisation follows up a match.
        is_told: Whether it is mailed of whom it sees by this change: only then it gets a
            day before which to follow up, or another one.
    """

    participation_id: UUID
    signal_id: UUID
    sees: bool
    joins: bool
    shown_as: UUID | None
    follow_up_days: int = 5
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What must be written.

    Attributes:
        enrolments: The parts that the new pairs need, with those that are there.
        pairs: New pairs.
        notices: Who must be told.
        changed: Pairs that are there, as they must be.
        dropped: Pairs that must go: (low participation id, high participation id).
    """

    enrolments: Sequence[Enrolment] = field(default_factory=list)
    pairs: Sequence[NewPair] = field(default_factory=list)
    notices: Sequence[Notice] = field(default_factory=list)
    changed: Sequence[ExistingPair] = field(default_factory=list)
    dropped: Sequence[tuple[UUID, UUID]] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing must be written."""
        return not (self.pairs or self.changed or self.dropped)
