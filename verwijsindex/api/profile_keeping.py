"""Keeping a profile: its concept, the administrator's agreement, publication, waiting times."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request
from flask.views import MethodView

from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.api import examples
from verwijsindex.api.guards import EVERYTHING, caller, requires, services, session
from verwijsindex.api.profile_schemas import ConceptIn
from verwijsindex.api.profiles import ORGANISATION, ProfileOut, VersionOut
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import Choice, Number, Part, QueryFlag, Schema, Several, Text
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.use_cases.keep_profile import (
    ConceptView,
    agree,
    keep_waiting_times,
    publish,
    read_concept,
    save_concept,
)
from verwijsindex.use_cases.read_profiles import ProfileView, read_profile

blp = GuardedBlueprint(
    "profielconcepten",
    guard=requires(Scope.PROFILES, Scope.ADMINISTRATION, while_admitting=EVERYTHING),
    description="Werken aan een profiel: wat de organisatie en de beheerder zien en doen.",
)
agreeing_blp = GuardedBlueprint(
    "profielakkoord",
    guard=requires(Scope.ADMINISTRATION),
    description="Akkoord van de beheerder op een profiel.",
)
ETAG_FORM = r'"[0-9]{1,9}[.][0-9]{1,9}"'
ETAG_HEADER = {
    "ETag": {
        "description": "Stuur dit als If-Match mee bij het bewaren.",
        "required": True,
        "schema": {"type": "string"},
    }
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "De ETag van het concept dat u hebt gezien; zonder is het antwoord 428.",
    "schema": {"type": "string", "pattern": f"^{ETAG_FORM}$"},
}


class ConceptOut(Schema):
    """What is being worked on."""

    number = Number(1, 10**6, data_key="versie", required=True)
    state = Choice(ProfileState, data_key="status", allow_none=True)
    missing = ma.fields.List(ma.fields.String(), data_key="ontbreekt", required=True)
    content = ma.fields.Raw(
        data_key="inhoud", allow_none=True, metadata={"type": "object", "nullable": True}
    )


class PublicationQuery(Schema):
    """What whoever publishes confirms."""

    no_longer_sensitive = QueryFlag(
        data_key="gevoeligVervalt",
        load_default=False,
        metadata={
            "description": "Bevestigt dat een gevoelige organisatie het niet meer is: partners"
            " zien daarna de matches die nu voor hen verborgen zijn."
        },
    )


class WaitingTimeIn(Schema):
    """How long one waits for a product."""

    product_key = Text(longest=40, data_key="product", required=True)
    weeks = Number(0, 260, data_key="weken", required=True)


class WaitingTimesIn(Schema):
    """All waiting times of an organisation; a product that is left out has none."""

    waiting_times = Several(Part(WaitingTimeIn), high=60, data_key="wachttijden", required=True)

    @ma.validates_schema
    def _once(self, data: dict[str, Any], **_: Any) -> None:
        keys = [one["product_key"] for one in data["waiting_times"]]
        if len(set(keys)) != len(keys):
            raise ma.ValidationError({"wachttijden": ["noemt een product twee keer"]})


@blp.route(f"{ORGANISATION}/concept")
class Concept(MethodView):
    """What is being worked on; only its own organisation saves it."""

    @blp.doc(operationId="geefProfielconcept")
    @blp.response(200, ConceptOut, headers=ETAG_HEADER)
    def get(self, organisation_id: UUID) -> tuple[ConceptView, int, dict[str, str]]:
        """Geef het concept, of waar het van uitgaat, met wat er nog ontbreekt."""
        view = read_concept(session(), services(), caller=caller(), organisation_id=organisation_id)
        return view, 200, _etag(view)

    @blp.doc(operationId="bewaarProfielconcept", parameters=[IF_MATCH])
    @blp.arguments(
        ConceptIn,
        example=examples.PROFILE_CONCEPT,
        description=f"{BODY_LIMIT} Onderdelen mogen nog ontbreken.",
    )
    @blp.response(200, ConceptOut, headers=ETAG_HEADER)
    @blp.alt_response(412, description="Intussen gewijzigd; er is niets overschreven.")
    @blp.alt_response(428, description="If-Match ontbreekt.")
    def put(
        self, body: dict[str, Any], organisation_id: UUID
    ) -> tuple[ConceptView, int, dict[str, str]]:
        """Bewaar het hele concept; een eerder akkoord vervalt als er iets verandert."""
        view = save_concept(
            session(),
            services(),
            caller=caller(),
            organisation_id=organisation_id,
            if_match=_if_match(),
            parts=body,
        )
        return view, 200, _etag(view)


@agreeing_blp.route(f"{ORGANISATION}/akkoord")
class Agreement(MethodView):
    """The administrator's agreement."""

    @agreeing_blp.doc(operationId="geefProfielAkkoord", parameters=[IF_MATCH])
    @agreeing_blp.response(200, ConceptOut, headers=ETAG_HEADER)
    @agreeing_blp.alt_response(409, description="Nog niet volledig; wat ontbreekt staat erbij.")
    @agreeing_blp.alt_response(412, description="Intussen gewijzigd.")
    @agreeing_blp.alt_response(428, description="If-Match ontbreekt.")
    def post(self, organisation_id: UUID) -> tuple[ConceptView, int, dict[str, str]]:
        """Geef als beheerder akkoord op het concept zoals u het zag (recht 'beheer')."""
        view = agree(
            session(),
            services(),
            actor=caller().actor,
            organisation_id=organisation_id,
            if_match=_if_match(),
        )
        return view, 200, _etag(view)


