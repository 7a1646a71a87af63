"""Names of the index and of a client file, in the words that people use."""

from __future__ import annotations

from collections.abc import Mapping

from verwijsindex.client.client_file import Column

_FIELDS: Mapping[str, str] = {
    Column.BSN: "BSN",
    Column.BIRTH_DATE: "Geboortedatum",
    Column.REFERENCE: "Kenmerk",
    Column.UNIT: "Afdeling",
    Column.PROFESSIONAL: "Medewerker",
    Column.WAY: "Wijze van informeren",
    Column.TOLD_ON: "Datum van informeren",
    Column.REACTION: "Reactie",
    Column.LAPSES_ON: "Vervaldatum",
    Column.TOLD_BY: "Door wie geïnformeerd",
    Column.TOLD: "Wie geïnformeerd",
    Column.V_NUMBER: "V-nummer",
    Column.PARENT_1: "BSN van ouder 1",
    Column.PARENT_2: "BSN van ouder 2",
    "rij": "Hele rij",
    # Of a signal's body; what has a column of its own is in the table of importing.
    "leeftijdsgroep": "Leeftijd",
    "gezin": "Ouders",
    "evaluatie": "Onherkenbaar gemaakte waarde",
    "blindering": "Onherkenbaar gemaakte waarde",
    "geinformeerd.reden": "Reden van uitstel",
    "geinformeerd.herzienDatum": "Datum van opnieuw kijken",
}


def field_words(name: str) -> str:
    """Return what people call a column of a client file or a field of a signal.

    One that has no words here stays as it is: the reason beside it still says what is wrong.
    """
    return _FIELDS.get(name, name)


def plain_words(word: str) -> str:
    """Return a word of a closed list, such as a domain, as people write it."""
    return "GGZ" if word == "ggz" else word.replace("_", " ")
