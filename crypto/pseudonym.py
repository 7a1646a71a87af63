"""The pseudonym N = s·k·H(x): what the index keeps of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import rbcl

from crypto import oprf
from crypto.errors import EvaluationRefused

PSEUDONYM_BYTES = 32


@dataclass(frozen=True, slots=True, order=True)
class Pseudonym:
    """A keyed hash of a person; personal data all the same (AVG, article 4.5).

    Ordered by its bytes, for whoever locks several subjects sorts by it.
    """

    value: bytes = field(repr=False)  # 32 bytes


def unblind(
    index_key: oprf.Scalar, blind: oprf.Blind, evaluated: oprf.EvaluatedElement
) -> Pseudonym:
    """Return N = (s·r⁻¹)·Z, in one multiplication of an element.

    Raises:
        EvaluationRefused: The product is the identity (no honest Z gives that).
    """
    (made,) = unblind_all(index_key, [(blind, evaluated)])
    if isinstance(made, EvaluationRefused):
        raise made
    return made


def unblind_all(
    index_key: oprf.Scalar, blinded: Sequence[tuple[oprf.Blind, oprf.EvaluatedElement]]
) -> list[Pseudonym | EvaluationRefused]:
    """Return what :func:`unblind` returns or raises for each; the more, the less each costs."""
    inverses = oprf.invert_all([blind for blind, _ in blinded])
    made: list[Pseudonym | EvaluationRefused] = []
    for inverse, (_, evaluated) in zip(inverses, blinded, strict=True):
        scalar = oprf.multiply_scalars(index_key, inverse)
        try:
            value = rbcl.crypto_scalarmult_ristretto255(scalar.value, evaluated.value)
        except RuntimeError:
            made.append(EvaluationRefused())
        else:
            made.append(Pseudonym(value))
    return made
