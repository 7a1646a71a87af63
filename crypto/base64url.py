"""Base64url without padding (RFC 4648 §5), decoded strictly."""

from __future__ import annotations

import base64
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode(value: bytes) -> str:
    """Return *value* as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that *text* encodes.

    Each byte string has one encoding only: stray bits in the last character
    are refused, so that the same value cannot be sent in two spellings.

    Raises:
        ValueError: Padding, another alphabet, or stray bits. The message does
            not repeat *text*.
    """
    if not _ALPHABET.match(text) or len(text) % 4 == 1:
        raise ValueError("not base64url without padding")
    value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(value) != text:
        raise ValueError("not base64url without padding")
    return value
