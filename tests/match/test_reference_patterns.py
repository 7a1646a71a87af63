"""A pattern of references is decided in a bounded number of steps, or refused."""

from __future__ import annotations

import re
import warnings
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.reference_patterns import (
    FORM_FAULT,
    LONGEST_PATTERN,
    MOST_REPEATS,
    WAYS_FAULT,
    pattern_fault,
)

_ITEMS = st.sampled_from(["S", "7", "-", r"\d", r"\.", "[0-9]", "[A-Z-]", r"[\d/]", "[a-cx]"])
_COUNTS = st.sampled_from(["", "", "?", "{4}", "{1,8}", "{32}", "{0,2}"])
_RUNS = st.lists(st.tuples(_ITEMS, _COUNTS).map("".join), min_size=1, max_size=3).map("".join)
_GROUPS = st.one_of(
    st.lists(_RUNS, min_size=1, max_size=3).map(lambda one: f"({'|'.join(one)})"),
    _RUNS.map(lambda one: f"({one})?"),
)
_PATTERNS = st.lists(st.one_of(_RUNS, _GROUPS), min_size=1, max_size=3).map("".join)
_PIECES = st.sampled_from(
    [*"aZ09-_. :#/^$|()[]?*+{},\\", r"\d", "[0-9]", "[A-Z]", "{2}", "{1,8}", "(?:", ")?", r"\1"]
)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("SH-[0-9]{4,8}", "SH-12345"),
        ("SH-[0-9]{4}", "SH-1234"),
        (r"\d{2}\.\d{1,6}", "26.123"),
        ("(WIJK|SH)-?[0-9]{4}", "WIJK-1234"),
        ("[A-Z]{1,3}(-[0-9]{2})?", "AB-12"),
        ("(?:a|b)[x/-]", "a-"),
    ],
)
def test_what_organisations_agree_to_is_accepted(pattern: str, fits: str) -> None:
    assert pattern_fault(pattern) is None
    assert re.fullmatch(pattern, fits)


@pytest.mark.parametrize(
    "pattern",
    [
        "([0-9]+-?)+", "a+", "a*", "a{1,}", "a{,3}", "a{33}", "a{0}", "a{3,2}", "a??", "a{2}{2}",
        "a{2}?", "(a{2}){2}", "(a)+", "((a))", "((a)?b)", "(a|b)?", "a|b", "(|a)", "()", "(a",
        "a)", "(?=a)", "(?!a)", "(?<=a)", "(?P<n>a)", "(?i)a", r"(a)\1", r"\w", r"\Z", "^a", "a$",
        ".", "[^a]", "[z-a]", "[a--b]", "[]", "[", "SH-[0-9", "é", "a\\",
    ],
)  # fmt: skip
def test_another_form_is_refused_with_what_to_write_instead(pattern: str) -> None:
    assert pattern_fault(pattern) == FORM_FAULT


@pytest.mark.parametrize(
    "pattern", [r"\d{0,32}" * 12, "a?" * 30, "(a?)?" * 16, r"(\d{1,32}|\d{1,32})" * 3]
)
def test_many_repetitions_are_refused_for_all_their_bounds(pattern: str) -> None:
    assert pattern_fault(pattern) == WAYS_FAULT


def test_a_pattern_has_a_length() -> None:
    assert pattern_fault("a" * LONGEST_PATTERN) is None
    for wrong in ("", "a" * (LONGEST_PATTERN + 1)):
        assert "tekens lang" in (pattern_fault(wrong) or "")


def assert_bounded(parsed: Any, *, is_inside: bool = False) -> None:
    """Fail for what repeats without end or more than one item, and for all but simple items."""
    for operator, argument in parsed:
        if operator is _constants.MAX_REPEAT:
            _, high, repeated = argument
            assert high <= MOST_REPEATS
            if high > 1:
                ((single, _),) = repeated
                assert single in {_constants.LITERAL, _constants.IN}
            assert_bounded(repeated, is_inside=is_inside)
        elif operator is _constants.SUBPATTERN:
            assert not is_inside
            assert_bounded(argument[-1], is_inside=True)
        elif operator is _constants.BRANCH:
            assert is_inside
            for alternative in argument[1]:
                assert_bounded(alternative, is_inside=True)
        else:
            assert operator in {_constants.LITERAL, _constants.IN}


@given(st.one_of(_PATTERNS, st.lists(_PIECES, max_size=12).map("".join)))
def test_whatever_is_accepted_repeats_single_items_only_and_within_bounds(pattern: str) -> None:
    if pattern_fault(pattern) is not None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        re.compile(pattern)
    assert not re.search(r"[*+^$]", pattern)
    assert_bounded(_parser.parse(pattern))


@given(_PATTERNS)
def test_every_pattern_of_the_form_is_accepted_unless_it_is_too_much(pattern: str) -> None:
    assert pattern_fault(pattern) in {None, WAYS_FAULT} or len(pattern) > LONGEST_PATTERN
