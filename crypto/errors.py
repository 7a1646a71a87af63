"""The errors of this package; the docstring is the message.

CryptoError
 ├── PersonRefused        what a person typed cannot be a person (faults per field)
 ├── ElementRefused       not an element of the group
 ├── BlindRefused         not a scalar in 1…ℓ−1
 ├── EvaluationRefused    not made by the pinned service for this caller, now
 ├── TokenRefused         not a valid access token or client assertion
 ├── KeyRingRefused       a key file that cannot be used
 └── AuditLineRefused     not a line of an exported audit log
"""

from __future__ import annotations

from dataclasses import dataclass


class CryptoError(Exception):
    """A value was refused."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field; *reason* is Dutch and repeats no value."""

    field: str
    reason: str


class PersonRefused(CryptoError):
    """These data cannot be those of a person."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.field}: {fault.reason}" for fault in faults))


class ElementRefused(CryptoError):
    """Not the encoding of a ristretto255 element other than the identity."""


class BlindRefused(CryptoError):
    """Not the encoding of a scalar in 1…ℓ−1."""


class EvaluationRefused(CryptoError):
    """Not an evaluation by the pinned service that this caller may use here and now."""


class TokenRefused(CryptoError):
    """Not a token that was signed for this audience and is valid now."""


class KeyRingRefused(CryptoError):
    """This key file cannot be used."""


class AuditLineRefused(CryptoError):
    """Not a line as the index writes it to an exported audit log."""
