from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwijsindex.client.references import reveals_person, shown_reference

PERSON = {"number": "012345678", "birth_date": "01-02-1980"}


@pytest.mark.parametrize(
    "reference",
    [
        "012345678",
        "12345678",
        "BSN 12345678",
        "12.34.56.78",
        "01-02-1980",
        "19800201",
        "D-01021980",
        "1021980",
        "010280",
    ],
)
def test_a_reference_with_the_rows_own_bsn_or_birth_date_reveals(reference):
    assert reveals_person(reference, **PERSON)


@pytest.mark.parametrize("reference", ["", "D-2291", "310180", "D-1980", "2026-000123"])
def test_an_ordinary_reference_does_not(reference):
    assert not reveals_person(reference, **PERSON)


def test_an_empty_row_reveals_nothing():
    assert not reveals_person("D-2291", number="", birth_date="")


@pytest.mark.parametrize(
    "reference", ["D-2291", "VI-A1B2C3", "2026/11 #4", "1234567890", "Zorg: 12", ""]
)
def test_what_has_the_form_of_a_reference_is_shown(reference):
    assert shown_reference(reference, revealing=False) == reference


@pytest.mark.parametrize(
    "reference",
    [
        "123456782",
        "12345678",
        "123-456-782",
        "31-1-1980",
        "31-01-80",
        "Jansen 1",
        "=1+1",
        "jan@x.nl",
        "geen",
        "1" * 33,
    ],
)
def test_what_may_be_a_bsn_a_date_or_a_name_is_not_shown(reference):
    assert shown_reference(reference, revealing=False) == "(niet getoond)"


def test_what_reveals_its_own_row_is_not_shown_whatever_its_form():
    assert shown_reference("D-2291", revealing=True) == "(niet getoond)"


@given(st.integers(0, 10**9 - 1), st.sampled_from("-/. _"))
def test_no_nine_digits_are_ever_shown(number, separator):
    digits = f"{number:09d}"
    grouped = separator.join((digits[:3], digits[3:6], digits[6:]))
    assert shown_reference(digits, revealing=False) == "(niet getoond)"
    assert shown_reference(grouped, revealing=False) == "(niet getoond)"


@given(
    st.dates(date(1890, 1, 1), date(2026, 1, 1)),
    st.sampled_from(["%d-%m-%Y", "%Y%m%d", "%d%m%Y", "%d/%m/%Y", "D-%Y%m%d", "%y%m%d"]),
)
def test_the_rows_own_birth_date_is_found_in_any_form(born, form):
    assert reveals_person(born.strftime(form), number="", birth_date=born.isoformat())
