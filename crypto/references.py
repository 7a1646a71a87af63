"""Sealing the own reference (kenmerk), per organisation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from nacl.exceptions import CryptoError as BoxError
from nacl.secret import SecretBox

from crypto.errors import CryptoError

REFERENCE_HASH_BYTES = 32


class ReferenceSealer:
    """Encrypts references and makes their look-up hash.

    Each organisation has keys of its own, derived with BLAKE2b (RFC 7693)
    from one 32-byte key of the index, so that a sealed reference that is
    moved to another organisation's row does not open.
    """

    def __init__(self, key: bytes) -> None:
        """Take the index's reference key, 32 bytes."""
        if len(key) != 32:
            raise CryptoError("the reference key is not 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "ReferenceSealer(…)"

    def seal(self, organisation_id: UUID, reference: str) -> bytes:
        """Return nonce and ciphertext: the reference's UTF-8 length plus 40 bytes."""
        return bytes(self._box(organisation_id).encrypt(reference.encode()))

    def open(self, organisation_id: UUID, sealed: bytes) -> str:
        """Return the reference.

        Raises:
            CryptoError: Another organisation's, or altered.
        """
        return self.open_all(organisation_id, [sealed])[0]

    def open_all(self, organisation_id: UUID, sealed: Iterable[bytes]) -> list[str]:
        """Return the references of one organisation, in their order: its key is made once.

        Raises:
            CryptoError: One of them is another organisation's, or altered.
        """
        box = self._box(organisation_id)
        try:
            return [box.decrypt(one).decode() for one in sealed]
        except BoxError:
            raise CryptoError("a sealed reference does not open") from None

    def lookup_hash(self, organisation_id: UUID, reference: str) -> bytes:
        """Return the keyed hash, 32 bytes, by which a reference is found.

        Capitals do not matter: ``d-2291`` finds ``D-2291``.
        """
        key = self._derive(organisation_id, b"vi-reference-lkp")
        return hashlib.blake2b(reference.casefold().encode(), digest_size=32, key=key).digest()

    def _box(self, organisation_id: UUID) -> SecretBox:
        return SecretBox(self._derive(organisation_id, b"vi-reference-box"))

    def _derive(self, organisation_id: UUID, purpose: bytes) -> bytes:
        return hashlib.blake2b(
            key=self._key, salt=organisation_id.bytes, person=purpose, digest_size=32
        ).digest()
