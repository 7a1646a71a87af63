"""When somebody can be reached: weekly hours in the Netherlands, holidays and exceptions.

Hours are clock times in Europe/Amsterdam. They are turned into moments before
anything is compared, for on two days of the year the clock says a time twice
or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from orgprofiles.dutch_calendar import AMSTERDAM, is_public_holiday
from orgprofiles.profile_words import Weekday

_WEEK = list(Weekday)
_LOOK_AHEAD_DAYS = 15  # a fortnight of holidays and exceptions is the longest known


@dataclass(frozen=True, slots=True)
class Slot:
    """From when to when, as the clock says it.

    Attributes:
        opens: ``HH:MM``.
        closes: ``HH:MM`` or ``24:00``; not later than *opens* means the next day.
    """

    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class WeekSlot:
    """A slot on days of the week: those on which it opens."""

    days: Sequence[Weekday]
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class ExceptionalDay:
    """A date with hours of its own; none: closed."""

    day: date
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When somebody can be reached.

    Attributes:
        week: By day of the week.
        closed_on_holidays: Whether public holidays go before the week.
        exceptions: Dates that go before both.
    """

    week: Sequence[WeekSlot]
    closed_on_holidays: bool
    exceptions: Sequence[ExceptionalDay]

    def slots_on(self, day: date) -> list[Slot]:
        """Return the slots that open on *day* (a calendar day in the Netherlands)."""
        for exception in self.exceptions:
            if exception.day == day:
                return list(exception.slots)
        if self.closed_on_holidays and is_public_holiday(day):
            return []
        weekday = _WEEK[day.weekday()]
        return [Slot(one.opens, one.closes) for one in self.week if weekday in one.days]

    def is_open(self, moment: datetime) -> bool:
        """Whether *moment* (aware) falls within a slot: from opening up to, not at, closing."""
        # A slot that opened yesterday may run past midnight.
        today = moment.astimezone(AMSTERDAM).date()
        return any(
            opens <= moment < closes for opens, closes in self._spans(today - timedelta(days=1), 2)
        )

    def next_opening(self, moment: datetime) -> datetime | None:
        """Return when it opens next after *moment*, in Amsterdam; None: not within a fortnight."""
        today = moment.astimezone(AMSTERDAM).date()
        openings = [opens for opens, _ in self._spans(today, _LOOK_AHEAD_DAYS) if opens > moment]
        return min(openings).astimezone(AMSTERDAM) if openings else None

    def closing(self, moment: datetime) -> datetime | None:
        """Return when what is open at *moment* closes, in Amsterdam; None when it is closed.

        Slots that follow each other without a gap are one.
        """
        today = moment.astimezone(AMSTERDAM).date()
        spans = sorted(self._spans(today - timedelta(days=1), _LOOK_AHEAD_DAYS))
        end: datetime | None = None
        for opens, closes in spans:
            if opens <= (end or moment) < closes:
                end = closes
        return end.astimezone(AMSTERDAM) if end else None

    def _spans(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(days):
            day = first + timedelta(days=offset)
            for slot in self.slots_on(day):
                yield _span(day, slot)


def clock_minutes(text: str) -> int:
    """Return the minutes since midnight of ``HH:MM``; 1440 for ``24:00``.

    Raises:
        ValueError: No clock time.
    """
    if text == "24:00":
        return 24 * 60
    clock = time.fromisoformat(text)
    return clock.hour * 60 + clock.minute


def _span(day: date, slot: Slot) -> tuple[datetime, datetime]:
    opens, closes = clock_minutes(slot.opens), clock_minutes(slot.closes)
    if closes <= opens:
        closes += 24 * 60
    # When the clock says a time twice: open from the first, until the last.
    return _moment(day, opens, fold=0), _moment(day, closes, fold=1)


def _moment(day: date, minutes: int, *, fold: int) -> datetime:
    local = (datetime.combine(day, time()) + timedelta(minutes=minutes)).replace(
        tzinfo=AMSTERDAM, fold=fold
    )
    moment = local.astimezone(UTC)
    if moment.astimezone(AMSTERDAM).replace(tzinfo=None) != local.replace(tzinfo=None):
        # In March the clock skips an hour: what would be in it is the moment of the leap.
        return local.replace(minute=0, fold=0).astimezone(UTC)
    return moment
