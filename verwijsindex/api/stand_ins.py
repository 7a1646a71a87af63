"""``/medewerkers/{sleutel}/waarnemingen``: who looks after somebody's matches for some time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView

from orgprofiles.organisations import Professional
from orgprofiles.stand_ins import StandInDelivery
from verwijsindex.api import examples
from verwijsindex.api.contact_schemas import professional_key
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.paging import NoQuery, PageQuery, link_headers, page_of
from verwijsindex.api.professionals import KEY_PARAMETER, key_faults, telling_all_faults
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT, LINK_HEADER
from verwijsindex.http.fields import Choice, Day, Id, Part, Schema, Several, Text
from verwijsindex.http.problems import InvalidInput
from verwijsindex.use_cases.keep_stand_ins import (
    StandInFacts,
    StandInView,
    end_stand_in,
    list_stand_ins,
    make_stand_in,
)

blp = GuardedBlueprint(
    "waarnemingen",
    guard=requires(Scope.PROFESSIONALS),
    description="Wie waarneemt zolang een medewerker er niet is.",
)


class StandInIn(Schema):
    """Who stands in, and when."""

    substitute_key = professional_key(
        data_key="waarnemer",
        required=True,
        metadata={"description": "Sleutel van een collega van dezelfde afdeling."},
    )
    first_day = Day(data_key="vanDatum", required=True)
    last_day = Day(
        data_key="totEnMetDatum",
        required=True,
        metadata={"description": "Vandaag of later, hoogstens een jaar na de eerste dag."},
    )
    delivery = Choice(
        StandInDelivery,
        data_key="bezorging",
        load_default=StandInDelivery.BOTH,
        metadata={"description": "Wie de mail over matches krijgt."},
    )

    @ma.post_load
    def _facts(self, data: dict[str, Any], **_: Any) -> StandInFacts:
        return StandInFacts(**data)


class StandInOut(Schema):
    """A stand-in that lasts or is to come."""

    id = Id(required=True)
    substitute_key = Text(data_key="waarnemer", required=True)
    substitute_name = Text(data_key="naam", required=True)
    first_day = Day(data_key="vanDatum", required=True)
    last_day = Day(data_key="totEnMetDatum", required=True)
    delivery = Choice(StandInDelivery, data_key="bezorging", required=True)


class StandInList(Schema):
    """A page of stand-ins."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(StandInOut), data_key="resultaten", required=True)


def _checked(key: str) -> Any:
    """Return the condition on :class:`Professional` that it is who has *key*.

    Raises:
        InvalidInput: It cannot be a key.
    """
    if found := key_faults(key):
        raise InvalidInput(found)
    return Professional.key == key


@blp.route("/medewerkers/<string:sleutel>/waarnemingen", parameters=[KEY_PARAMETER])
class StandIns(MethodView):
    """Those of one professional."""

    @telling_all_faults
    @blp.doc(operationId="geefWaarnemingen")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, StandInList, headers=LINK_HEADER)
    def get(
        self, query: dict[str, Any], sleutel: str
    ) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef wie waarneemt of gaat waarnemen, op de eerste dag."""
        which = _checked(sleutel)
        page = page_of(query)
        found = list_stand_ins(session(), services(), caller=caller(), which=which)
        shown = found[page.offset : page.offset + page.size]
        headers = link_headers(page, len(found))
        return {"total": len(found), "results": shown}, 200, headers

    @telling_all_faults
    @blp.doc(operationId="maakWaarneming")
    @blp.arguments(StandInIn, example=examples.STAND_IN_IN, description=BODY_LIMIT)
    @blp.response(201, StandInOut)
    def post(self, body: StandInFacts, sleutel: str) -> StandInView:
        """Laat een collega van dezelfde afdeling een tijd waarnemen; dagen overlappen niet."""
        which = _checked(sleutel)
        return make_stand_in(session(), services(), caller=caller(), which=which, facts=body)


@blp.route(
    "/medewerkers/<string:sleutel>/waarnemingen/<uuid:stand_in_id>", parameters=[KEY_PARAMETER]
)
class OneStandIn(MethodView):
    """One stand-in."""

    @telling_all_faults
    @blp.doc(operationId="beeindigWaarneming")
    @blp.arguments(NoQuery, location="query")
    @blp.response(200, StandInOut, description="Zoals ze was.")
    def delete(self, _query: dict[str, Any], sleutel: str, stand_in_id: UUID) -> StandInView:
        """Beëindig een waarneming nu, of trek haar in voordat ze begint."""
        which = _checked(sleutel)
        return end_stand_in(
            session(), services(), caller=caller(), which=which, stand_in_id=stand_in_id
        )
