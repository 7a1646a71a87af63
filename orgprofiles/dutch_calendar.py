"""Days as offices in the Netherlands keep them."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_HOLIDAYS = holidays.country_holidays("NL", language="nl")
_GOOD_FRIDAY = "Goede vrijdag"


def is_public_holiday(day: date) -> bool:
    """Whether offices are closed on *day* though it be a weekday.

    On Good Friday most are open, municipalities among them, so that it counts
    as a working day; the Algemene termijnenwet (article 3, second paragraph)
    has it as a holiday, but for legal terms alone. Liberation Day is a day off
    once in five years, as for civil servants.
    """
    return _HOLIDAYS.get(day) not in {None, _GOOD_FRIDAY}


def is_working_day(day: date) -> bool:
    """Whether offices are open: no weekend, no Dutch public holiday."""
    return day.weekday() < 5 and not is_public_holiday(day)


def working_days_after(day: date, count: int) -> date:
    """Return the *count*-th working day after *day*."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
