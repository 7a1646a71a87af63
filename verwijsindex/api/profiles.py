"""``/organisatieprofielen``: the directory, its versions, and what differs between them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from flask.views import MethodView

from orgprofiles.comparing import Difference
from orgprofiles.domains import Domain, LifeDomain, Phase
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from orgprofiles.vcard import MEDIA_TYPE, vcard
from verwijsindex.api.guards import EVERYTHING, caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.api.profile_parts import TargetGroupPart
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import LINK_HEADER
from verwijsindex.http.fields import (
    Choice,
    Flag,
    Id,
    Moment,
    Number,
    Part,
    Pattern,
    QueryFlag,
    QueryNumber,
    Schema,
    Several,
    Text,
)
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.read_profiles import (
    ProfileView,
    Wanted,
    compare_versions,
    list_versions,
    read_profile,
    read_version,
    search_profiles,
)
from verwijsindex.web.profile_pdf import PDF_TYPE, PdfNotPossible, profile_pdf

blp = GuardedBlueprint(
    "organisatieprofielen",
    guard=requires(Scope.PROFILES, Scope.ADMINISTRATION, while_admitting=EVERYTHING),
    description="De sociale kaart: wie wat signaleert, en hoe u iemand overdraagt.",
)
# Words, without digits, and not spaces alone: what is looked for is nobody's number.
_NONE = r"0-9\x00-\x1f\x7f-\x9f\u2028\u2029<>\"\\\\"
_PLACE = rf"[^{_NONE} \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000][^{_NONE}]{{0,79}}"
_NO_PANGO = "Op deze server ontbreekt Pango, en daarmee kan hij geen PDF maken."
ORGANISATION = "/organisatieprofielen/<uuid:organisation_id>"


class ProfileQuery(PageQuery):
    """What the directory is searched for."""

    name = Pattern(
        _PLACE,
        "mag geen cijfers bevatten",
        longest=80,
        data_key="naam",
        load_default=None,
        metadata={"description": "Deel van de naam van een organisatie of product."},
    )
    domain = Choice(Domain, data_key="domein", load_default=None)
    life_domain = Choice(LifeDomain, data_key="leefgebied", load_default=None)
    phase = Choice(Phase, data_key="fase", load_default=None)
    age_months = QueryNumber(
        0,
        1560,
        data_key="leeftijdMaanden",
        load_default=None,
        metadata={"description": "Leeftijd in maanden; 216 is 18 jaar."},
    )
    municipality = Pattern(
        _PLACE, "is geen plaats", longest=80, data_key="gemeente", load_default=None
    )
    district = Pattern(_PLACE, "is geen plaats", longest=80, data_key="wijk", load_default=None)
    open_now = QueryFlag(data_key="nuOpen", load_default=False)


class WaitingTimeOut(Schema):
    """How long one waits now."""

    product_key = Text(data_key="product", required=True)
    weeks = Number(0, 260, data_key="weken", required=True)
    updated_at = Moment(data_key="bijgewerktOp", required=True)


class _OpenOut(Schema):
    is_open = Flag(data_key="nuOpen", required=True)
    closes_at = Moment(data_key="sluitOp", allow_none=True)
    opens_at = Moment(data_key="opentOp", allow_none=True)


class ProfileSummaryOut(_OpenOut):
    """A profile in the list."""

    organisation_id = Id(data_key="organisatie", required=True)
    number = Number(1, 10**6, data_key="versie", required=True)
    name = ma.fields.String(attribute="profile.identity.name", data_key="naam", required=True)
    phone = ma.fields.String(attribute="profile.contact.phone", data_key="telefoon", required=True)
    municipalities = ma.fields.List(
        ma.fields.String(),
        attribute="profile.identity.municipalities",
        data_key="gemeenten",
        required=True,
    )
    target_group = Part(
        TargetGroupPart,
        attribute="profile.identity.target_group",
        data_key="doelgroep",
        required=True,
    )


class ProfileList(Schema):
    """A page of profiles."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(ProfileSummaryOut), data_key="resultaten", required=True)


class ProfileOut(_OpenOut):
    """The profile in force."""

    organisation_id = Id(data_key="organisatie", required=True)
    number = Number(1, 10**6, data_key="versie", required=True)
    published_at = Moment(data_key="gepubliceerdOp", required=True)
    profile = Part(ProfileSchema, data_key="inhoud", required=True)
    waiting_times = Several(Part(WaitingTimeOut), data_key="wachttijden", required=True)


class VersionOut(Schema):
    """A version in the list."""

    number = Number(1, 10**6, data_key="versie", required=True)
    state = Choice(ProfileState, data_key="status", required=True)
    published_at = Moment(data_key="gepubliceerdOp", allow_none=True)


