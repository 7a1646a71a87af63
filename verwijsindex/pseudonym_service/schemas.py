"""The shapes of the service's bodies."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from crypto import base64url
from crypto.evaluation import EVALUATION_BYTES
from crypto.oprf import ELEMENT_BYTES, SUITE
from crypto.person import SubjectKind
from verwijsindex.http.fields import Choice, Flag, Octets, Part, Schema, Several, Text
from verwijsindex.pseudonym_service.evaluating import is_element

MOST_ELEMENTS = 1_000


NOT_AN_ELEMENT = "is geen element van ristretto255, of het neutrale element"


class EncodedElement(Octets):
    """A ristretto255 element, 32 bytes in base64url; whether it is one shows in evaluating."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ELEMENT_BYTES, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the bytes; marshmallow's own steps are only taken for what is wrong."""
        try:
            octets = base64url.decode(value)
        except (TypeError, ValueError):
            octets = b""
        if len(octets) == ELEMENT_BYTES:
            return octets
        return super().deserialize(value, *args, **kwargs)


class EncodedElements(Several):
    """Elements; where one is badly encoded, all that are wrong otherwise are told as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(EncodedElement(), low=1, high=MOST_ELEMENTS, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            return super()._deserialize(value, *args, **kwargs)
        except ma.ValidationError as error:
            if isinstance(error.messages, dict):
                badly_encoded: dict[int, list[str]] = error.messages
                sound = (at for at in range(len(value)) if at not in badly_encoded)
                for at in sound:
                    if not is_element(base64url.decode(value[at])):
                        badly_encoded[at] = [NOT_AN_ELEMENT]
                error.messages = dict(sorted(badly_encoded.items()))
            raise


class EvaluationsQuestion(Schema):
    """What a client asks."""

    soort = Choice(
        SubjectKind,
        required=True,
        metadata={"description": "Elke soort heeft een eigen sleutel."},
    )
    elementen = EncodedElements(
        required=True,
        metadata={"description": "Geblindeerde elementen B = r·H(x) (RFC 9497, Blind)."},
    )
    batch = Flag(
        load_default=False,
        metadata={"description": "true: de evaluaties blijven 24 uur geldig, anders 15 minuten."},
    )


class EvaluationsAnswer(Schema):
    """What the service answers."""

    evaluaties = ma.fields.List(
        Octets(EVALUATION_BYTES),
        required=True,
        metadata={"description": "Op volgorde van de elementen; alleen de index kan ze openen."},
    )
    key_id = Text(
        data_key="sleutelId",
        required=True,
        longest=32,
        metadata={"description": "Van de gebruikte sleutel, hexadecimaal.", "minLength": 32},
    )


class PublicKeySchema(Schema):
    """A public key k·G."""

    soort = Choice(SubjectKind, required=True)
    epoch = ma.fields.Integer(
        required=True, data_key="tijdperk", metadata={"description": "Het hoogste is in gebruik."}
    )
    key_id = Text(data_key="sleutelId", required=True, longest=32, metadata={"minLength": 32})
    public_key = Octets(ELEMENT_BYTES, data_key="publiekeSleutel", required=True)


class BoxKeysSchema(Schema):
    """The box keys (Curve25519), so that anyone can compare them with what was pinned."""

    dienst = Octets(32, required=True)
    index = Octets(32, required=True)


class KeysAnswer(Schema):
    """Everything public about the keys."""

    suite = Text(required=True, metadata={"example": SUITE})
    sleutels = ma.fields.List(Part(PublicKeySchema), required=True)
    boxsleutels = Part(BoxKeysSchema, required=True)


class HealthAnswer(Schema):
    """That all is well; anything else is a problem."""

    status = Text(required=True, metadata={"enum": ["ok"]})
