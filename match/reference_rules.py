"""What an own reference (kenmerk) may be: pure rules, so that it can name nobody."""

from __future__ import annotations

import re
import secrets
from datetime import date

from stdnum.nl import bsn as eleven_test

LONGEST = 32
_ALLOWED = re.compile(r"[A-Za-z0-9 ._\-/#:]+\Z")
_SEPARATORS = re.compile(r"[ ._\-/#:]")
_LETTERS_IN_A_ROW = re.compile(r"[A-Za-z]{6}")
# No I, O, S, 0 or 1: a reference is read aloud over the telephone.
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_DIGITS = "23456789"


def reference_fault(reference: str, pattern: str | None) -> str | None:
    """Return what is wrong with *reference*, in Dutch and without repeating it; None if nothing.

    Args:
        reference: Trimmed.
        pattern: The organisation's own regular expression, agreed by the
            administrator, which then decides instead of the rules; None without.
    """
    if not 1 <= len(reference) <= LONGEST:
        return f"moet 1 tot en met {LONGEST} tekens lang zijn"
    if not _ALLOWED.match(reference):
        return "mag alleen letters, cijfers, spaties en . _ - / # : bevatten"
    if pattern is None:
        return _general_fault(reference)
    if not re.fullmatch(pattern, reference):
        return "past niet bij het patroon dat met uw organisatie is afgesproken"
    return None


def _general_fault(reference: str) -> str | None:
    bare = _SEPARATORS.sub("", reference)
    if not any(c.isdigit() for c in reference):
        return "moet minstens één cijfer bevatten"
    if _LETTERS_IN_A_ROW.search(reference):
        return "mag hoogstens vijf letters achter elkaar bevatten; gebruik geen naam"
    if "bsn" in bare.casefold():
        return "mag geen BSN zijn; gebruik een eigen nummer"
    if _is_date(bare):
        return "mag geen datum zijn"
    if len(bare) == 9 and bare.isdigit() and eleven_test.is_valid(bare):
        return "lijkt op een BSN; gebruik een ander nummer of laat een eigen patroon afspreken"
    return None


def new_reference() -> str:
    """Return a reference made up by the index: ``VI-`` and six characters, a digit among them."""
    characters = [secrets.choice(_LETTERS + _DIGITS) for _ in range(5)] + [secrets.choice(_DIGITS)]
    secrets.SystemRandom().shuffle(characters)
    return "VI-" + "".join(characters)


def _is_date(bare: str) -> bool:
    if len(bare) not in (6, 8) or not bare.isdigit():
        return False
    if len(bare) == 6:
        orders = [(2, 2, 2, "dmy"), (2, 2, 2, "ymd")]
    else:
        orders = [(2, 2, 4, "dmy"), (4, 2, 2, "ymd"), (2, 2, 4, "mdy")]
    return any(_names_a_day(bare, order) for order in orders)


def _names_a_day(bare: str, order: tuple[int, int, int, str]) -> bool:
    parts: dict[str, int] = {}
    start = 0
    for length, letter in zip(order[:3], order[3], strict=True):
        parts[letter] = int(bare[start : start + length])
        start += length
    year = parts["y"] if len(bare) == 8 else 2000 + parts["y"]
    if len(bare) == 8 and not 1890 <= year <= 2100:
        return False
    try:
        date(year, parts["m"], parts["d"])
    except ValueError:
        return False
    return True
