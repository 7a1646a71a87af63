"""The form of a signal, in and out. Whether it may be is for the use case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError

from crypto.evaluation import EVALUATION_BYTES
from crypto.oprf import SCALAR_BYTES
from match.history import HistoryReason
from match.matches import MatchStatus
from match.reference_rules import LONGEST as LONGEST_REFERENCE
from match.registering import InformingFacts
from match.relations import PARENTS_LIMIT
from match.signals import (
    DeferralReason,
    EndReason,
    Informed,
    InformedBy,
    InformedHow,
    Reaction,
    SignalStatus,
)
from orgprofiles.domains import AgeGroup
from verwijsindex.api.contact_schemas import ContactIn, CounterpartOut, professional_key
from verwijsindex.api.paging import PageQuery
from verwijsindex.http.application import InvalidParamSchema
from verwijsindex.http.fields import (
    Choice,
    Day,
    Flag,
    Id,
    Moment,
    Octets,
    Part,
    Pattern,
    Schema,
    Several,
    Text,
)
from verwijsindex.http.one_change import OneChange
from verwijsindex.http.problems import InvalidParam
from verwijsindex.http.rows import Rows, SharedPart
from verwijsindex.http.strict_json import faults
from verwijsindex.request_scope import services
from verwijsindex.use_cases.check_signals import ParentRequest, RowStatus, SignalRequest
from verwijsindex.use_cases.read_signals import SignalView

BATCH_LIMIT = 1000


class InformingIn(Schema):
    """How the client was told, or why not yet."""

    FORMS = (
        (("door", "aan", "wijze", "datum", "reactie"), ()),
        (("uitgesteldReden", "herzienDatum"), ()),
    )

    informed_by = Choice(InformedBy, data_key="door")
    informed = Several(Choice(Informed), low=1, high=2, unique=True, data_key="aan")
    informed_how = Choice(InformedHow, data_key="wijze")
    informed_on = Day(data_key="datum")
    reaction = Choice(Reaction, data_key="reactie")
    deferral_reason = Choice(DeferralReason, data_key="uitgesteldReden")
    review_on = Day(data_key="herzienDatum")

    @ma.validates_schema(pass_original=True, skip_on_field_errors=False)
    def _told_or_deferred(self, _data: Any, original: Any, **_: Any) -> None:
        if not isinstance(original, dict):
            return  # told already
        # Of the original data: a member with a fault of its own is there too.
        given = set(original)
        told, deferred = ({*required} for required, _ in self.FORMS)
        if given & deferred:
            missing, extra = deferred - given, told & given
            reason = "hoort niet bij uitgesteld informeren"
        else:
            missing, extra = told - given, set[str]()
            reason = ""
        found = {name: ["ontbreekt"] for name in sorted(missing)}
        found |= {name: [reason] for name in sorted(extra)}
        if found:
            raise ValidationError(found)

    @ma.post_load
    def _facts(self, data: dict[str, Any], **_: Any) -> InformingFacts:
        if "informed" in data:
            data["informed"] = tuple(data["informed"])
        return InformingFacts(**data)


class ParentIn(Schema):
    """A parent, for the family match."""

    kind = Pattern(
        "ouder",
        "moet ouder zijn",
        longest=10,
        data_key="soort",
        required=True,
        metadata={"enum": ["ouder"]},
    )
    evaluation = Octets(EVALUATION_BYTES, data_key="evaluatie", required=True)
    blind = Octets(SCALAR_BYTES, data_key="blindering", required=True)

    @ma.post_load
    def _request(self, data: dict[str, Any], **_: Any) -> ParentRequest:
        return ParentRequest(data["evaluation"], data["blind"])


class SignalIn(Schema):
    """A signal to register."""

    evaluation = Octets(
        EVALUATION_BYTES,
        data_key="evaluatie",
        required=True,
        metadata={"description": "Van de pseudoniemendienst, ongewijzigd."},
    )
    blind = Octets(
        SCALAR_BYTES,
        data_key="blindering",
        required=True,
        metadata={"description": "De blindering r die bij de evaluatie hoort."},
    )
    unit_id = Id(data_key="afdeling", required=True)
    contact = SharedPart(ContactIn, required=True)
    age_group = Choice(AgeGroup, data_key="leeftijdsgroep", required=True)
    reference = Text(longest=LONGEST_REFERENCE, data_key="kenmerk", load_default=None)
    informing = SharedPart(InformingIn, data_key="geinformeerd", required=True)
    lapses = Day(data_key="vervaltDatum", load_default=None)
    parents = Several(
        Part(ParentIn),
        high=PARENTS_LIMIT,
        data_key="gezin",
        load_default=list,
        metadata={
            "description": "De ouders van de cliënt, voor de gezinsmatch. Alleen als de index die"
            " heeft aangezet; anders wordt het signaal geweigerd."
        },
    )

    @ma.validates("parents")
    def _has_family_match(self, value: list[Any], **_: Any) -> None:
        # Kept out rather than ignored: who sends parents expects a family match.
        if value and not services().settings.family_match:
            raise ValidationError("de gezinsmatch staat op deze index uit; laat dit veld weg")

    @ma.post_load
    def _request(self, data: dict[str, Any], **_: Any) -> SignalRequest:
        contact, parents = data.pop("contact"), data.pop("parents")
        return SignalRequest(
            professional_key=contact.get("professional_key"), parents=tuple(parents), **data
        )


@dataclass(frozen=True, slots=True)
class LoadedRow:
    """A row of a batch: a request, or all that is wrong with its form."""

    request: SignalRequest | None
    faults: tuple[InvalidParam, ...] = ()


class Row(ma.fields.Nested):
    """A signal whose faults are its own: they do not refuse the rest of the batch."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> LoadedRow:
        schema: ma.Schema = self.schema
        try:
            return LoadedRow(schema.load(value))
        except ValidationError as error:
            return LoadedRow(None, tuple(faults(error.messages, schema)))

    def deserialize(self, value: Any, *_: Any, **__: Any) -> LoadedRow:
        """Also take null as a faulty row."""
        return self._deserialize(value)


