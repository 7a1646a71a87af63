"""Opening hours as people read them: per week, and at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.opening_hours import OpeningHours, Slot, clock_minutes
from orgprofiles.profile_words import Weekday
from verwijsindex.dutch import dutch_date
from verwijsindex.web.profile_wording import listed, words

_WEEK = list(Weekday)
_LONG = timedelta(days=7)  # what closes no sooner does not close
_DAY_AND_NIGHT = "dag en nacht"


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Whether it is open, in words.

    Attributes:
        is_open: At this moment.
        text: ``Open tot 17:00 uur``.
    """

    is_open: bool
    text: str


def week_lines(hours: OpeningHours) -> list[tuple[str, str]]:
    """Return days and times, days with the same times together; closed days are left out."""
    by_times: dict[tuple[str, ...], list[Weekday]] = {}
    for day in _WEEK:
        slots = sorted((one.opens, one.closes) for one in hours.week if day in one.days)
        if slots:
            times = tuple(_times(Slot(*one)) for one in slots)
            by_times.setdefault(times, []).append(day)
    return [(_days(days), listed(times)) for times, days in by_times.items()]


def notes(hours: OpeningHours, today: date) -> list[str]:
    """Return what else there is to know: holidays, and the exceptions from *today* on."""
    found = ["Op feestdagen gesloten."] if hours.closed_on_holidays else []
    for one in sorted(hours.exceptions, key=lambda exception: exception.day):
        if one.day >= today:
            times = listed([_times(slot) for slot in one.slots]) or "gesloten"
            day = f"{words(_WEEK[one.day.weekday()])} {dutch_date(one.day)}"
            found.append(f"{day.capitalize()}: {times}.")
    return found


def open_now(hours: OpeningHours, now: datetime) -> OpenNow:
    """Return whether it is open at *now* (aware), and until when or from when."""
    closes = hours.closing(now)
    if closes is not None:
        if closes - now > _LONG:
            return OpenNow(is_open=True, text=f"Open, {_DAY_AND_NIGHT}")
        return OpenNow(is_open=True, text=f"Open tot {_when(closes, now)}")
    opens = hours.next_opening(now)
    if opens is None:
        return OpenNow(is_open=False, text="Dicht")
    return OpenNow(is_open=False, text=f"Dicht tot {_when(opens, now)}")


def _when(moment: datetime, now: datetime) -> str:
    local = moment.astimezone(AMSTERDAM)
    clock = f"{local:%H:%M} uur"
    today = now.astimezone(AMSTERDAM).date()
    if local.date() == today:
        return clock
    if local.date() == today + timedelta(days=1):
        return f"morgen {clock}"
    day = words(_WEEK[local.weekday()])
    # Within a week the day says enough.
    return f"{day} {clock}" if local.date() - today < _LONG else f"{dutch_date(local)}, {clock}"


def _times(slot: Slot) -> str:
    if (slot.opens, slot.closes) in {("00:00", "24:00"), ("00:00", "00:00")}:
        return _DAY_AND_NIGHT
    over_midnight = clock_minutes(slot.closes) <= clock_minutes(slot.opens)
    return f"{slot.opens}–{slot.closes} uur" + (" de volgende dag" if over_midnight else "")


def _days(days: Sequence[Weekday]) -> str:
    if len(days) == len(_WEEK):
        return "Iedere dag"
    places = [_WEEK.index(one) for one in days]
    if len(days) > 2 and places[-1] - places[0] == len(days) - 1:
        return f"{words(days[0])} t/m {words(days[-1])}".capitalize()
    return listed([words(one) for one in days]).capitalize()
