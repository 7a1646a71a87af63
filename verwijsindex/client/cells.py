"""What the text of one cell can mean. No function here raises or repeats the text."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

_DUTCH_DATE = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})\Z")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z")

_WHOLE_FLOAT = re.compile(r"([0-9]{7,10})[.,]0+\Z")  # a number column that was exported
_THOUSANDS = re.compile(r"[0-9]{1,3}([., ])[0-9]{3}\1[0-9]{3}\Z")
_GROUPED = re.compile(r"[0-9]{3,4}([. ])[0-9]{2}\1[0-9]{3}\Z")  # as on older letters
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+\Z")

Choice = TypeVar("Choice", bound=StrEnum)


def iso_date_text(text: str) -> str | None:
    """Return *text* as ``YYYY-MM-DD``, or ``None`` when it has no known form.

    ``dd-mm-jjjj`` (Dutch Excel writes ``d-m-jjjj``), ISO 8601, or ISO without
    hyphens, which no ``ddmmjjjj`` since 1890 can be mistaken for. The date
    need not exist, and its day and month may be ``00``.
    """
    text = text.strip()
    if found := _DUTCH_DATE.match(text):
        day, month, year = found.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if found := _ISO_DATE.match(text) or _COMPACT_DATE.match(text):
        return "-".join(found.groups())
    return None


def calendar_date(text: str) -> date | None:
    """Return the date, or ``None`` when it has no known form or does not exist."""
    iso = iso_date_text(text)
    try:
        return None if iso is None else date.fromisoformat(iso)
    except ValueError:
        return None


def number_text(text: str) -> str:
    """Return a BSN or V-number without what a spreadsheet put in it.

    ``123456782.0``, ``123.456.782`` and ``1234.56.782`` become nine digits. Of
    anything else only the spaces around it go: taking the point out of
    ``12345678.5`` would make another person of it.
    """
    text = " ".join(text.split())
    if found := _WHOLE_FLOAT.match(text):
        return found.group(1)
    if _THOUSANDS.match(text) or _GROUPED.match(text):
        return re.sub(r"[., ]", "", text)
    return text


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet abbreviated a number to ``1,23E+08``: its digits are lost."""
    return bool(_SCIENTIFIC.match(text.strip()))


def chosen(text: str, choices: type[Choice]) -> Choice | None:
    """Return the word of a closed list that *text* is; capitals, spaces and hyphens are free."""
    try:
        return choices("_".join(re.split(r"[\s_-]+", text.strip().casefold())))
    except ValueError:
        return None
