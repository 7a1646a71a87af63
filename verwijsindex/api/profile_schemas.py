"""The parts of a profile outside: consent, feedback, contact; and the whole."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from orgprofiles import profile, profile_practice
from orgprofiles.profile_words import (
    AskedOfPartner,
    ConsentMoment,
    ConsentRecord,
    ConsentWay,
    FeedbackItem,
    NoShowContact,
    ReferralWay,
    SelfReliance,
    SharesByMail,
)
from verwijsindex.api.profile_fields import WebAddress
from verwijsindex.api.profile_parts import (
    OPEN,
    BasisPart,
    IdentityPart,
    PartSchema,
    ProductPart,
    SignallingPart,
    TellingPart,
    TermPart,
    UnitPart,
    explanation,
    words,
)
from verwijsindex.api.profile_routes import HoursPart, RoutePart
from verwijsindex.http.fields import (
    Choice,
    Day,
    Email,
    Flag,
    Label,
    Number,
    Part,
    Phone,
    Schema,
    Several,
)


class ConsentPart(PartSchema):
    """How consent is asked."""

    makes = profile_practice.Consent
    ways = words(ConsentWay, "wijzen", low=1)
    moments = words(ConsentMoment, "momenten", low=1)
    recorded_in = Choice(ConsentRecord, data_key="vastgelegdIn", required=True)
    covers_feedback = Flag(data_key="ookVoorTerugkoppeling", required=True)
    shares_by_mail = Choice(SharesByMail, data_key="perMail", required=True)
    verifies_address = Flag(data_key="controleertAdres", required=True)
    explanation = explanation()


class FeedbackPart(PartSchema):
    """What is reported back."""

    makes = profile_practice.Feedback
    items = words(FeedbackItem, "meldt", low=1)
    within_days = Number(1, 60, data_key="binnenWerkdagen", required=True)
    explanation = explanation()


class RouteOutPart(PartSchema):
    """How clients are referred to others."""

    makes = profile_practice.RouteOut
    self_reliance = Choice(SelfReliance, data_key="zelfredzaamheid", required=True)
    ways = words(ReferralWay, "wijzen", low=1)
    explanation = explanation()


class NoShowPart(PartSchema):
    """When a client does not come."""

    makes = profile_practice.NoShow
    contacted_by = Choice(NoShowContact, data_key="neemtContactOp", required=True)
    reaches_out = Flag(data_key="zoektClientOp", required=True)
    asks_partner = Flag(data_key="vraagtPartner", required=True)
    partner_asked_to = Choice(AskedOfPartner, data_key="vraagtPartnerOm", **OPEN)
    explanation = explanation()

    @ma.validates_schema
    def _asked(self, data: dict[str, Any], **_: Any) -> None:
        if data["partner_asked_to"] and not data["asks_partner"]:
            raise ma.ValidationError({"vraagtPartnerOm": ["hoort bij wie de partner iets vraagt"]})


class ResponseTimesPart(PartSchema):
    """How soon it responds."""

    makes = profile.ResponseTimes
    crisis = Part(TermPart, **OPEN)
    urgent = Part(TermPart, **OPEN)
    regular = Part(TermPart, data_key="regulier", required=True)
    clarified = Part(TermPart, data_key="vraagHelder", **OPEN)
    explanation = explanation()


class CoordinatorPart(PartSchema):
    """Who keeps the profile."""

    makes = profile_practice.Coordinator
    name = Label(data_key="naam", required=True)
    email = Email(required=True)
    phone = Phone(data_key="telefoon", required=True)


class ContactInfoPart(PartSchema):
    """Contact."""

    makes = profile_practice.ContactPart
    coordinator = Part(CoordinatorPart, required=True)
    mailbox = Email(data_key="postbus", required=True)
    phone = Phone(data_key="telefoon", required=True)
    website = WebAddress(**OPEN)
    hours = Part(HoursPart, data_key="openingstijden", required=True)
    explanation = explanation()


class ProfileSchema(Schema):
    """A profile; a concept may lack parts, but no part may lack anything."""

    identity = Part(IdentityPart, data_key="identiteit", required=True)
    units = Several(Part(UnitPart), low=1, high=200, data_key="afdelingen", required=True)
    signalling = Part(SignallingPart, data_key="signaleren", required=True)
    telling = Part(TellingPart, data_key="informeren", required=True)
    legal_bases = Several(Part(BasisPart), high=200, data_key="grondslagen", required=True)
    products = Several(Part(ProductPart), low=1, high=60, data_key="producten", required=True)
    routes = Several(Part(RoutePart), low=1, high=60, data_key="routes", required=True)
    consent = Part(ConsentPart, data_key="toestemming", required=True)
    feedback = Part(FeedbackPart, data_key="terugkoppeling", required=True)
    routes_out = Several(Part(RouteOutPart), low=1, high=4, data_key="doorverwijzen", required=True)
    no_show = Part(NoShowPart, data_key="nietVerschenen", required=True)
    response_times = Part(ResponseTimesPart, data_key="reactietijden", required=True)
    contact = Part(ContactInfoPart, data_key="contact", required=True)
    review_on = Day(data_key="herzienDatum", required=True)


#: The parts of a profile by their names inside: a concept may lack any of them.
PARTS = tuple(ProfileSchema().fields)


class ConceptIn(ProfileSchema):
    """A profile that may lack parts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"partial": PARTS, **kwargs})
