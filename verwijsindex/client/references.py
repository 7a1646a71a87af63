"""What may be sent and shown of the own reference (kenmerk), and of a file's name."""

from __future__ import annotations

import re
from pathlib import Path

from stdnum.nl import bsn as eleven_test

from verwijsindex.client.cells import iso_date_text

LONGEST_REFERENCE = 32  # characters
NOT_SHOWN = "(niet getoond)"

_FORM = re.compile(r"[^\W_]|[ ./_#:-]")  # one character of it
_SIX_LETTERS = re.compile(r"[^\W\d_]{6}")
_DATE_LIKE = re.compile(r"[0-9]{1,4}([-/. ])[0-9]{1,2}\1[0-9]{1,4}\Z")
_BSN_LENGTHS = (8, 9)
_BSN_LIKE = re.compile(r"(?<![0-9])[0-9]{8,9}(?![0-9])")
_NUMBER_OR_DATE = re.compile(r"[0-9](?:[\s._-]?[0-9]){5,}")
_FEWEST_TELLING_DIGITS = 7  # fewer digits in common are chance


def reveals_person(reference: str, *, number: str, birth_date: str) -> bool:
    """Whether a reference holds its own row's BSN, V-number or birth date.

    The index refuses most of those, but it would have seen them by then.

    Args:
        reference: As in the file.
        number: The BSN or V-number as in the file, right or wrong.
        birth_date: As in the file, right or wrong.
    """
    digits = _digits(reference)
    own = _digits(number).lstrip("0")
    if len(own) >= _FEWEST_TELLING_DIGITS and own in digits:
        return True
    year, _, rest = (iso_date_text(birth_date) or "").partition("-")
    month, _, day = rest.partition("-")
    if not day:
        return False
    long = {year + month + day, day + month + year}
    short = {year[2:] + month + day, day + month + year[2:]}
    return (
        digits in short
        or digits.zfill(8) in long  # a spreadsheet ate the zero of 01-02-1980
        or any(form in digits for form in long)
    )


def shown_reference(reference: str, *, revealing: bool) -> str:
    """Return *reference* for an error file, or ``(niet getoond)``.

    Only a value that has the form of a reference is shown. Eight or nine
    digits are not, for they may be a BSN (also a mistyped one) or a date, nor
    is a BSN among other characters; the row number tells which row it is.
    """
    if not reference:
        return ""
    bare = re.sub(r"[\s._/#:-]", "", reference)
    if (
        revealing
        or len(reference) > LONGEST_REFERENCE
        or not any(c.isdigit() for c in reference)
        or not all(_FORM.match(c) for c in reference)
        or _SIX_LETTERS.search(reference)
        or _DATE_LIKE.match(reference)
        or (bare.isdigit() and len(bare) in _BSN_LENGTHS)
        or any(eleven_test.is_valid(found.zfill(9)) for found in _BSN_LIKE.findall(bare))
    ):
        return NOT_SHOWN
    return reference


def shown_name(path: Path) -> str:
    """Return the name of a file for a message; empty where it may hold a BSN or a birth date."""
    return "" if _NUMBER_OR_DATE.search(path.name) else path.name


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
