"""``…/overdracht``: signals to a colleague or another unit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView
from marshmallow import ValidationError

from verwijsindex.api import examples
from verwijsindex.api.contact_schemas import professional_key
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.professionals import KEY_PARAMETER, key_faults, telling_all_faults
from verwijsindex.api.signal_schemas import SignalOut
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import Id, Part, Schema, Several, Text
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.read_signals import SignalView, read_signal
from verwijsindex.use_cases.transfer_signals import (
    TransferResult,
    transfer_all,
    transfer_signal,
)

blp = GuardedBlueprint(
    "overdracht",
    guard=requires(Scope.SIGNALS),
    description="Signalen overdragen aan een collega of een andere afdeling.",
)


class UnitOrTeam(ma.fields.Field[Any]):
    """``true``: the unit whose the signal is; or another unit's id."""

    default_error_messages = {  # noqa: RUF012
        "null": "mag niet leeg zijn",
        "unit": "moet true zijn (het team) of het id van een afdeling",
    }
    _id = Id()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        forms = [
            {"type": "boolean", "enum": [True]},
            {"type": "string", "format": "uuid", **self._id.metadata},
        ]
        self.metadata = {**self.metadata, "oneOf": forms}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> UUID | bool:
        if value is True:
            return True
        try:
            found: UUID = self._id.deserialize(value)
        except ValidationError:
            raise self.make_error("unit") from None
        return found


class TransferIn(Schema):
    """Who gets it: a colleague, the team, or either of another unit."""

    FORMS = ((("medewerker",), ("afdeling",)), (("afdeling",), ()))

    professional_key = professional_key(data_key="medewerker")
    unit = UnitOrTeam(
        data_key="afdeling",
        metadata={
            "description": "true: het signaal blijft bij zijn afdeling; zonder medewerker is dan"
            " het team het contact. Een id: het signaal gaat naar die afdeling."
        },
    )

    @ma.validates_schema
    def _somebody(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError(
                'noem een medewerker ({"medewerker": …}) of het team ({"afdeling": true})'
            )

    @ma.post_load
    def _target(self, data: dict[str, Any], **_: Any) -> Target:
        unit = data.get("unit")
        return Target(
            professional_key=data.get("professional_key"),
            unit_id=None if unit is True else unit,
        )


class LeftBehindOut(Schema):
    """A signal that stayed with who has it."""

    signal_id = Id(data_key="signaal", required=True)
    reason = Text(data_key="reden", required=True)


class TransferOut(Schema):
    """What became of all signals of somebody."""

    moved = ma.fields.Integer(data_key="overgedragen", required=True)
    left = Several(Part(LeftBehindOut), data_key="achtergebleven", required=True)


@blp.route("/signalen/<uuid:signal_id>/overdracht")
class SignalTransfer(MethodView):
    """One signal."""

    @blp.doc(operationId="draagSignaalOver")
    @blp.arguments(TransferIn, example=examples.TRANSFER_IN, description=BODY_LIMIT)
    @blp.response(200, SignalOut, description="Overgedragen, of het stond daar al.")
    @blp.alt_response(409, description="Het kan daar niet heen; de tekst zegt wat te doen.")
    def post(self, body: Target, signal_id: UUID) -> SignalView:
        """Draag een signaal over; hetzelfde signaal loopt door bij een ander contact."""
        transfer_signal(session(), services(), caller=caller(), signal_id=signal_id, target=body)
        view = read_signal(session(), services(), caller=caller(), signal_id=signal_id)
        if view is None:
            raise Problem(404)
        return view


@blp.route("/medewerkers/<string:sleutel>/overdracht", parameters=[KEY_PARAMETER])
class ProfessionalTransfer(MethodView):
    """All active signals of a professional."""

    @telling_all_faults
    @blp.doc(operationId="draagSignalenOver")
    @blp.arguments(TransferIn, example=examples.TRANSFER_IN, description=BODY_LIMIT)
    @blp.response(200, TransferOut, description="Hoeveel, en wat waarom achterbleef.")
    def post(self, body: Target, sleutel: str) -> TransferResult:
        """Draag alle actieve signalen van een medewerker over; nog eens vragen gaat verder."""
        if found := key_faults(sleutel):
            raise InvalidInput(found)
        return transfer_all(
            session(), services(), caller=caller(), professional_key=sleutel, target=body
        )
