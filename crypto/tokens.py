"""Access tokens (RFC 9068) and client assertions (RFC 7523), signed with Ed25519.

One key per signing purpose and one audience per token, so that a token for
the pseudonym service is worth nothing at the index.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from nacl.signing import SigningKey as Ed25519Key

from crypto import base64url
from crypto.errors import KeyRingRefused, TokenRefused

INDEX_AUDIENCE = "index"
SERVICE_AUDIENCE = "pseudoniemen"
INDEX_TOKEN_LIFETIME = timedelta(minutes=10)
SERVICE_TOKEN_LIFETIME = timedelta(seconds=60)
ASSERTION_ALGORITHMS = ("Ed25519", "ES256", "PS256")
ASSERTION_LIFETIME_LIMIT = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=30)
TOKEN_TYPE = "at+jwt"  # noqa: S105 (RFC 9068 §2.1)

_LONGEST_ASSERTION_SECONDS = (ASSERTION_LIFETIME_LIMIT + CLOCK_SKEW).total_seconds()
_LONGEST_JTI = 128
_SHORTEST_RSA_BITS = 2048


class SigningKey:
    """An Ed25519 key (RFC 8032) for one purpose; it does not print itself."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32-byte seed."""
        public = Ed25519Key(seed).verify_key.encode()
        self.public = public  # 32 bytes
        self._jwk = OKPKey.import_key(
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url.encode(public),
                "d": base64url.encode(seed),
            }
        )

    def __repr__(self) -> str:
        return "SigningKey(…)"

    def sign(
        self, claims: Mapping[str, Any], *, audience: str, lifetime: timedelta, now: datetime
    ) -> str:
        """Return a compact access token (``typ: at+jwt``) that is valid from *now* (UTC)."""
        issued = int(now.timestamp())
        everything = {
            **claims,
            "aud": audience,
            "iat": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "jti": secrets.token_urlsafe(12),
        }
        header = {"alg": "Ed25519", "typ": TOKEN_TYPE}
        return jwt.encode(header, everything, self._jwk, algorithms=["Ed25519"])


class TokenVerifier:
    """Verifies the tokens of one key for one audience."""

    def __init__(self, public: bytes, *, audience: str) -> None:
        """Take the 32-byte Ed25519 public key and the only audience accepted."""
        self._jwk = OKPKey.import_key(
            {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(public)}
        )
        self._audience = audience

    def verify(self, token: str, *, now: datetime) -> dict[str, Any]:
        """Return the claims.

        Args:
            token: Compact serialisation.
            now: UTC.

        Raises:
            TokenRefused: Another key, type, algorithm or audience, expired, or
                from the future. Not told apart.
        """
        try:
            decoded = jwt.decode(token, self._jwk, algorithms=["Ed25519"])
        except (JoseError, ValueError, TypeError):
            raise TokenRefused from None
        claims = decoded.claims
        moment = now.timestamp()
        if (
            decoded.header.get("typ") != TOKEN_TYPE
            or claims.get("aud") != self._audience
            or not isinstance(claims.get("exp"), int)
            or not isinstance(claims.get("iat"), int)
            or claims["exp"] <= moment
            or claims["iat"] > moment + CLOCK_SKEW.total_seconds()
        ):
            raise TokenRefused
        return claims


def import_public_jwk(jwk: Mapping[str, Any]) -> OKPKey | ECKey | RSAKey:
    """Return a client's public key.

    Raises:
        KeyRingRefused: Not an Ed25519, P-256 or RSA (2048 bits or more) *public* key.
    """
    try:
        if "d" in jwk:
            raise KeyRingRefused('geef alleen de openbare helft van de sleutel (zonder "d")')
        match jwk.get("kty"), jwk.get("crv"):
            case "OKP", "Ed25519":
                return OKPKey.import_key(dict(jwk))
            case "EC", "P-256":
                return ECKey.import_key(dict(jwk))
            case "RSA", _:
                # Counted in bits: zeros in front make a short key look long.
                modulus = int.from_bytes(base64url.decode(str(jwk["n"])), "big")
                if modulus.bit_length() < _SHORTEST_RSA_BITS:
                    raise KeyRingRefused("de RSA-sleutel is korter dan 2048 bits")
                return RSAKey.import_key(dict(jwk))
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeyRingRefused("dit is geen bruikbare JWK") from None
    raise KeyRingRefused("gebruik een Ed25519-, P-256- of RSA-sleutel")


def verify_client_assertion(
    assertion: str, *, jwk: Mapping[str, Any], client_id: str, audience: str, now: datetime
) -> tuple[str, datetime]:
    """Verify a ``private_key_jwt`` (RFC 7523 §3) and return its ``jti`` and expiry.

    The caller still has to make sure that the ``jti`` was not used before.

    Args:
        assertion: Compact serialisation.
        jwk: The client's registered public key.
        client_id: Must be both ``iss`` and ``sub``.
        audience: The token endpoint's address; the only value of ``aud``.
        now: UTC.

    Raises:
        TokenRefused: In any respect not as above, without ``jti``, expired, or
            valid for longer than five minutes.
    """
    key = import_public_jwk(jwk)
    try:
        decoded = jwt.decode(assertion, key, algorithms=list(ASSERTION_ALGORITHMS))
    except (JoseError, ValueError, TypeError):
        raise TokenRefused from None
    claims: dict[str, Any] = decoded.claims
    moment = now.timestamp()
    expires = _moment(claims, "exp")
    not_before = _moment(claims, "nbf" if "nbf" in claims else "iat")
    jti = claims.get("jti")
    single = claims.get("aud")
    if isinstance(single, list) and len(single) == 1:
        single = single[0]
    if (
        claims.get("iss") != client_id
        or claims.get("sub") != client_id
        or single != audience
        or not moment < expires <= moment + _LONGEST_ASSERTION_SECONDS
        or not_before > moment + CLOCK_SKEW.total_seconds()
        or not isinstance(jti, str)
        or not 1 <= len(jti) <= _LONGEST_JTI
        or not jti.isprintable()  # PostgreSQL stores no NUL, UTF-8 no lone surrogate
    ):
        raise TokenRefused
    return jti, datetime.fromtimestamp(expires, now.tzinfo)


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused
    return value


def unverified_subject(assertion: str) -> str | None:
    """Return whom an assertion claims to come from, to know whose key must verify it."""
    try:
        payload = json.loads(base64url.decode(assertion.split(".")[1]))
    except (ValueError, IndexError, RecursionError):
        return None
    subject = payload.get("sub") if isinstance(payload, dict) else None
    return subject if isinstance(subject, str) else None


def sign_client_assertion(
    private_jwk: Mapping[str, Any], *, client_id: str, audience: str, now: datetime
) -> str:
    """Return a ``private_key_jwt`` that is valid for one minute."""
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + 60,
        "jti": secrets.token_urlsafe(16),
    }
    key: OKPKey | ECKey | RSAKey
    match private_jwk["kty"]:
        case "OKP":
            algorithm, key = "Ed25519", OKPKey.import_key(dict(private_jwk))
        case "EC":
            algorithm, key = "ES256", ECKey.import_key(dict(private_jwk))
        case _:
            algorithm, key = "PS256", RSAKey.import_key(dict(private_jwk))
    return jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])
