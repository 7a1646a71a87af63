"""The form of an agreed pattern of references: a small part of regular expressions.

Every pattern of this form is decided in a bounded number of steps, whatever
the reference: nothing is repeated without end, no repetition holds another
one, and what it leaves open has a bound.
"""

from __future__ import annotations

import math
import re

LONGEST_PATTERN = 100  # characters
MOST_REPEATS = 32
# In how many ways a pattern may be gone through: Python's engine tries them one by one.
MOST_WAYS = 5000
FORM_FAULT = (
    "mag alleen letters, cijfers, [klassen], {n} en (a|b) bevatten; gebruik {1,8} in plaats van +"
)
WAYS_FAULT = "laat te veel vormen toe; gebruik minder of kortere herhalingen"

_RANGE = r"(?:[A-Z]-[A-Z]|[a-z]-[a-z]|[0-9]-[0-9])"
_ESCAPED = r"\\[d.\-/#:_ ]"
_CLASS = rf"\[-?(?:{_RANGE}|[A-Za-z0-9 ._/#:]|{_ESCAPED})+-?\]"
_ITEM = rf"(?:[A-Za-z0-9 _\-/#:]|{_ESCAPED}|{_CLASS})(?:\?|\{{[0-9]{{1,2}}(?:,[0-9]{{1,2}})?\}})?"
_GROUP = rf"\((?:\?:)?(?:{_ITEM})++(?:(?:\|(?:{_ITEM})++)++\)|\)\??)"
_FORM = re.compile(rf"(?:{_ITEM}|{_GROUP})++")
_PIECE = re.compile(rf"(?P<item>{_ITEM})|(?P<group>{_GROUP})")
_BOUNDS = re.compile(r"\{([0-9]+)(?:,([0-9]+))?\}\Z")
_CLASS_RANGE = re.compile(r"([A-Za-z0-9])-([A-Za-z0-9])")


def pattern_fault(pattern: str) -> str | None:
    r"""Return what is wrong with an agreed pattern, in Dutch and without repeating it.

    None for one that is made of characters, ``\d`` and classes, each with
    ``?``, ``{n}`` or ``{m,n}`` (n at most 32) or nothing; and of groups of
    those, which have alternatives or a ``?`` behind them, or neither.
    """
    if not 1 <= len(pattern) <= LONGEST_PATTERN:
        return f"moet 1 tot en met {LONGEST_PATTERN} tekens lang zijn"
    if not _FORM.fullmatch(pattern):
        return FORM_FAULT
    ways = _ways(pattern)
    if not ways:
        return FORM_FAULT
    return WAYS_FAULT if ways > MOST_WAYS else None


def _ways(pattern: str) -> int:
    """Return in how many ways a pattern can be gone through; 0 for impossible bounds."""
    return math.prod(
        _item_ways(piece["item"]) if piece["item"] else _group_ways(piece["group"])
        for piece in _PIECE.finditer(pattern)
    )


def _group_ways(group: str) -> int:
    body = group.removeprefix("(").removeprefix("?:")
    # No item has a | or a ) in it.
    alternatives = [_ways(one) for one in body.rstrip("?").removesuffix(")").split("|")]
    return all(alternatives) * (sum(alternatives) + body.endswith(")?"))


def _item_ways(item: str) -> int:
    """Return how many numbers of times an item may be there; 0 for impossible bounds."""
    if item.startswith("[") and any(first > last for first, last in _CLASS_RANGE.findall(item)):
        return 0
    bounds = _BOUNDS.search(item)
    if bounds is None:
        return 2 if item.endswith("?") else 1
    low = int(bounds[1])
    high = int(bounds[2] or low)
    return max(0, high - low + 1) if 1 <= high <= MOST_REPEATS else 0
