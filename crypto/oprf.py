"""The oblivious pseudo-random function of RFC 9497: ristretto255-SHA512, mode OPRF.

Each party's values have a type of their own, so that a blind cannot be sent
where an element belongs. ``repr`` shows none of them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import rbcl

from crypto.errors import BlindRefused, ElementRefused

# rbcl writes libsodium (2.8 MB) into the temporary directory each time that it
# is imported, and leaves it there. Once it is loaded the file can go; Windows
# alone does not allow it.
with suppress(OSError):
    Path(import_module("rbcl._sodium").lib_path).unlink()

SUITE = "ristretto255-SHA512"
CONTEXT_STRING = b"OPRFV1-\x00-ristretto255-SHA512"  # RFC 9497 §3.1, mode 0x00
ELEMENT_BYTES = 32
SCALAR_BYTES = 32
ORDER = 2**252 + 27742317777372353535851937790883648493  # ℓ, RFC 9496 §4

_HASH_TO_GROUP_DST = b"HashToGroup-" + CONTEXT_STRING
_IDENTITY = bytes(ELEMENT_BYTES)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number in 1…ℓ−1, 32 bytes little-endian (RFC 9496 §4.4).

    rbcl reduces nothing and raises ``RuntimeError`` on ℓ, so the range is
    checked here, once, for every scalar that enters.

    Raises:
        BlindRefused: Another length, zero, or not reduced.
    """

    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.value) != SCALAR_BYTES:
            raise BlindRefused
        if not 0 < int.from_bytes(self.value, "little") < ORDER:
            raise BlindRefused


class Blind(Scalar):
    """The client's random r: it never reaches the service."""

    __slots__ = ()

    @classmethod
    def random(cls) -> Blind:
        """Return a fresh blind from the operating system's generator."""
        return cls((secrets.randbelow(ORDER - 1) + 1).to_bytes(SCALAR_BYTES, "little"))


@dataclass(frozen=True, slots=True)
class Element:
    """A group element other than the identity, 32 bytes (RFC 9496 §4.3.2).

    Raises:
        ElementRefused: Another length, not canonical, not on the group, or the identity.
    """

    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (
            len(self.value) != ELEMENT_BYTES
            or self.value == _IDENTITY
            # rbcl's libsodium overlooks the highest bit: one element, two spellings.
            or self.value[-1] & 0x80
            or not rbcl.crypto_core_ristretto255_is_valid_point(self.value)
        ):
            raise ElementRefused


class BlindedElement(Element):
    """B = r·H(x): what the service sees. It never reaches the index."""

    __slots__ = ()


class EvaluatedElement(Element):
    """Z = k·B: what the service made of a blinded element."""

    __slots__ = ()


_ONE = Scalar((1).to_bytes(SCALAR_BYTES, "little"))


def hash_to_group(value: bytes) -> Element:
    """Return H(x): HashToGroup of RFC 9497 §4.1.

    H(x) can be tried against every BSN without any key: it never leaves the
    client.
    """
    return Element(rbcl.crypto_core_ristretto255_from_hash(_expand_message_xmd(value)))


def blind(value: bytes, scalar: Blind) -> BlindedElement:
    """Return B = r·H(x) (RFC 9497 §3.3.1, Blind)."""
    return BlindedElement(multiply(scalar, hash_to_group(value)))


def blind_evaluate(key: Scalar, element: BlindedElement) -> EvaluatedElement:
    """Return Z = k·B (RFC 9497 §3.3.1, BlindEvaluate)."""
    return EvaluatedElement(multiply(key, element))


def finalize(value: bytes, scalar: Blind, evaluated: EvaluatedElement) -> bytes:
    """Return the 64-byte output of RFC 9497 §3.3.1, Finalize.

    For the published vectors only: the index keeps the element itself, so
    that a key can be rotated without a BSN.
    """
    unblinded = multiply(invert(scalar), evaluated)
    message = _with_length(value) + _with_length(unblinded) + b"Finalize"
    return hashlib.sha512(message).digest()


def multiply(scalar: Scalar, element: Element) -> bytes:
    """Return the 32-byte encoding of scalar·element."""
    product: bytes = rbcl.crypto_scalarmult_ristretto255(scalar.value, element.value)
    return product


def multiply_base(scalar: Scalar) -> bytes:
    """Return the 32-byte encoding of scalar·G."""
    product: bytes = rbcl.crypto_scalarmult_ristretto255_base(scalar.value)
    return product


def invert(scalar: Scalar) -> Scalar:
    """Return the scalar's multiplicative inverse modulo ℓ."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_invert(scalar.value))


def invert_all(scalars: Sequence[Scalar]) -> list[Scalar]:
    """Return the inverse of each, in one inversion however many there are.

    Montgomery's trick: an inversion takes half the time of multiplying an
    element, a product of scalars a fiftieth. No product is zero, for ℓ is prime.
    """
    before: list[Scalar] = []  # of each: the product of all before it
    product = _ONE
    for one in scalars:
        before.append(product)
        product = multiply_scalars(product, one)
    inverse = invert(product)
    found: list[Scalar] = []
    for one, others in zip(reversed(scalars), reversed(before), strict=True):
        found.append(multiply_scalars(inverse, others))
        inverse = multiply_scalars(inverse, one)
    return found[::-1]


def multiply_scalars(one: Scalar, other: Scalar) -> Scalar:
    """Return the product modulo ℓ."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_mul(one.value, other.value))


def random_scalar() -> Scalar:
    """Return a fresh secret scalar, for a key."""
    return Scalar(Blind.random().value)


def _with_length(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def _expand_message_xmd(message: bytes) -> bytes:
    """Return 64 bytes: expand_message_xmd of RFC 9380 §5.3.1 with SHA-512.

    With 64 bytes asked of a 64-byte hash there is one block, so the loop of
    the RFC is gone.
    """
    dst = _HASH_TO_GROUP_DST + bytes([len(_HASH_TO_GROUP_DST)])
    padded = bytes(128) + message + (64).to_bytes(2, "big") + b"\x00" + dst
    first = hashlib.sha512(padded).digest()
    return hashlib.sha512(first + b"\x01" + dst).digest()
