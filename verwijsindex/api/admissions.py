"""``/toelatingen``: where each organisation is on its way in, for the administrator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView

from orgprofiles.admission import AdmissionStep, StepState
from orgprofiles.organisations import OrganisationStatus
from verwijsindex.api import examples
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import NoQuery, PageQuery, link_headers, page_of
from verwijsindex.api.profile_fields import WebAddress
from verwijsindex.api.profile_parts import OPEN
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT, LINK_HEADER
from verwijsindex.http.fields import (
    Choice,
    Day,
    Email,
    Flag,
    Id,
    Label,
    Number,
    Part,
    Phone,
    Schema,
    Several,
)
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.follow_admission import AdmissionView, list_admissions, read_admission
from verwijsindex.use_cases.keep_admission import Recorded, activate, record_step

blp = GuardedBlueprint(
    "toelatingen",
    guard=requires(Scope.ADMINISTRATION),
    description="De weg van wachtlijst naar deelname: stappen, cohorten, activering.",
)


class PrivacyContactPart(Schema):
    """The privacy officer of an organisation."""

    name = Label(data_key="naam", required=True)
    email = Email(required=True)
    phone = Phone(data_key="telefoon", required=True)


class StepIn(Schema):
    """That a step was done: with a document, or with the person to turn to."""

    done_on = Day(
        data_key="datum",
        metadata={"description": "Niet in de toekomst; zonder is het vandaag."},
        **OPEN,
    )
    document = WebAddress(**OPEN)
    contact = Part(PrivacyContactPart, **OPEN)

    @ma.post_load
    def _recorded(self, data: dict[str, Any], **_: Any) -> Recorded:
        contact = data.pop("contact") or {}
        return Recorded(**data, **{f"contact_{name}": value for name, value in contact.items()})


class CohortOut(Schema):
    """Organisations that begin together."""

    id = Id(required=True)
    name = Label(data_key="naam", required=True)
    starts_on = Day(data_key="startDatum", required=True)


class AdmissionSummaryOut(Schema):
    """Where an organisation is."""

    id = Id(attribute="organisation.id", data_key="organisatie", required=True)
    name = Label(attribute="organisation.name", data_key="naam", required=True)
    status = Choice(OrganisationStatus, attribute="organisation.status", required=True)
    registers = Flag(attribute="organisation.registers", data_key="registreert", required=True)
    cohort = Part(CohortOut, required=True, allow_none=True)
    waiting_since = Day(data_key="wachtSindsDatum", required=True, allow_none=True)
    admitting_since = Day(data_key="inToelatingSindsDatum", required=True, allow_none=True)
    active_since = Day(data_key="actiefSindsDatum", required=True, allow_none=True)
    done = Number(0, len(AdmissionStep), data_key="gedaan", required=True)
    needed = Number(0, len(AdmissionStep), data_key="nodig", required=True)
    next_step = Choice(
        AdmissionStep,
        data_key="volgende",
        required=True,
        allow_none=True,
        metadata={"description": "De eerste stap die nog open is."},
    )


class StepOut(Schema):
    """How far a step is, and what is recorded of it."""

    step = Choice(AdmissionStep, data_key="stap", required=True)
    state = Choice(StepState, data_key="status", required=True)
    done_on = Day(data_key="datum", required=True, allow_none=True)
    to_do = ma.fields.String(data_key="teDoen", required=True, allow_none=True)
    document = ma.fields.String(required=True, allow_none=True)
    contact = Part(PrivacyContactPart, required=True, allow_none=True)


class AdmissionOut(AdmissionSummaryOut):
    """Where an organisation is, step by step."""

    steps = Several(Part(StepOut), data_key="stappen", required=True)
    trained = Number(0, 10**6, data_key="medewerkersOpgeleid", required=True)
    untrained = Number(0, 10**6, data_key="medewerkersNietOpgeleid", required=True)

    @ma.pre_dump
    def _with_records(self, view: AdmissionView, **_: Any) -> dict[str, Any]:
        shown = ("organisation", "cohort", "waiting_since", "admitting_since", "active_since",
                 "done", "needed", "next_step", "trained", "untrained")  # fmt: skip
        return {
            **{name: getattr(view, name) for name in shown},
            "steps": [_step(view, one) for one in view.steps],
        }


def _step(view: AdmissionView, one: Any) -> dict[str, Any]:
    record = view.records.get(one.step)
    contact = None
    if record is not None and record.contact_name is not None:
        contact = {
            "name": record.contact_name,
            "email": record.contact_email,
            "phone": record.contact_phone,
        }
    return {
        "step": one.step,
        "state": one.state,
        "done_on": one.done_on,
        "to_do": one.to_do,
        "document": record.document if record else None,
        "contact": contact,
    }


class AdmissionList(Schema):
    """A page of organisations."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(AdmissionSummaryOut), data_key="resultaten", required=True)


