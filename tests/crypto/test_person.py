"""The canonical form: every spelling of a person gives the same bytes; the rest is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.nl import bsn as eleven_test

from crypto.errors import PersonRefused
from crypto.person import (
    SubjectKind,
    canonical_canary,
    canonical_parent,
    canonical_person,
    canonical_v_number,
)
from tests.strategies import bsns

TODAY = date(2026, 11, 23)
BSN = "123456782"
BORN = "1980-01-31"

NOT_NINE = "moet uit negen cijfers bestaan"
NOT_TEN = "moet uit tien cijfers bestaan"
ELEVEN = "voldoet niet aan de elfproef; controleer de cijfers"
NOT_A_DATE = "moet een datum zijn (jjjj-mm-dd)"
NO_SUCH_DAY = "bestaat niet"
FUTURE = "ligt in de toekomst"
TOO_EARLY = "ligt vóór 1890"
DAY_ALONE = "heeft een dag zonder maand; een onbekende maand heeft ook een onbekende dag"
REASONS = {NOT_NINE, NOT_TEN, ELEVEN, NOT_A_DATE, NO_SUCH_DAY, FUTURE, TOO_EARLY, DAY_ALONE}


def person(bsn=BSN, birth_date=BORN):
    return canonical_person(bsn=bsn, birth_date=birth_date, today=TODAY)


def faults(make, **fields):
    with pytest.raises(PersonRefused) as refused:
        make(**fields)
    return [(fault.field, fault.reason) for fault in refused.value.faults]


def test_a_person_with_a_bsn():
    assert person().value == b"bsn:123456782;geboortedatum:19800131"
    assert person().kind is SubjectKind.PERSON


def test_a_person_with_a_v_number():
    found = canonical_v_number(v_number="1234567890", birth_date=BORN, today=TODAY)
    assert found.value == b"vnummer:1234567890;geboortedatum:19800131"
    assert found.kind is SubjectKind.PERSON


def test_a_parent():
    assert canonical_parent(bsn=BSN).value == b"ouderbsn:123456782"
    assert canonical_parent(bsn=BSN).kind is SubjectKind.PARENT


@pytest.mark.parametrize(
    ("kind", "value"),
    [(SubjectKind.PERSON, b"canarie:persoon"), (SubjectKind.PARENT, b"canarie:ouder")],
)
def test_the_canary_is_never_a_person(kind, value):
    assert canonical_canary(kind).value == value
    assert canonical_canary(kind).kind is kind


@pytest.mark.parametrize("bsn", ["123456782", " 123456782", "123456782\n", "\t123456782 "])
@pytest.mark.parametrize("birth_date", ["1980-01-31", "19800131", " 1980-01-31 "])
def test_spellings_of_a_person_give_the_same_bytes(bsn, birth_date):
    assert person(bsn, birth_date) == person()


def test_eight_digits_are_padded():
    assert person("12345672").value == b"bsn:012345672;geboortedatum:19800131"
    assert person("12345672") == person("012345672")


@pytest.mark.parametrize(
    ("birth_date", "digits"),
    [
        ("1980-01-00", b"19800100"),
        ("1980-00-00", b"19800000"),
        ("19800000", b"19800000"),
        ("1980-02-29", b"19800229"),
        ("1890-01-01", b"18900101"),
        ("1890-00-00", b"18900000"),
        ("2026-11-23", b"20261123"),
        ("2026-11-00", b"20261100"),
        ("2026-00-00", b"20260000"),
    ],
)
def test_birth_dates_that_can_be(birth_date, digits):
    assert person(birth_date=birth_date).value.endswith(b";geboortedatum:" + digits)


@pytest.mark.parametrize(
    ("birth_date", "reason"),
    [
        ("1979-02-29", NO_SUCH_DAY),
        ("1980-13-01", NO_SUCH_DAY),
        ("1980-13-00", NO_SUCH_DAY),
        ("1980-04-31", NO_SUCH_DAY),
        ("2026-11-24", FUTURE),
        ("2026-12-00", FUTURE),
        ("2027-00-00", FUTURE),
        ("9999-12-31", FUTURE),
        ("1889-12-31", TOO_EARLY),
        ("0000-00-00", TOO_EARLY),
        ("1980-00-15", DAY_ALONE),
        ("", NOT_A_DATE),
        ("31-01-1980", NOT_A_DATE),
        ("1980-1-31", NOT_A_DATE),
        ("1980/01/31", NOT_A_DATE),
        ("1980-01-31T00:00", NOT_A_DATE),
        ("１９８０-01-31", NOT_A_DATE),
        ("1980-01-3１", NOT_A_DATE),
        ("80-01-31", NOT_A_DATE),
        ("-1980-01-31", NOT_A_DATE),
    ],
)
def test_birth_dates_that_cannot_be(birth_date, reason):
    fields = {"birth_date": birth_date, "today": TODAY}
    assert faults(canonical_person, bsn=BSN, **fields) == [("geboortedatum", reason)]
    assert faults(canonical_v_number, v_number="1234567890", **fields) == [
        ("geboortedatum", reason)
    ]


@pytest.mark.parametrize(
    ("bsn", "reason"),
    [
        ("", NOT_NINE),
        ("1234567", NOT_NINE),
        ("1234567820", NOT_NINE),
        ("123.456.782", NOT_NINE),
        ("1234 56782", NOT_NINE),
        ("12345678x", NOT_NINE),
        ("１２３４５６７８２", NOT_NINE),
        ("١٢٣٤٥٦٧٨٢", NOT_NINE),
        ("+23456782", NOT_NINE),
        ("123456782\0", NOT_NINE),
        ("123456783", ELEVEN),
        ("000000000", ELEVEN),
        ("00000000", ELEVEN),
        ("111111111", ELEVEN),
    ],
)
def test_numbers_that_are_no_bsn(bsn, reason):
    assert faults(person, bsn=bsn) == [("bsn", reason)]
    assert faults(canonical_parent, bsn=bsn) == [("ouderbsn", reason)]


@pytest.mark.parametrize("v_number", ["", "123456789", "12345678901", "12345678x0", "１234567890"])
def test_numbers_that_are_no_v_number(v_number):
    found = faults(canonical_v_number, v_number=v_number, birth_date=BORN, today=TODAY)
    assert found == [("vnummer", NOT_TEN)]


def test_all_faults_are_told_at_once():
    assert faults(person, bsn="123456783", birth_date="2027-01-01") == [
        ("bsn", ELEVEN),
        ("geboortedatum", FUTURE),
    ]
    found = faults(canonical_v_number, v_number="12", birth_date="1980-00-15", today=TODAY)
    assert found == [("vnummer", NOT_TEN), ("geboortedatum", DAY_ALONE)]


def test_the_message_holds_every_fault():
    with pytest.raises(PersonRefused, match=f"^bsn: {NOT_NINE}; geboortedatum: {FUTURE}$"):
        person("12", "2027-01-01")


def test_a_v_number_is_never_taken_for_a_bsn():
    """Ten digits of which nine are a BSN stay ten digits under another name."""
    with_v_number = canonical_v_number(v_number="0123456782", birth_date=BORN, today=TODAY)
    assert with_v_number.value != person().value


@given(text=st.text(max_size=14), birth_date=st.text(max_size=14))
def test_reasons_come_from_a_closed_list_whatever_is_typed(text, birth_date):
    """So that no message can repeat what was typed."""
    told = []
    for make, number in ((canonical_person, "bsn"), (canonical_v_number, "v_number")):
        try:
            make(**{number: text}, birth_date=birth_date, today=TODAY)
        except PersonRefused as refused:
            told += refused.faults
    assert {fault.reason for fault in told} <= REASONS
    assert {fault.field for fault in told} <= {"bsn", "vnummer", "geboortedatum"}


@given(digits=st.text("0123456789", min_size=8, max_size=9), birth_date=st.dates())
def test_no_message_holds_digits_that_were_typed(digits, birth_date):
    assume(
        not (birth_date.year >= 1890 and birth_date <= TODAY) or not eleven_test.is_valid(digits)
    )
    with pytest.raises(PersonRefused) as refused:
        person(digits, birth_date.isoformat())
    shown = str(refused.value) + repr(refused.value) + repr(refused.value.faults)
    assert digits not in shown
    assert birth_date.isoformat() not in shown
    assert birth_date.strftime("%Y%m%d") not in shown


@given(bsn=bsns(), birth_date=st.dates(date(1890, 1, 1), TODAY))
def test_every_bsn_and_birth_date_is_accepted(bsn, birth_date):
    assert eleven_test.is_valid(bsn)
    expected = f"bsn:{bsn};geboortedatum:{birth_date:%Y%m%d}"
    assert person(bsn, birth_date.isoformat()).value == expected.encode()


@given(bsn=bsns(), place=st.integers(0, 8), step=st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(bsn, place, step):
    typed = f"{bsn[:place]}{(int(bsn[place]) + step) % 10}{bsn[place + 1 :]}"
    assert faults(person, bsn=typed) == [("bsn", ELEVEN)]


@given(after=st.integers(1, 40_000))
def test_no_day_after_today_is_accepted(after):
    later = (TODAY + timedelta(days=after)).isoformat()
    assert faults(person, birth_date=later) == [("geboortedatum", FUTURE)]
