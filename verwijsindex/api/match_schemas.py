"""Bodies and answers of ``/matches``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError

from match.case_leads import Lead, LeadKind
from match.follow_up import (
    Acquaintance,
    FollowUp,
    FollowUpStage,
    Outcome,
    follow_up_faults,
)
from match.matches import MatchKind, MatchStatus
from match.signals import SignalStatus
from orgprofiles.dutch_calendar import AMSTERDAM
from verwijsindex.api.contact_schemas import ContactOut, CounterpartOut, professional_key
from verwijsindex.api.paging import PageQuery
from verwijsindex.http.fields import Choice, Day, Flag, Id, Moment, Part, Schema, Several, Text
from verwijsindex.http.one_change import OneChange
from verwijsindex.use_cases.read_matches import MatchOrder

#: As many as one may name at once.
_PARTICIPATIONS_LIMIT = 100


class AcquaintanceOut(Schema):
    """Another participant of whom one of the two says that they were in contact already."""

    participation_id = Id(data_key="deelname", required=True)
    status = Choice(Acquaintance, required=True)


class OwnFollowUpOut(Schema):
    """What one's own side did with a match."""

    status = Choice(FollowUp, required=True)
    since = Moment(data_key="sindsOp", allow_none=True, required=True)
    is_unsettled = Flag(
        data_key="nogVastTeLeggen",
        required=True,
        metadata={
            "description": "U legde nog niet vast wat ervan kwam, of nog niet sinds er iemand"
            " bij kwam."
        },
    )
    deadline = Day(
        data_key="opvolgenVoorDatum",
        allow_none=True,
        required=True,
        metadata={"description": "Leg vóór deze dag vast wat ervan kwam."},
    )
    picked_up_by = Part(ContactOut, data_key="opgepaktDoor", allow_none=True, required=True)
    outcomes = Several(Choice(Outcome), data_key="opbrengst", required=True)
    acquaintances = Several(Part(AcquaintanceOut), data_key="alInContact", required=True)


