"""``/organisaties``: who takes part, with which units."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView

from orgprofiles.domains import Domain
from verwijsindex.api.guards import EVERYTHING, caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import LINK_HEADER
from verwijsindex.http.fields import Choice, Flag, Id, Part, QueryFlag, Schema, Several, Text
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.read_organisations import (
    OrganisationView,
    list_organisations,
    read_organisation,
)

blp = GuardedBlueprint(
    "organisaties",
    # A source system that only registers needs the ids of its own units.
    guard=requires(Scope.PROFILES, Scope.SIGNALS, while_admitting=EVERYTHING),
    description="Deelnemende organisaties en hun afdelingen.",
)


class UnitOut(Schema):
    """A unit that takes part."""

    id = Id(required=True)
    name = Text(data_key="naam", required=True)
    domain = Choice(Domain, data_key="domein", required=True)
    independent = Flag(data_key="zelfstandig", required=True)
    phone = Text(data_key="telefoon", required=True)


class OrganisationOut(Schema):
    """An organisation that takes part."""

    id = Id(required=True)
    name = Text(data_key="naam", required=True)
    is_own = Flag(data_key="eigen", required=True)
    units = Several(Part(UnitOut), data_key="afdelingen", required=True)


class OrganisationList(Schema):
    """A page of organisations."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(OrganisationOut), data_key="resultaten", required=True)


class OrganisationQuery(PageQuery):
    """Filters of the directory."""

    only_own = QueryFlag(
        data_key="eigen",
        load_default=False,
        metadata={"description": "Alleen de eigen organisatie."},
    )


_NEXT = {
    "links": {
        "geefOrganisatie": {
            "operationId": "geefOrganisatie",
            "parameters": {"organisation_id": "$response.body#/resultaten/0/id"},
        }
    }
}


@blp.route("/organisaties")
class Organisations(MethodView):
    """The directory."""

    @blp.doc(operationId="geefOrganisaties", responses={200: _NEXT})
    @blp.arguments(OrganisationQuery, location="query")
    @blp.response(200, OrganisationList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef de deelnemende organisaties op naam."""
        page = page_of(query)
        total, views = list_organisations(
            session(), services(), caller=caller(), only_own=query["only_own"], page=page
        )
        return {"total": total, "results": views}, 200, link_headers(page, total)


@blp.route("/organisaties/<uuid:organisation_id>")
class OneOrganisation(MethodView):
    """One organisation."""

    @blp.doc(operationId="geefOrganisatie")
    @blp.response(200, OrganisationOut)
    def get(self, organisation_id: UUID) -> OrganisationView:
        """Geef één organisatie."""
        view = read_organisation(
            session(), services(), caller=caller(), organisation_id=organisation_id
        )
        if view is None:
            raise Problem(404)
        return view
