"""Access tokens: one key, one algorithm, one audience, now."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from crypto import base64url
from crypto.errors import TokenRefused
from crypto.tokens import (
    CLOCK_SKEW,
    INDEX_AUDIENCE,
    INDEX_TOKEN_LIFETIME,
    SERVICE_AUDIENCE,
    SERVICE_TOKEN_LIFETIME,
    SigningKey,
    TokenVerifier,
    sign_client_assertion,
)
from tests.crypto.signed_by_hand import KEY, MOMENT, NOW, PRIVATE, SEED, part, signed, with_hmac

VERIFIER = TokenVerifier(KEY.public, audience=INDEX_AUDIENCE)
TICK = timedelta(seconds=1)

HEADER = {"alg": "Ed25519", "typ": "at+jwt"}
CLAIMS = {"aud": "index", "iat": MOMENT, "exp": MOMENT + 600, "client_id": "c"}


def refused(token, *, now=NOW, verifier=VERIFIER):
    with pytest.raises(TokenRefused):
        verifier.verify(token, now=now)
    return True


class TestAccessTokens:
    def test_claims_are_read_back(self):
        token = KEY.sign(
            {"client_id": "c", "scope": "signalen"},
            audience=INDEX_AUDIENCE,
            lifetime=INDEX_TOKEN_LIFETIME,
            now=NOW,
        )
        claims = VERIFIER.verify(token, now=NOW)
        assert claims.pop("jti")
        assert claims == {
            "client_id": "c",
            "scope": "signalen",
            "aud": "index",
            "iat": MOMENT,
            "exp": MOMENT + 600,
        }

    def test_a_token_of_another_maker_is_read_when_it_is_the_same(self):
        """So that the refusals below are for the reason that each names."""
        assert VERIFIER.verify(signed(HEADER, CLAIMS), now=NOW) == CLAIMS

    def test_two_tokens_differ(self):
        tokens = {
            KEY.sign({}, audience="index", lifetime=INDEX_TOKEN_LIFETIME, now=NOW) for _ in "12"
        }
        assert len(tokens) == 2

    def test_claims_cannot_override_audience_or_expiry(self):
        token = KEY.sign(
            {"aud": "pseudoniemen", "exp": MOMENT * 2},
            audience="index",
            lifetime=INDEX_TOKEN_LIFETIME,
            now=NOW,
        )
        claims = VERIFIER.verify(token, now=NOW)
        assert (claims["aud"], claims["exp"]) == ("index", MOMENT + 600)

    def test_lifetimes_are_the_documented_ones(self):
        assert timedelta(minutes=10) == INDEX_TOKEN_LIFETIME
        assert timedelta(seconds=60) == SERVICE_TOKEN_LIFETIME

    def test_it_is_valid_until_the_moment_it_expires(self):
        token = signed(HEADER, CLAIMS)
        VERIFIER.verify(token, now=NOW + INDEX_TOKEN_LIFETIME - TICK)
        assert refused(token, now=NOW + INDEX_TOKEN_LIFETIME)

    def test_one_from_the_future_is_refused_beyond_the_skew(self):
        token = signed(HEADER, CLAIMS)
        VERIFIER.verify(token, now=NOW - CLOCK_SKEW)
        assert refused(token, now=NOW - CLOCK_SKEW - TICK)

    def test_one_for_the_other_audience_is_refused_by_both(self):
        for audience, other in (
            (INDEX_AUDIENCE, SERVICE_AUDIENCE),
            (SERVICE_AUDIENCE, INDEX_AUDIENCE),
        ):
            token = KEY.sign({}, audience=audience, lifetime=SERVICE_TOKEN_LIFETIME, now=NOW)
            assert refused(token, verifier=TokenVerifier(KEY.public, audience=other))

    def test_another_key_is_refused(self):
        assert refused(signed(HEADER, CLAIMS, seed=bytes(32)))

    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": None},
            {"aud": "pseudoniemen"},
            {"aud": ["index"]},
            {"aud": ["index", "pseudoniemen"]},
            {"aud": "Index"},
            {"exp": None},
            {"exp": str(MOMENT + 600)},
            {"exp": MOMENT + 600.5},
            {"exp": True},
            {"exp": MOMENT},
            {"exp": -1},
            {"iat": None},
            {"iat": str(MOMENT)},
            {"iat": MOMENT + 31},
            {"iat": float("nan")},
        ],
        ids=str,
    )
    def test_each_claim_counts(self, changed):
        claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
        assert refused(signed(HEADER, claims))

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "Ed25519"},
            {"alg": "Ed25519", "typ": "JWT"},
            {"alg": "Ed25519", "typ": "jwt"},
            {"alg": "Ed25519", "typ": ["at+jwt"]},
            {"typ": "at+jwt"},
            {"alg": "EdDSA", "typ": "at+jwt"},
            {"alg": "none", "typ": "at+jwt"},
            {"alg": "None", "typ": "at+jwt"},
            {"alg": "HS256", "typ": "at+jwt"},
            {"alg": "ES256", "typ": "at+jwt"},
            {"alg": 5, "typ": "at+jwt"},
            {"alg": [], "typ": "at+jwt"},
            {"alg": {}, "typ": "at+jwt"},
            {"alg": "Ed25519", "typ": "at+jwt", "crit": ["exp"]},
            {"alg": "Ed25519", "typ": "at+jwt", "crit": ["b64"], "b64": False},
        ],
        ids=str,
    )
    def test_another_header_is_refused(self, header):
        assert refused(signed(header, CLAIMS))

    @pytest.mark.parametrize(
        "header", [[], "alg", 5, None, b"\xff", b"", b"{", b'{"alg":' + b"[" * 100_000]
    )
    def test_a_header_that_is_no_object_is_refused(self, header):
        assert refused(signed(header, CLAIMS))

    @pytest.mark.parametrize(
        "claims",
        [
            [],
            "x",
            5,
            None,
            b"\xff",
            b"",
            b"{",
            b'{"aud":' + b"[" * 100_000,
            b'{"exp":' + b"9" * 5000 + b"}",
        ],
    )
    def test_claims_that_are_no_object_are_refused(self, claims):
        assert refused(signed(HEADER, claims))

    def test_none_without_a_signature_is_refused(self):
        for algorithm in ("none", "None", "NONE", ""):
            unsigned = f"{part({'alg': algorithm, 'typ': 'at+jwt'})}.{part(CLAIMS)}."
            assert refused(unsigned)
            assert refused(unsigned.rstrip("."))

    @pytest.mark.parametrize(
        ("algorithm", "digest"),
        [("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)],
    )
    def test_the_public_key_is_no_secret(self, algorithm, digest):
        """The classical confusion: an HMAC made with what everybody may know."""
        header = {"alg": algorithm, "typ": "at+jwt"}
        public = OKPKey.import_key(
            {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(KEY.public)}
        )
        for secret in (
            KEY.public,
            base64url.encode(KEY.public).encode(),
            public.as_pem(),
            public.as_der(),
        ):
            assert refused(with_hmac(header, CLAIMS, secret, digest))

    def test_a_key_that_the_token_brings_is_not_used(self):
        seed = bytes(32)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(SigningKey(seed).public)}
        assert refused(signed(HEADER | {"jwk": jwk}, CLAIMS, seed=seed))

    def test_an_assertion_is_no_access_token(self):
        assertion = sign_client_assertion(PRIVATE, client_id="c", audience="index", now=NOW)
        assert refused(assertion, verifier=TokenVerifier(SigningKey(SEED).public, audience="index"))

    @given(place=st.integers(min_value=0), to=st.sampled_from("Aa0-_.=+/ \n\0é"))
    def test_a_character_altered_anywhere_is_refused(self, place, to):
        token = signed(HEADER, CLAIMS)
        place %= len(token)
        altered = token[:place] + to + token[place + 1 :]
        if altered != token:
            assert refused(altered)

    @given(token=st.text(max_size=60) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
    def test_something_else_is_refused(self, token):
        assert refused(token)

    @pytest.mark.parametrize("spelling", ["{}=", " {}", "{}\n", "{}.", "{}.x", ".{}"])
    def test_another_spelling_is_refused(self, spelling):
        assert refused(spelling.format(signed(HEADER, CLAIMS)))


def test_signing_needs_the_whole_seed():
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match="seed"):
            SigningKey(bytes(length))