class OwnParticipationOut(Schema):
    """A part that one's own organisation has."""

    id = Id(required=True)
    signal_id = Id(data_key="signaal", required=True)
    signal_status = Choice(SignalStatus, data_key="signaalStatus", required=True)
    reference = Text(
        data_key="kenmerk",
        metadata={"description": "Ontbreekt als het eigen signaal is geëindigd."},
    )
    unit_id = Id(data_key="afdeling", required=True)
    contact = Part(ContactOut, required=True)
    is_visible = Flag(
        data_key="zichtbaar",
        required=True,
        metadata={
            "description": "false: u ziet iemand die u niet ziet; met PATCH maakt u zich zichtbaar."
        },
    )
    follow_up = Part(OwnFollowUpOut, data_key="opvolging", required=True)

    @ma.post_dump
    def _leave_out(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {k: v for k, v in body.items() if k != "kenmerk" or v is not None}


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(AMSTERDAM).date().isoformat()


_DAY = {"type": "string", "format": "date"}


class CounterpartFollowUpOut(Schema):
    """What somebody else did with a match, as far as one may know it."""

    status = Choice(FollowUp, required=True)
    since = ma.fields.Function(
        lambda one: _day(one.since),
        data_key="sindsDatum",
        required=True,
        allow_none=True,
        metadata=_DAY,
    )


class MatchCounterpartOut(CounterpartOut):
    """Somebody else in a match, with what they did."""

    follow_up = Part(CounterpartFollowUpOut, data_key="opvolging", required=True)


class LeadOut(Schema):
    """Who keeps the overview of a match, or was asked to."""

    kind = Choice(LeadKind, data_key="soort", required=True)
    participation_id = Id(data_key="deelname", allow_none=True, required=True)
    director_id = Id(data_key="matchregisseur", allow_none=True, required=True)
    since = ma.fields.Function(
        lambda one: _day(one.since), data_key="sindsDatum", required=True, metadata=_DAY
    )
    proposed_by = Id(
        data_key="voorgesteldDoor",
        allow_none=True,
        required=True,
        metadata={"description": "De deelname die het vroeg; null als u die niet ziet."},
    )
    is_own = Flag(data_key="eigen", required=True)
    by_rule = Flag(
        data_key="volgensAfspraak",
        required=True,
        metadata={"description": "Niemand vroeg het: de regieafspraak wees aan wie."},
    )


class MatchOut(Schema):
    """A match, with the counterparts that may be seen."""

    id = Id(required=True)
    kind = Choice(
        MatchKind,
        data_key="soort",
        required=True,
        metadata={
            "description": "persoon: ook betrokken bij uw cliënt. gezin: betrokken bij iemand"
            " anders met dezelfde ouder; bij wie, staat er niet bij."
        },
    )
    status = Choice(MatchStatus, required=True)
    opened_at = Moment(data_key="geopendOp", required=True)
    closed_at = Moment(data_key="geslotenOp", allow_none=True)
    deadline = Day(
        data_key="opvolgenVoorDatum",
        allow_none=True,
        required=True,
        metadata={"description": "null: u hoeft niets meer vast te leggen."},
    )
    own = Several(Part(OwnParticipationOut), data_key="eigenDeelnames", required=True)
    participants = Several(Part(MatchCounterpartOut), data_key="deelnemers", required=True)
    lead = Part(LeadOut, data_key="regie", allow_none=True, required=True)
    lead_proposal = Part(LeadOut, data_key="regieVoorstel", allow_none=True, required=True)
    lost_somebody = Flag(
        data_key="verwijderdeDeelname",
        required=True,
        metadata={
            "description": "true: iemand die u zag is lang niet meer betrokken, en verwijderd."
        },
    )


class MatchList(Schema):
    """A page of matches."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(MatchOut), data_key="resultaten", required=True)


class MatchQuery(PageQuery):
    """Filters of the list of matches, and its order."""

    kind = Choice(MatchKind, data_key="soort", load_default=None)
    status = Choice(MatchStatus, load_default=None)
    stage = Choice(
        FollowUpStage,
        data_key="opvolging",
        load_default=None,
        metadata={"description": "open: u moet nog vastleggen wat ervan kwam."},
    )
    order = Choice(MatchOrder, data_key="sorteer", load_default=MatchOrder.NEWEST)


def _only_true(value: bool) -> None:  # noqa: FBT001 (marshmallow calls it so)
    if not value:
        raise ValidationError("kan alleen true worden")


def _participations(name: str, description: str) -> Several:
    return Several(
        Id(),
        low=1,
        high=_PARTICIPATIONS_LIMIT,
        unique=True,
        data_key=name,
        metadata={"description": description},
    )


class ParticipationPatch(OneChange):
    """What one does with one's own part in a match; one thing at a time."""

    FORMS = (
        (("zichtbaar",), ()),
        (("status",), ("met", "opbrengst", "opgepaktDoor")),
        (("bevestigd",), ()),
    )
    ASKED = (
        "verander één ding: zichtbaar, status (met met, opbrengst of opgepaktDoor), of bevestigd"
    )

    is_visible = Flag(
        data_key="zichtbaar",
        validate=_only_true,
        metadata={
            "enum": [True],
            "description": "Zichtbaar worden kan niet ongedaan worden gemaakt.",
        },
    )
    status = Choice(FollowUp)
    met = _participations(
        "met", "Met wie u al in contact was; nodig bij waren_al_in_contact, en alleen daarbij."
    )
    outcomes = Several(
        Choice(Outcome),
        high=len(Outcome),
        unique=True,
        data_key="opbrengst",
        metadata={"description": "Alleen bij contact_gelegd en waren_al_in_contact."},
    )
    picked_up_by = professional_key(
        data_key="opgepaktDoor",
        metadata={
            "description": "Sleutel van de medewerker van de afdeling die het oppakt; alleen bij"
            " opgepakt. Zonder: het contact van het signaal."
        },
    )
    confirmed = _participations(
        "bevestigd", "Wie vastlegde dat u al in contact was, en daarin gelijk heeft."
    )

    @ma.validates_schema(pass_original=True, skip_on_field_errors=False)
    def _fits_status(self, data: Any, original: Any, **_: Any) -> None:
        if "status" not in data:
            return
        faults = follow_up_faults(
            data["status"],
            names_met=bool(original.get("met")),
            outcomes=data.get("outcomes", ()),
            names_picker="opgepaktDoor" in original,
        )
        if faults:
            raise ValidationError({name: [reason] for name, reason in faults})


class LeadRequest(OneChange):
    """Who is to keep the overview: one of the three."""

    FORMS = ((("deelname",), ()), (("matchregisseur",), ()), (("client",), ()))
    ASKED = "noem één: deelname, matchregisseur of client"

    participation_id = Id(data_key="deelname")
    director_id = Id(data_key="matchregisseur")
    is_client = Flag(data_key="client", validate=_only_true, metadata={"enum": [True]})

    @ma.post_load
    def _lead(self, data: dict[str, Any], **_: Any) -> Lead:
        return Lead(**data)
