"""What differs between two versions of a profile, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import marshmallow as ma

from orgprofiles.comparing import Difference
from orgprofiles.opening_hours import OpeningHours
from orgprofiles.profile import TargetGroup, Term
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.http.fields import Choice, Day, Flag, Part, Several
from verwijsindex.web.hours_wording import notes, week_lines
from verwijsindex.web.profile_wording import ages, capital, listed, term, words
from verwijsindex.web.wording import dutch_date

#: How a page calls the fields of a profile, by their names outside.
LABELS: Mapping[str, str] = {
    "aantal": "aantal",
    "afdelingen": "afdelingen",
    "afgesprokenDatum": "afgesproken op",
    "artikel": "artikel",
    "beantwoordtDoor": "wie antwoordt",
    "binnenWerkdagen": "binnen hoeveel werkdagen",
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
    "spoedBlijktUit": "wat het spoed maakt",
    "standaardMaanden": "gewone termijn in maanden",
    "tekst": "tekst",
    "telefoon": "telefoon",
    "terugbellenBinnen": "terugbellen binnen",
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
    "vraagHelder": "tot de vraag helder is",
    "vraagtPartner": "vraagt de verwijzer om hulp",
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
_NOTHING = "niet ingevuld"
_FIRST_DAY = date(1, 1, 1)  # of what was, exceptions of long ago too


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


def readable(differences: Sequence[Difference]) -> dict[str, list[Change]]:
    """Return the changes by part of the profile, in the order of the profile."""
    changes: dict[str, list[Change]] = {}
    for one in differences:
        field, steps = _field_at(one.path)
        # A list of its own that is there or not says which one by what it holds.
        where = capital(", ".join(steps[1:])) or "Alles"
        part = capital(steps[0])
        changes.setdefault(part, []).append(
            Change(where, _lines(field, one.before), _lines(field, one.after))
        )
    return changes


def _field_at(path: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the field at *path*, and the steps to it in words."""
    schema: ma.Schema = ProfileSchema()
    field: Any = None
    steps: list[str] = []
    in_list = False
    for step in path:
        if in_list:
            steps.append(_member(schema, step))
            in_list = False
            continue
        field = _fields(schema)[step]
        steps.append(LABELS[step])
        if isinstance(field, Several) and isinstance(field.inner, Part):
            field, in_list = field.inner, True
        if isinstance(field, Part):
            schema = field.schema
    if in_list:
        field = Several(field)
    return field, steps


def _fields(schema: ma.Schema) -> dict[str, Any]:
    return {str(field.data_key or name): field for name, field in schema.fields.items()}


def _member(schema: ma.Schema, label: str) -> str:
    """Return what a list's member is called: by a word of its own, a date, or its name."""
    for name in ("soort", "zelfredzaamheid", "wat", "datum"):
        field = _fields(schema).get(name)
        if field is not None:
            try:
                return _lines(field, label)[0]
            except ma.ValidationError:
                break
    return label or "zonder naam"


def _lines(field: Any, value: Any) -> list[str]:
    """Return a value of the API in words, a line for each thing.

    Raises:
        ValidationError: It is no value of *field*.
    """
    if value is None or value == []:
        return [_NOTHING]
    if isinstance(field, Several):
        return [line for one in value for line in _lines(field.inner, one)]
    if isinstance(field, Part):
        return _object_lines(field.schema, value)
    return [_line(field, value)]


def _line(field: Any, value: Any) -> str:
    if isinstance(field, Choice):
        word: StrEnum = field.deserialize(value)
        return words(word)
    if isinstance(field, Flag):
        return "ja" if value else "nee"
    if isinstance(field, Day):
        return dutch_date(field.deserialize(value))
    return str(value)


def _object_lines(schema: ma.Schema, value: Mapping[str, Any]) -> list[str]:
    made = getattr(schema, "makes", None)
    if made in {Term, TargetGroup, OpeningHours}:
        return _as_one(schema.load(value))
    return [
        f"{LABELS[name]}: {listed(_lines(field, value[name]))}"
        for name, field in _fields(schema).items()
        if value.get(name) not in (None, [], False) and name not in {"id", "sleutel"}
    ]


def _as_one(value: Any) -> list[str]:
    if isinstance(value, Term):
        return [term(value)]
    if isinstance(value, TargetGroup):
        return [ages(value)]
    lines = [f"{days} {times}" for days, times in week_lines(value)]
    return lines + notes(value, _FIRST_DAY)
