"""What an own reference may be, and that one that is made up by the index may be too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.reference_rules import new_reference, reference_fault
from tests.strategies import bsns

DIGIT = "moet minstens één cijfer bevatten"
NAME = "mag hoogstens vijf letters achter elkaar bevatten; gebruik geen naam"
DATE = "mag geen datum zijn"
BSN = "lijkt op een BSN; gebruik een ander nummer of laat een eigen patroon afspreken"
WORD = "mag geen BSN zijn; gebruik een eigen nummer"
ALPHABET = "mag alleen letters, cijfers, spaties en . _ - / # : bevatten"
LENGTH = "moet 1 tot en met 32 tekens lang zijn"
_SEPARATORS = " ._-/#:"


@pytest.mark.parametrize(
    "reference",
    [
        "D-2291",
        "1",
        "A1",
        "abcde1",
        "abcde-fghij-1",
        "2026/W47 #3:a_b.c",
        "123456789",  # nine digits that fail the eleven-test
        "12345678",  # no such day in any order
        "1234567",
        "20261323",
        "311399",
        "1" * 32,
        "123456782-1",  # ten digits
        "000000001",
    ],
)
def test_such_a_reference_may_be(reference: str) -> None:
    assert reference_fault(reference, None) is None


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("", LENGTH),
        ("1" * 33, LENGTH),
        ("D-2291!", ALPHABET),
        ("a@b.nl1", ALPHABET),
        ("é1", ALPHABET),
        ("1\n", ALPHABET),
        ("٣", ALPHABET),
        ("1½", ALPHABET),
        ("abc", DIGIT),
        ("---", DIGIT),
        ("Jansen1", NAME),
        ("1 de Vries-Pieters", NAME),
        ("bsn 999951828", WORD),
        ("B.S.N. 12", WORD),
        ("31-01-1980", DATE),
        ("1980-01-31", DATE),
        ("19800131", DATE),
        ("01/31/1980", DATE),
        ("310180", DATE),
        ("800131", DATE),
        ("31.01.80", DATE),
        ("3 1 0 1 1 9 8 0", DATE),
        ("29022028", DATE),
        ("123456782", BSN),
        ("1234.56.782", BSN),
        ("123 456 782", BSN),
        ("#123456782", BSN),
        ("1-2/3_4:5.6 7-82", BSN),
    ],
)
def test_such_a_reference_is_refused(reference: str, fault: str) -> None:
    assert reference_fault(reference, None) == fault


@given(bsns(), st.lists(st.sampled_from(_SEPARATORS), max_size=10), st.randoms())
def test_no_bsn_is_a_reference_however_it_is_written(bsn, separators, random) -> None:
    written = list(bsn)
    for separator in separators:
        written.insert(random.randrange(len(written) + 1), separator)
    assert reference_fault("".join(written).strip() or "1", None) is not None


@given(st.text(max_size=40))
def test_no_fault_repeats_the_reference(reference: str) -> None:
    fault = reference_fault(reference, None)
    assert fault in {None, LENGTH, ALPHABET, DIGIT, NAME, DATE, BSN}


@pytest.mark.parametrize("reference", ["123456782", "20260101", "Jansen"])
def test_an_agreed_pattern_decides_instead_of_the_rules(reference: str) -> None:
    assert reference_fault(reference, r"[0-9A-Za-z]{6,9}") is None
    assert reference_fault(reference, r"K[0-9]{8}") == (
        "past niet bij het patroon dat met uw organisatie is afgesproken"
    )


def test_an_agreed_pattern_must_fit_the_whole_and_does_not_widen_the_alphabet() -> None:
    assert reference_fault("K1x", r"K[0-9]") is not None
    assert reference_fault("a@b", r".*") == ALPHABET
    assert reference_fault("1" * 33, r".*") == LENGTH


def test_a_reference_of_the_index_is_allowed_readable_and_hardly_ever_twice() -> None:
    made = [new_reference() for _ in range(2000)]
    assert all(reference_fault(reference, None) is None for reference in made)
    assert {len(reference) for reference in made} == {9}
    assert {reference[:3] for reference in made} == {"VI-"}
    assert not set("IO01") & set("".join(reference[3:] for reference in made))
    assert all(any(c.isdigit() for c in reference) for reference in made)
    assert len(set(made)) > 1990
