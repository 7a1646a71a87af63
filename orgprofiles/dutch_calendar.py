"""Days as offices in the Netherlands keep them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_HOLIDAYS = holidays.country_holidays("NL")


def is_public_holiday(day: date) -> bool:
    """Whether *day* is a public holiday."""
    return day in _HOLIDAYS


def is_working_day(day: date) -> bool:
    """Whether offices are open: no weekend, no Dutch public holiday."""
    return day.weekday() < 5 and not is_public_holiday(day)