class AdmissionQuery(PageQuery):
    """Which organisations."""

    status = Choice(
        OrganisationStatus,
        load_default=None,
        metadata={"description": "Met 'wachtlijst' komt wie het langst wacht het eerst."},
    )
    cohort_id = Id(data_key="cohort", load_default=None)


_ORGANISATION = "/toelatingen/<uuid:organisation_id>"
_STEP_PARAMETER = {
    "in": "path",
    "name": "stap",
    "required": True,
    "description": "Een stap die wordt vastgelegd: convenant, dpia of privacycontact. Andere"
    " stappen blijken uit wat er is.",
    "schema": {"type": "string", "enum": [one.value for one in AdmissionStep]},
}
_NEXT = {
    "links": {
        "geefToelating": {
            "operationId": "geefToelating",
            "parameters": {"organisation_id": "$response.body#/resultaten/0/organisatie"},
        }
    }
}


@blp.route("/toelatingen")
class Admissions(MethodView):
    """All organisations."""

    @blp.doc(operationId="geefToelatingen", responses={200: _NEXT})
    @blp.arguments(AdmissionQuery, location="query")
    @blp.response(200, AdmissionList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef waar elke organisatie is, op naam; de wachtlijst op volgorde."""
        page = page_of(query)
        total, found = list_admissions(
            session(),
            services(),
            status=query["status"],
            cohort_id=query["cohort_id"],
            page=page,
        )
        return {"total": total, "results": found}, 200, link_headers(page, total)


@blp.route(_ORGANISATION)
class OneAdmission(MethodView):
    """One organisation."""

    @blp.doc(operationId="geefToelating")
    @blp.response(200, AdmissionOut, example=examples.ADMISSION)
    def get(self, organisation_id: UUID) -> AdmissionView:
        """Geef waar één organisatie is, stap voor stap."""
        return read_admission(session(), services(), organisation_id=organisation_id)


@blp.route(f"{_ORGANISATION}/stappen/<string:stap>", parameters=[_STEP_PARAMETER])
class RecordedStep(MethodView):
    """A step that is recorded."""

    @blp.doc(operationId="legToelatingsstapVast")
    @blp.arguments(StepIn, examples=examples.RECORDED_STEPS, description=BODY_LIMIT)
    @blp.response(200, AdmissionOut)
    @blp.alt_response(409, description="Deze stap blijkt uit wat er is.")
    def put(self, body: Recorded, organisation_id: UUID, stap: str) -> AdmissionView:
        """Leg vast dat een stap is gedaan, in plaats van wat er eerder van was vastgelegd."""
        try:
            step = AdmissionStep(stap)
        except ValueError:
            raise Problem(404) from None
        return record_step(
            session(),
            services(),
            actor=caller().actor,
            organisation_id=organisation_id,
            step=step,
            recorded=body,
        )


@blp.route(f"{_ORGANISATION}/activering")
class Activation(MethodView):
    """Letting an organisation take part."""

    @blp.doc(operationId="activeerOrganisatie")
    @blp.arguments(NoQuery, location="query")
    @blp.response(200, AdmissionOut)
    @blp.alt_response(400, description="Hier kan geen zoekvraag bij.")
    @blp.alt_response(
        409, description="Nog niet alle stappen zijn gedaan, of het cohort begint later."
    )
    def post(self, _query: dict[str, Any], organisation_id: UUID) -> AdmissionView:
        """Laat een organisatie deelnemen, vanaf nu; nog eens verandert niets."""
        return activate(
            session(), services(), actor=caller().actor, organisation_id=organisation_id
        )
