"""The evaluation: made by the pinned service, for this caller, kind and time, and not altered."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import Box, PrivateKey, SealedBox

from crypto import oprf
from crypto.errors import EvaluationRefused
from crypto.evaluation import (
    BATCH_LIFETIME,
    CLOCK_SKEW,
    EVALUATION_BYTES,
    LIFETIME,
    PLAINTEXT_BYTES,
    Evaluation,
    check_evaluation,
    open_evaluation,
    seal_evaluation,
    seal_evaluations,
)
from crypto.oprf import EvaluatedElement, Scalar
from crypto.person import SubjectKind

SERVICE = PrivateKey(bytes(range(32)))
INDEX = PrivateKey(bytes(range(1, 33)))
SEALING = Box(SERVICE, INDEX.public_key)
OPENING = Box(INDEX, SERVICE.public_key)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ORGANISATION = UUID(int=7)
KEY_ID = bytes(range(16))
GENERATOR = oprf.multiply_base(Scalar((1).to_bytes(32, "little")))
GOOD = Evaluation(
    KEY_ID, SubjectKind.PERSON, ORGANISATION, NOW, NOW + LIFETIME, EvaluatedElement(GENERATOR)
)
SEALED = seal_evaluation(GOOD, SEALING)
LAYOUT = struct.Struct(">B16sB16sQQ32s")


def sealed_fields(format_=1, kind=1, issued=0, expires=0, element=GENERATOR):
    return bytes(
        SEALING.encrypt(
            LAYOUT.pack(format_, KEY_ID, kind, ORGANISATION.bytes, issued, expires, element)
        )
    )


def check(
    evaluation=GOOD,
    now=NOW,
    organisation_id=ORGANISATION,
    kind=SubjectKind.PERSON,
    key_ids=(KEY_ID,),
):
    check_evaluation(
        evaluation,
        organisation_id=organisation_id,
        kind=kind,
        key_ids=frozenset(key_ids),
        now=now,
    )


@pytest.mark.parametrize("kind", SubjectKind)
def test_what_is_sealed_opens(kind):
    evaluation = replace(GOOD, kind=kind)
    assert open_evaluation(seal_evaluation(evaluation, SEALING), OPENING) == evaluation


def test_lengths_are_the_documented_ones():
    assert PLAINTEXT_BYTES == LAYOUT.size == 82
    assert len(SEALED) == EVALUATION_BYTES == 122
    assert timedelta(minutes=15) == LIFETIME
    assert timedelta(hours=24) == BATCH_LIFETIME


def test_plaintext_is_laid_out_as_documented():
    assert LAYOUT.unpack(OPENING.decrypt(SEALED)) == (
        1,
        KEY_ID,
        1,
        ORGANISATION.bytes,
        int(NOW.timestamp()),
        int((NOW + LIFETIME).timestamp()),
        GENERATOR,
    )


def test_sealing_twice_looks_different():
    assert seal_evaluation(GOOD, SEALING) != SEALED


def test_many_are_sealed_as_one_is():
    products = [oprf.multiply_base(Scalar(n.to_bytes(32, "little"))) for n in (1, 2, 3)]
    sealed = seal_evaluations(
        products,
        SEALING,
        key_id=KEY_ID,
        kind=SubjectKind.PERSON,
        organisation_id=ORGANISATION,
        issued_at=NOW,
        expires_at=NOW + LIFETIME,
    )
    expected = [replace(GOOD, element=EvaluatedElement(product)) for product in products]
    assert [open_evaluation(one, OPENING) for one in sealed] == expected


@given(place=st.integers(0, EVALUATION_BYTES - 1), change=st.integers(1, 255))
def test_a_byte_altered_anywhere_is_refused(place, change):
    altered = bytearray(SEALED)
    altered[place] ^= change
    with pytest.raises(EvaluationRefused):
        open_evaluation(bytes(altered), OPENING)


@pytest.mark.parametrize("place", range(EVALUATION_BYTES))
def test_each_byte_counts(place):
    altered = bytearray(SEALED)
    altered[place] ^= 0x80
    with pytest.raises(EvaluationRefused):
        open_evaluation(bytes(altered), OPENING)


@given(message=st.binary(max_size=200))
def test_something_else_is_refused(message):
    with pytest.raises(EvaluationRefused):
        open_evaluation(message, OPENING)


@pytest.mark.parametrize(
    "message",
    [
        SEALED[:-1],
        SEALED + b"\0",
        bytes(SEALING.encrypt(bytes(PLAINTEXT_BYTES - 1))),
        bytes(SEALING.encrypt(bytes(PLAINTEXT_BYTES + 1))),
    ],
    ids=["cut", "extended", "sealed shorter", "sealed longer"],
)
def test_other_lengths_are_refused(message):
    with pytest.raises(EvaluationRefused):
        open_evaluation(message, OPENING)


def test_another_service_key_is_refused():
    impostor = PrivateKey.generate()
    with pytest.raises(EvaluationRefused):
        open_evaluation(seal_evaluation(GOOD, Box(impostor, INDEX.public_key)), OPENING)


def test_one_for_another_index_is_refused():
    other = PrivateKey.generate()
    with pytest.raises(EvaluationRefused):
        open_evaluation(seal_evaluation(GOOD, Box(SERVICE, other.public_key)), OPENING)


def test_a_sealed_box_that_anyone_can_make_is_refused():
    plaintext = OPENING.decrypt(SEALED)
    with pytest.raises(EvaluationRefused):
        open_evaluation(SealedBox(INDEX.public_key).encrypt(plaintext), OPENING)


@pytest.mark.parametrize("fields", [{"format_": 0}, {"format_": 2}, {"kind": 0}, {"kind": 3}])
def test_another_format_or_an_unknown_kind_is_refused(fields):
    with pytest.raises(EvaluationRefused):
        open_evaluation(sealed_fields(**fields), OPENING)


@pytest.mark.parametrize("element", [bytes(32), b"\xff" * 32, b"\x01" + bytes(31)])
def test_something_that_is_no_element_is_refused(element):
    with pytest.raises(EvaluationRefused):
        open_evaluation(sealed_fields(element=element), OPENING)


@pytest.mark.parametrize("seconds", [2**exponent for exponent in range(38, 64)] + [2**64 - 1])
def test_a_moment_that_no_calendar_has_is_refused(seconds):
    for fields in ({"issued": seconds}, {"expires": seconds}):
        with pytest.raises(EvaluationRefused):
            open_evaluation(sealed_fields(**fields), OPENING)


@given(issued=st.integers(0, 2**64 - 1), expires=st.integers(0, 2**64 - 1))
def test_every_moment_is_read_or_refused(issued, expires):
    try:
        found = open_evaluation(sealed_fields(issued=issued, expires=expires), OPENING)
    except EvaluationRefused:
        return
    assert (found.issued_at.timestamp(), found.expires_at.timestamp()) == (issued, expires)


def test_a_good_one_is_accepted():
    check()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"organisation_id": UUID(int=8)}, "is voor een andere organisatie gemaakt"),
        ({"kind": SubjectKind.PARENT}, "is van een andere soort dan hier gevraagd"),
        ({"key_ids": ()}, "is met een onbekende sleutel gemaakt; vraag een nieuwe aan"),
        ({"key_ids": (bytes(16),)}, "is met een onbekende sleutel gemaakt; vraag een nieuwe aan"),
        ({"now": NOW - timedelta(minutes=1)}, "is nog niet geldig; controleer de klok"),
        ({"now": NOW + timedelta(days=1)}, "is verlopen; vraag een nieuwe aan"),
    ],
)
def test_each_check_refuses_by_itself(changed, message):
    with pytest.raises(EvaluationRefused, match=f"^{message}$"):
        check(**changed)


@pytest.mark.parametrize("kind", [SubjectKind.PARENT, "persoon"])
def test_a_kind_is_never_taken_for_another(kind):
    """Else an evaluation that was made as "parent" would find out who is involved with them."""
    with pytest.raises(EvaluationRefused, match="soort"):
        check(evaluation=replace(GOOD, kind=kind))


@pytest.mark.parametrize("lifetime", [LIFETIME, BATCH_LIFETIME])
def test_it_is_valid_until_the_moment_it_expires(lifetime):
    evaluation = replace(GOOD, expires_at=NOW + lifetime)
    check(evaluation, now=NOW + lifetime - timedelta(microseconds=1))
    with pytest.raises(EvaluationRefused, match="verlopen"):
        check(evaluation, now=NOW + lifetime)


def test_clocks_may_differ_a_little():
    check(now=NOW - CLOCK_SKEW)
    with pytest.raises(EvaluationRefused, match="nog niet geldig"):
        check(now=NOW - CLOCK_SKEW - timedelta(microseconds=1))
