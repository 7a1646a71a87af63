"""What differs between two versions of a profile, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import marshmallow as ma

from orgprofiles.comparing import differences
from orgprofiles.opening_hours import OpeningHours
from orgprofiles.profile import TargetGroup, Term
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.dutch import dutch_date
from verwijsindex.http.fields import Choice, Day, Flag, Part, Several
from verwijsindex.web.hours_wording import notes, week_lines
from verwijsindex.web.profile_wording import ages, capital, listed, term, words

#: How a page calls the fields of a profile, by their names outside.
LABELS: Mapping[str, str] = {
    "aanmeldenKan": "aanmelden kan zo",
    "aantal": "aantal",
    "afdelingen": "afdelingen",
    "afgesprokenDatum": "afgesproken op",
    "alleenPartners": "alleen voor professionals",
    "artikel": "artikel",
    "beantwoordtDoor": "wie antwoordt",
    "binnenWerkdagen": "binnen hoeveel werkdagen",
    "beltDoorNaar": "wie die belt",
    "bsnGrondslag": "waarom het BSN mag worden gebruikt",
    "contact": "contact",
    "controleertAdres": "controleert eerst het mailadres",
    "coordinator": "wie het profiel bijhoudt",
    "crisis": "bij een crisis",
    "dagen": "dagen",
    "datum": "datum",
    "deeltNiet": "mag niet zeggen",
    "doelgroep": "voor wie",
    "doetMee": "doet mee",
    "domein": "domein",
    "doorWie": "wie signaleert",
    "doorverwijzen": "doorverwijzen",
    "duur": "hoelang de hulp duurt",
    "eenheid": "eenheid",
    "eist": "wat de cliënt ervan moet weten of vinden",
    "email": "mailadres",
    "fasen": "fasen",
    "feestdagenGesloten": "op feestdagen gesloten",
    "geldigTotDatum": "geldig tot en met",
    "geldigVanafDatum": "geldig vanaf",
    "gemeenten": "gemeenten",
    "gevoelig": "gevoelige organisatie",
    "grondslagen": "grondslagen",
    "herzienDatum": "opnieuw bekijken op",
    "id": "nummer in de index",
    "identiteit": "wie het is",
    "informeren": "hoe cliënten het horen",
    "kanalen": "manieren",
    "kenmerkPatroon": "vorm van eigen kenmerken",
    "komtVoor": "hoe vaak het voorkomt",
    "langsteMaanden": "langste termijn in maanden",
    "leefgebieden": "leefgebieden",
    "leeftijdsgroepen": "leeftijden",
    "mailBeveiligd": "beveiligde maildomeinen",
    "meldt": "wat zij laten weten",
    "middel": "manier",
    "momenten": "wanneer",
    "naam": "naam",
    "neemtContactOp": "wie contact opneemt",
    "nietVerschenen": "als de cliënt niet komt",
    "nummer": "nummer",
    "ookMailen": "bel én mail",
    "ookVoorTerugkoppeling": "geldt ook voor terugkoppeling",
    "openingstijden": "openingstijden",
    "opgepaktDoor": "wie het oppakt",
    "opvolgWerkdagen": "werkdagen om een match op te pakken",
    "perMail": "wat zij mailen over een cliënt",
    "plaats": "plaats",
    "postbus": "postbus",
    "producten": "producten",
    "reactietijden": "reactietijden",
    "regulier": "gewone vraag",
    "routes": "hoe u verwijst",
    "signaalBij": "signaal bij",
    "signaleren": "signaleren",
    "sleutel": "sleutel",
    "soort": "soort",
    "spoedAanpak": "aanpak bij spoed",
    "spoedBlijktUit": "wat het spoed maakt",
    "standaardMaanden": "gewone termijn in maanden",
    "tekst": "tekst",
    "telefoon": "telefoon",
    "terugbellenBinnen": "terugbellen binnen",
    "terugbellenHoeVaak": "hoe vaak zij terugbellen",
    "terugkoppeling": "terugkoppeling",
    "tijden": "tijden",
    "toelichting": "toelichting",
    "toestemming": "toestemming",
    "toonMet": "hoe u dat laat zien",
    "tot": "tot",
    "totEnMetJaar": "tot en met (jaar)",
    "uitstelMag": "informeren mag worden uitgesteld",
    "uitzonderingen": "uitzonderingen",
    "urgent": "bij spoed",
    "van": "van",
    "vanafMaanden": "vanaf (maanden)",
    "vastgelegdIn": "waar het staat",
    "verwijzing": "wet",
    "vormen": "vorm",
    "vraag": "vraag",
    "vooralDoor": "vooral door",
    "vraagHelder": "tot de vraag helder is",
    "vraagtPartner": "vraagt de verwijzer om hulp",
    "vraagtPartnerOm": "waarvoor de hulp is",
    "vragen": "vragen",
    "vrijwilligers": "met vrijwilligers",
    "waarde": "nummer",
    "wat": "wat het spoed maakt",
    "webadres": "webadres",
    "website": "website",
    "week": "week",
    "wet": "wet",
    "wie": "wie zij signaleren",
    "wijken": "wijken",
    "wijzen": "manieren",
    "zelfredzaamheid": "de cliënt",
    "zelfstandig": "zelfstandige afdeling",
    "zoektClientOp": "zoekt de cliënt op",
}
#: What one of a list is called where it has no name of its own.
_ONE_OF: Mapping[str, str] = {
    "afdelingen": "afdeling",
    "doorverwijzen": "cliënt",
    "grondslagen": "grondslag",
    "kanalen": "manier",
    "producten": "product",
    "routes": "route",
    "spoedAanpak": "aanpak bij spoed",
    "spoedBlijktUit": "reden",
    "vragen": "vraag",
}
_NOTHING = "niet ingevuld"
_NOT_YET, _NO_MORE = "was er nog niet", "is er niet meer"
#: What stands where there was nothing.
ABSENT = frozenset({_NOTHING, _NOT_YET})
_FIRST_DAY = date(1, 1, 1)  # exceptions of long ago are compared too
_NOT_FOR_PEOPLE = frozenset({"id", "sleutel"})
_SCHEMA = ProfileSchema()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs, in words.

    Attributes:
        where: Within its part: ``Budgetbeheer, fasen``.
        before: One line for each thing.
        after: Likewise.
    """

    where: str
    before: Sequence[str]
    after: Sequence[str]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Change]]:
    """Return what differs between two contents, by part of the profile and in its order.

    Terms, ages and opening hours are compared as people read them: as a whole.

    Args:
        before: A profile as the API has it.
        after: Another one.

    Raises:
        ValidationError: One of them is no profile.
    """
    found: dict[str, list[Change]] = {}
    for one in differences(_object(_SCHEMA, before), _object(_SCHEMA, after)):
        part, *rest = one.path
        where = capital(", ".join(_steps(part, rest))) or "Alles"
        change = Change(
            where,
            [_NOT_YET] if _is_new(one.before, one.after) else _lines(one.before),
            [_NO_MORE] if _is_new(one.after, one.before) else _lines(one.after),
        )
        found.setdefault(capital(LABELS[part]), []).append(change)
    return found


