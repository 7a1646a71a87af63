"""Examples for the document: of the right form, and about nobody.

No digits in a row that could be somebody's number.
"""

from __future__ import annotations

from typing import Any

from crypto.evaluation import EVALUATION_BYTES
from crypto.oprf import SCALAR_BYTES

_SIGNAL = "0193b5f0-aaaa-7bbb-8ccc-ddddeeeeffff"
_MATCH = "0193b5f0-aaaa-7bbb-8ccc-eeeeffff0000"
_PARTICIPATION = "0193b5f0-aaaa-7bbb-8ccc-ffff0000aaaa"
_UNIT = "0193b5f0-aaaa-7bbb-8ccc-0000aaaabbbb"
_COLLEAGUE: dict[str, Any] = {
    "naam": "R. de Vries",
    "functie": "consulent schuldhulp",
    "telefoon": "020-555 01 00",
    "email": "r.devries@schuldhulp.example",
}
_CONTACT = {**_COLLEAGUE, "waarnemer": None}


def _octets(length: int) -> str:
    """Return bytes of zeros in base64url."""
    return "A" * -(-length * 4 // 3)


INFORMED = {
    "door": "eigen",
    "aan": ["client"],
    "wijze": "gesprek",
    "datum": "2026-11-20",
    "reactie": "niet_gevraagd",
}
SIGNAL_IN = {
    "evaluatie": _octets(EVALUATION_BYTES),
    "blindering": _octets(SCALAR_BYTES),
    "afdeling": _UNIT,
    "contact": {"medewerker": "j.jansen"},
    "leeftijdsgroep": "23+",
    "kenmerk": "D-2291",
    "geinformeerd": INFORMED,
    "vervaltDatum": "2027-12-01",
}
SIGNAL_OUT = {
    "id": _SIGNAL,
    "status": "actief",
    "kenmerk": "D-2291",
    "vervaltDatum": "2027-12-01",
    "geregistreerdOp": "2026-11-23T10:00:00Z",
    "afdeling": _UNIT,
    "contact": {"medewerker": "j.jansen"},
    "match": {
        "id": _MATCH,
        "status": "open",
        "deelnemers": [
            {
                "deelname": _PARTICIPATION,
                "organisatie": "Schuldhulp Voorbeeldstad",
                "domein": "schulden",
                "contact": _CONTACT,
                "sindsDatum": "2026-09-01",
            }
        ],
    },
}
BATCH_IN = {"signalen": [SIGNAL_IN], "proef": True}
BATCH_OUT = {
    "resultaten": [
        {"positie": 0, "status": "aangemaakt", "id": _SIGNAL},
        {
            "positie": 1,
            "status": "afgewezen",
            "invalidParams": [{"name": "leeftijdsgroep", "reason": "ontbreekt"}],
        },
    ]
}
_RUN = "0193b5f0-aaaa-7bbb-8ccc-bbbbccccdddd"
CASELOAD_IN = {
    "run": _RUN,
    "deel": 1,
    "laatste": True,
    "afdeling": _UNIT,
    "signalen": [
        {name: value for name, value in SIGNAL_IN.items() if name != "afdeling"},
        {"id": _SIGNAL},
    ],
}
CASELOAD_OUT = {
    "run": _RUN,
    "deel": 1,
    "status": "klaar",
    "aangemaakt": 1,
    "ongewijzigd": 1,
    "overgedragen": 0,
    "afgewezen": 0,
    "beeindigd": 2,
    "resultaten": [{"positie": 0, "status": "aangemaakt", "id": _MATCH}],
}
TRANSFER_IN = {"medewerker": "a.bakker"}
LEAVING_IN = {"overdracht": TRANSFER_IN}
SEARCH = {"kenmerk": "D-2291", "status": "actief"}
SIGNAL_PATCHES = {
    "beeindigen": {"value": {"status": "beeindigd", "reden": "afgerond"}},
    "verlengen": {"value": {"vervaltDatum": "2028-06-01", "leeftijdsgroep": "23+"}},
    "informeren": {"value": {"geinformeerd": INFORMED}},
    "bevestigen": {"value": {"nogBetrokken": True}},
}
STAND_IN_IN = {
    "waarnemer": "r.devries",
    "vanDatum": "2026-12-21",
    "totEnMetDatum": "2027-01-03",
    "bezorging": "waarnemer",
}
PROFESSIONAL_IN = {
    **_COLLEAGUE,
    "afdeling": _UNIT,
    "status": "actief",
    "opgeleidDatum": "2026-09-15",
}
WAITING_TIMES = {"wachttijden": [{"product": "spreekuur", "weken": 2}]}
PROFILE_CONCEPT: dict[str, Any] = {
    "terugkoppeling": {
        "meldt": ["gekomen_of_niet", "terecht_en_opgepakt"],
        "binnenWerkdagen": 10,
        "toelichting": "Alleen als de cliënt daarmee instemt.",
    },
    "herzienDatum": "2027-11-01",
}
_COVENANT = {
    "datum": "2026-09-15",
    "document": "https://documenten.voorbeeldstad.example/convenant",
}
_PRIVACY_CONTACT = {
    "naam": "F. Bakker",
    "email": "privacy@schuldhulp.example",
    "telefoon": "020-555 01 09",
}
RECORDED_STEPS = {
    "document": {"value": _COVENANT},
    "contact": {"value": {"datum": "2026-09-15", "contact": _PRIVACY_CONTACT}},
}
_NOTHING = {"datum": None, "teDoen": None, "document": None, "contact": None}
ADMISSION = {
    "organisatie": "0193b5f0-aaaa-7bbb-8ccc-aaaabbbbcccc",
    "naam": "Schuldhulp Voorbeeldstad",
    "status": "in_toelating",
    "registreert": True,
    "cohort": {
        "id": "0193b5f0-aaaa-7bbb-8ccc-bbbbccccdddd",
        "naam": "Eerste cohort",
        "startDatum": "2027-01-04",
    },
    "wachtSindsDatum": "2026-06-01",
    "inToelatingSindsDatum": "2026-09-01",
    "actiefSindsDatum": None,
    "gedaan": 2,
    "nodig": 11,
    "volgende": "dpia",
    "stappen": [
        {**_NOTHING, "stap": "convenant", "status": "gedaan", **_COVENANT},
        {
            **_NOTHING,
            "stap": "dpia",
            "status": "open",
            "teDoen": "leg vast wanneer de DPIA is vastgesteld, en waar die staat",
        },
        {
            **_NOTHING,
            "stap": "privacycontact",
            "status": "gedaan",
            "datum": "2026-09-15",
            "contact": _PRIVACY_CONTACT,
        },
    ],
    "medewerkersOpgeleid": 0,
    "medewerkersNietOpgeleid": 4,
}
