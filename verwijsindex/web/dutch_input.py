"""What people type into forms: dates as ``dd-mm-jjjj``."""

from __future__ import annotations

import re
from datetime import date

from verwijsindex.http.problems import InvalidParam

_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def read_date(typed: str, name: str, faults: list[InvalidParam]) -> date | None:
    """Return a day; None for nothing, and for what is no day, which is then in *faults*."""
    text = typed.strip()
    if not text:
        return None
    try:
        if found := _DUTCH.fullmatch(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        if found := _ISO.fullmatch(text):
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    faults.append({"name": name, "reason": "moet een bestaande datum zijn (dd-mm-jjjj)"})
    return None