def _is_new(before: Any, after: Any) -> bool:
    return before is None and isinstance(after, Mapping)


def _steps(part: str, rest: Sequence[str]) -> Iterator[str]:
    """Yield the steps of a path in words: names of fields, and of members of lists."""
    of_list = part
    for place, step in enumerate(rest):
        if of_list in _ONE_OF:
            yield step or _ONE_OF[of_list]
            of_list = ""
        else:
            of_list = step
            # A member's name says which list it is in.
            if step not in _ONE_OF or place == len(rest) - 1:
                yield LABELS[step]


def _object(schema: ma.Schema, value: Mapping[str, Any]) -> dict[str, Any]:
    fields = {str(field.data_key or name): field for name, field in schema.fields.items()}
    return {name: _in_words(field, value.get(name)) for name, field in fields.items()}


def _in_words(field: Any, value: Any) -> Any:
    """Return a value of the API in words, in the same shape but for what people read as one."""
    if value is None or value == []:
        return None
    if isinstance(field, Several):
        return [_in_words(field.inner, one) for one in value]
    if isinstance(field, Part):
        if getattr(field.schema, "makes", None) in {Term, TargetGroup, OpeningHours}:
            return _as_one(field.schema.load(value))
        return _object(field.schema, value)
    return _word(field, value)


def _word(field: Any, value: Any) -> str:
    if isinstance(field, Choice):
        word: StrEnum = field.deserialize(value)
        return words(word)
    if isinstance(field, Flag):
        return "ja" if value else "nee"
    if isinstance(field, Day):
        return dutch_date(field.deserialize(value))
    return str(value)


def _as_one(value: Any) -> str | list[str]:
    if isinstance(value, Term):
        return term(value)
    if isinstance(value, TargetGroup):
        return ages(value)
    return [f"{days} {times}" for days, times in week_lines(value)] + notes(value, _FIRST_DAY)


def _lines(value: Any) -> list[str]:
    """Return a value in words as lines."""
    if value is None:
        return [_NOTHING]
    if isinstance(value, list):
        return [line for one in value for line in _lines(one)]
    if isinstance(value, Mapping):
        return [
            f"{LABELS[name]}: {listed(_lines(one))}"
            for name, one in value.items()
            if one not in (None, "nee") and name not in _NOT_FOR_PEOPLE
        ]
    return [str(value)]
