from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import PersonRefused
from crypto.oprf import hash_to_group, invert, multiply
from verwijsindex.client import AgeGroup, Person, age_group, blind_person

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("birth_date", "group"),
    [
        ("2026-11-22", AgeGroup.CHILD),
        ("2014-11-23", AgeGroup.CHILD),
        ("2014-11-22", AgeGroup.TEENAGER),
        ("2010-11-23", AgeGroup.TEENAGER),
        ("2010-11-22", AgeGroup.YOUNG_ADULT),
        ("2003-11-23", AgeGroup.YOUNG_ADULT),
        ("20031122", AgeGroup.ADULT),
        ("1926-01-01", AgeGroup.ADULT),
    ],
)
def test_the_group_changes_on_the_birthday_itself(birth_date, group):
    assert age_group(birth_date, today=TODAY) is group


@pytest.mark.parametrize(
    ("birth_date", "group"),
    [
        ("2014-11-00", AgeGroup.CHILD),  # can be the 30th
        ("2014-10-00", AgeGroup.TEENAGER),
        ("2014-00-00", AgeGroup.CHILD),  # can be 31 December
        ("2003-00-00", AgeGroup.YOUNG_ADULT),
        ("2002-00-00", AgeGroup.ADULT),
        ("2026-00-00", AgeGroup.CHILD),  # 31 December has yet to come
        ("2026-11-00", AgeGroup.CHILD),
    ],
)
def test_an_unknown_day_or_month_counts_as_the_youngest_it_can_mean(birth_date, group):
    assert age_group(birth_date, today=TODAY) is group


def test_a_birthday_on_29_february_is_kept_on_1_march():
    assert age_group("2012-02-29", today=date(2028, 2, 28)) is AgeGroup.TEENAGER
    assert age_group("2012-02-29", today=date(2028, 2, 29)) is AgeGroup.YOUNG_ADULT
    assert age_group("2016-02-29", today=date(2039, 2, 28)) is AgeGroup.YOUNG_ADULT
    assert age_group("2016-02-29", today=date(2039, 3, 1)) is AgeGroup.ADULT


@given(st.dates(date(1900, 1, 1), TODAY))
def test_not_knowing_never_makes_somebody_older(born):
    order = list(AgeGroup)
    known = order.index(age_group(born.isoformat(), today=TODAY))
    no_day = order.index(age_group(f"{born:%Y-%m}-00", today=TODAY))
    no_month = order.index(age_group(f"{born:%Y}-00-00", today=TODAY))
    assert no_month <= no_day <= known


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(1, 4000))
def test_nobody_gets_younger(born, days):
    order = list(AgeGroup)
    text = born.isoformat()
    later = age_group(text, today=TODAY + timedelta(days=days))
    assert order.index(age_group(text, today=TODAY)) <= order.index(later)


@pytest.mark.parametrize("text", ["31-01-1980", "1980-13-00", "", "x"])
def test_something_else_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError) as caught:
        age_group(text, today=TODAY)
    assert str(caught.value) == "not a birth date"


def test_the_blind_takes_b_back_to_the_hash_of_the_canonical_person():
    person = Person.with_bsn(bsn="123456782", birth_date="1980-01-31", today=TODAY)
    blinded = blind_person(person)
    hashed = hash_to_group(b"bsn:123456782;geboortedatum:19800131").value
    assert multiply(invert(blinded.blind), blinded.element) == hashed


def test_the_same_person_blinds_differently_each_time():
    person = Person.with_v_number(v_number="1234567890", birth_date="1980-01-31", today=TODAY)
    assert blind_person(person).element.value != blind_person(person).element.value


def test_neither_a_person_nor_the_blinded_one_prints_itself():
    person = Person.with_bsn(bsn="123456782", birth_date="1980-01-31", today=TODAY)
    assert repr(person) == "Person()"
    assert repr(blind_person(person)) == "BlindedPerson()"


def test_both_faults_of_a_person_come_at_once():
    with pytest.raises(PersonRefused) as caught:
        Person.with_bsn(bsn="123456789", birth_date="2999-01-01", today=TODAY)
    assert [fault.field for fault in caught.value.faults] == ["bsn", "geboortedatum"]
