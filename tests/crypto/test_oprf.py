"""RFC 9497 and RFC 9496: what is computed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto import oprf
from crypto.errors import BlindRefused, ElementRefused
from crypto.oprf import Blind, BlindedElement, Element, EvaluatedElement, Scalar
from crypto.pseudonym import unblind, unblind_all
from tests.strategies import blinds, scalars

VECTORS = Path(__file__).parent / "vectors"
(RFC_9497,) = json.loads((VECTORS / "rfc9497-ristretto255-oprf.json").read_text())
RFC_9496 = json.loads((VECTORS / "rfc9496-ristretto255.json").read_text())
MULTIPLES = RFC_9496["multiples of the generator, from 1"]
GENERATOR = Element(bytes.fromhex(MULTIPLES[0]))
ONE = Blind((1).to_bytes(32, "little"))

rfc_9497 = pytest.mark.parametrize("vector", RFC_9497["vectors"], ids=lambda v: v["Input"][:2])


def unhexed(vector, name):
    return bytes.fromhex(vector[name])


def test_suite_is_that_of_the_vectors():
    assert RFC_9497["identifier"] == oprf.SUITE
    assert bytes.fromhex(RFC_9497["groupDST"]) == b"HashToGroup-" + oprf.CONTEXT_STRING


@rfc_9497
def test_blind_gives_the_published_element(vector):
    blinded = oprf.blind(unhexed(vector, "Input"), Blind(unhexed(vector, "Blind")))
    assert blinded.value == unhexed(vector, "BlindedElement")


@rfc_9497
def test_blind_evaluate_gives_the_published_element(vector):
    key = Scalar(bytes.fromhex(RFC_9497["skSm"]))
    evaluated = oprf.blind_evaluate(key, BlindedElement(unhexed(vector, "BlindedElement")))
    assert evaluated.value == unhexed(vector, "EvaluationElement")


@rfc_9497
def test_finalize_gives_the_published_output(vector):
    output = oprf.finalize(
        unhexed(vector, "Input"),
        Blind(unhexed(vector, "Blind")),
        EvaluatedElement(unhexed(vector, "EvaluationElement")),
    )
    assert output == unhexed(vector, "Output")


def test_multiples_of_the_generator_are_the_published_ones():
    numbers = range(1, len(MULTIPLES) + 1)
    scalar = [Scalar(number.to_bytes(32, "little")) for number in numbers]
    assert [oprf.multiply_base(one).hex() for one in scalar] == MULTIPLES
    assert [oprf.multiply(one, GENERATOR).hex() for one in scalar] == MULTIPLES


@given(value=st.binary(), index_key=scalars, key=scalars, one=blinds, other=blinds)
def test_any_two_blinds_give_the_same_pseudonym(value, index_key, key, one, other):
    def pseudonym(scalar):
        return unblind(index_key, scalar, oprf.blind_evaluate(key, oprf.blind(value, scalar)))

    assert pseudonym(one) == pseudonym(other)


@given(value=st.binary(), index_key=scalars, key=scalars, scalar=blinds)
def test_pseudonym_is_both_keys_times_the_hash(value, index_key, key, scalar):
    evaluated = oprf.blind_evaluate(key, oprf.blind(value, scalar))
    both = oprf.multiply_scalars(index_key, key)
    expected = oprf.multiply(both, oprf.hash_to_group(value))
    assert unblind(index_key, scalar, evaluated).value == expected


@given(values=st.lists(st.binary(), min_size=2, max_size=2, unique=True), keys=scalars)
def test_different_inputs_give_different_pseudonyms(values, keys):
    one, other = (unblind(keys, ONE, oprf.blind_evaluate(keys, oprf.blind(v, ONE))) for v in values)
    assert one != other


@given(value=st.binary(), keys=st.lists(scalars, min_size=2, max_size=2, unique=True))
def test_different_keys_of_either_party_give_different_pseudonyms(value, keys):
    blinded = oprf.blind(value, ONE)
    assert len({unblind(ONE, ONE, oprf.blind_evaluate(key, blinded)) for key in keys}) == 2
    evaluated = oprf.blind_evaluate(ONE, blinded)
    assert len({unblind(key, ONE, evaluated) for key in keys}) == 2


@given(value=st.binary(), one=blinds, other=blinds)
def test_another_blind_than_the_one_used_gives_another_pseudonym(value, one, other):
    evaluated = oprf.blind_evaluate(ONE, oprf.blind(value, one))
    assert (unblind(ONE, one, evaluated) == unblind(ONE, other, evaluated)) == (one == other)


@given(scalar=scalars)
def test_a_scalar_times_its_inverse_is_one(scalar):
    assert oprf.multiply_scalars(scalar, oprf.invert(scalar)).value == ONE.value


@given(several=st.lists(scalars, max_size=5))
def test_all_inverses_at_once_are_those_of_each(several):
    assert oprf.invert_all(several) == [oprf.invert(one) for one in several]


@given(value=st.binary(), key=scalars, several=st.lists(blinds, max_size=5))
def test_all_unblinded_at_once_are_those_of_each(value, key, several):
    pairs = [(one, oprf.blind_evaluate(key, oprf.blind(value, one))) for one in several]
    assert unblind_all(key, pairs) == [unblind(key, *pair) for pair in pairs]


@given(one=scalars, other=scalars)
def test_scalars_multiply_modulo_the_order(one, other):
    numbers = [int.from_bytes(scalar.value, "little") for scalar in (one, other)]
    product = numbers[0] * numbers[1] % oprf.ORDER
    assert oprf.multiply_scalars(one, other).value == product.to_bytes(32, "little")


@pytest.mark.parametrize("kind", [Scalar, Blind])
@pytest.mark.parametrize(
    "number", [0, oprf.ORDER, oprf.ORDER + 1, 2 * oprf.ORDER, 2**255 - 1, 2**256 - 1]
)
def test_scalars_outside_the_range_are_refused(kind, number):
    with pytest.raises(BlindRefused):
        kind(number.to_bytes(32, "little"))


@given(number=st.integers(oprf.ORDER, 2**256 - 1))
def test_no_scalar_from_the_order_upward_is_accepted(number):
    with pytest.raises(BlindRefused):
        Blind(number.to_bytes(32, "little"))


@pytest.mark.parametrize("number", [1, oprf.ORDER - 1])
def test_the_ends_of_the_range_are_accepted(number):
    assert Blind(number.to_bytes(32, "little")).value == number.to_bytes(32, "little")


@given(value=st.binary(max_size=70).filter(lambda value: len(value) != 32))
def test_other_lengths_are_refused(value):
    with pytest.raises(BlindRefused):
        Blind(value)
    with pytest.raises(ElementRefused):
        BlindedElement(value)


@pytest.mark.parametrize("kind", [Element, BlindedElement, EvaluatedElement])
@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param(text, id=f"{why}-{n}")
        for why, texts in RFC_9496["refused"].items()
        for n, text in enumerate(texts)
    ],
)
def test_encodings_that_the_standard_refuses_are_refused(kind, encoding):
    with pytest.raises(ElementRefused):
        kind(bytes.fromhex(encoding))


@pytest.mark.parametrize("kind", [Element, BlindedElement, EvaluatedElement])
def test_the_identity_is_refused(kind):
    with pytest.raises(ElementRefused):
        kind(bytes(32))


def can_be_decoded(encoding: bytes) -> bool:
    """Decode of RFC 9496 §4.3.1, written down again from the text."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    s = int.from_bytes(encoding, "little")
    if s >= p or s % 2:
        return False
    u1, u2 = (1 - s * s) % p, (1 + s * s) % p
    v = (-d * u1 * u1 - u2 * u2) % p
    square = v * u2 * u2 % p
    # 1/√square, where there is one (SQRT_RATIO_M1, §4.2).
    root = square**3 * pow(square**7, (p - 5) // 8, p) % p
    check = square * root * root % p
    if check == p - 1:
        root = root * pow(2, (p - 1) // 4, p) % p
    elif check != 1:
        return False
    den_x = root * u2 % p
    den_y = root * den_x * v % p
    x = 2 * s * den_x % p
    x = p - x if x % 2 else x
    y = u1 * den_y % p
    return y != 0 and x * y % p % 2 == 0


@given(value=st.binary(min_size=32, max_size=32))
@example(bytes(28) + b"\x01\x01\x00\xc9")  # a good one with its highest bit set
def test_what_is_accepted_is_what_the_standard_decodes(value):
    accepted = True
    try:
        Element(value)
    except ElementRefused:
        accepted = False
    assert accepted == (any(value) and can_be_decoded(value))


@given(scalar=scalars)
def test_an_element_has_one_spelling(scalar):
    encoding = oprf.multiply_base(scalar)
    assert can_be_decoded(encoding)
    assert Element(encoding).value == encoding
    with pytest.raises(ElementRefused):
        Element(encoding[:-1] + bytes([encoding[-1] | 0x80]))


def test_random_blinds_differ():
    assert len({Blind.random() for _ in range(100)}) == 100


def test_a_value_of_one_party_is_not_one_of_another():
    """Frozen dataclasses of different classes are never equal, whatever they hold."""
    assert BlindedElement(GENERATOR.value) != EvaluatedElement(GENERATOR.value)
    assert Blind(ONE.value) != Scalar(ONE.value)
