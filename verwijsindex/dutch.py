"""How dates are written in Dutch, on pages and in mails."""

from __future__ import annotations

from datetime import date, datetime

from orgprofiles.dutch_calendar import AMSTERDAM

_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


def dutch_date(moment: date | datetime) -> str:
    """Return the calendar day in the Netherlands: ``23 november 2026``."""
    day = moment.astimezone(AMSTERDAM) if isinstance(moment, datetime) else moment
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def dutch_moment(moment: datetime) -> str:
    """Return day and time in the Netherlands: ``23 november 2026, 11:05``."""
    return f"{dutch_date(moment)}, {moment.astimezone(AMSTERDAM):%H:%M}"
