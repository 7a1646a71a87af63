"""The evaluation: what the service hands the client for the index alone.

A PyNaCl ``Box`` from the service's pinned key to the index's key. A sealed box
could be forged by anyone, so it would prove nothing about k.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nacl.exceptions import CryptoError as BoxError
from nacl.public import Box

from crypto.errors import ElementRefused, EvaluationRefused
from crypto.oprf import ELEMENT_BYTES, EvaluatedElement
from crypto.person import SubjectKind

KEY_ID_BYTES = 16
LIFETIME = timedelta(minutes=15)
BATCH_LIFETIME = timedelta(hours=24)
CLOCK_SKEW = timedelta(seconds=30)  # between the service's clock and the index's

_FORMAT = 1
_KIND_BYTES = {SubjectKind.PERSON: 1, SubjectKind.PARENT: 2}
_KINDS = {value: kind for kind, value in _KIND_BYTES.items()}
# format, key id, kind, organisation, issued at, expires at (Unix seconds), Z
_FIELDS = struct.Struct(">B16sB16sQQ32s")

PLAINTEXT_BYTES = _FIELDS.size  # 82
EVALUATION_BYTES = PLAINTEXT_BYTES + 24 + 16  # nonce and authenticator


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation says.

    Attributes:
        key_id: 16 bytes, the id of the service's key.
        kind: The kind of subject that the key is for.
        organisation_id: For whom the service evaluated.
        issued_at: UTC, whole seconds.
        expires_at: UTC, whole seconds.
        element: Z, which nobody but the index gets to see.
    """

    key_id: bytes
    kind: SubjectKind
    organisation_id: UUID
    issued_at: datetime
    expires_at: datetime
    element: EvaluatedElement = field(repr=False)


def seal_evaluation(evaluation: Evaluation, box: Box) -> bytes:
    """Return *evaluation* for the index alone: nonce and ciphertext, 122 bytes.

    Args:
        evaluation: Made a moment ago.
        box: The service's private and the index's public Curve25519 key.
    """
    plaintext = _FIELDS.pack(
        _FORMAT,
        evaluation.key_id,
        _KIND_BYTES[evaluation.kind],
        evaluation.organisation_id.bytes,
        int(evaluation.issued_at.timestamp()),
        int(evaluation.expires_at.timestamp()),
        evaluation.element.value,
    )
    return bytes(box.encrypt(plaintext))


def seal_evaluations(
    products: Iterable[bytes],
    box: Box,
    *,
    key_id: bytes,
    kind: SubjectKind,
    organisation_id: UUID,
    issued_at: datetime,
    expires_at: datetime,
) -> list[bytes]:
    """Return what :func:`seal_evaluation` does, for many elements of one request.

    All but Z is packed once, and the products are not validated again.

    Args:
        products: Z = k·B of validated elements B, 32 bytes each.
        box: As for :func:`seal_evaluation`.
        key_id: 16 bytes.
        kind: As in :class:`Evaluation`, like the arguments that follow.
        organisation_id: For whom.
        issued_at: UTC.
        expires_at: UTC.
    """
    header = _FIELDS.pack(
        _FORMAT,
        key_id,
        _KIND_BYTES[kind],
        organisation_id.bytes,
        int(issued_at.timestamp()),
        int(expires_at.timestamp()),
        b"",
    )[:-ELEMENT_BYTES]
    return [bytes(box.encrypt(header + product)) for product in products]


def open_evaluation(message: bytes, box: Box) -> Evaluation:
    """Open *message*, which only the pinned service can have made.

    Args:
        message: 122 bytes.
        box: The service's public and the index's private Curve25519 key.

    Raises:
        EvaluationRefused: Wrong length, wrong key, altered, or of another
            format. Not told apart.
    """
    if len(message) != EVALUATION_BYTES:
        raise EvaluationRefused
    try:
        plaintext = box.decrypt(message)
    except BoxError:
        raise EvaluationRefused from None
    format_, key_id, kind, organisation, issued, expires, element = _FIELDS.unpack(plaintext)
    if format_ != _FORMAT or kind not in _KINDS:
        raise EvaluationRefused
    try:
        return Evaluation(
            key_id,
            _KINDS[kind],
            UUID(bytes=organisation),
            datetime.fromtimestamp(issued, UTC),
            datetime.fromtimestamp(expires, UTC),
            EvaluatedElement(element),
        )
    except (ElementRefused, ValueError, OverflowError, OSError):
        raise EvaluationRefused from None


def check_evaluation(
    evaluation: Evaluation,
    *,
    organisation_id: UUID,
    kind: SubjectKind,
    key_ids: frozenset[bytes],
    now: datetime,
) -> None:
    """Refuse an evaluation that was not made for this place, caller and time.

    Args:
        evaluation: An opened evaluation.
        organisation_id: Who hands it in.
        kind: What its place in the body asks for.
        key_ids: The pinned key ids of that kind.
        now: UTC.

    Raises:
        EvaluationRefused: Another organisation's, another kind's, an unknown
            key's, expired or not yet valid. The message says which, in Dutch.
    """
    if evaluation.organisation_id != organisation_id:
        raise EvaluationRefused("is voor een andere organisatie gemaakt")
    if evaluation.kind is not kind:
        raise EvaluationRefused("is van een andere soort dan hier gevraagd")
    if evaluation.key_id not in key_ids:
        raise EvaluationRefused("is met een onbekende sleutel gemaakt; vraag een nieuwe aan")
    if evaluation.issued_at > now + CLOCK_SKEW:
        raise EvaluationRefused("is nog niet geldig; controleer de klok")
    if evaluation.expires_at <= now:
        raise EvaluationRefused("is verlopen; vraag een nieuwe aan")
