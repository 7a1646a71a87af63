from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwijsindex.client.cells import (
    calendar_date,
    chosen,
    is_scientific,
    iso_date_text,
    number_text,
)
from verwijsindex.client.signals import Reaction

DATES = st.dates(date(1890, 1, 1), date(2199, 12, 31))


@given(DATES)
def test_every_spelling_of_a_date_is_the_same_date(day):
    spellings = [
        f"{day:%d-%m-%Y}",
        f"{day.day}-{day.month}-{day.year}",
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"  {day:%d-%m-%Y} ",
    ]
    assert {calendar_date(text) for text in spellings} == {day}


@given(DATES)
def test_eight_digits_day_first_are_never_taken_for_another_date(day):
    assert calendar_date(f"{day:%d%m%Y}") is None


@pytest.mark.parametrize(
    "text", ["31-02-2026", "00-01-2026", "2026-13-01", "01/02/2026", "", "1-2"]
)
def test_no_date_is_none(text):
    assert calendar_date(text) is None


@pytest.mark.parametrize(
    ("text", "iso"), [("00-00-1980", "1980-00-00"), ("00-01-1980", "1980-01-00")]
)
def test_an_unknown_day_or_month_keeps_its_zeros(text, iso):
    assert iso_date_text(text) == iso


@given(st.integers(10_000_000, 999_999_999))
def test_a_number_survives_what_spreadsheets_make_of_it(number):
    digits = str(number)
    grouped = f"{number:,}"
    spellings = [
        digits,
        f"{digits}.0",
        f"{digits},00",
        grouped,
        grouped.replace(",", "."),
        grouped.replace(",", " "),
    ]
    assert {number_text(text) for text in spellings} == {digits}


@pytest.mark.parametrize(
    "text", ["12345678.5", "1234567.82", "12.34.56.782", "1.2345.6782", "bsn 123456782"]
)
def test_what_may_be_another_number_stays_as_it_was(text):
    assert number_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("1,23E+08", True), ("1.23457E+08", True), ("123456782", False)]
)
def test_an_abbreviated_number_is_recognised(text, expected):
    assert is_scientific(text) is expected


@pytest.mark.parametrize("text", ["geen_bezwaar", "Geen bezwaar", " GEEN-BEZWAAR "])
def test_a_word_of_a_list_may_be_spelled_freely(text):
    assert chosen(text, Reaction) is Reaction.NO_OBJECTION


def test_a_word_that_is_not_on_the_list_is_none():
    assert chosen("misschien", Reaction) is None
