"""Sealing what an account must give back (one-time secrets), and hashing what it only shows."""

from __future__ import annotations

import hashlib
import hmac

from nacl.exceptions import CryptoError as BoxError
from nacl.secret import SecretBox

from crypto.errors import CryptoError

_KEY_BYTES = 32
TAG_BYTES = 16


class AccountSecrets:
    """Keys for accounts, derived with BLAKE2b (RFC 7693) from one 32-byte key of the index."""

    def __init__(self, key: bytes) -> None:
        """Take the key from which references are sealed too: other purposes, other keys.

        Raises:
            CryptoError: It is not 32 bytes.
        """
        if len(key) != _KEY_BYTES:
            raise CryptoError("the key of the accounts is not 32 bytes")
        self._box = SecretBox(_derive(key, b"vi-account-box"))
        self._hash_key = _derive(key, b"vi-account-hash")
        self._tag_key = _derive(key, b"vi-account-tag")

    def __repr__(self) -> str:
        return "AccountSecrets(…)"

    def seal(self, value: bytes) -> bytes:
        """Return nonce and ciphertext: the value's length plus 40 bytes."""
        return bytes(self._box.encrypt(value))

    def open(self, sealed: bytes) -> bytes:
        """Return the value.

        Raises:
            CryptoError: Altered, or sealed under another key.
        """
        try:
            return self._box.decrypt(sealed)
        except (BoxError, ValueError):  # the latter: too short to be sealed at all
            raise CryptoError("a sealed secret does not open") from None

    def hashed(self, purpose: str, value: str) -> bytes:
        """Return a keyed hash, 32 bytes: equal values of one purpose can be recognised."""
        return self._hash(self._hash_key, purpose, value.encode("utf-8", "replace"), 32)

    def tag(self, purpose: str, value: bytes) -> bytes:
        """Return 16 bytes that only the index can make of *value*."""
        return self._hash(self._tag_key, purpose, value, TAG_BYTES)

    def is_tag(self, purpose: str, value: bytes, tag: bytes) -> bool:
        """Whether *tag* is that of *value*."""
        return hmac.compare_digest(self.tag(purpose, value), tag)

    @staticmethod
    def _hash(key: bytes, purpose: str, value: bytes, size: int) -> bytes:
        return hashlib.blake2b(
            value, digest_size=size, key=key, person=purpose.encode().ljust(16, b"\0")
        ).digest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(
        digest_size=_KEY_BYTES, key=key, person=purpose.ljust(16, b"\0")
    ).digest()