@blp.route(f"{ORGANISATION}/publicatie")
class Publication(MethodView):
    """Publishing."""

    @blp.doc(operationId="publiceerProfiel", parameters=[IF_MATCH])
    @blp.arguments(PublicationQuery, location="query")
    @blp.response(200, VersionOut)
    @blp.alt_response(412, description="Intussen gewijzigd.")
    @blp.alt_response(428, description="If-Match ontbreekt.")
    @blp.alt_response(409, description="Nog geen akkoord, of het kan nu niet.")
    def post(self, query: dict[str, Any], organisation_id: UUID) -> ProfileVersion:
        """Publiceer het concept waarop akkoord is gegeven; het geldt meteen.

        Voor een afdeling die daarmee zelfstandig wordt, mag nog geen client werken: de beheerder
        laat die toe met 'verwijsindex client allow'.
        """
        found = caller()
        if found.organisation_id != organisation_id and Scope.ADMINISTRATION not in found.scopes:
            raise Problem(404)
        return publish(
            session(),
            services(),
            actor=found.actor,
            organisation_id=organisation_id,
            if_match=_if_match(),
            no_longer_sensitive=query["no_longer_sensitive"],
        )


@blp.route(f"{ORGANISATION}/wachttijden")
class WaitingTimes(MethodView):
    """How long one waits now."""

    @blp.doc(operationId="legWachttijdenVast")
    @blp.arguments(WaitingTimesIn, example=examples.WAITING_TIMES, description=BODY_LIMIT)
    @blp.response(200, ProfileOut)
    @blp.alt_response(409, description="Er is nog geen gepubliceerd profiel.")
    def put(self, body: dict[str, Any], organisation_id: UUID) -> ProfileView:
        """Leg vast hoe lang men nu wacht; dat geldt meteen, zonder nieuwe versie."""
        keep_waiting_times(
            session(),
            services(),
            caller=caller(),
            organisation_id=organisation_id,
            weeks={one["product_key"]: one["weeks"] for one in body["waiting_times"]},
        )
        return read_profile(session(), services(), caller=caller(), organisation_id=organisation_id)


def _if_match() -> str | None:
    tag = request.headers.get("If-Match")
    if tag is not None and not re.fullmatch(ETAG_FORM, tag):
        raise InvalidInput([{"name": "If-Match", "reason": "is geen ETag van een concept"}])
    return None if tag is None else tag.strip('"')


def _etag(view: ConceptView) -> dict[str, str]:
    return {"ETag": f'"{view.etag}"'}
