"""What a coordinator looks for among the professionals, from the query string."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orgprofiles.organisations import Unit
from verwijsindex.use_cases.read_team import Choice, TeamSearch

#: How people call a choice.
CHOICE_WORDS = {
    Choice.ACTIVE: "Iedereen die hier werkt",
    Choice.WITHOUT_ACCOUNT: "Nog geen account",
    Choice.WITH_SIGNALS: "Contact van actieve signalen",
    Choice.UNTRAINED: "Opleidingsdatum ontbreekt",
    Choice.REFUSED: "Mail komt niet aan",
    Choice.LEFT: "Vertrokken (inactief)",
}
# Letters and what stands between them: nobody is found by a number.
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-]){0,79}")


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What was asked, and how the form shows it.

    Attributes:
        wanted: For the use case.
        query: For links to the same search.
        fault: What is wrong with the name; None: nothing.
    """

    wanted: TeamSearch
    query: Mapping[str, Any]
    fault: str | None


def read_team_search(arguments: Mapping[str, str], units: Sequence[Unit]) -> SearchForm:
    """Return what the form asks for; words from no list are left alone."""
    query: dict[str, Any] = {}
    choice = next((one for one in Choice if one == arguments.get("toon")), Choice.ACTIVE)
    if choice is not Choice.ACTIVE:
        query["toon"] = choice.value
    unit_id: UUID | None = next(
        (one.id for one in units if str(one.id) == arguments.get("afdeling")), None
    )
    if unit_id is not None:
        query["afdeling"] = str(unit_id)
    name, fault = arguments.get("naam", "").strip(), None
    if name and not _NAME.fullmatch(name):
        name, fault = "", "Zoek op een deel van de naam van een collega, zonder cijfers."
    if name:
        query["naam"] = name
    return SearchForm(TeamSearch(choice, unit_id, name or None), query, fault)
