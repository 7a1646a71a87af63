"""Which of the own units somebody means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

from verwijsindex.client.answers import OwnUnit
from verwijsindex.client.errors import FileRefused
from verwijsindex.client.rows import matching_units

_PLAIN_NAME = re.compile(r"(?!.*\d.*\d.*\d)[\w .,&()/'-]{1,80}\Z")  # holds no BSN


def chosen_unit(units: Sequence[OwnUnit], text: str) -> OwnUnit:
    """Return the unit that *text* names; the only one where it names none.

    Raises:
        FileRefused: None or several of that name.
    """
    if not text and len(units) == 1:
        return units[0]
    found = matching_units(units, text) if text else ()
    if len(found) == 1:
        return found[0]
    if found:
        what = f"Meer dan één afdeling heet {found[0].name}. Geef met --afdeling het id."
    elif text:
        what = f"{_named(text)} is geen afdeling van u.{_meant(units, text)}"
    else:
        what = "Geef met --afdeling de naam van de afdeling."
    names = Counter(one.name for one in units)
    lines = [
        f"  {one.name} ({one.id})" if names[one.name] > 1 else f"  {one.name}" for one in units
    ]
    raise FileRefused("\n".join([what, "Uw afdelingen:", *lines] if lines else [what]))


def _named(text: str) -> str:
    """Return *text* as it was typed, unless a number stands in it."""
    return text if _PLAIN_NAME.match(text) else "Dit"


def _meant(units: Sequence[OwnUnit], text: str) -> str:
    by_name = {one.name.casefold(): one.name for one in units}
    close = get_close_matches(text.casefold(), by_name, n=1)
    return f" Bedoelt u {by_name[close[0]]}?" if close else ""
