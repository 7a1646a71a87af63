"""``/caseloads``: a unit's whole caseload, in parts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask.views import MethodView
from marshmallow import ValidationError

from verwijsindex.api import examples
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.signal_schemas import BATCH_LIMIT as ROWS_LIMIT
from verwijsindex.api.signal_schemas import SignalIn
from verwijsindex.caseloads import CaseloadState
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint, InvalidParamSchema
from verwijsindex.http.document import BATCH_LIMIT
from verwijsindex.http.fields import Choice, Flag, Id, Number, Part, Schema, Several
from verwijsindex.http.problems import Problem
from verwijsindex.http.rows import Rows
from verwijsindex.http.strict_json import faults
from verwijsindex.use_cases.caseload_rows import (
    CaseloadRow,
    CaseloadStatus,
    PartRequest,
    RunReason,
)
from verwijsindex.use_cases.check_signals import NO_BSN, SignalRequest
from verwijsindex.use_cases.register_signals import KeysDisagree, NoBsnBasis
from verwijsindex.use_cases.sync_caseload import PartResult, receive_part

PARTS_LIMIT = 10_000
ENDPOINT = "caseloads.Caseloads"
blp = GuardedBlueprint(
    "caseloads",
    guard=requires(Scope.SIGNALS),
    description="De hele caseload van een afdeling gelijk houden met het bronsysteem.",
)
#: In its place comes the unit of the part.
_NO_UNIT = UUID(int=0)


class CaseloadSignalIn(SignalIn):
    """A row: a signal as for registering, without a unit; or the id of one that stays."""

    FORMS = (
        (("id",), ()),
        (
            ("evaluatie", "blindering", "contact", "leeftijdsgroep", "geinformeerd"),
            ("kenmerk", "vervaltDatum", "gezin"),
        ),
    )

    class Meta(SignalIn.Meta):
        """The part says which unit."""

        exclude = ("unit_id",)

    id = Id(
        metadata={
            "description": "Van een signaal dat ongewijzigd doorloopt: een eerder antwoord gaf het."
        }
    )

    @ma.post_load
    def _request(self, data: dict[str, Any], **_: Any) -> SignalRequest:
        contact, parents = data.pop("contact"), data.pop("parents")
        return SignalRequest(
            unit_id=_NO_UNIT,
            professional_key=contact.get("professional_key"),
            parents=tuple(parents),
            **data,
        )


class _SignalIdIn(Schema):
    """A signal that stays."""

    id = Id(required=True)


_IN_FULL = CaseloadSignalIn(exclude=("id", "unit_id"))
_BY_ID = _SignalIdIn()


class CaseloadRowField(ma.fields.Nested):
    """A row whose faults are its own: they do not refuse the rest of the part."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> CaseloadRow:
        by_id = isinstance(value, dict) and "id" in value
        schema: Schema = _BY_ID if by_id else _IN_FULL
        try:
            loaded = schema.load(value)
        except ValidationError as error:
            return CaseloadRow(faults=tuple(faults(error.messages, schema)))
        return CaseloadRow(signal_id=loaded["id"]) if by_id else CaseloadRow(request=loaded)

    def deserialize(self, value: Any, *_: Any, **__: Any) -> CaseloadRow:
        """Also take null as a faulty row."""
        return self._deserialize(value)


