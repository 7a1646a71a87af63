"""Tokens made without our own code, so that anything can be wrong with them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

from nacl.signing import SigningKey as Ed25519Key

from crypto import base64url
from crypto.tokens import SigningKey

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
SEED = bytes(range(32))
KEY = SigningKey(SEED)
PRIVATE = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": base64url.encode(KEY.public),
    "d": base64url.encode(SEED),
}
PUBLIC = {name: value for name, value in PRIVATE.items() if name != "d"}


def part(value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64url.encode(content)


def signed(header, claims, seed=SEED):
    """Return a compact JWS that is signed with Ed25519, whatever its header says."""
    message = f"{part(header)}.{part(claims)}"
    signature = Ed25519Key(seed).sign(message.encode()).signature
    return f"{message}.{base64url.encode(signature)}"


def with_hmac(header, claims, secret, digest=hashlib.sha256):
    message = f"{part(header)}.{part(claims)}"
    return f"{message}.{base64url.encode(hmac.digest(secret, message.encode(), digest))}"
