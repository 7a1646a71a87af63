"""``/matches``: those in which the caller's organisation takes part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView

from match.matches import MatchStatus
from match.signals import SignalStatus
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.api.signal_schemas import ContactOut, CounterpartOut
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import LINK_HEADER
from verwijsindex.http.fields import Choice, Id, Moment, Part, Schema, Several, Text
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.read_matches import MatchView, list_matches, read_match

blp = GuardedBlueprint(
    "matches",
    guard=requires(Scope.MATCHES),
    description="Matches waaraan de eigen organisatie deelneemt.",
)


class OwnParticipationOut(Schema):
    """A part that one's own organisation has."""

    id = Id(required=True)
    signal_id = Id(data_key="signaal", required=True)
    signal_status = Choice(SignalStatus, data_key="signaalStatus", required=True)
    reference = Text(data_key="kenmerk", required=True)
    unit_id = Id(data_key="afdeling", required=True)
    contact = Part(ContactOut, required=True)


class MatchOut(Schema):
    """A match, with the counterparts that may be seen."""

    id = Id(required=True)
    status = Choice(MatchStatus, required=True)
    opened_at = Moment(data_key="geopendOp", required=True)
    closed_at = Moment(data_key="geslotenOp", allow_none=True)
    own = Several(Part(OwnParticipationOut), data_key="eigenDeelnames", required=True)
    participants = Several(Part(CounterpartOut), data_key="deelnemers", required=True)


class MatchList(Schema):
    """A page of matches."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(MatchOut), data_key="resultaten", required=True)


class MatchQuery(PageQuery):
    """Filters of the list of matches."""

    status = Choice(MatchStatus, load_default=None)


_NEXT = {
    "links": {
        "geefMatch": {
            "operationId": "geefMatch",
            "parameters": {"match_id": "$response.body#/resultaten/0/id"},
        }
    }
}
_SIGNAL = {
    "links": {
        "geefSignaal": {
            "operationId": "geefSignaal",
            "parameters": {"signal_id": "$response.body#/eigenDeelnames/0/signaal"},
        }
    }
}


@blp.route("/matches")
class Matches(MethodView):
    """The list."""

    @blp.doc(operationId="geefMatches", responses={200: _NEXT})
    @blp.arguments(MatchQuery, location="query")
    @blp.response(200, MatchList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef de matches van de eigen organisatie, nieuwste eerst."""
        page = page_of(query)
        total, views = list_matches(
            session(), services(), caller=caller(), status=query["status"], page=page
        )
        return {"total": total, "results": views}, 200, link_headers(page, total)


@blp.route("/matches/<uuid:match_id>")
class OneMatch(MethodView):
    """One match."""

    @blp.doc(operationId="geefMatch", responses={200: _SIGNAL})
    @blp.response(200, MatchOut)
    def get(self, match_id: UUID) -> MatchView:
        """Geef één match, met wie er voor u te zien is."""
        view = read_match(session(), services(), caller=caller(), match_id=match_id)
        if view is None:
            raise Problem(404)
        return view
