"""Talking to an organisation's OpenID Connect provider: code flow with PKCE, tokens verified.

Of what a provider says, the subject alone is used; a mail address never is.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from verwijsindex.http.bsn_recognition import holds_bsn
from verwijsindex.settings import LOOPBACK

#: Signatures that are accepted: none with a shared secret, and never ``none``.
ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"]
_TIMEOUT_SECONDS = 5.0
_LONGEST_ANSWER = 1024 * 1024  # bytes
_LONGEST_SUBJECT = 255  # characters (OpenID Connect Core 1.0 §2)
_LEEWAY_SECONDS = 60
_DISCOVERY = "/.well-known/openid-configuration"


class ProviderUnreachable(Exception):
    """The provider does not answer, or not as OpenID Connect Discovery 1.0 asks."""


class ProviderRefused(Exception):
    """The provider's answer does not prove who somebody is."""


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """What the index is to a provider.

    Attributes:
        issuer: As the provider names itself.
        client_id: As the provider names the index.
        secret: Shared with the provider.
        redirect_uri: Where it sends browsers back to.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A browser that is at the provider.

    Attributes:
        nonce: To come back in the ID token.
        verifier: Of PKCE (RFC 7636); its hash went along.
    """

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Facts:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool  #: sends its name back with the code (RFC 9207)


def is_issuer(issuer: str) -> bool:
    """Whether *issuer* may be one: https, or this machine itself; no query (Discovery 1.0 §3)."""
    try:
        parts = urlsplit(issuer)
        has_port = parts.port != 0
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    more = parts.query or parts.fragment or "@" in parts.netloc or not issuer.isprintable()
    return bool(is_safe and parts.hostname and has_port and not more and " " not in issuer)


