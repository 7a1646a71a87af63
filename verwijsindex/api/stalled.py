"""``/vastgelopen-matches``: what nobody followed up, for the administrator."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from orgprofiles.domains import Domain
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import LINK_HEADER
from verwijsindex.http.fields import Choice, Day, Id, Label, Part, Schema, Several
from verwijsindex.use_cases.read_stalled import MOST_LISTED, list_stalled

blp = GuardedBlueprint(
    "vastgelopen-matches",
    guard=requires(Scope.ADMINISTRATION),
    description="Matches die niemand opvolgde: wiens, en sinds wanneer.",
)


class StalledOut(Schema):
    """A part in a match of which nobody recorded what came of it."""

    organisation_id = Id(data_key="organisatie", required=True)
    organisation_name = Label(data_key="naam", required=True)
    domain = Choice(Domain, data_key="domein", required=True)
    deadline = Day(
        data_key="opvolgenVoorDatum",
        required=True,
        metadata={"description": "Vóór deze dag was het vast te leggen."},
    )


class StalledList(Schema):
    """A page of them."""

    total = ma.fields.Integer(
        data_key="totaal",
        required=True,
        metadata={"description": f"Hoogstens {MOST_LISTED}; dan kunnen het er meer zijn."},
    )
    results = Several(Part(StalledOut), data_key="resultaten", required=True)


@blp.route("/vastgelopen-matches")
class StalledMatches(MethodView):
    """The list."""

    @blp.doc(operationId="geefVastgelopenMatches")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, StalledList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef wat vijftien werkdagen na de uiterste dag nog openstaat, het oudste eerst."""
        page = page_of(query)
        total, found = list_stalled(session(), services(), caller=caller(), page=page)
        return {"total": total, "results": found}, 200, link_headers(page, total)