class VersionList(Schema):
    """A page of versions."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(VersionOut), data_key="resultaten", required=True)


class WholeVersionOut(VersionOut):
    """A version with what it says."""

    content = ma.fields.Raw(data_key="inhoud", required=True, metadata={"type": "object"})


class CompareQuery(Schema):
    """Which two versions."""

    before = QueryNumber(1, 10**6, data_key="van", required=True)
    after = QueryNumber(1, 10**6, data_key="naar", required=True)


# What a field of a profile may be.
_ANYTHING = {
    "nullable": True,
    "oneOf": [
        {"type": "string"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "object"}]}},
        {"type": "object"},
    ],
}


class DifferenceOut(Schema):
    """One thing that differs."""

    path = ma.fields.List(ma.fields.String(), data_key="waar", required=True)
    before = ma.fields.Raw(data_key="was", allow_none=True, metadata=_ANYTHING)
    after = ma.fields.Raw(data_key="wordt", allow_none=True, metadata=_ANYTHING)


class DifferenceList(Schema):
    """What differs."""

    differences = Several(Part(DifferenceOut), data_key="verschillen", required=True)


_NEXT = {
    "links": {
        "geefOrganisatieprofiel": {
            "operationId": "geefOrganisatieprofiel",
            "parameters": {"organisation_id": "$response.body#/resultaten/0/organisatie"},
        }
    }
}


@blp.route("/organisatieprofielen")
class Profiles(MethodView):
    """The directory."""

    @blp.doc(operationId="geefOrganisatieprofielen", responses={200: _NEXT})
    @blp.arguments(ProfileQuery, location="query")
    @blp.response(200, ProfileList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Zoek in de sociale kaart: gepubliceerde profielen op naam."""
        page = page_of(query)
        names = set(query) - {"number", "size"}
        wanted = Wanted(**{name: query[name] for name in names})
        total, views = search_profiles(session(), services(), wanted=wanted, page=page)
        return {"total": total, "results": views}, 200, link_headers(page, total)


@blp.route(ORGANISATION)
class OneProfile(MethodView):
    """One profile."""

    @blp.doc(operationId="geefOrganisatieprofiel")
    @blp.response(200, ProfileOut)
    def get(self, organisation_id: UUID) -> ProfileView:
        """Geef het profiel van een organisatie zoals het nu geldt."""
        return read_profile(session(), services(), caller=caller(), organisation_id=organisation_id)


@blp.route(f"{ORGANISATION}/vcard")
class Card(MethodView):
    """The profile for an address book."""

    @blp.doc(
        operationId="geefVcard",
        responses={
            200: {
                "description": "vCard 4.0 (RFC 6350).",
                "content": {"text/vcard": {"schema": {"type": "string"}}},
            }
        },
    )
    def get(self, organisation_id: UUID) -> Response:
        """Geef naam, telefoonnummers en postbus als vCard."""
        view = read_profile(session(), services(), caller=caller(), organisation_id=organisation_id)
        return Response(vcard(view.profile), content_type=MEDIA_TYPE)


@blp.route(f"{ORGANISATION}/pdf")
class Document(MethodView):
    """The profile on paper."""

    @blp.doc(
        operationId="geefProfielAlsPdf",
        responses={
            200: {
                "description": "PDF/UA-1 (ISO 14289-1), in het Nederlands.",
                "content": {PDF_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    def get(self, organisation_id: UUID) -> Response:
        """Geef het profiel als toegankelijke PDF, om te printen of te bewaren."""
        view = read_profile(session(), services(), caller=caller(), organisation_id=organisation_id)
        try:
            content = profile_pdf(view, today=services().today())
        except PdfNotPossible:
            raise Problem(503, _NO_PANGO) from None
        return Response(content, content_type=PDF_TYPE)


@blp.route(f"{ORGANISATION}/versies")
class Versions(MethodView):
    """Its published versions."""

    @blp.doc(operationId="geefProfielversies")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, VersionList, headers=LINK_HEADER)
    def get(
        self, query: dict[str, Any], organisation_id: UUID
    ) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef de gepubliceerde versies, nieuwste eerst."""
        page = page_of(query)
        total, found = list_versions(
            session(),
            services(),
            caller=caller(),
            organisation_id=organisation_id,
            page=page,
        )
        return {"total": total, "results": found}, 200, link_headers(page, total)


@blp.route(f"{ORGANISATION}/versies/<int:number>")
class OneVersion(MethodView):
    """One version."""

    @blp.doc(operationId="geefProfielversie")
    @blp.response(200, WholeVersionOut)
    def get(self, organisation_id: UUID, number: int) -> ProfileVersion:
        """Geef één versie zoals zij was; een concept alleen aan wie eraan werkt of erover gaat."""
        return read_version(
            session(),
            services(),
            caller=caller(),
            organisation_id=organisation_id,
            number=number,
        )


@blp.route(f"{ORGANISATION}/vergelijking")
class Comparison(MethodView):
    """What differs between two versions."""

    @blp.doc(operationId="vergelijkProfielversies")
    @blp.arguments(CompareQuery, location="query")
    @blp.response(200, DifferenceList)
    def get(self, query: dict[str, Any], organisation_id: UUID) -> dict[str, list[Difference]]:
        """Vergelijk twee versies, veld voor veld."""
        found = compare_versions(
            session(), services(), caller=caller(), organisation_id=organisation_id, **query
        )
        return {"differences": found}
