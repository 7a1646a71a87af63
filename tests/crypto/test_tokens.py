"""Tokens and assertions: one key, one algorithm, one audience, now."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey
from nacl.signing import SigningKey as Ed25519Key

from crypto import base64url
from crypto.errors import KeyRingRefused, TokenRefused
from crypto.tokens import (
    ASSERTION_LIFETIME_LIMIT,
    CLOCK_SKEW,
    INDEX_AUDIENCE,
    INDEX_TOKEN_LIFETIME,
    SERVICE_AUDIENCE,
    SERVICE_TOKEN_LIFETIME,
    SigningKey,
    TokenVerifier,
    import_public_jwk,
    sign_client_assertion,
    unverified_subject,
    verify_client_assertion,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
SEED = bytes(range(32))
KEY = SigningKey(SEED)
VERIFIER = TokenVerifier(KEY.public, audience=INDEX_AUDIENCE)
TICK = timedelta(seconds=1)

HEADER = {"alg": "Ed25519", "typ": "at+jwt"}
CLAIMS = {"aud": "index", "iat": MOMENT, "exp": MOMENT + 600, "client_id": "c"}


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


PRIVATE = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": base64url.encode(KEY.public),
    "d": base64url.encode(SEED),
}
PUBLIC = {name: value for name, value in PRIVATE.items() if name != "d"}
CLIENT = "0193c0de-0000-7000-8000-000000000001"
ENDPOINT = "https://index.example/oauth/token"
ASSERTION = {
    "iss": CLIENT,
    "sub": CLIENT,
    "aud": ENDPOINT,
    "iat": MOMENT,
    "exp": MOMENT + 60,
    "jti": "once",
}


def verify(assertion, *, jwk=PUBLIC, now=NOW):
    return verify_client_assertion(assertion, jwk=jwk, client_id=CLIENT, audience=ENDPOINT, now=now)


def assertion(header=None, **changed):
    claims = {name: value for name, value in (ASSERTION | changed).items() if value is not None}
    return signed(header or {"alg": "Ed25519"}, claims)


def generated(kind):
    make, argument = kind
    return make.generate_key(argument, private=True)


@pytest.fixture(
    scope="module",
    params=[(OKPKey, "Ed25519"), (ECKey, "P-256"), (RSAKey, 2048)],
    ids=["Ed25519", "ES256", "PS256"],
)
def key(request):
    return generated(request.param)


class TestClientAssertions:
    def test_jti_and_expiry_are_returned(self):
        expires = NOW + timedelta(seconds=60)
        assert verify(assertion()) == ("once", expires)
        assert verify(assertion())[1].tzinfo is UTC

    def test_every_kind_of_key_can_be_used(self, key):
        made = sign_client_assertion(
            key.as_dict(private=True), client_id=CLIENT, audience=ENDPOINT, now=NOW
        )
        jti, expires = verify(made, jwk=key.as_dict(private=False))
        assert len(jti) >= 16
        assert expires == NOW + timedelta(minutes=1)

    def test_another_key_of_the_same_kind_is_refused(self, key):
        other = type(key).generate_key(2048 if isinstance(key, RSAKey) else key.curve_name)
        made = sign_client_assertion(
            key.as_dict(private=True), client_id=CLIENT, audience=ENDPOINT, now=NOW
        )
        with pytest.raises(TokenRefused):
            verify(made, jwk=other.as_dict(private=False))

    def test_the_public_key_is_no_secret(self, key):
        for secret in (
            key.as_pem(private=False),
            key.as_der(private=False),
            json.dumps(key.as_dict(private=False)).encode(),
        ):
            with pytest.raises(TokenRefused):
                verify(
                    with_hmac({"alg": "HS256"}, ASSERTION, secret), jwk=key.as_dict(private=False)
                )

    @pytest.mark.parametrize("aud", [ENDPOINT, [ENDPOINT]])
    def test_one_audience_may_stand_in_a_list(self, aud):
        assert verify(assertion(aud=aud))

    def test_not_before_counts_instead_of_issued_at(self):
        assert verify(assertion(iat=None, nbf=MOMENT))
        assert verify(assertion(nbf=MOMENT + 30))
        with pytest.raises(TokenRefused):
            verify(assertion(nbf=MOMENT + 31))

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": None},
            {"iss": "another"},
            {"iss": [CLIENT]},
            {"iss": CLIENT.upper()},
            {"sub": None},
            {"sub": "another"},
            {"sub": 5},
            {"aud": None},
            {"aud": "https://index.example"},
            {"aud": ENDPOINT + "/"},
            {"aud": [ENDPOINT, "https://other.example"]},
            {"aud": [[ENDPOINT]]},
            {"aud": []},
            {"aud": {"x": ENDPOINT}},
            {"exp": None},
            {"exp": MOMENT},
            {"exp": MOMENT - 1},
            {"exp": MOMENT + 331},
            {"exp": 10**400},
            {"exp": float("inf")},
            {"exp": float("nan")},
            {"exp": True},
            {"exp": str(MOMENT + 60)},
            {"exp": [MOMENT + 60]},
            {"iat": None},
            {"iat": MOMENT + 31},
            {"iat": str(MOMENT)},
            {"iat": False},
            {"nbf": "now"},
            {"jti": None},
            {"jti": ""},
            {"jti": 5},
            {"jti": ["once"]},
            {"jti": "x" * 129},
            {"jti": "a\0b"},
            {"jti": "a\ud800b"},
            {"jti": "a\nb"},
        ],
        ids=str,
    )
    def test_each_claim_counts(self, changed):
        with pytest.raises(TokenRefused):
            verify(assertion(**changed))

    def test_it_may_last_five_minutes_and_no_longer(self):
        longest = MOMENT + int((ASSERTION_LIFETIME_LIMIT + CLOCK_SKEW).total_seconds())
        assert verify(assertion(exp=longest))
        with pytest.raises(TokenRefused):
            verify(assertion(exp=longest + 1))

    def test_it_is_valid_until_the_moment_it_expires(self):
        assert verify(assertion(), now=NOW + timedelta(seconds=59))
        with pytest.raises(TokenRefused):
            verify(assertion(), now=NOW + timedelta(seconds=60))

    @pytest.mark.parametrize(
        "algorithm", ["none", "HS256", "EdDSA", "ES256", "PS256", "RS256", "ES384", 5]
    )
    def test_another_algorithm_than_the_keys_is_refused(self, algorithm):
        with pytest.raises(TokenRefused):
            verify(assertion({"alg": algorithm}))

    def test_a_key_that_the_assertion_brings_is_not_used(self):
        seed = bytes(32)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(SigningKey(seed).public)}
        with pytest.raises(TokenRefused):
            verify(signed({"alg": "Ed25519", "jwk": jwk}, ASSERTION, seed=seed))

    @given(text=st.text(max_size=60))
    def test_something_else_is_refused(self, text):
        with pytest.raises(TokenRefused):
            verify(text)

    @given(jti=st.text(min_size=1, max_size=128))
    def test_every_jti_that_is_accepted_can_be_stored(self, jti):
        try:
            found, _ = verify(assertion(jti=jti))
        except TokenRefused:
            return
        assert found == jti
        assert b"\0" not in jti.encode()


class TestUnverifiedSubject:
    def test_it_is_who_the_assertion_says(self):
        assert unverified_subject(assertion()) == CLIENT

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "a.b",
            "a.!.c",
            f".{part([])}.",
            f".{part({})}.",
            f".{part({'sub': 5})}.",
            f".{part(b'[' * 100_000)}.",
            f".{part(b'9' * 5000)}.",
        ],
        ids=range(9),
    )
    def test_it_is_nobody_when_it_cannot_be_read(self, text):
        assert unverified_subject(text) is None

    @given(text=st.text(max_size=60))
    def test_it_never_fails(self, text):
        assert unverified_subject(text) is None or isinstance(unverified_subject(text), str)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


class TestPublicKeys:
    def test_every_kind_is_read(self, key):
        assert import_public_jwk(key.as_dict(private=False)).as_dict() == key.as_dict(private=False)

    def test_a_private_key_is_refused(self, key):
        with pytest.raises(KeyRingRefused, match="openbare helft") as refusal:
            import_public_jwk(key.as_dict(private=True))
        assert key.as_dict(private=True)["d"] not in str(refusal.value)

    @pytest.mark.parametrize(
        "jwk",
        [
            {},
            {"kty": "oct", "k": "AAAA"},
            {"kty": "OKP", "crv": "X25519", "x": PUBLIC["x"]},
            {"kty": "OKP", "crv": "Ed448", "x": PUBLIC["x"]},
            {"kty": "EC", "crv": "P-384", "x": PUBLIC["x"], "y": PUBLIC["x"]},
            {"kty": "EC", "crv": "secp256k1", "x": PUBLIC["x"], "y": PUBLIC["x"]},
            {"kty": "EC", "crv": "P-256", "x": PUBLIC["x"], "y": PUBLIC["x"]},
            {"kty": "OKP", "crv": "Ed25519"},
            {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(bytes(31))},
            {"kty": "RSA", "n": base64url.encode(b"\xff" * 255), "e": "AQAB"},
            {"kty": "RSA", "n": base64url.encode(bytes(128) + b"\xff" * 128), "e": "AQAB"},
            {"kty": "RSA", "n": base64url.encode(b"\x7f" + b"\xff" * 255), "e": "AQAB"},
            {"kty": "RSA", "n": base64url.encode(b"\xff" * 256), "e": "AQ"},
            {"kty": "RSA", "e": "AQAB"},
        ],
        ids=range(14),
    )
    def test_an_unusable_one_is_refused(self, jwk):
        with pytest.raises(KeyRingRefused):
            import_public_jwk(jwk)

    @given(
        kty=st.sampled_from(["OKP", "EC", "RSA", "oct"]) | json_values,
        crv=st.sampled_from(["Ed25519", "P-256"]) | json_values,
        rest=st.dictionaries(
            st.sampled_from(["x", "y", "n", "e", "use", "key_ops", "alg", "kid"]), json_values
        ),
    )
    def test_whatever_is_sent_is_read_or_refused(self, kty, crv, rest):
        try:
            import_public_jwk({"kty": kty, "crv": crv, **rest})
        except KeyRingRefused:
            return


def test_signing_needs_the_whole_seed():
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match="seed"):
            SigningKey(bytes(length))


def test_client_ids_are_what_the_index_gives_out():
    assert str(uuid.UUID(CLIENT)) == CLIENT
