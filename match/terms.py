"""How long a signal runs: pure rules over calendar days in the Netherlands."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orgprofiles.domains import AgeGroup
from orgprofiles.dutch_calendar import AMSTERDAM, working_days_after

YOUNG_ADULT_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Terms:
    """How long an organisation's signals run, as its profile has it.

    Attributes:
        default_months: Where no day is asked.
        longest_months: At most; somebody of 16–22: half a year.
    """

    default_months: int = 12
    longest_months: int = 24

    def longest_for(self, age_group: AgeGroup) -> int:
        """Return how many months ahead a signal of *age_group* may lapse at most."""
        if age_group is AgeGroup.YOUNG_ADULT:
            return min(YOUNG_ADULT_MONTHS, self.longest_months)
        return self.longest_months


def lapse_date(asked: date | None, age_group: AgeGroup, today: date, terms: Terms) -> date | str:
    """Return the first day on which the signal is no longer active, or what is wrong, in Dutch.

    Args:
        asked: As the organisation gave it; None for the default.
        age_group: Of the person.
        today: The calendar day in the Netherlands.
        terms: Of the organisation.

    Returns:
        A first of a month, so that the day tells nothing about the person (a
        birthday, say): rounded up, but down where that would pass the limit.
    """
    months = terms.longest_for(age_group)
    limit = add_months(today, months)
    if asked is None:
        asked = add_months(today, min(terms.default_months, months))
    if asked <= today:
        return "moet in de toekomst liggen"
    if asked > limit:
        ahead = "maand" if months == 1 else "maanden"
        return f"mag hoogstens {months} {ahead} vooruit liggen"
    return min(first_of_month_from(asked), limit.replace(day=1))


#: Working days after the day before which it was to be followed up: when the
#: organisation's coordinator hears of it, and when the index administrator does.
ESCALATION_DAYS = 5
REPORTING_DAYS = 15
#: Working days more to follow up what came of an import.
IMPORT_DAYS = 15
#: An import brings so many new signals of one organisation on a day, at least: as many as one
#: letter tells of (:data:`verwijsindex.mail.composing.CLIENTS_LIMIT`). Fewer, as a nightly sync
#: brings them, are followed up as if they were registered one by one.
IMPORT_SIGNALS = 25


def follow_up_day(since: datetime, working_days: int, *, is_import: bool = False) -> date:
    """Return the day before which a match is followed up.

    Args:
        since: When somebody came to see, UTC.
        working_days: What the participant's organisation has in its profile.
        is_import: Whether it came with many others at once: then there is more time.
    """
    if is_import:
        working_days += IMPORT_DAYS
    return working_days_after(since.astimezone(AMSTERDAM).date(), working_days)


def latest_deadline(today: date, working_days: int) -> date:
    """Return the last day such that *working_days* after it have passed by *today*."""
    day = today
    while working_days_after(day, working_days) > today:
        day -= timedelta(days=1)
    return day


def add_months(day: date, months: int) -> date:
    """Return the same day *months* later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_of_month_from(day: date) -> date:
    """Return *day* if it is the first of a month, else the first of the next month."""
    return day if day.day == 1 else add_months(day.replace(day=1), 1)