class CaseloadIn(Schema):
    """A part of a unit's caseload."""

    run = Id(
        required=True,
        metadata={"description": "Kies voor elke run een nieuwe UUID; die geldt voor alle delen."},
    )
    number = Number(1, PARTS_LIMIT, data_key="deel", required=True)
    is_last = Flag(
        data_key="laatste",
        required=True,
        metadata={"description": "Pas na het laatste deel eindigt wat er niet meer in staat."},
    )
    unit_id = Id(data_key="afdeling", required=True)
    rows = Rows(
        CaseloadRowField(CaseloadSignalIn),
        high=ROWS_LIMIT,
        data_key="signalen",
        required=True,
        metadata={"description": "Zet rijen over dezelfde persoon in hetzelfde deel."},
    )
    reason = Choice(
        RunReason,
        data_key="reden",
        load_default=RunReason.COMPLETED,
        metadata={"description": "Bij het laatste deel: waarom eindigt wat er niet meer in staat."},
    )
    is_confirmed = Flag(
        data_key="bevestigd",
        load_default=False,
        metadata={"description": "Bij het laatste deel: ja, er mogen er veel eindigen."},
    )
    is_trial = Flag(
        data_key="proef",
        load_default=False,
        metadata={"description": "Zegt wat er zou gebeuren en verandert niets."},
    )
    skipped = Number(
        0,
        1_000_000,
        data_key="overgeslagen",
        load_default=0,
        metadata={"description": "Rijen die het bronsysteem niet kon sturen."},
    )

    @ma.post_load
    def _part(self, data: dict[str, Any], **_: Any) -> PartRequest:
        return PartRequest(**data)


class CaseloadRowOut(Schema):
    """What became of a row."""

    position = ma.fields.Integer(
        data_key="positie", required=True, metadata={"description": "Vanaf 0."}
    )
    status = Choice(CaseloadStatus, required=True)
    id = Id()
    faults = Several(Part(InvalidParamSchema), data_key="invalidParams")


class CaseloadOut(Schema):
    """What became of a part."""

    run = Id(required=True)
    number = ma.fields.Integer(data_key="deel", required=True)
    state = Choice(CaseloadState, data_key="status", required=True)
    created = ma.fields.Integer(data_key="aangemaakt", required=True)
    unchanged = ma.fields.Integer(data_key="ongewijzigd", required=True)
    moved = ma.fields.Integer(data_key="overgedragen", required=True)
    refused = ma.fields.Integer(data_key="afgewezen", required=True)
    ended = ma.fields.Integer(
        data_key="beeindigd",
        required=True,
        metadata={"description": "Van de hele run; 0 voordat het laatste deel binnen is."},
    )
    rows = Several(
        Part(CaseloadRowOut),
        data_key="resultaten",
        required=True,
        metadata={
            "description": "Een rij met alleen een id staat er alleen in als die is afgewezen."
        },
    )


@blp.route("/caseloads")
class Caseloads(MethodView):
    """The whole caseload of a unit."""

    @blp.doc(operationId="stuurCaseload")
    @blp.arguments(CaseloadIn, example=examples.CASELOAD_IN, description=BATCH_LIMIT)
    @blp.response(
        200,
        CaseloadOut,
        description="Wat ervan kwam; een rij met fouten is hier geen fout.",
        example=examples.CASELOAD_OUT,
    )
    @blp.alt_response(409, description="Een deel buiten de volgorde, of veel eindigt onbevestigd.")
    @blp.alt_response(429, description="Vandaag te veel nieuwe cliënten voor uw organisatie.")
    def post(self, body: PartRequest) -> dict[str, Any]:
        """Stuur een deel van de hele caseload; een deel nog eens sturen verandert niets."""
        try:
            done = receive_part(session(), services(), caller=caller(), part=body)
        except NoBsnBasis:
            raise Problem(403, NO_BSN) from None
        except KeysDisagree as error:
            raise Problem(503, error.__doc__) from None
        return _answer(body, done)


def _answer(body: PartRequest, done: PartResult) -> dict[str, Any]:
    counts = done.answer["counts"]
    return {
        "run": body.run,
        "number": done.number,
        "state": done.state,
        "created": counts[CaseloadStatus.CREATED],
        "unchanged": counts[CaseloadStatus.UNCHANGED],
        "moved": counts[CaseloadStatus.MOVED],
        "refused": counts[CaseloadStatus.REFUSED],
        "ended": done.ended,
        "rows": [
            {
                "position": row["positie"],
                "status": CaseloadStatus(row["status"]),
                **({"id": row["id"]} if "id" in row else {}),
                **({"faults": row["invalidParams"]} if "invalidParams" in row else {}),
            }
            for row in done.answer["rows"]
        ],
    }
