"""Passwords: argon2id, and what may be one."""

from __future__ import annotations

from datetime import timedelta
from threading import BoundedSemaphore, Thread
from typing import Any

import pytest
from nacl.pwhash import argon2id

from verwijsindex.accounts import passwords
from verwijsindex.accounts.passwords import (
    CHEAPEST,
    COST,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Passwords,
    password_fault,
)

GOOD = "vier paarse wandelende ezels"
CHEAP = Passwords(CHEAPEST)


def test_the_right_password_alone_is_right() -> None:
    hashed = CHEAP.hash(GOOD)
    assert CHEAP.is_right(GOOD, hashed)
    for wrong in ("", GOOD[:-1], GOOD + " ", GOOD.upper(), "\udcff"):
        assert not CHEAP.is_right(wrong, hashed)


def test_a_hash_is_salted_and_names_argon2id() -> None:
    one, other = CHEAP.hash(GOOD), CHEAP.hash(GOOD)
    assert one != other
    assert one.startswith("$argon2id$v=19$")
    assert GOOD not in one


def test_nobody_has_no_right_password() -> None:
    assert not CHEAP.is_right("", None)
    assert not CHEAP.is_right("niemand heeft dit wachtwoord", None)


def test_the_first_try_for_nobody_waits_for_no_turn_that_it_has_itself(
    monkeypatch: pytest.MonkeyPatch, patience: timedelta
) -> None:
    monkeypatch.setattr(passwords, "_AT_ONCE", BoundedSemaphore(1))  # as on two cores
    fresh = Passwords(CHEAPEST)
    trying = Thread(target=lambda: fresh.is_right(GOOD, None), daemon=True)
    trying.start()
    trying.join(patience.total_seconds())
    assert not trying.is_alive()


def test_trying_for_nobody_does_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []
    real = argon2id.verify

    def verify(hashed: bytes, password: bytes) -> Any:
        tried.append(hashed)
        return real(hashed, password)

    monkeypatch.setattr(passwords.argon2id, "verify", verify)
    CHEAP.is_right("x" * 12, CHEAP.hash(GOOD))
    CHEAP.is_right("x" * 12, None)
    assert len(tried) == 2
    # Version, memory, passes and lanes: the same for both.
    assert len({one.rpartition(b"$")[0].rpartition(b"$")[0] for one in tried}) == 1


def test_a_hash_made_at_another_cost_is_still_right() -> None:
    dearer = Passwords(passwords.Cost(passes=2, memory_bytes=argon2id.MEMLIMIT_MIN))
    assert Passwords(CHEAPEST).is_right(GOOD, dearer.hash(GOOD))


def test_the_index_takes_more_than_owasp_asks() -> None:
    assert COST.memory_bytes >= 19 * 1024 * 1024
    assert COST.passes >= 2
    assert Passwords()._cost is COST


def fault(password: str) -> str | None:
    return password_fault(password, email="jdevries@wijkteam.example", name="Joke de Vries")


@pytest.mark.parametrize(
    "password", [GOOD, "correct horse battery", "é" * 3 + "abcdefghi", "x7!kQ2#pL9$w"]
)
def test_length_is_enough(password: str) -> None:
    assert fault(password) is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "te kort"),
        ("abcdefghijk", "te kort"),
        ("a" * 30, "makkelijk te raden"),
        ("abababababab", "makkelijk te raden"),
        ("121212345345" * 17, "te lang"),
        ("jdevries2026", "lijkt te veel"),
        ("JOKEVRIES123", "lijkt te veel"),
        ("Wachtwoord12", "lijkt te veel"),
        ("Welkom-Welkom-1", "lijkt te veel"),
        ("verwijsindex1", "lijkt te veel"),
    ],
)
def test_says_what_is_wrong(password: str, says: str) -> None:
    found = fault(password)
    assert found is not None
    assert says in found


def test_the_bounds_themselves_are_allowed() -> None:
    letters = "abcdefghijklmnopqrst" * 10
    assert fault(letters[:SHORTEST_PASSWORD]) is None
    assert fault(letters[: SHORTEST_PASSWORD - 1]) is not None
    assert fault(letters[:LONGEST_PASSWORD]) is None
    assert fault(letters + "u") is not None
