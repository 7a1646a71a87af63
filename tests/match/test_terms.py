"""How long a signal runs: always to the first of a month, never longer than its group may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.terms import (
    IMPORT_DAYS,
    Terms,
    add_months,
    first_of_month_from,
    follow_up_day,
    lapse_date,
    latest_deadline,
)
from orgprofiles.domains import AgeGroup
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day, working_days_after

TODAY = date(2026, 11, 23)
ADULT, YOUNG = AgeGroup.ADULT, AgeGroup.YOUNG_ADULT
days = st.dates(date(1990, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("asked", "group", "expected"),
    [
        (None, ADULT, date(2027, 12, 1)),
        (None, AgeGroup.CHILD, date(2027, 12, 1)),
        (None, YOUNG, date(2027, 5, 1)),  # the six months are over on 23 May
        (date(2026, 11, 24), ADULT, date(2026, 12, 1)),
        (date(2026, 12, 1), ADULT, date(2026, 12, 1)),
        (date(2026, 12, 2), ADULT, date(2027, 1, 1)),
        (date(2026, 12, 31), ADULT, date(2027, 1, 1)),
        (date(2028, 11, 1), ADULT, date(2028, 11, 1)),
        (date(2028, 11, 2), ADULT, date(2028, 11, 1)),  # the first of December is too far
        (date(2028, 11, 23), ADULT, date(2028, 11, 1)),
        (date(2028, 11, 24), ADULT, "mag hoogstens 24 maanden vooruit liggen"),
        (date(2027, 5, 23), YOUNG, date(2027, 5, 1)),
        (date(2027, 5, 24), YOUNG, "mag hoogstens 6 maanden vooruit liggen"),
        (TODAY, ADULT, "moet in de toekomst liggen"),
        (date(2026, 11, 22), YOUNG, "moet in de toekomst liggen"),
        (date.min, ADULT, "moet in de toekomst liggen"),
        (date.max, ADULT, "mag hoogstens 24 maanden vooruit liggen"),
    ],
)
def test_a_term_is_rounded_up_within_its_limit_or_refused(
    asked: date | None, group: AgeGroup, expected: date | str
) -> None:
    assert lapse_date(asked, group, TODAY, Terms()) == expected


@given(st.none() | days, st.sampled_from(AgeGroup), days)
def test_a_day_that_is_granted_is_a_first_of_a_month_in_the_future(
    asked: date | None, group: AgeGroup, today: date
) -> None:
    granted = lapse_date(asked, group, today, Terms())
    if isinstance(granted, str):
        assert asked is not None
        assert asked <= today or asked > add_months(today, Terms().longest_for(group))
        return
    limit = add_months(today, Terms().longest_for(group))
    assert granted.day == 1
    assert today < granted <= limit
    if asked is not None and first_of_month_from(asked) <= limit:
        assert timedelta(0) <= granted - asked < timedelta(days=31)
    else:
        assert asked is None or granted == limit.replace(day=1)


@pytest.mark.parametrize("today", [date(2026, 12, 1), date(2026, 8, 31), date(2028, 2, 29)])
@pytest.mark.parametrize("group", AgeGroup)
def test_the_longest_term_may_be_asked_on_every_day(group: AgeGroup, today: date) -> None:
    limit = add_months(today, Terms().longest_for(group))
    assert lapse_date(limit, group, today, Terms()) == limit.replace(day=1)
    assert isinstance(lapse_date(limit + timedelta(days=1), group, today, Terms()), str)


def test_only_16_to_22_has_a_shorter_term() -> None:
    months = {group: Terms().longest_for(group) for group in AgeGroup}
    assert months == {
        AgeGroup.CHILD: 24,
        AgeGroup.TEENAGER: 24,
        AgeGroup.YOUNG_ADULT: 6,
        AgeGroup.ADULT: 24,
    }


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_months_are_added_without_leaving_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("since", "working_days", "day"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=UTC), 5, date(2026, 11, 30)),
        (datetime(2026, 11, 27, 10, tzinfo=UTC), 1, date(2026, 11, 30)),
        (datetime(2026, 12, 24, 10, tzinfo=UTC), 1, date(2026, 12, 28)),  # Christmas, weekend
        (datetime(2026, 4, 24, 10, tzinfo=UTC), 1, date(2026, 4, 28)),  # King's Day
        (datetime(2026, 11, 29, 23, 30, tzinfo=UTC), 1, date(2026, 12, 1)),  # Monday here
    ],
)
def test_a_match_is_followed_up_in_working_days(
    since: datetime, working_days: int, day: date
) -> None:
    assert follow_up_day(since, working_days) == day


@pytest.mark.parametrize(
    ("since", "day"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=UTC), date(2026, 12, 21)),
        (datetime(2026, 12, 1, 10, tzinfo=UTC), date(2026, 12, 30)),  # over Christmas
        (datetime(2027, 4, 20, 10, tzinfo=UTC), date(2027, 5, 21)),  # King's, Ascension, Whit
        (datetime(2028, 2, 28, 10, tzinfo=UTC), date(2028, 3, 27)),  # over 29 February
    ],
)
def test_what_came_of_an_import_has_fifteen_working_days_more(since: datetime, day: date) -> None:
    assert follow_up_day(since, 5, is_import=True) == day


@given(
    st.datetimes(datetime(2023, 12, 1), datetime(2040, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 20),
    st.booleans(),
)
def test_a_day_to_follow_up_is_a_working_day_with_so_many_before_it(
    since: datetime, working_days: int, is_import: bool
) -> None:
    """Whatever lies between: summer time, 29 February, Christmas, King's Day."""
    day = follow_up_day(since, working_days, is_import=is_import)
    begin = since.astimezone(AMSTERDAM).date()
    between = [begin + timedelta(days=n) for n in range(1, (day - begin).days + 1)]
    assert is_working_day(day)
    assert sum(map(is_working_day, between)) == working_days + (IMPORT_DAYS if is_import else 0)


@given(st.dates(date(2023, 12, 1), date(2040, 12, 1)), st.integers(0, 20))
def test_the_latest_deadline_is_the_last_day_that_is_long_enough_ago(
    today: date, working_days: int
) -> None:
    found = latest_deadline(today, working_days)
    assert working_days_after(found, working_days) <= today
    assert working_days_after(found + timedelta(days=1), working_days) > today
