"""Open or not: at clock times in the Netherlands, on the days on which the clock misleads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.opening_hours import ExceptionalDay, OpeningHours, Slot, WeekSlot
from orgprofiles.profile_words import Weekday

OFFICE = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]
ROUND_THE_CLOCK = OpeningHours(
    week=[WeekSlot(list(Weekday), "00:00", "24:00")],
    closed_on_holidays=False,
    exceptions=[],
)


def hours(
    *slots: tuple[Weekday, str, str],
    closed_on_holidays: bool = True,
    exceptions: tuple[ExceptionalDay, ...] = (),
) -> OpeningHours:
    return OpeningHours(
        week=[WeekSlot([day], opens, closes) for day, opens, closes in slots],
        closed_on_holidays=closed_on_holidays,
        exceptions=exceptions,
    )


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM, fold=fold)


OFFICE_HOURS = hours(*((day, "09:00", "17:00") for day in OFFICE))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-22T12:00:00", False),  # a Sunday
        ("2026-12-25T12:00:00", False),  # Christmas, a Friday
        ("2026-04-27T12:00:00", False),  # King's Day, a Monday
        ("2026-04-28T12:00:00", True),
    ],
)
def test_office_hours_are_from_opening_up_to_closing_on_working_days(
    moment: str, is_open: bool
) -> None:
    assert OFFICE_HOURS.is_open(local(moment)) is is_open


def test_hours_past_midnight_belong_to_the_day_on_which_they_began() -> None:
    night = hours((Weekday.FRIDAY, "22:00", "02:00"))
    assert night.is_open(local("2026-11-28T01:59:59"))  # Saturday
    assert not night.is_open(local("2026-11-28T02:00:00"))
    assert not night.is_open(local("2026-11-27T01:00:00"))  # Friday, from Thursday: none


def test_a_holiday_does_not_end_the_night_before_it() -> None:
    night = hours(*((day, "20:00", "08:00") for day in Weekday))
    assert night.is_open(local("2026-12-25T07:00:00"))  # from Christmas Eve
    assert not night.is_open(local("2026-12-25T21:00:00"))  # Christmas itself is closed


def test_a_crisis_service_is_open_on_holidays() -> None:
    assert ROUND_THE_CLOCK.is_open(local("2026-12-25T03:00:00"))


def test_an_exception_goes_before_the_week_and_before_holidays() -> None:
    special = hours(
        *((day, "09:00", "17:00") for day in OFFICE),
        exceptions=(
            ExceptionalDay(date(2026, 11, 24), []),
            ExceptionalDay(date(2026, 12, 25), [Slot("10:00", "12:00")]),
        ),
    )
    assert not special.is_open(local("2026-11-24T12:00:00"))
    assert special.is_open(local("2026-12-25T11:00:00"))
    assert not special.is_open(local("2026-12-25T12:00:00"))


def test_in_october_an_hour_that_comes_twice_is_open_both_times() -> None:
    night = hours((Weekday.SATURDAY, "22:00", "02:30"), closed_on_holidays=False)
    assert night.is_open(local("2026-10-25T02:15:00", fold=0))
    assert night.is_open(local("2026-10-25T02:45:00", fold=0))  # it has yet to be 02:30 again
    assert night.is_open(local("2026-10-25T02:29:59", fold=1))
    assert not night.is_open(local("2026-10-25T02:30:00", fold=1))


def test_in_march_what_would_close_in_the_hour_that_is_skipped_closes_at_the_leap() -> None:
    night = hours((Weekday.SATURDAY, "22:00", "02:30"), closed_on_holidays=False)
    assert night.is_open(local("2026-03-29T01:59:59"))
    assert not night.is_open(local("2026-03-29T03:00:00"))


def test_in_march_what_would_open_in_the_hour_that_is_skipped_opens_at_the_leap() -> None:
    morning = hours((Weekday.SUNDAY, "02:30", "05:00"), closed_on_holidays=False)
    assert not morning.is_open(local("2026-03-29T01:59:59"))
    assert morning.is_open(local("2026-03-29T03:00:00"))


def test_summer_hours_are_clock_hours() -> None:
    assert OFFICE_HOURS.is_open(datetime(2026, 7, 1, 7, 0, tzinfo=UTC))  # 09:00 in Amsterdam
    assert not OFFICE_HOURS.is_open(datetime(2026, 12, 1, 7, 0, tzinfo=UTC))  # 08:00


def test_the_next_opening_skips_weekend_and_holidays() -> None:
    # Thursday before Christmas 2026, after closing: Friday is Christmas, then weekend.
    opens = OFFICE_HOURS.next_opening(local("2026-12-24T18:00:00"))
    assert opens == local("2026-12-28T09:00:00")


def test_slots_that_touch_close_once() -> None:
    day = hours((Weekday.MONDAY, "20:00", "24:00"), (Weekday.TUESDAY, "00:00", "06:00"))
    assert day.closing(local("2026-11-23T21:00:00")) == local("2026-11-24T06:00:00")
    assert day.closing(local("2026-11-24T06:00:00")) is None


def test_who_is_never_open_opens_never() -> None:
    assert hours().next_opening(local("2026-11-23T12:00:00")) is None
    assert not hours().is_open(local("2026-11-23T12:00:00"))


_CLOCK = st.integers(0, 23 * 60 + 59).map(lambda m: f"{m // 60:02}:{m % 60:02}")
_HOURS = st.builds(
    OpeningHours,
    week=st.lists(
        st.builds(WeekSlot, st.lists(st.sampled_from(Weekday), max_size=3), _CLOCK, _CLOCK),
        max_size=6,
    ),
    closed_on_holidays=st.booleans(),
    exceptions=st.lists(
        st.builds(
            ExceptionalDay,
            st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            st.lists(st.builds(Slot, _CLOCK, _CLOCK), max_size=2),
        ),
        max_size=3,
        unique_by=lambda one: one.day,
    ),
)
_MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(_HOURS, _MOMENTS)
def test_what_is_open_has_a_closing_and_is_closed_then(
    some: OpeningHours, moment: datetime
) -> None:
    closes = some.closing(moment)
    assert (closes is not None) == some.is_open(moment)
    if closes is not None:
        assert closes > moment
        assert some.is_open(closes - timedelta(microseconds=1))


@given(_HOURS, _MOMENTS)
def test_at_the_next_opening_it_is_open_and_it_lies_ahead(
    some: OpeningHours, moment: datetime
) -> None:
    opens = some.next_opening(moment)
    if opens is not None:
        assert opens > moment
        assert some.is_open(opens)
