"""Passwords: argon2id (RFC 9106) by libsodium, and what a password must be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from threading import BoundedSemaphore

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

SHORTEST_PASSWORD = (
    12  # characters; NIST SP 800-63B-4 §3.1.1.2 asks 15 without, 8 with a second factor
)
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Cost:
    """What making or trying one hash takes.

    Attributes:
        passes: Over the memory.
        memory_bytes: In use while it runs.
    """

    passes: int
    memory_bytes: int


#: Well above the least that OWASP asks (19 MiB, 2 passes).
COST = Cost(passes=argon2id.OPSLIMIT_MODERATE, memory_bytes=64 * 1024 * 1024)
#: Only for testing!
CHEAPEST = Cost(passes=argon2id.OPSLIMIT_MIN, memory_bytes=argon2id.MEMLIMIT_MIN)

# Each takes a core and 64 MiB: a burst of sign-ins must not take the process down.
_AT_ONCE = BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))


class Passwords:
    """Makes and tries hashes at one cost."""

    def __init__(self, cost: Cost = COST) -> None:
        self._cost = cost

    @cached_property
    def _nobody(self) -> str:
        """For addresses without an account: trying takes as long as for the others."""
        return self.hash("niemand heeft dit wachtwoord")

    def hash(self, password: str) -> str:
        """Return the hash in its own notation (``$argon2id$…``), with a fresh salt."""
        with _AT_ONCE:
            return argon2id.str(
                password.encode("utf-8", "replace"),
                opslimit=self._cost.passes,
                memlimit=self._cost.memory_bytes,
            ).decode("ascii")

    def is_right(self, password: str, hashed: str | None) -> bool:
        """Whether *password* belongs to *hashed*; None takes as long, and is never right."""
        against = hashed or self._nobody  # may be made here, which waits for its own turn
        with _AT_ONCE:
            try:
                tried = argon2id.verify(
                    against.encode("ascii"), password.encode("utf-8", "replace")
                )
            except InvalidkeyError:
                return False
        return tried and hashed is not None


def password_fault(password: str, *, email: str, name: str) -> str | None:
    """Return what is wrong with a password that somebody chooses, in Dutch; None: nothing.

    Length counts, not kinds of characters (NIST SP 800-63B-4 §3.1.1.2).
    """
    if len(password) < SHORTEST_PASSWORD:
        return f"is te kort; neem minstens {SHORTEST_PASSWORD} tekens, bijvoorbeeld vier woorden"
    if len(password) > LONGEST_PASSWORD:
        return f"is te lang; neem hooguit {LONGEST_PASSWORD} tekens"
    folded = password.casefold()
    if len(set(folded)) < 5:
        return "is te makkelijk te raden; neem bijvoorbeeld vier woorden"
    guesses = [email.partition("@")[0], *name.split(), "verwijsindex", "wachtwoord", "welkom"]
    rest = folded
    for guess in guesses:
        if len(guess) > 2:
            rest = rest.replace(guess.casefold(), "")
    if len(rest) < SHORTEST_PASSWORD // 2:
        return "lijkt te veel op uw naam of op een bekend woord; neem iets dat niemand kan raden"
    return None
