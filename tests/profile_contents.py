"""A profile as an organisation sends it, for tests to start from."""

from __future__ import annotations

import copy
from typing import Any

_OFFICE = {
    "week": [{"dagen": ["ma", "di", "wo", "do", "vr"], "van": "09:00", "tot": "17:00"}],
    "feestdagenGesloten": True,
    "uitzonderingen": [],
}

_WHOLE: dict[str, Any] = {
    "identiteit": {
        "naam": "Schuldhulp",
        "nummer": {"soort": "kvk", "waarde": "12345678"},
        "gemeenten": ["Voorbeeldstad"],
        "wijken": ["Noord", "Zuid"],
        "doelgroep": {"vanafMaanden": 216, "totEnMetJaar": None},
        "bsnGrondslag": {
            "wet": "Wet gemeentelijke schuldhulpverlening",
            "artikel": "artikel 4",
            "afgesprokenDatum": "2026-01-05",
        },
        "gevoelig": False,
        "mailBeveiligd": ["schuldhulp.example"],
        "kenmerkPatroon": None,
        "toelichting": None,
    },
    "afdelingen": [
        {
            "naam": "Budgetteam",
            "domein": "schulden",
            "doetMee": True,
            "zelfstandig": False,
            "postbus": "budget@schuldhulp.example",
            "telefoon": "010-555 01 00",
            "toelichting": None,
        }
    ],
    "signaleren": {
        "wie": "op_criteria",
        "vragen": [
            {"vraag": "Kan ik deze vraag alleen oplossen?", "signaalBij": "nee"},
            {"vraag": "Zijn er vragen op meer leefgebieden?", "signaalBij": "ja"},
        ],
        "momenten": ["intake", "bij_zorgen"],
        "doorWie": ["hulpverlener", "intaker"],
        "standaardMaanden": 6,
        "langsteMaanden": 12,
        "opvolgWerkdagen": 3,
        "toelichting": None,
    },
    "informeren": {
        "wijzen": ["gesprek", "brief"],
        "tekst": "Wij melden in de verwijsindex dat wij u helpen, niet waarmee.",
        "toelichting": None,
    },
    "grondslagen": [
        {
            "domein": "schulden",
            "leeftijdsgroepen": ["16-22", "23+"],
            "eist": "informeren",
            "uitstelMag": True,
            "verwijzing": "Wet gemeentelijke schuldhulpverlening, artikel 8",
            "geldigVanafDatum": "2026-01-01",
            "geldigTotDatum": None,
            "herzienDatum": "2027-01-01",
            "toelichting": None,
        }
    ],
    "producten": [
        {
            "sleutel": "budgetbeheer",
            "naam": "Budgetbeheer",
            "leefgebieden": ["financien"],
            "fasen": ["hulp"],
            "doelgroep": None,
            "duur": {"aantal": 52, "eenheid": "week"},
            "vormen": ["individueel"],
            "vrijwilligers": False,
            "toelichting": None,
        }
    ],
    "routes": [
        {
            "soort": "warm",
            "producten": [],
            "kanalen": [
                {
                    "middel": "postbus",
                    "naam": None,
                    "webadres": None,
                    "email": "aanmelden@schuldhulp.example",
                    "telefoon": None,
                    "plaats": None,
                    "wijken": [],
                    "tijden": None,
                    "alleenPartners": False,
                    "beantwoordtDoor": "iedereen",
                    "vooralDoor": "intaker",
                    "beltDoorNaar": None,
                }
            ],
            "aanmeldenKan": True,
            "opgepaktDoor": "dienstdoende_intaker",
            "spoedBlijktUit": [],
            "spoedAanpak": None,
            "komtVoor": None,
            "ookMailen": False,
            "terugbellenBinnen": {"aantal": 2, "eenheid": "werkdag"},
            "terugbellenHoeVaak": "vaak",
            "deeltNiet": [],
            "toelichting": None,
        },
        {
            "soort": "urgent",
            "producten": [],
            "kanalen": [
                {
                    "middel": "telefoon",
                    "naam": "Spoedlijn",
                    "webadres": None,
                    "email": None,
                    "telefoon": "010-555 01 99",
                    "plaats": None,
                    "wijken": [],
                    "tijden": _OFFICE,
                    "alleenPartners": True,
                    "beantwoordtDoor": "dienstdoende",
                    "vooralDoor": None,
                    "beltDoorNaar": "vaste_contactpersoon",
                }
            ],
            "aanmeldenKan": False,
            "opgepaktDoor": None,
            "spoedBlijktUit": [
                {"wat": "aangekondigde_ontruiming", "toonMet": ["bijlage", "datum"]}
            ],
            "spoedAanpak": "met_voorrang",
            "komtVoor": "zelden",
            "ookMailen": True,
            "terugbellenBinnen": None,
            "terugbellenHoeVaak": None,
            "deeltNiet": ["inhoud"],
            "toelichting": None,
        },
    ],
    "toestemming": {
        "wijzen": ["mondeling"],
        "momenten": ["eerste_gesprek"],
        "vastgelegdIn": "dossier",
        "ookVoorTerugkoppeling": True,
        "perMail": "zo_min_mogelijk",
        "controleertAdres": True,
        "toelichting": None,
    },
    "terugkoppeling": {
        "meldt": ["gekomen_of_niet", "terecht_en_opgepakt"],
        "binnenWerkdagen": 10,
        "toelichting": None,
    },
    "doorverwijzen": [
        {
            "zelfredzaamheid": "zelfredzaam",
            "wijzen": ["organisatie_noemen"],
            "toelichting": None,
        },
        {
            "zelfredzaamheid": "niet",
            "wijzen": ["samen_bellen", "meegaan"],
            "toelichting": "Meegaan kan alleen overdag.",
        },
    ],
    "nietVerschenen": {
        "neemtContactOp": "wijzelf",
        "zoektClientOp": False,
        "vraagtPartner": True,
        "vraagtPartnerOm": "client_opzoeken",
        "toelichting": None,
    },
    "reactietijden": {
        "crisis": None,
        "urgent": {"aantal": 48, "eenheid": "uur"},
        "regulier": {"aantal": 2, "eenheid": "week"},
        "vraagHelder": None,
        "toelichting": None,
    },
    "contact": {
        "coordinator": {
            "naam": "Coördinator profiel",
            "email": "coordinator@schuldhulp.example",
            "telefoon": "010-555 01 02",
        },
        "postbus": "info@schuldhulp.example",
        "telefoon": "010-555 01 01",
        "website": "https://schuldhulp.example",
        "openingstijden": _OFFICE,
        "toelichting": None,
    },
    "herzienDatum": "2027-11-01",
}


def whole_profile(**parts: Any) -> dict[str, Any]:
    """Return a profile with every part, some of them replaced."""
    return copy.deepcopy(_WHOLE) | copy.deepcopy(parts)
