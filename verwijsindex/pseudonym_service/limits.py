"""How much may be evaluated in a day: pure decisions over numbers.

Whoever can have elements evaluated can try candidates, so these limits are
what makes an index that was broken into a slow oracle instead of a fast one.
The service's own administrator sets them; the index can only stay below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

DEFAULT_DAILY_LIMIT = 20_000  # elements per organisation
DEFAULT_DAILY_CEILING = 1_000_000  # elements over all organisations
CANARY_DAILY_LIMIT = 1_000  # hourly, per kind and process, plus each start
NEAR_PERCENT = 80

#: In whose name the index asks for its canary; never an organisation.
CANARY_ORGANISATION = UUID(int=0)


class LimitsClass(StrEnum):
    """What the index says of a caller; an upper bound on what the administrator allowed."""

    STANDARD = "standaard"  #: at most 20,000 elements a day
    LARGE = "groot"  #: at most ten times that: an organisation that imports caseloads
    CANARY = "canarie"  #: the index itself, for the canary element and nothing else


_BOUNDS = {
    LimitsClass.STANDARD: DEFAULT_DAILY_LIMIT,
    LimitsClass.LARGE: 10 * DEFAULT_DAILY_LIMIT,
    LimitsClass.CANARY: 0,
}


class Outcome(StrEnum):
    """What became of a request for a part of today's allowance."""

    GRANTED = "granted"  #: counted; evaluating may begin
    NOT_ADMITTED = "not_admitted"  #: the administrator does not serve this organisation
    LIMIT_REACHED = "limit_reached"  #: more than is left of the organisation's own limit
    CEILING_REACHED = "ceiling_reached"  #: more than is left for all organisations together
    CANARY_ONLY = "canary_only"  #: in the canary's name, but something else than the canary


class AlarmKind(StrEnum):
    """What the administrator is told of, at most once a day per organisation."""

    NOT_ADMITTED = "not_admitted"  #: a valid token of an organisation that is not served
    NEAR_LIMIT = "near_limit"  #: an organisation asked for 80% of its own limit
    NEAR_CEILING = "near_ceiling"  #: all together asked for 80% of the ceiling
    CANARY_MISUSED = "canary_misused"  #: the index asked for more than its canary: broken into?


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether *count* elements may be evaluated, and which alarms that calls for."""

    outcome: Outcome
    alarms: tuple[AlarmKind, ...]


def effective_limit(admitted: int, limits: LimitsClass) -> int:
    """Return the daily limit: the administrator's, or the class's where that is lower."""
    return min(admitted, _BOUNDS[limits])


def decide(count: int, *, used: int, limit: int, total: int, ceiling: int) -> Decision:
    """Return whether *count* more elements fit in today's allowance.

    An alarm depends on what was asked, granted or not: else whoever asks for a
    thousand when nine hundred are left would never be noticed.

    Args:
        count: Elements asked for.
        used: Elements that this organisation had today.
        limit: Elements that it may have in a day.
        total: Elements that all organisations had today.
        ceiling: Elements that all may have in a day.
    """
    alarms = []
    if _is_near(used + count, limit):
        alarms.append(AlarmKind.NEAR_LIMIT)
    outcome = Outcome.GRANTED
    if used + count > limit:
        outcome = Outcome.LIMIT_REACHED
    else:
        # Only what the own limit lets through says something about the ceiling.
        if _is_near(total + count, ceiling):
            alarms.append(AlarmKind.NEAR_CEILING)
        if total + count > ceiling:
            outcome = Outcome.CEILING_REACHED
    return Decision(outcome, tuple(alarms))


def _is_near(used: int, limit: int) -> bool:
    return used * 100 >= limit * NEAR_PERCENT


def day_of(now: datetime) -> str:
    """Return the UTC day of *now* (aware), ``YYYY-MM-DD``."""
    return now.astimezone(UTC).date().isoformat()


def seconds_until_reset(now: datetime) -> int:
    """Return the whole seconds, at least 1, from *now* (aware) to the next UTC midnight."""
    moment = now.astimezone(UTC)
    midnight = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
    return max(1, -((moment - midnight) // timedelta(seconds=1)))
