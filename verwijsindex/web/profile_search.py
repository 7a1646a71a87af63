"""What somebody types into the directory's form, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from orgprofiles.domains import Domain, LifeDomain, Phase
from orgprofiles.profile import Profile
from verwijsindex.use_cases.read_profiles import Wanted
from verwijsindex.web.profile_wording import capital, words

_NAME = re.compile(r"[^0-9\x00-\x1f<>\"\\]{1,80}")
_OLDEST = 120
_State = TypeVar("_State", bound=StrEnum)
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A condition that is in force: what it says, and the query without it."""

    text: str
    without: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the directory.

    Attributes:
        wanted: What was understood.
        query: That again, for links and for the form; nothing that was not understood.
        faults: What was not understood, by the field's name, in Dutch.
        chosen: The conditions, in the order of the form.
    """

    wanted: Wanted
    query: Mapping[str, str]
    faults: Mapping[str, str]
    chosen: Sequence[Chosen]


@dataclass(slots=True)
class _Reader:
    arguments: Mapping[str, str]
    query: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def read(
        self, name: str, parse: Callable[[str], _Read | None], say: str, fault: str
    ) -> _Read | None:
        text = self.arguments.get(name, "").strip()
        if not text:
            return None
        found = parse(text)
        if found is None:
            # Not shown again: somebody may have typed a client's number.
            self.faults[name] = fault
            return None
        self.query[name] = text
        shown = words(found) if isinstance(found, StrEnum) else text
        self.said[name] = capital(say.format(shown))
        return found


def read_search(arguments: Mapping[str, str]) -> Search:
    """Return what the form asks for.

    Args:
        arguments: Of the query string; unknown names are left alone.
    """
    reader = _Reader(arguments)
    from_list = "Kies uit de lijst."
    years = reader.read(
        "leeftijd", _age, "{} jaar", f"Vul een leeftijd in jaren in, van 0 tot en met {_OLDEST}."
    )
    wanted = Wanted(
        name=reader.read(
            "naam",
            _name,
            "naam: {}",
            "Zoek op de naam van een organisatie of product, zonder cijfers."
            " Zoeken op een persoon kan niet.",
        ),
        domain=reader.read("domein", _choice(Domain), "{}", from_list),
        life_domain=reader.read("leefgebied", _choice(LifeDomain), "{}", from_list),
        age_months=None if years is None else years * 12,
        municipality=reader.read("gemeente", _name, "{}", from_list),
        district=reader.read("wijk", _name, "wijk {}", from_list),
        phase=reader.read("fase", _choice(Phase), "{}", from_list),
        open_now=reader.read("open", _yes, "nu open", "Zet een vinkje, of laat leeg.") is not None,
    )
    chosen = [
        Chosen(text, {name: one for name, one in reader.query.items() if name != without})
        for without, text in reader.said.items()
    ]
    return Search(wanted, reader.query, reader.faults, chosen)


def places(profiles: Sequence[Profile]) -> tuple[list[str], list[str]]:
    """Return the municipalities and districts in which anybody works, by name."""
    municipalities = {name for one in profiles for name in one.identity.municipalities}
    districts = {name for one in profiles for name in one.identity.districts}
    return sorted(municipalities), sorted(districts)


def _name(text: str) -> str | None:
    return text if _NAME.fullmatch(text) else None


def _age(text: str) -> int | None:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > _OLDEST:
        return None
    return int(text)


def _yes(text: str) -> str | None:
    return text if text == "ja" else None


def _choice(states: type[_State]) -> Callable[[str], _State | None]:
    def choose(text: str) -> _State | None:
        return next((one for one in states if one.value == text), None)

    return choose
