"""``/matches``: those in which the caller's organisation takes part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from match.case_leads import Lead
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.match_schemas import (
    LeadRequest,
    MatchList,
    MatchOut,
    MatchQuery,
    ParticipationPatch,
)
from verwijsindex.api.paging import NoQuery, link_headers, page_of
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT, LINK_HEADER
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.follow_up_match import (
    FollowUpChange,
    confirm_acquaintance,
    record_follow_up,
)
from verwijsindex.use_cases.lead_match import accept_lead, decline_lead, propose_lead
from verwijsindex.use_cases.match_views import MatchView
from verwijsindex.use_cases.read_matches import list_matches, read_match
from verwijsindex.use_cases.reveal_participation import reveal_participation

blp = GuardedBlueprint(
    "matches",
    guard=requires(Scope.MATCHES),
    description="Matches waaraan de eigen organisatie deelneemt.",
)

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
        """Geef de matches van de eigen organisatie, nieuwste eerst of naar opvolgdatum."""
        page = page_of(query)
        total, views = list_matches(
            session(),
            services(),
            caller=caller(),
            status=query["status"],
            stage=query["stage"],
            kind=query["kind"],
            order=query["order"],
            page=page,
        )
        return {"total": total, "results": views}, 200, link_headers(page, total)


@blp.route("/matches/<uuid:match_id>")
class OneMatch(MethodView):
    """One match."""

    @blp.doc(operationId="geefMatch", responses={200: _SIGNAL})
    @blp.response(200, MatchOut)
    def get(self, match_id: UUID) -> MatchView:
        """Geef één match, met wie er voor u te zien is."""
        return _shown(match_id)


@blp.route("/matches/<uuid:match_id>/deelnames/<uuid:participation_id>")
class OwnParticipation(MethodView):
    """One's own part in a match."""

    @blp.doc(operationId="wijzigDeelname")
    @blp.arguments(ParticipationPatch, description=BODY_LIMIT)
    @blp.response(200, MatchOut)
    @blp.alt_response(
        409, description="Er valt niets zichtbaar te maken of vast te leggen, of dit kan nu niet."
    )
    def patch(self, body: dict[str, Any], match_id: UUID, participation_id: UUID) -> MatchView:
        """Leg vast wat u met de match deed, bevestig dat u al contact had, of word zichtbaar."""
        where: dict[str, Any] = {
            "caller": caller(),
            "match_id": match_id,
            "participation_id": participation_id,
        }
        if "status" in body:
            change = FollowUpChange(**body)
            record_follow_up(session(), services(), **where, change=change)
        elif "confirmed" in body:
            confirm_acquaintance(session(), services(), **where, others=body["confirmed"])
        else:
            reveal_participation(session(), services(), **where)
        return _shown(match_id)


@blp.route("/matches/<uuid:match_id>/regie")
class TheLead(MethodView):
    """Who keeps the overview."""

    @blp.doc(operationId="vraagRegie")
    @blp.arguments(LeadRequest, description=BODY_LIMIT)
    @blp.response(200, MatchOut)
    @blp.alt_response(409, description="Een ander heeft de regie, of wie u vraagt ziet u niet.")
    def put(self, body: Lead, match_id: UUID) -> MatchView:
        """Neem de regie, vraag een andere deelnemer, of leg vast dat de cliënt de regie heeft."""
        propose_lead(
            session(),
            services(),
            caller=caller(),
            match_id=match_id,
            lead=body,
        )
        return _shown(match_id)


@blp.route("/matches/<uuid:match_id>/regie/aanvaarding")
class LeadAcceptance(MethodView):
    """Saying yes."""

    @blp.doc(operationId="aanvaardRegie")
    @blp.arguments(NoQuery, location="query")
    @blp.response(200, MatchOut)
    @blp.alt_response(400, description="Hier kan geen zoekvraag bij.")
    @blp.alt_response(409, description="Niemand vroeg u om de regie.")
    def post(self, _query: dict[str, Any], match_id: UUID) -> MatchView:
        """Aanvaard de regie die u is gevraagd."""
        accept_lead(session(), services(), caller=caller(), match_id=match_id)
        return _shown(match_id)


@blp.route("/matches/<uuid:match_id>/regie/weigering")
class LeadRefusal(MethodView):
    """Saying no."""

    @blp.doc(operationId="weigerRegie")
    @blp.arguments(NoQuery, location="query")
    @blp.response(200, MatchOut)
    @blp.alt_response(400, description="Hier kan geen zoekvraag bij.")
    @blp.alt_response(409, description="Niemand vroeg u om de regie, en u hebt haar niet.")
    def post(self, _query: dict[str, Any], match_id: UUID) -> MatchView:
        """Weiger de regie die u is gevraagd, of geef terug wat u had aanvaard."""
        decline_lead(session(), services(), caller=caller(), match_id=match_id)
        return _shown(match_id)


def _shown(match_id: UUID) -> MatchView:
    view = read_match(session(), services(), caller=caller(), match_id=match_id)
    if view is None:
        raise Problem(404)
    return view
