"""Assertions of clients: their own key, this endpoint, now, and a name of their own."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from crypto import base64url
from crypto.errors import TokenRefused
from crypto.tokens import (
    ASSERTION_LIFETIME_LIMIT,
    CLOCK_SKEW,
    SigningKey,
    sign_client_assertion,
    unverified_subject,
    verify_client_assertion,
)
from tests.crypto.signed_by_hand import MOMENT, NOW, PUBLIC, part, signed, with_hmac

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


def test_client_ids_are_what_the_index_gives_out():
    assert str(uuid.UUID(CLIENT)) == CLIENT
