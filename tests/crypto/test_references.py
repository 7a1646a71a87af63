"""References are sealed and found per organisation."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CryptoError
from crypto.references import ReferenceSealer

SEALER = ReferenceSealer(bytes(range(32)))
OTHER_KEY = ReferenceSealer(bytes(range(1, 33)))
ONE = UUID(int=1)
OTHER = UUID(int=2)

references = st.text(max_size=32)


@given(reference=references, organisation=st.uuids())
def test_what_is_sealed_opens(reference, organisation):
    assert SEALER.open(organisation, SEALER.seal(organisation, reference)) == reference


@given(reference=references)
def test_sealing_twice_looks_different(reference):
    assert SEALER.seal(ONE, reference) != SEALER.seal(ONE, reference)


@given(reference=references)
def test_sealed_length_is_that_of_the_text_and_40_bytes(reference):
    assert len(SEALER.seal(ONE, reference)) == len(reference.encode()) + 40


def test_another_organisation_or_key_does_not_open_it():
    sealed = SEALER.seal(ONE, "D-2291")
    for sealer, organisation in ((SEALER, OTHER), (OTHER_KEY, ONE)):
        with pytest.raises(CryptoError):
            sealer.open(organisation, sealed)


@pytest.mark.parametrize("place", [0, 23, 24, 39, 40, -1])
def test_an_altered_one_does_not_open(place):
    sealed = bytearray(SEALER.seal(ONE, "D-2291"))
    sealed[place] ^= 1
    with pytest.raises(CryptoError):
        SEALER.open(ONE, bytes(sealed))


@given(sealed=st.binary(max_size=80))
def test_something_else_does_not_open(sealed):
    with pytest.raises(CryptoError):
        SEALER.open(ONE, sealed)


@given(reference=st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=32))
def test_capitals_do_not_matter_for_finding(reference):
    found = SEALER.lookup_hash(ONE, reference)
    assert len(found) == 32
    assert SEALER.lookup_hash(ONE, reference.casefold()) == found


def test_lookup_differs_per_reference_organisation_and_key():
    hashes = [
        SEALER.lookup_hash(ONE, "D-2291"),
        SEALER.lookup_hash(ONE, "D-2292"),
        SEALER.lookup_hash(OTHER, "D-2291"),
        OTHER_KEY.lookup_hash(ONE, "D-2291"),
    ]
    assert len(set(hashes)) == 4
    assert SEALER.lookup_hash(ONE, "d-2291") == hashes[0]


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(CryptoError):
        ReferenceSealer(bytes(length))


def test_many_open_as_one_does_and_one_that_is_anothers_stops_them() -> None:
    sealed = [SEALER.seal(ONE, f"D-{number}") for number in range(3)]
    assert SEALER.open_all(ONE, sealed) == ["D-0", "D-1", "D-2"]
    assert SEALER.open_all(ONE, []) == []
    with pytest.raises(CryptoError):
        SEALER.open_all(ONE, [*sealed, SEALER.seal(OTHER, "D-3")])
