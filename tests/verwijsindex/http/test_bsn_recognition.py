"""A BSN is found wherever it stands in a text, and other numbers are left alone."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bsn_texts import HOLDS_BSN, HOLDS_NONE
from tests.strategies import bsns
from verwijsindex.http.bsn_recognition import holds_bsn

_NO_DIGITS = st.text(st.characters(exclude_characters="+0123456789"))
_SEPARATORS = st.sampled_from([" ", ".", "-", "/", "_", "(", ")", "\u2011", " - ", ". "])
_NUMBERS = st.text("0123456789", min_size=1, max_size=12)
_BESIDE = st.lists(st.tuples(_NUMBERS, _SEPARATORS), max_size=4)


@pytest.mark.parametrize("text", HOLDS_BSN)
def test_it_is_found(text: str) -> None:
    assert holds_bsn(text)


@pytest.mark.parametrize("text", HOLDS_NONE)
def test_another_number_is_left_alone(text: str) -> None:
    assert not holds_bsn(text)


@given(bsn=bsns(), before=_NO_DIGITS, after=_NO_DIGITS)
def test_it_is_found_between_all_that_is_no_digit(bsn: str, before: str, after: str) -> None:
    assert holds_bsn(f"{before}{bsn}{after}")


@given(bsn=bsns(), before=_BESIDE, after=_BESIDE)
def test_it_is_found_beside_other_numbers(
    bsn: str, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    left = "".join(number + mark for number, mark in before)
    right = "".join(mark + number for number, mark in after)
    assert holds_bsn(f"{left}{bsn}{right}")


@given(
    bsn=bsns(),
    cuts=st.sets(st.integers(1, 8)),
    mark=_SEPARATORS,
    before=_BESIDE,
    after=_BESIDE,
)
def test_it_is_found_in_groups_beside_other_numbers(
    bsn: str,
    cuts: set[int],
    mark: str,
    before: list[tuple[str, str]],
    after: list[tuple[str, str]],
) -> None:
    ends = [0, *sorted(cuts), 9]
    groups = mark.join(bsn[start:end] for start, end in pairwise(ends))
    left = "".join(number + one for number, one in before)
    right = "".join(one + number for number, one in after)
    assert holds_bsn(f"{left}{groups}{right}")


@given(day=st.dates(), number=st.integers(0, 10**8 - 1), key=st.uuids())
def test_days_telephone_numbers_and_ids_are_left_alone(day: date, number: int, key: UUID) -> None:
    assert not holds_bsn(f"{day.isoformat()}: {day.strftime('%d-%m-%Y')}")
    assert not holds_bsn(f"06-{number:08}")
    assert not holds_bsn(f"+31 6 {number:08}")
    assert not holds_bsn(f"https://x.example/{key}")
