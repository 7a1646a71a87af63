"""A profile in which everything is said: six districts, routes per product, night hours, all words."""

from __future__ import annotations

import copy
from typing import Any

from tests.profile_contents import whole_profile

DISTRICTS = ["Centrum", "Haven", "Noord", "Oost", "West", "Zuidrand"]
URGENT_PHONE = "010-555 02 99"
_DESK = {
    "week": [
        {"dagen": ["ma", "di", "wo", "do"], "van": "08:30", "tot": "12:30"},
        {"dagen": ["ma", "di", "wo", "do"], "van": "13:00", "tot": "17:00"},
        {"dagen": ["vr"], "van": "08:30", "tot": "12:30"},
    ],
    "feestdagenGesloten": True,
    "uitzonderingen": [
        {"datum": "2026-12-24", "tijden": [{"van": "09:00", "tot": "12:00"}]},
        {"datum": "2026-12-31", "tijden": []},
        {"datum": "2020-01-02", "tijden": []},
    ],
}
_NIGHT = {
    "week": [{"dagen": ["za", "zo"], "van": "22:00", "tot": "06:00"}],
    "feestdagenGesloten": False,
    "uitzonderingen": [],
}


def channel(means: str, **fields: Any) -> dict[str, Any]:
    """Return a way to come in; what is not given is open."""
    empty = dict.fromkeys(
        (
            *("naam", "webadres", "email", "telefoon", "plaats", "tijden"),
            *("beantwoordtDoor", "vooralDoor", "beltDoorNaar"),
        )
    )
    return {"middel": means, **empty, "wijken": [], "alleenPartners": False, **fields}


def route(kind: str, channels: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return a route in; what is not given is empty."""
    return {
        "soort": kind,
        "producten": [],
        "kanalen": channels,
        "aanmeldenKan": True,
        "opgepaktDoor": None,
        "spoedBlijktUit": [],
        "spoedAanpak": None,
        "komtVoor": None,
        "ookMailen": False,
        "terugbellenBinnen": None,
        "terugbellenHoeVaak": None,
        "deeltNiet": [],
        "toelichting": None,
        **fields,
    }


def rich_profile(**parts: Any) -> dict[str, Any]:
    """Return the profile of a neighbourhood team, some parts replaced."""
    start = whole_profile()
    rich = {
        "identiteit": start["identiteit"]
        | {
            "naam": "Sociaal wijkteam",
            "nummer": {"soort": "oin", "waarde": "00000001234567890000"},
            "wijken": DISTRICTS,
            "doelgroep": {"vanafMaanden": -9, "totEnMetJaar": None},
            "toelichting": "Wij werken voor iedereen die in de stad woont.",
        },
        "afdelingen": [
            {
                "naam": "Team Jeugd",
                "domein": "jeugd",
                "doetMee": True,
                "zelfstandig": False,
                "postbus": "jeugd@wijkteam.example",
                "telefoon": "010-555 02 20",
                "toelichting": "Belt het liefst in de ochtend.",
            },
            {
                "naam": "Vrijwilligers",
                "domein": "maatschappelijke_ondersteuning",
                "doetMee": False,
                "zelfstandig": True,
                "postbus": None,
                "telefoon": "010-555 02 21",
                "toelichting": None,
            },
        ],
        "grondslagen": [
            {
                "domein": "jeugd",
                "leeftijdsgroepen": ["0-11", "12-15"],
                "eist": "geen_bezwaar",
                "uitstelMag": True,
                "verwijzing": "Jeugdwet, artikel 7.1.4.1",
                "geldigVanafDatum": "2026-01-01",
                "geldigTotDatum": "2028-12-31",
                "herzienDatum": None,
                "toelichting": "Ouders horen het, en vanaf twaalf jaar het kind zelf.",
            }
        ],
        "producten": [
            start["producten"][0]
            | {
                "sleutel": "gezin",
                "naam": "Hulp bij opvoeden",
                "leefgebieden": ["gezondheid", "zorgtaken", "sociale_steun"],
                "fasen": ["preventie", "vroegsignalering", "hulp"],
                "doelgroep": {"vanafMaanden": -9, "totEnMetJaar": 23},
                "vormen": ["individueel", "groep"],
                "vrijwilligers": True,
                "toelichting": "Een vrijwilliger komt elke week langs.",
            },
            start["producten"][0]
            | {
                "sleutel": "huishouden",
                "naam": "Hulp in het huishouden",
                "leefgebieden": ["wonen", "conflict"],
                "fasen": ["wettelijk_traject", "nazorg"],
                "duur": None,
            },
        ],
        "routes": [
            route(
                "warm",
                [
                    channel(
                        "postbus",
                        email=f"{name.lower()}@wijkteam.example",
                        wijken=[name],
                        beantwoordtDoor="contactpersoon_wijk",
                    )
                    for name in DISTRICTS
                ],
                terugbellenBinnen={"aantal": 1, "eenheid": "werkdag"},
                toelichting="Stuur het aanmeldformulier naar de wijk waar uw cliënt woont.",
            ),
            route(
                "warm",
                [
                    channel(
                        "formulier",
                        webadres="https://wijkteam.example/huishouden",
                        beantwoordtDoor="intaker",
                    ),
                    channel("inloop", plaats="Dorpsplein 1", tijden=_NIGHT),
                ],
                producten=["huishouden"],
            ),
            route(
                "telefonisch",
                [
                    channel(
                        "telefoon",
                        telefoon="010-555 02 00",
                        alleenPartners=True,
                        beantwoordtDoor="iedereen",
                        vooralDoor="wie_geen_spreekuur_heeft",
                    )
                ],
                aanmeldenKan=False,
                terugbellenHoeVaak="vaak",
                deeltNiet=["inhoud", "persoonsgegevens", "client_zijn"],
                terugbellenBinnen={"aantal": 2, "eenheid": "werkdag"},
            ),
            route(
                "urgent",
                [
                    channel(
                        "telefoon",
                        naam="Servicebalie",
                        telefoon=URGENT_PHONE,
                        tijden=_DESK,
                        beantwoordtDoor="receptie",
                        beltDoorNaar="contactpersoon_wijk",
                    ),
                    channel("postbus", email="spoed@wijkteam.example"),
                ],
                spoedBlijktUit=[
                    {"wat": "onveiligheid", "toonMet": ["mondeling"]},
                    {"wat": "aangekondigde_ontruiming", "toonMet": ["bijlage", "datum"]},
                ],
                spoedAanpak="zelfde_dag",
                komtVoor="soms",
                ookMailen=True,
                terugbellenBinnen={"aantal": 4, "eenheid": "uur"},
                deeltNiet=["client_zijn"],
                toelichting="Zeg dat het spoed is: zij bellen de contactpersoon van de wijk.",
            ),
        ],
        "doorverwijzen": [
            start["doorverwijzen"][0] | {"toelichting": "De cliënt krijgt een folder mee."},
            start["doorverwijzen"][1],
        ],
        "contact": start["contact"]
        | {
            "telefoon": "010-555 02 00",
            "openingstijden": _DESK,
            "toelichting": "U krijgt eerst de servicebalie.",
        },
        "reactietijden": start["reactietijden"]
        | {
            "crisis": {"aantal": 0, "eenheid": "uur"},
            "urgent": {"aantal": 48, "eenheid": "uur"},
            "vraagHelder": {"aantal": 8, "eenheid": "week"},
        },
    }
    return copy.deepcopy(start | rich | parts)
