"""How long a signal runs: pure rules over calendar days in the Netherlands."""

from __future__ import annotations

import calendar
from datetime import date

from orgprofiles.domains import AgeGroup

DEFAULT_MONTHS = 12
LONGEST_MONTHS = 24
YOUNG_ADULT_MONTHS = 6


def longest_months(age_group: AgeGroup) -> int:
    """Return how many months ahead a signal of *age_group* may lapse at most."""
    return YOUNG_ADULT_MONTHS if age_group is AgeGroup.YOUNG_ADULT else LONGEST_MONTHS


def lapse_date(asked: date | None, age_group: AgeGroup, today: date) -> date | str:
    """Return the first day on which the signal is no longer active, or what is wrong, in Dutch.

    Args:
        asked: As the organisation gave it; None for the default.
        age_group: Of the person.
        today: The calendar day in the Netherlands.

    Returns:
        A first of a month, rounded up, so that the day tells nothing about
        the person (a birthday, say).
    """
    limit = longest_months(age_group)
    if asked is None:
        return first_of_month_from(add_months(today, min(DEFAULT_MONTHS, limit)))
    if asked <= today:
        return "moet in de toekomst liggen"
    if asked > add_months(today, limit):
        return f"mag hoogstens {limit} maanden vooruit liggen"
    return first_of_month_from(asked)


def add_months(day: date, months: int) -> date:
    """Return the same day *months* later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_of_month_from(day: date) -> date:
    """Return *day* if it is the first of a month, else the first of the next month."""
    return day if day.day == 1 else add_months(day.replace(day=1), 1)
