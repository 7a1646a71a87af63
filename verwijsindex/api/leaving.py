"""``…/vertrek``: a professional leaves, and nothing keeps pointing at them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from verwijsindex.api import examples
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.professionals import KEY_PARAMETER, key_faults, telling_all_faults
from verwijsindex.api.transfers import LeftBehindOut, TransferIn
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import Part, Schema, Several
from verwijsindex.http.problems import InvalidInput
from verwijsindex.use_cases.leave import Leaving, leave

blp = GuardedBlueprint(
    "vertrek",
    guard=requires(Scope.PROFESSIONALS),
    description="Een medewerker vertrekt: niets blijft naar die persoon verwijzen.",
)


class LeavingIn(Schema):
    """Who gets the signals."""

    target = Part(
        TransferIn,
        data_key="overdracht",
        load_default=None,
        metadata={"description": "Wie de actieve signalen krijgt. Zonder mogen er geen zijn."},
    )


class LeavingOut(Schema):
    """What became of what somebody had."""

    has_left = ma.fields.Boolean(
        data_key="vertrokken",
        attribute="done.has_left",
        required=True,
        metadata={"description": "false: er bleven signalen achter; de medewerker is nog actief."},
    )
    moved = ma.fields.Integer(
        data_key="overgedragen", attribute="done.transferred.moved", required=True
    )
    left = Several(
        Part(LeftBehindOut),
        data_key="achtergebleven",
        attribute="done.transferred.left",
        required=True,
    )
    leads = ma.fields.Integer(data_key="regieTeruggegeven", attribute="done.leads", required=True)
    reopened = ma.fields.Integer(
        data_key="weerOpen",
        attribute="done.reopened",
        required=True,
        metadata={"description": "Matches van het team of van een collega, weer op te pakken."},
    )
    is_blocked = ma.fields.Boolean(data_key="accountGeblokkeerd", required=True)


@blp.route("/medewerkers/<string:sleutel>/vertrek", parameters=[KEY_PARAMETER])
class ProfessionalLeaving(MethodView):
    """Of one professional."""

    @telling_all_faults
    @blp.doc(operationId="meldVertrek")
    @blp.arguments(LeavingIn, example=examples.LEAVING_IN, description=BODY_LIMIT)
    @blp.response(200, LeavingOut, description="Vertrokken, of wat waarom achterbleef.")
    @blp.alt_response(409, description="Er zijn actieve signalen, en niemand krijgt ze.")
    def post(self, body: dict[str, Any], sleutel: str) -> Leaving:
        """Meld dat een medewerker vertrekt; nog eens melden gaat verder waar het bleef."""
        if found := key_faults(sleutel):
            raise InvalidInput(found)
        return leave(session(), services(), caller=caller(), key=sleutel, target=body["target"])
