"""What an account's secrets are sealed, hashed and signed with."""

from __future__ import annotations

import pytest

from crypto.account_secrets import TAG_BYTES, AccountSecrets
from crypto.errors import CryptoError

OURS, OTHERS = AccountSecrets(b"k" * 32), AccountSecrets(b"o" * 32)


def test_what_is_sealed_opens_with_the_same_key() -> None:
    assert AccountSecrets(b"k" * 32).open(OURS.seal(b"geheim")) == b"geheim"
    assert OURS.open(OURS.seal(b"")) == b""


def test_what_is_sealed_twice_is_not_alike_and_shows_nothing() -> None:
    sealed = OURS.seal(b"geheim")
    assert sealed != OURS.seal(b"geheim")
    assert b"geheim" not in sealed
    assert len(sealed) == len(b"geheim") + 40


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CryptoError):
        OTHERS.open(OURS.seal(b"geheim"))


@pytest.mark.parametrize("place", [0, 23, 24, 40, -1])
def test_what_was_altered_does_not_open(place: int) -> None:
    sealed = bytearray(OURS.seal(b"geheim"))
    sealed[place] ^= 1
    with pytest.raises(CryptoError):
        OURS.open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 23, 24, 39])
def test_what_was_cut_does_not_open(length: int) -> None:
    with pytest.raises(CryptoError):
        OURS.open(OURS.seal(b"geheim")[:length])


def test_equal_values_of_one_purpose_alone_have_equal_hashes() -> None:
    assert OURS.hashed("adres", "a@b.nl") == OURS.hashed("adres", "a@b.nl")
    others = {
        OURS.hashed("adres", "a@b.nl"),
        OURS.hashed("adres", "A@b.nl"),
        OURS.hashed("netwerk", "a@b.nl"),
        OTHERS.hashed("adres", "a@b.nl"),
    }
    assert len(others) == 4
    assert {len(one) for one in others} == {32}


def test_any_text_can_be_hashed() -> None:
    assert len(OURS.hashed("adres", "\udcff\0é")) == 32


def test_a_tag_is_of_its_value_purpose_and_key_alone() -> None:
    tag = OURS.tag("link", b"x")
    assert len(tag) == TAG_BYTES
    assert OURS.is_tag("link", b"x", tag)
    assert not OURS.is_tag("link", b"y", tag)
    assert not OURS.is_tag("toestel", b"x", tag)
    assert not OTHERS.is_tag("link", b"x", tag)
    assert not OURS.is_tag("link", b"x", tag[:-1])
    assert not OURS.is_tag("link", b"x", b"")


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_asks_for_a_whole_key(key: bytes) -> None:
    with pytest.raises(CryptoError):
        AccountSecrets(key)


def test_does_not_show_its_keys() -> None:
    assert repr(OURS) == "AccountSecrets(…)"
