"""Everything that reads what others wrote, on anything: refused in the package's own words."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from nacl.public import Box

from crypto import base64url, evaluation, keyring, tokens
from crypto.errors import EvaluationRefused, KeyRingRefused, TokenRefused
from tests.world import index_keys, service_keys
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.http.strict_json import read_json

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BSN = "123456782"
KEY = OKPKey.generate_key("Ed25519")
PUBLIC = base64url.decode(KEY.as_dict()["x"])
VERIFIER = tokens.TokenVerifier(PUBLIC, audience="index")
SERVICES_BOX = Box(service_keys().box, index_keys().box.public_key)
INDEXS_BOX = Box(index_keys().box, service_keys().box.public_key)
few = settings(max_examples=100)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
DEEP = "[" * 50_000


class TestEvaluations:
    @given(st.binary(max_size=200) | st.binary(min_size=122, max_size=122))
    @example(bytes(122))
    @few
    def test_any_bytes_are_refused(self, message: bytes) -> None:
        with pytest.raises(EvaluationRefused):
            evaluation.open_evaluation(message, INDEXS_BOX)

    @given(st.binary(min_size=82, max_size=82))
    @example(bytes([1]) + bytes(81))
    @example(b"\x01" + b"\xff" * 81)
    @few
    def test_any_content_from_the_service_is_read_or_refused(self, content: bytes) -> None:
        message = bytes(SERVICES_BOX.encrypt(content))
        assert len(message) == evaluation.EVALUATION_BYTES
        try:
            read = evaluation.open_evaluation(message, INDEXS_BOX)
        except EvaluationRefused:
            return
        assert read.element.value == content[-32:]

    @given(st.sampled_from([0, 1]), st.sampled_from([b"p", b"o", b"\0", b"\1"]), st.data())
    @few
    def test_any_moments_are_read_or_refused(
        self, form: int, kind: bytes, data: st.DataObject
    ) -> None:
        moments = st.sampled_from([0, 1, 2**31, 253402300799, 253402300800, 2**63, 2**64 - 1])
        issued, expires = (data.draw(moments).to_bytes(8) for _ in range(2))
        element = evaluation.EvaluatedElement(
            bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
        ).value
        content = bytes([form]) + bytes(16) + kind + bytes(16) + issued + expires + element
        with contextlib.suppress(EvaluationRefused):
            evaluation.open_evaluation(bytes(SERVICES_BOX.encrypt(content)), INDEXS_BOX)


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64url.encode(text.encode("utf-8", "surrogatepass"))


headers = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {},
        optional={
            "alg": st.sampled_from(["Ed25519", "EdDSA", "none", "HS256", "", None, 1, [], {}]),
            "typ": st.sampled_from([tokens.TOKEN_TYPE, "JWT", 1, None, []]),
            "crit": json_values,
            "b64": json_values,
            "kid": json_values,
            "jwk": json_values,
            "zip": json_values,
            "enc": st.just("A256GCM"),
        },
    ),
)


def verify(token: str) -> dict[str, Any] | None:
    try:
        return VERIFIER.verify(token, now=NOW)
    except TokenRefused:
        return None


class TestTokens:
    @given(st.text(max_size=100) | st.from_regex(r"[\w-]{0,40}(\.[\w-]{0,40}){0,5}"))
    @example("..")
    @example(f"{part(DEEP)}.e30.AA")
    @example(f"{part('{' + chr(34) + 'alg' + chr(34) + ':' + DEEP)}.e30.AA")
    @example("\ud800")
    @few
    def test_any_text_is_refused(self, token: str) -> None:
        assert verify(token) is None

    @given(headers, json_values, st.binary(max_size=70))
    @few
    def test_any_unsigned_token_is_refused(self, header: Any, claims: Any, mac: bytes) -> None:
        assert verify(f"{part(header)}.{part(claims)}.{base64url.encode(mac)}") is None

    @given(
        st.dictionaries(st.sampled_from(["aud", "exp", "iat", "sub", "scope", "org"]), json_values),
        st.sampled_from([tokens.TOKEN_TYPE, "JWT", "", None]),
    )
    @few
    def test_any_claims_in_a_signed_token_are_read_or_refused(
        self, claims: dict[str, Any], form: str | None
    ) -> None:
        header = {"alg": "Ed25519", "typ": form}
        try:
            token = jwt.encode(header, claims, KEY, algorithms=["Ed25519"])
        except (JoseError, ValueError, TypeError):
            return  # joserfc would not make it
        read = verify(token)
        if read is not None:
            assert read["aud"] == "index"

    @given(st.text(max_size=60) | st.just(f"{part('{}')}.{part(DEEP)}.AA"))
    @example(f"{part(DEEP)}.{part(DEEP)}.AA")
    @example("a." + part('{"sub": "\\ud800"}') + ".b")
    @few
    def test_any_client_assertion_is_refused(self, assertion: str) -> None:
        tokens.unverified_subject(assertion)
        with pytest.raises(TokenRefused):
            tokens.verify_client_assertion(
                assertion,
                jwk=KEY.as_dict(private=False),
                client_id="a",
                audience="b",
                now=NOW,
            )

    @given(
        st.fixed_dictionaries(
            {
                "iss": st.just("a"),
                "sub": st.just("a"),
                "aud": st.sampled_from(["b", ["b"], ["b", 1]]),
            },
            optional={
                "exp": st.sampled_from([NOW.timestamp() + 60, 1e300, -1, 2**70, True, "60"])
                | json_values,
                "iat": st.just(NOW.timestamp()) | json_values,
                "nbf": json_values,
                "jti": st.text(max_size=5) | json_values,
            },
        )
    )
    @few
    def test_any_signed_client_assertion_is_read_or_refused(self, claims: dict[str, Any]) -> None:
        try:
            assertion = jwt.encode({"alg": "Ed25519"}, claims, KEY, algorithms=["Ed25519"])
        except (JoseError, ValueError, TypeError):
            return
        try:
            jti, expires = tokens.verify_client_assertion(
                assertion, jwk=KEY.as_dict(private=False), client_id="a", audience="b", now=NOW
            )
        except TokenRefused:
            return
        assert jti
        assert NOW < expires <= NOW + timedelta(minutes=5)

    @given(
        json_values
        | st.dictionaries(st.sampled_from(["kty", "crv", "x", "n", "e", "y"]), st.text())
    )
    @few
    def test_any_jwk_is_read_or_refused(self, jwk: Any) -> None:
        if isinstance(jwk, dict):
            with pytest.raises(KeyRingRefused):
                tokens.import_public_jwk(jwk)


@given(st.text(max_size=60) | st.from_regex(r"[\w+/=-]{0,40}"))
@example("A")
@example("AB")
@example("é" * 4)
@example("AA\n")
def test_base64url_has_one_spelling_or_none(text: str) -> None:
    try:
        value = base64url.decode(text)
    except ValueError as error:
        said = f"{type(error).__name__}: {error}"
    else:
        assert base64url.encode(value) == text
        assert base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) == value
        return
    assert said == "ValueError: not base64url without padding"


@given(st.text(max_size=100) | json_values.map(json.dumps) | st.just(DEEP))
@few
def test_any_key_file_is_refused(text: str) -> None:
    for read in (
        keyring.IndexSecretKeys.from_json,
        keyring.ServiceSecretKeys.from_json,
        keyring.ServicePublicKeys.from_json,
        keyring.IndexPublicKeys.from_json,
    ):
        with pytest.raises(KeyRingRefused):
            read(text)


WSGI = Flask("strict")
bodies = st.one_of(
    st.binary(max_size=80),
    json_values.map(lambda value: json.dumps(value).encode()),
    json_values.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-16")),
    st.lists(
        st.sampled_from(
            [
                b"{",
                b"}",
                b"[",
                b"]",
                b'"a"',
                b":",
                b",",
                b"1",
                b"1e999",
                b"-",
                b"NaN",
                b"\\u0000",
                b'"\\ud800"',
                b"\xff",
                b"\x00",
                b"\xef\xbb\xbf",
                BSN.encode(),
                b"null",
                b" ",
            ]
        ),
        max_size=20,
    ).map(b"".join),
)


@given(bodies)
@example(b"")
@example(DEEP.encode())
@example(b'{"a":' * 50_000)
@example(b"[" * 19 + b"]" * 19)
@example(b"[" * 21 + b"]" * 21)
@example(b'{"a":1,"a":2}')
@example(b"9" * 5000)
@example(b"-Infinity")
@settings(max_examples=300)
def test_strict_json_reads_one_meaning_or_refuses(body: bytes) -> None:
    with WSGI.test_request_context(method="POST", data=body, content_type="application/json"):
        try:
            value = read_json(request)
        except Problem as refused:
            problem = refused
        else:
            problem = None
    if problem is not None:
        if not body:
            assert problem.status == 411
            return
        assert isinstance(problem, InvalidInput)
        (fault,) = problem.invalid_params
        assert fault["name"] == "(verzoek)"
        assert not re.search(r"\d{4}", fault["reason"])
        return
    text = body.decode("utf-8")
    assert "NaN" not in json.dumps(value).replace('"NaN', "")
    assert json.loads(text) == value or value != value  # noqa: PLR0124 (a NaN would differ)
