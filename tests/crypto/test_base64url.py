"""One encoding per value, and nothing else is read."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import base64url


@given(value=st.binary())
def test_what_is_encoded_is_decoded(value):
    assert base64url.decode(base64url.encode(value)) == value


@given(value=st.binary())
def test_the_encoding_is_that_of_rfc_4648_without_padding(value):
    assert base64url.encode(value) == base64.urlsafe_b64encode(value).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("QQ==", id="padding"),
        pytest.param("Q", id="no whole byte"),
        pytest.param("QUJDR", id="no whole byte at the end"),
        pytest.param("QR", id="stray bits"),
        pytest.param("+/8A", id="the other alphabet"),
        pytest.param("QUJD\n", id="line end"),
        pytest.param(" QUJD", id="space"),
        pytest.param("QU JD", id="space inside"),
        pytest.param("QUJé", id="not ASCII"),
        pytest.param("QUJ\0", id="NUL"),
        pytest.param("QUJ\ud800", id="surrogate"),
        pytest.param("ＱＵＪＤ", id="full width"),
    ],
)
def test_other_spellings_are_refused(text):
    with pytest.raises(ValueError, match=r"^not base64url without padding$"):
        base64url.decode(text)


@given(text=st.text(alphabet=st.sampled_from("ABCQRZabz019-_=+/ \n"), max_size=12))
def test_whatever_is_read_has_no_other_spelling(text):
    try:
        value = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(value) == text
