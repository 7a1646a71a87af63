"""The public keys that clients bring: of three kinds, and the public half alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import base64url
from crypto.errors import KeyRingRefused
from crypto.tokens import import_public_jwk
from tests.crypto.signed_by_hand import PUBLIC

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
