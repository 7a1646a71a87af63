"""Evaluating: Z = k·B for each blinded element, sealed for the index alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

import rbcl
from nacl.public import Box

from crypto import oprf
from crypto.errors import ElementRefused
from crypto.evaluation import seal_evaluations
from crypto.keyring import EvaluationKey
from crypto.oprf import BlindedElement, Scalar
from crypto.person import SubjectKind, canonical_canary
from verwijsindex.pseudonym_service.errors import ElementsRefused


@dataclass(frozen=True, slots=True)
class CurrentKey:
    """The key k in use for one kind, with what can be computed of it beforehand.

    Attributes:
        kind: Of subject.
        scalar: k.
        key_id: 16 bytes.
        canary: H(canary) of this kind, 32 bytes: the only element that the
            index itself may have evaluated.
    """

    kind: SubjectKind
    scalar: Scalar = field(repr=False)
    key_id: bytes
    canary: bytes = field(repr=False)

    @classmethod
    def of(cls, key: EvaluationKey) -> Self:
        """Return *key* with its id and its canary."""
        canary = oprf.hash_to_group(canonical_canary(key.kind).value)
        return cls(key.kind, key.scalar, key.public().key_id, canary.value)


def evaluate_all(
    elements: Sequence[bytes],
    key: CurrentKey,
    box: Box,
    *,
    organisation_id: UUID,
    issued_at: datetime,
    lifetime: timedelta,
) -> list[bytes]:
    """Return an evaluation of 122 bytes per element, in order.

    Args:
        elements: B, 32 bytes each, from outside.
        key: The key in use for the kind.
        box: The service's private and the index's public Curve25519 key.
        organisation_id: For whom; stands in each evaluation.
        issued_at: UTC.
        lifetime: How long the index accepts them.

    Raises:
        ElementsRefused: With all positions at once.
    """
    scalar = key.scalar.value
    # libsodium 1.0.18 overlooks the highest bit: a second spelling of an element.
    if any(element[-1] & 0x80 for element in elements):
        raise _refusal(elements)
    try:
        # The multiplication itself refuses what is no element, and the identity
        # (RFC 9496 §4.3.1; libsodium gives -1 for both). Checking beforehand
        # would cost a tenth more. What it lets through is an element again, for
        # the group's order is prime.
        products = [rbcl.crypto_scalarmult_ristretto255(scalar, element) for element in elements]
    except RuntimeError:
        raise _refusal(elements) from None
    return seal_evaluations(
        products,
        box,
        key_id=key.key_id,
        kind=key.kind,
        organisation_id=organisation_id,
        issued_at=issued_at,
        expires_at=issued_at + lifetime,
    )


def _refusal(elements: Sequence[bytes]) -> ElementsRefused:
    return ElementsRefused([at for at, one in enumerate(elements) if not is_element(one)])


def is_element(octets: bytes) -> bool:
    """Whether *octets* (32 bytes) encode a group element other than the identity."""
    try:
        BlindedElement(octets)
    except ElementRefused:
        return False
    return True