class ProviderConnections:
    """What is known of providers, fetched once per process; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._facts: dict[str, _Facts] = {}
        self._keys: dict[str, KeySet] = {}

    def check(self, issuer: str) -> None:
        """Fetch what *issuer* says of itself.

        Raises:
            ProviderUnreachable: It says nothing, or calls itself otherwise.
        """
        self._facts_of(issuer)

    def address(
        self, client: ProviderClient, *, state: str, must_sign_in: bool
    ) -> tuple[str, Journey]:
        """Return where to send a browser, and what to keep until it is back.

        Args:
            client: Of whom.
            state: Comes back with the code.
            must_sign_in: Even who is signed in there already.

        Raises:
            ProviderUnreachable: Nobody knows where.
        """
        facts = self._facts_of(client.issuer)
        journey = Journey(secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        asked = OAuth2Client(
            session=None,
            client_id=client.client_id,
            scope="openid",
            redirect_uri=client.redirect_uri,
            code_challenge_method="S256",
        )
        more = {"prompt": "login", "max_age": "0"} if must_sign_in else {}
        address, _ = asked.create_authorization_url(
            facts.authorization_endpoint,
            state=state,
            code_verifier=journey.verifier,
            nonce=journey.nonce,
            **more,
        )
        return str(address), journey

    def subject(
        self,
        client: ProviderClient,
        *,
        code: str,
        named: str | None,
        journey: Journey,
        now: datetime,
        signed_in_after: datetime | None = None,
    ) -> str:
        """Exchange *code* and return the subject that it proves.

        Args:
            client: Of whom.
            code: Good once, at the provider.
            named: The name that came with the code (``iss``); None: none did.
            journey: What was kept.
            now: UTC.
            signed_in_after: They signed in there since; None: whenever.

        Raises:
            ProviderUnreachable: It does not answer.
            ProviderRefused: Anything at all is not as it must be.
        """
        facts = self._facts_of(client.issuer)
        if named != client.issuer and (named is not None or facts.names_itself):
            raise ProviderRefused
        answer = _read(
            "POST",
            facts.token_endpoint,
            # RFC 6749 §2.3.1: encoded before they are joined.
            auth=(quote(client.client_id, safe=""), quote(client.secret, safe="")),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": client.redirect_uri,
                "code_verifier": journey.verifier,
            },
        )
        claims = self._claims(client, facts, answer, journey, now)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise ProviderRefused
        if holds_bsn(subject):  # such a number is kept nowhere; the provider can send another one
            raise ProviderRefused
        if signed_in_after is not None:
            at = claims.get("auth_time")
            since = signed_in_after.timestamp() - _LEEWAY_SECONDS
            if not isinstance(at, int | float) or at < since:
                raise ProviderRefused
        return subject

    def _claims(
        self,
        client: ProviderClient,
        facts: _Facts,
        answer: Mapping[str, Any],
        journey: Journey,
        now: datetime,
    ) -> CodeIDToken:
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused
        options = {
            "iss": {"essential": True, "value": client.issuer},
            "aud": {"essential": True, "value": client.client_id},
        }
        expected = {
            "nonce": journey.nonce,
            "client_id": client.client_id,
            "access_token": answer.get("access_token"),
        }
        try:
            read = self._verified(client.issuer, facts, token)
            claims = CodeIDToken(read.claims, read.header, options, expected)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderRefused from None
        return claims

    def _verified(self, issuer: str, facts: _Facts, token: str) -> jwt.Token:
        """Return a token whose signature is right; keys are fetched anew when it is not."""
        with self._lock:
            keys = self._keys.get(issuer)
        if keys is not None:
            try:
                return jwt.decode(token, keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                pass  # perhaps the provider has other keys by now
        keys = _keys_in(_read("GET", facts.jwks_uri))
        with self._lock:
            self._keys[issuer] = keys
        return jwt.decode(token, keys, algorithms=ALGORITHMS)

    def _facts_of(self, issuer: str) -> _Facts:
        with self._lock:
            known = self._facts.get(issuer)
        if known is not None:
            return known
        said = _read("GET", issuer.rstrip("/") + _DISCOVERY)
        if said.get("issuer") != issuer:
            raise ProviderUnreachable
        facts = _Facts(
            authorization_endpoint=_endpoint(issuer, said, "authorization_endpoint"),
            token_endpoint=_endpoint(issuer, said, "token_endpoint"),
            jwks_uri=_endpoint(issuer, said, "jwks_uri"),
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )
        with self._lock:
            self._facts[issuer] = facts
        return facts


def _endpoint(issuer: str, said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise ProviderUnreachable
    try:
        parts, own = urlsplit(value), urlsplit(issuer)
        # On this machine itself only when the issuer is there too.
        is_here = own.scheme == "http" and parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError:
        raise ProviderUnreachable from None
    if not (parts.scheme == "https" or is_here) or not parts.hostname:
        raise ProviderUnreachable
    return value


def _keys_in(said: Mapping[str, Any]) -> KeySet:
    """Return the keys that signatures are tried with: public ones, never a shared secret."""
    keys = said.get("keys")
    if not isinstance(keys, list):
        raise ProviderUnreachable
    usable = [
        one
        for one in keys
        if isinstance(one, dict)
        and one.get("kty") in {"RSA", "EC", "OKP"}
        and one.get("use", "sig") == "sig"
        and one.get("crv") in {None, "P-256", "Ed25519"}
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError):
        raise ProviderUnreachable from None


def _read(method: str, address: str, **options: Any) -> Mapping[str, Any]:
    """Return the JSON object at *address*; redirects are not followed.

    Raises:
        ProviderUnreachable: No connection, too slow, too long, no JSON, or a server's error.
        ProviderRefused: A refusal (400 to 499) of what was sent along.
    """
    try:
        with (
            httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as http,
            http.stream(
                method, address, headers={"Accept": "application/json"}, **options
            ) as answer,
        ):
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LONGEST_ANSWER:
                    raise ProviderUnreachable
            if method == "POST" and 400 <= answer.status_code < 500:
                raise ProviderRefused
            if answer.status_code != 200:
                raise ProviderUnreachable
            said = httpx.Response(200, content=body).json()
    except (httpx.HTTPError, ValueError):
        raise ProviderUnreachable from None
    if not isinstance(said, dict):
        raise ProviderUnreachable
    return said
