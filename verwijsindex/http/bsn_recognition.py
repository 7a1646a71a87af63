"""Whether a text holds what could be a BSN: nine digits that pass the eleven-test.

The sheets do the same in the browser, ``verwijsindex/web/static/sheet_bsn.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stdnum.nl import bsn as eleven_test

LIKE_BSN = "lijkt een BSN te bevatten"
_LENGTH = 9
_SEPARATORS = re.compile(r"[\s.\-_/()]")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
# One mark, with or without a space on either side: 999-990-019, 999 - 990 - 019.
_MARK = r"(?:[._/()\-\u2010-\u2015]\s?|\s(?:[._/()\-\u2010-\u2015]\s?)?)"
_RUN = re.compile(rf"[0-9]+(?:{_MARK}[0-9]+)*")
# In a web address %20 is a space, not the digits 2 and 0.
_ESCAPED = re.compile(r"%([2-7][0-9A-Fa-f])")
# By their form nobody's number, though nine digits within them may well pass.
_KNOWN_OTHERWISE = re.compile(
    r"\+31[ .-]?(?:\(0\)[ .-]?)?[1-9](?:[ .-]?[0-9]){8}(?![0-9])"  # a telephone number
    r"|(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
)


def is_like_bsn(text: str) -> bool:
    """Whether *text*, bare of separators, is nine digits that pass the eleven-test."""
    bare = _SEPARATORS.sub("", text)
    return bool(_NINE_DIGITS.fullmatch(bare)) and bool(eleven_test.is_valid(bare))


def holds_bsn(text: str) -> bool:
    """Whether nine digits in *text* pass, in a row or in groups with a separator between.

    Digits that go on are another number: 9999900190 holds none. A Dutch
    telephone number with +31 and a UUID are passed over. A web address is
    looked at as it is written and as a browser reads it.
    """
    read = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return any(
        eleven_test.is_valid(digits)
        for one in {text, read}
        for run in _RUN.findall(_KNOWN_OTHERWISE.sub("x", one))
        for digits in _nine_in_groups(re.findall(r"[0-9]+", run))
    )


def _nine_in_groups(groups: Sequence[str]) -> Iterator[str]:
    """Yield all that is nine digits long and made of whole groups that follow each other."""
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) >= _LENGTH:
                break
        if len(digits) == _LENGTH:
            yield digits
