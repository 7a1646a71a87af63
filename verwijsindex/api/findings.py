"""``/meldingen``: what looked like searching, for the administrator."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import LINK_HEADER
from verwijsindex.http.fields import Id, Label, Moment, Part, Schema, Several
from verwijsindex.use_cases.read_findings import list_findings

blp = GuardedBlueprint(
    "meldingen",
    guard=requires(Scope.ADMINISTRATION),
    description="Wie veel cliënten registreerde en snel weer liet eindigen; geen cliënten.",
)


class FoundProfessionalOut(Schema):
    """Whom it is about."""

    name = Label(data_key="naam", attribute="professional_name", required=True)
    function = Label(data_key="functie", attribute="professional_function", required=True)


class FindingOut(Schema):
    """What looked like searching."""

    id = Id(attribute="finding.id", required=True)
    organisation_id = Id(data_key="organisatie", attribute="finding.organisation_id", required=True)
    organisation_name = Label(data_key="naam", required=True)
    professional = Part(
        FoundProfessionalOut,
        data_key="medewerker",
        required=True,
        allow_none=True,
        metadata={"description": "null: niet bij één medewerker."},
    )
    since = Moment(data_key="vanaf", attribute="finding.since", required=True)
    found_at = Moment(data_key="gevondenOp", attribute="finding.found_at", required=True)
    registered = ma.fields.Integer(
        data_key="geregistreerd", attribute="finding.registered", required=True
    )
    withdrawn = ma.fields.Integer(
        data_key="snelGeeindigd",
        attribute="finding.withdrawn",
        required=True,
        metadata={"description": "Daarvan: binnen een week geëindigd, of meteen vervallen."},
    )
    wrong = ma.fields.Integer(
        data_key="verkeerdePersoon",
        attribute="finding.wrong",
        required=True,
        metadata={"description": "Daarvan: geëindigd omdat het de verkeerde persoon was."},
    )


class FindingList(Schema):
    """A page of them."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(FindingOut), data_key="resultaten", required=True)


@blp.route("/meldingen")
class Findings(MethodView):
    """The list."""

    @blp.doc(operationId="geefMeldingen")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, FindingList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef wie opvallend veel cliënten registreerde die snel weer eindigden, nieuwste eerst."""
        page = page_of(query)
        total, found = list_findings(session(), services(), caller=caller(), page=page)
        return {"total": total, "results": found}, 200, link_headers(page, total)
