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
        A first of a month, so that the day tells nothing about the person (a
        birthday, say): rounded up, but down where that would pass the limit.
    """
    months = longest_months(age_group)
    limit = add_months(today, months)
    if asked is None:
        asked = add_months(today, min(DEFAULT_MONTHS, months))
    if asked <= today:
        return "moet in de toekomst liggen"
    if asked > limit:
        return f"mag hoogstens {months} maanden vooruit liggen"
    return min(first_of_month_from(asked), limit.replace(day=1))


def add_months(day: date, months: int) -> date:
    """Return the same day *months* later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_of_month_from(day: date) -> date:
    """Return *day* if it is the first of a month, else the first of the next month."""
    return day if day.day == 1 else add_months(day.replace(day=1), 1)
