"""``/medewerkers``: the organisation's own professionals, under its own keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import marshmallow as ma
from flask.views import MethodView

from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from verwijsindex.api import examples
from verwijsindex.api.contact_schemas import KEY_PATTERN, new_key_fault
from verwijsindex.api.guards import EVERYTHING, caller, requires, services, session
from verwijsindex.api.paging import PageQuery, link_headers, page_of
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT, LINK_HEADER
from verwijsindex.http.fields import (
    Choice,
    Day,
    Email,
    Id,
    Label,
    Moment,
    Part,
    Phone,
    Schema,
    Several,
    Text,
)
from verwijsindex.http.problems import InvalidInput, InvalidParam
from verwijsindex.use_cases.keep_professionals import (
    ProfessionalFacts,
    keep_professional,
    list_professionals,
)

blp = GuardedBlueprint(
    "medewerkers",
    guard=requires(Scope.PROFESSIONALS, while_admitting=EVERYTHING),
    description="De eigen medewerkers, onder de eigen sleutel.",
)


class ProfessionalIn(Schema):
    """What is kept of a professional."""

    name = Label(data_key="naam", required=True)
    function = Label(data_key="functie", required=True)
    unit_id = Id(data_key="afdeling", required=True)
    email = Email(required=True)
    phone = Phone(data_key="telefoon", required=True)
    status = Choice(ProfessionalStatus, load_default=ProfessionalStatus.ACTIVE)
    trained_on = Day(
        data_key="opgeleidDatum",
        metadata={
            "description": "Dag van de opleiding, niet in de toekomst; zonder blijft die zoals hij"
            " was."
        },
    )
    delivery = Choice(
        Delivery,
        data_key="bezorging",
        metadata={
            "description": "Hoe mail over matches komt: direct, in één mail per werkdag, of niet"
            " (dan krijgt de postbus van het team ze). Zonder blijft het zoals het was; eerst is"
            " dat direct."
        },
    )

    @ma.post_load
    def _facts(self, data: dict[str, Any], **_: Any) -> ProfessionalFacts:
        return ProfessionalFacts(**data)


class ProfessionalOut(Schema):
    """A professional."""

    key = Text(data_key="sleutel", required=True)
    name = Text(data_key="naam", required=True)
    function = Text(data_key="functie", required=True)
    unit_id = Id(data_key="afdeling", required=True)
    email = Email(required=True)
    phone = Text(data_key="telefoon", required=True)
    status = Choice(ProfessionalStatus, required=True)
    trained_on = Day(data_key="opgeleidDatum", required=True, allow_none=True)
    delivery = Choice(Delivery, data_key="bezorging", required=True)
    mail_refused_at = Moment(
        data_key="mailGeweigerdOp",
        required=True,
        allow_none=True,
        metadata={
            "description": "Sinds wanneer mail aan dit adres wordt geweigerd. Die gaat zolang naar"
            " de postbus van het team. Wijzig het adres om het weer te proberen."
        },
    )


class ProfessionalList(Schema):
    """A page of professionals."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(ProfessionalOut), data_key="resultaten", required=True)


@blp.route("/medewerkers")
class Professionals(MethodView):
    """The list."""

    @blp.doc(operationId="geefMedewerkers")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, ProfessionalList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef de eigen medewerkers op sleutel."""
        page = page_of(query)
        total, found = list_professionals(session(), services(), caller=caller(), page=page)
        return {"total": total, "results": found}, 200, link_headers(page, total)


KEY_PARAMETER = {
    "in": "path",
    "name": "sleutel",
    "required": True,
    "description": "De eigen sleutel van de organisatie.",
    "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$", "minLength": 1, "maxLength": 64},
}


def key_faults(key: str) -> list[InvalidParam]:
    """Return what is wrong with a key in a path."""
    reason = new_key_fault(key)
    return [] if reason is None else [{"name": "sleutel", "reason": reason}]


def telling_all_faults(view: Callable[..., Any]) -> Callable[..., Any]:
    """Have *view* tell what is wrong with the key together with what is wrong with the body.

    The body is read before the view begins, and refused before it sees the key.
    """

    @wraps(view)
    def told(self: MethodView, *, sleutel: str, **more: Any) -> Any:
        try:
            return view(self, sleutel=sleutel, **more)
        except InvalidInput as refused:
            found = key_faults(sleutel)
            found += [one for one in refused.invalid_params if one not in found]
            raise InvalidInput(found) from None

    return told


@blp.route("/medewerkers/<string:sleutel>", parameters=[KEY_PARAMETER])
class OneProfessional(MethodView):
    """One professional."""

    @telling_all_faults
    @blp.doc(operationId="legMedewerkerVast")
    @blp.arguments(ProfessionalIn, example=examples.PROFESSIONAL_IN, description=BODY_LIMIT)
    @blp.response(200, ProfessionalOut, description="Gewijzigd, of al zo vastgelegd.")
    @blp.alt_response(201, schema=ProfessionalOut, description="Nieuw.")
    @blp.alt_response(409, description="Nog contact van actieve signalen.")
    def put(self, body: ProfessionalFacts, sleutel: str) -> tuple[Professional, int]:
        """Leg een medewerker vast; nog eens hetzelfde verandert niets."""
        if found := key_faults(sleutel):
            raise InvalidInput(found)
        kept, is_new = keep_professional(
            session(), services(), caller=caller(), key=sleutel, facts=body
        )
        return kept, 201 if is_new else 200
