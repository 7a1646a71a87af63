"""The calls that take a body, each with a good one; a test compares them with the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import marshmallow as ma

from tests.profile_contents import whole_profile
from tests.world import Member
from verwijsindex.api.admissions import StepIn
from verwijsindex.api.caseloads import CaseloadIn
from verwijsindex.api.lead_rules import LeadRuleIn
from verwijsindex.api.leaving import LeavingIn
from verwijsindex.api.match_schemas import LeadRequest, ParticipationPatch
from verwijsindex.api.professionals import ProfessionalIn
from verwijsindex.api.profile_keeping import WaitingTimesIn
from verwijsindex.api.profile_schemas import ConceptIn
from verwijsindex.api.rule_schemas import RulesIn
from verwijsindex.api.signal_schemas import BatchIn, HistoryIn, SignalIn, SignalPatch, SignalSearch
from verwijsindex.api.stand_ins import StandInIn
from verwijsindex.api.transfers import TransferIn

NOBODYS_ID = "0193b5f0-0000-7000-8000-000000000000"
_TOLD = {
    "door": "eigen",
    "aan": ["client"],
    "wijze": "gesprek",
    "datum": "2026-11-20",
    "reactie": "instemming",
}
DEFERRED = {"uitgesteldReden": "onderzoek", "herzienDatum": "2026-12-20"}


@dataclass(frozen=True)
class Call:
    """A call with a body.

    Attributes:
        method: In capitals.
        path: As sent.
        instance: The route's template, as Flask has it.
        schema: Of the body.
        good: Makes a good body.
    """

    method: str
    path: str
    instance: str
    schema: type[ma.Schema]
    good: Callable[[Member], dict[str, Any]]

    @property
    def route(self) -> str:
        """The route as the document has it, below its server."""
        below = self.instance.removeprefix("/api/v1")
        return below.replace("<uuid:", "{").replace("<string:", "{").replace(">", "}")


def _patch(body: dict[str, Any]) -> Call:
    return Call(
        "PATCH",
        f"/api/v1/signalen/{NOBODYS_ID}",
        "/api/v1/signalen/<uuid:signal_id>",
        SignalPatch,
        lambda _: body,
    )


def _transfer(body: dict[str, Any]) -> Call:
    return Call(
        "POST",
        f"/api/v1/signalen/{NOBODYS_ID}/overdracht",
        "/api/v1/signalen/<uuid:signal_id>/overdracht",
        TransferIn,
        lambda _: body,
    )


def _part(body: dict[str, Any]) -> Call:
    return Call(
        "PATCH",
        f"/api/v1/matches/{NOBODYS_ID}/deelnames/{NOBODYS_ID}",
        "/api/v1/matches/<uuid:match_id>/deelnames/<uuid:participation_id>",
        ParticipationPatch,
        lambda _: body,
    )


def _lead(body: dict[str, Any]) -> Call:
    return Call(
        "PUT",
        f"/api/v1/matches/{NOBODYS_ID}/regie",
        "/api/v1/matches/<uuid:match_id>/regie",
        LeadRequest,
        lambda _: body,
    )


def _record(step: str, body: dict[str, Any]) -> Call:
    return Call(
        "PUT",
        f"/api/v1/toelatingen/{NOBODYS_ID}/stappen/{step}",
        "/api/v1/toelatingen/<uuid:organisation_id>/stappen/<string:stap>",
        StepIn,
        lambda _: body,
    )


CALLS = {
    "register": Call(
        "POST", "/api/v1/signalen", "/api/v1/signalen", SignalIn, lambda m: m.signal(1)
    ),
    "register, deferred": Call(
        "POST",
        "/api/v1/signalen",
        "/api/v1/signalen",
        SignalIn,
        lambda m: m.signal(1, geinformeerd=DEFERRED, contact={"afdeling": True}),
    ),
    "batch": Call(
        "POST",
        "/api/v1/signalen/batch",
        "/api/v1/signalen/batch",
        BatchIn,
        lambda m: {"signalen": [m.signal(1)], "proef": False},
    ),
    "search": Call(
        "POST",
        "/api/v1/signalen/_zoek",
        "/api/v1/signalen/_zoek",
        SignalSearch,
        lambda _: {"kenmerk": "D-1", "status": "actief"},
    ),
    "end": _patch({"status": "beeindigd", "reden": "afgerond"}),
    "extend": _patch({"vervaltDatum": "2027-12-01", "leeftijdsgroep": "23+"}),
    "inform": _patch({"geinformeerd": _TOLD}),
    "defer": _patch({"geinformeerd": DEFERRED}),
    "still involved": _patch({"nogBetrokken": True}),
    "open history": Call(
        "POST",
        f"/api/v1/signalen/{NOBODYS_ID}/inzage",
        "/api/v1/signalen/<uuid:signal_id>/inzage",
        HistoryIn,
        lambda _: {"reden": "vraag_client"},
    ),
    "transfer": _transfer({"medewerker": "m2"}),
    "transfer to a team": _transfer({"afdeling": True}),
    "transfer to a unit": _transfer({"medewerker": "m2", "afdeling": NOBODYS_ID}),
    "transfer everything": Call(
        "POST",
        "/api/v1/medewerkers/m9/overdracht",
        "/api/v1/medewerkers/<string:sleutel>/overdracht",
        TransferIn,
        lambda _: {"afdeling": True},
    ),
    "leave": Call(
        "POST",
        "/api/v1/medewerkers/m9/vertrek",
        "/api/v1/medewerkers/<string:sleutel>/vertrek",
        LeavingIn,
        lambda _: {"overdracht": {"medewerker": "m2"}},
    ),
    "caseload": Call(
        "POST",
        "/api/v1/caseloads",
        "/api/v1/caseloads",
        CaseloadIn,
        lambda m: {
            "run": str(uuid4()),
            "deel": 1,
            "laatste": False,
            "afdeling": str(next(iter(m.units.values()))),
            "signalen": [{k: v for k, v in m.signal(1).items() if k != "afdeling"}],
            "reden": "afgerond",
            "bevestigd": False,
            "proef": False,
            "overgeslagen": 0,
        },
    ),
    "save concept": Call(
        "PUT",
        f"/api/v1/organisatieprofielen/{NOBODYS_ID}/concept",
        "/api/v1/organisatieprofielen/<uuid:organisation_id>/concept",
        ConceptIn,
        lambda _: whole_profile(),
    ),
    "keep waiting times": Call(
        "PUT",
        f"/api/v1/organisatieprofielen/{NOBODYS_ID}/wachttijden",
        "/api/v1/organisatieprofielen/<uuid:organisation_id>/wachttijden",
        WaitingTimesIn,
        lambda _: {"wachttijden": [{"product": "budgetbeheer", "weken": 2}]},
    ),
    "reveal": _part({"zichtbaar": True}),
    "follow up": _part({"status": "contact_gelegd", "opbrengst": ["meer_zicht"]}),
    "pick up": _part({"status": "opgepakt", "opgepaktDoor": "m1"}),
    "were in contact": _part({"status": "waren_al_in_contact", "met": [NOBODYS_ID]}),
    "confirm": _part({"bevestigd": [NOBODYS_ID]}),
    "ask for the lead": _lead({"deelname": NOBODYS_ID}),
    "ask a regisseur": _lead({"matchregisseur": NOBODYS_ID}),
    "leave the lead to the client": _lead({"client": True}),
    "rules": Call(
        "POST",
        "/api/v1/matchregels",
        "/api/v1/matchregels",
        RulesIn,
        lambda m: {
            "reden": "Afgesproken in het overleg",
            "regels": [
                {
                    "gevoelig": "een",
                    "gevolg": "eerst_gevoelige_kant",
                    "grondslag": "Wet X",
                    "verwijzing": "Convenant Y",
                    "paren": [["ggz", "schulden"]],
                }
            ],
            "organisaties": [],
            "proef": True,
        },
    ),
    "rule on leads": Call(
        "POST",
        "/api/v1/regieafspraken",
        "/api/v1/regieafspraken",
        LeadRuleIn,
        lambda m: {
            "reden": "Afgesproken in het overleg",
            "voorkeuren": [{"domein": "zorg"}, {"organisatie": str(m.id)}],
        },
    ),
    "keep professional": Call(
        "PUT",
        "/api/v1/medewerkers/m9",
        "/api/v1/medewerkers/<string:sleutel>",
        ProfessionalIn,
        lambda m: {
            "naam": "A. Ander",
            "functie": "consulent",
            "afdeling": str(next(iter(m.units.values()))),
            "email": "a@schuldhulp.example",
            "telefoon": "010-7654321",
            "status": "actief",
            "opgeleidDatum": "2026-01-05",
            "bezorging": "dagelijks",
        },
    ),
    "make stand-in": Call(
        "POST",
        "/api/v1/medewerkers/m1/waarnemingen",
        "/api/v1/medewerkers/<string:sleutel>/waarnemingen",
        StandInIn,
        lambda _: {
            "waarnemer": "m2",
            "vanDatum": "2026-12-21",
            "totEnMetDatum": "2027-01-03",
            "bezorging": "beiden",
        },
    ),
    "record step with a document": _record(
        "dpia", {"datum": "2026-01-05", "document": "https://documenten.example/dpia"}
    ),
    "record step with a contact": _record(
        "privacycontact",
        {
            "datum": "2026-01-05",
            "contact": {
                "naam": "P. Privacy",
                "email": "privacy@schuldhulp.example",
                "telefoon": "010-7654321",
            },
        },
    ),
}
