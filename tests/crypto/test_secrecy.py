"""Nothing secret shows itself: not printed, not formatted, not in an error, not pickled into one."""

from __future__ import annotations

import base64
import traceback
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import base64url, oprf
from crypto.errors import CryptoError
from crypto.evaluation import Evaluation, open_evaluation, seal_evaluation
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.oprf import Blind, BlindedElement, Element, EvaluatedElement, Scalar
from crypto.person import SubjectKind, canonical_parent, canonical_person, canonical_v_number
from crypto.pseudonym import Pseudonym, unblind
from crypto.references import ReferenceSealer
from crypto.tokens import SigningKey, TokenVerifier, import_public_jwk
from tests.strategies import blinds

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BLIND = Blind((2**251 + 987654321).to_bytes(32, "little"))
PERSON = canonical_person(bsn="123456782", birth_date="1980-01-31", today=TODAY)
H = oprf.hash_to_group(PERSON.value)
B = oprf.blind(PERSON.value, BLIND)
Z = oprf.blind_evaluate(BLIND, B)
N = unblind(BLIND, BLIND, Z)
SERVICE = ServiceSecretKeys.generate()
INDEX = IndexSecretKeys.generate()
SEED = bytes(range(100, 132))

SECRETS = [
    (Scalar(BLIND.value), [BLIND.value]),
    (BLIND, [BLIND.value]),
    (H, [H.value]),
    (B, [B.value]),
    (Z, [Z.value]),
    (N, [N.value]),
    (PERSON, [PERSON.value, b"123456782", b"19800131"]),
    (canonical_parent(bsn="123456782"), [b"123456782"]),
    (
        canonical_v_number(v_number="1234567890", birth_date="1980-01-31", today=TODAY),
        [b"1234567890", b"19800131"],
    ),
    (Evaluation(bytes(16), SubjectKind.PERSON, UUID(int=7), NOW, NOW, Z), [Z.value]),
    (SigningKey(SEED), [SEED]),
    (ReferenceSealer(SEED), [SEED]),
    (SERVICE.current(SubjectKind.PERSON), [SERVICE.current(SubjectKind.PERSON).scalar.value]),
    (SERVICE, [bytes(SERVICE.box), *(key.scalar.value for key in SERVICE.evaluation_keys)]),
    (INDEX, [bytes(INDEX.box), INDEX.scalar.value, *INDEX.seeds.values()]),
]


def spellings(value: bytes) -> list[str]:
    """Return the forms in which *value* could show up in a text."""
    return [
        value.hex(),
        value.hex().upper(),
        base64url.encode(value),
        base64.b64encode(value).decode().rstrip("="),
        value.decode("latin-1"),
        repr(value)[2:-1],
        str(int.from_bytes(value, "little")),
        str(int.from_bytes(value, "big")),
        str(list(value))[1:-1],
    ]


def assert_hidden(text: str, values: list[bytes]) -> None:
    for value in values:
        for spelling in spellings(value):
            assert spelling not in text


@pytest.mark.parametrize(("holder", "values"), SECRETS, ids=lambda one: type(one).__name__)
def test_a_secret_does_not_print_itself(holder, values):
    for text in (repr(holder), str(holder), f"{holder}", f"{holder!r}", repr([holder])):
        assert_hidden(text, values)


@given(blind=blinds)
def test_no_blind_prints_itself(blind):
    assert repr(blind) == str(blind) == "Blind()"


@given(value=st.binary(min_size=32, max_size=32))
def test_no_pseudonym_prints_itself(value):
    assert repr(Pseudonym(value)) == str(Pseudonym(value)) == "Pseudonym()"


# No zeros at the ends: a number of a few digits is found in every traceback.
@given(value=st.binary(min_size=8, max_size=64).filter(lambda value: value[0] and value[-1]))
def test_no_refusal_holds_what_was_refused(value):
    encoded = base64url.encode(value)
    box = INDEX.box_from(SERVICE.public())
    attempts = [
        lambda: Scalar(value),
        lambda: Blind(value),
        lambda: Element(value),
        lambda: BlindedElement(value),
        lambda: EvaluatedElement(value),
        lambda: open_evaluation(value, box),
        lambda: ReferenceSealer(value),
        lambda: ReferenceSealer(SEED).open(UUID(int=7), value),
        lambda: TokenVerifier(bytes(range(32)), audience="index").verify(encoded, now=NOW),
        lambda: import_public_jwk({"kty": "OKP", "crv": "Ed25519", "x": encoded + "!"}),
        lambda: base64url.decode(encoded + "="),
        lambda: IndexSecretKeys.from_json(f'{{"purpose": "{encoded}", "format": 1}}'),
    ]
    for attempt in attempts:
        try:
            attempt()
        except (CryptoError, ValueError) as error:
            # As a log would show it: the message, the chain of causes, our lines.
            assert_hidden("".join(traceback.format_exception(error)), [value])


def test_a_person_that_is_refused_is_not_shown_in_its_traceback():
    for bsn, birth_date in (("987654321", "1980-01-31"), ("123456782", "2041-07-19")):
        with pytest.raises(CryptoError) as refused:
            canonical_person(bsn=bsn, birth_date=birth_date, today=TODAY)
        shown = "".join(traceback.format_exception(refused.value))
        for typed in (bsn, birth_date, birth_date.replace("-", "")):
            assert typed not in shown


def test_an_altered_evaluation_is_not_shown_in_its_traceback():
    evaluation = Evaluation(
        bytes(16), SubjectKind.PERSON, UUID(int=7), NOW, NOW + timedelta(minutes=15), Z
    )
    sealed = bytearray(seal_evaluation(evaluation, SERVICE.box_to(INDEX.public())))
    sealed[-1] ^= 1
    with pytest.raises(CryptoError) as refused:
        open_evaluation(bytes(sealed), INDEX.box_from(SERVICE.public()))
    assert_hidden("".join(traceback.format_exception(refused.value)), [bytes(sealed), Z.value])
