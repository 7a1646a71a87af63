"""Hypothesis strategies for what the protocol is made of."""

from __future__ import annotations

from hypothesis import strategies as st

from crypto.oprf import ORDER, Blind, Scalar

scalar_numbers = st.integers(1, ORDER - 1)
scalars = scalar_numbers.map(lambda number: Scalar(number.to_bytes(32, "little")))
blinds = scalar_numbers.map(lambda number: Blind(number.to_bytes(32, "little")))


@st.composite
def bsns(draw: st.DrawFn) -> str:
    """Nine digits that pass the eleven-test (Besluit BSN, article 1)."""
    digits = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any))
    check = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
    # Where the check digit would be 10, the last digit before it moves up by one.
    if check == 10:
        digits[-1] = (digits[-1] + 1) % 10
        check = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
    return "".join(map(str, [*digits, check]))
