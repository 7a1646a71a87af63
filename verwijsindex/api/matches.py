"""``/matches``: those in which the caller's organisation takes part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView
from marshmallow import ValidationError

from match.matches import MatchStatus
from match.signals import SignalStatus
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.api.signal_schemas import ContactOut, CounterpartOut
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT, LINK_HEADER
from verwijsindex.http.fields import Choice, Flag, Id, Moment, Part, Schema, Several, Text
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.read_matches import MatchView, list_matches, read_match
from verwijsindex.use_cases.reveal_participation import reveal_participation

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
    is_visible = Flag(
        data_key="zichtbaar",
        required=True,
        metadata={
            "description": "false: u ziet iemand die u niet ziet; met PATCH maakt u zich zichtbaar."
        },
    )


def _only_true(value: bool) -> None:  # noqa: FBT001 (marshmallow calls it so)
    if not value:
        raise ValidationError("kan alleen true worden")


class ParticipationPatch(Schema):
    """What one does with one's own part in a match; one thing at a time."""

    FORMS = ((("zichtbaar",), ()),)

    is_visible = Flag(
        data_key="zichtbaar",
        required=True,
        validate=_only_true,
        metadata={
            "enum": [True],
            "description": "Zichtbaar worden kan niet ongedaan worden gemaakt.",
        },
    )


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


@blp.route("/matches/<uuid:match_id>/deelnames/<uuid:participation_id>")
class OwnParticipation(MethodView):
    """One's own part in a match."""

    @blp.doc(operationId="wijzigDeelname")
    @blp.arguments(ParticipationPatch, description=BODY_LIMIT)
    @blp.response(200, MatchOut)
    @blp.alt_response(409, description="Er valt niets zichtbaar te maken.")
    def patch(self, _body: dict[str, Any], match_id: UUID, participation_id: UUID) -> MatchView:
        """Maak de eigen deelname zichtbaar voor de anderen die nu in de match zijn."""
        reveal_participation(
            session(),
            services(),
            caller=caller(),
            match_id=match_id,
            participation_id=participation_id,
        )
        return OneMatch().get(match_id)