class BatchIn(Schema):
    """Many signals at once."""

    rows = Rows(Row(SignalIn), low=1, high=BATCH_LIMIT, data_key="signalen", required=True)
    is_trial = Flag(
        data_key="proef",
        load_default=False,
        metadata={"description": "Zegt wat er zou gebeuren en verandert niets."},
    )


class RowOut(Schema):
    """What became of a row."""

    position = ma.fields.Integer(
        data_key="positie", required=True, metadata={"description": "Vanaf 0."}
    )
    status = Choice(RowStatus, required=True)
    id = Id()
    faults = Several(Part(InvalidParamSchema), data_key="invalidParams")


class BatchOut(Schema):
    """What became of every row, in order."""

    results = Several(Part(RowOut), data_key="resultaten", required=True)


class MatchOfSignalOut(Schema):
    """The match of a signal."""

    id = Id(required=True)
    status = Choice(MatchStatus, required=True)
    participants = Several(Part(CounterpartOut), data_key="deelnemers", required=True)


_CONTACT_FORMS = [
    {
        "type": "object",
        "properties": {name: form},
        "required": [name],
        "additionalProperties": False,
    }
    for name, form in (
        ("medewerker", {"type": "string", "minLength": 1, "maxLength": 64}),
        ("afdeling", {"type": "boolean", "enum": [True]}),
    )
]


class SignalOut(Schema):
    """A signal of one's own organisation."""

    id = Id(required=True)
    status = Choice(SignalStatus, required=True)
    reference = Text(
        data_key="kenmerk",
        metadata={"description": "Van een beëindigd of vervallen signaal alleen bij inzage."},
    )
    lapses = Day(data_key="vervaltDatum", required=True)
    started_at = Moment(data_key="geregistreerdOp", required=True)
    confirmed_at = Moment(
        data_key="bevestigdOp",
        metadata={"description": "Wanneer voor het laatst is gezegd: nog betrokken."},
    )
    ended_at = Moment(data_key="beeindigdOp", allow_none=True)
    reason = Choice(EndReason, data_key="reden", allow_none=True)
    unit_id = Id(data_key="afdeling", required=True)
    contact_of = ma.fields.Method(
        "_contact", data_key="contact", required=True, metadata={"oneOf": _CONTACT_FORMS}
    )
    match = Part(
        MatchOfSignalOut,
        allow_none=True,
        metadata={
            "description": "De match over de cliënt zelf; gezinsmatches staan alleen bij /matches."
            " Ontbreekt bij een client zonder het recht 'matches'."
        },
    )

    def _contact(self, view: SignalView) -> dict[str, Any]:
        if view.professional_key is None:
            return {"afdeling": True}
        return {"medewerker": view.professional_key}

    @ma.post_dump(pass_original=True)
    def _leave_out(self, body: dict[str, Any], view: SignalView, **_: Any) -> dict[str, Any]:
        if not view.shows_match:
            body.pop("match", None)
        optional = {
            "kenmerk": view.reference,
            "bevestigdOp": view.confirmed_at,
            "beeindigdOp": view.ended_at,
            "reden": view.reason,
        }
        for name in (name for name, value in optional.items() if value is None):
            body.pop(name, None)
        return body


class SignalList(Schema):
    """A page of signals."""

    total = ma.fields.Integer(data_key="totaal", required=True)
    results = Several(Part(SignalOut), data_key="resultaten", required=True)


class SignalQuery(PageQuery):
    """Filters of the list of signals."""

    status = Choice(SignalStatus, load_default=None)
    unit_id = Id(data_key="afdeling", load_default=None)
    professional_key = professional_key(data_key="medewerker", load_default=None)
    lapses_before = Day(data_key="vervaltVoor", load_default=None)


class SignalSearch(Schema):
    """Looking for a reference, which never stands in an address."""

    reference = Text(longest=LONGEST_REFERENCE, data_key="kenmerk", required=True)
    status = Choice(SignalStatus, load_default=None)
    unit_id = Id(data_key="afdeling", load_default=None)
    professional_key = professional_key(data_key="medewerker", load_default=None)
    lapses_before = Day(data_key="vervaltVoor", load_default=None)


class SignalPatch(OneChange):
    """One of four changes: ending it, its term, still involved, or how the client was told."""

    FORMS = (
        (("status", "reden"), ()),
        (("vervaltDatum",), ("leeftijdsgroep",)),
        (("geinformeerd",), ()),
        (("nogBetrokken",), ()),
    )
    ASKED = (
        "verander één ding: status met reden, vervaltDatum (met leeftijdsgroep), geinformeerd, of"
        " nogBetrokken"
    )

    status = Pattern(
        SignalStatus.ENDED.value,
        "kan alleen beeindigd worden",
        longest=20,
        metadata={"enum": [SignalStatus.ENDED.value]},
    )
    reason = Choice(EndReason, data_key="reden")
    lapses = Day(data_key="vervaltDatum")
    age_group = Choice(AgeGroup, data_key="leeftijdsgroep")
    informing = Part(InformingIn, data_key="geinformeerd")
    still_involved = Flag(
        data_key="nogBetrokken",
        validate=ma.validate.OneOf(
            [True], error="kan alleen true zijn; beëindig anders het signaal"
        ),
        metadata={"enum": [True]},
    )


class HistoryIn(Schema):
    """Why a signal that ended is opened."""

    reason = Choice(HistoryReason, data_key="reden", required=True)
