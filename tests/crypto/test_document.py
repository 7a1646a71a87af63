"""The numbers in docs/pseudonyms.md are what crypto/ computes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from nacl.public import Box, PrivateKey, PublicKey

from crypto import base64url, oprf
from crypto.evaluation import (
    EVALUATION_BYTES,
    LIFETIME,
    PLAINTEXT_BYTES,
    check_evaluation,
    open_evaluation,
    seal_evaluation,
)
from crypto.keyring import fingerprint
from crypto.oprf import Blind, BlindedElement, EvaluatedElement, Scalar
from crypto.person import SubjectKind, canonical_canary, canonical_person
from crypto.pseudonym import Pseudonym, unblind

TEXT = (Path(__file__).parents[2] / "docs" / "pseudonyms.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (.+?) \| `([^`]+)` \|$", TEXT, re.MULTILINE))
ISSUED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ORGANISATION = UUID("0193c0de-0000-7000-8000-000000000001")


def octets(name: str) -> bytes:
    return bytes.fromhex(ROWS[name])


@pytest.fixture
def boxes() -> tuple[Box, Box]:
    """Return the service's side and the index's side."""
    service = PrivateKey(octets("service's box key, private"))
    index = PrivateKey(octets("index's box key, private"))
    assert bytes(service.public_key) == octets("service's box key, public")
    assert bytes(index.public_key) == octets("index's box key, public")
    return Box(service, index.public_key), Box(index, PublicKey(bytes(service.public_key)))


def test_the_client_computes_b():
    person = canonical_person(
        bsn="123456782", birth_date="1980-01-31", today=datetime(2026, 11, 23, tzinfo=UTC).date()
    )
    assert person.value.decode() == ROWS["`x` (ASCII)"]
    assert oprf.hash_to_group(person.value).value == octets("`H(x)`")
    blinded = oprf.blind(person.value, Blind(octets("`r`")))
    assert blinded.value == octets("`B`")
    assert base64url.encode(blinded.value) == ROWS["`elementen` (B)"]
    assert base64url.encode(octets("`r`")) == ROWS["`blindering` (r)"]


def test_the_service_computes_z():
    key = Scalar(octets("`k`"))
    assert oprf.multiply_base(key) == octets("`k·G`")
    assert fingerprint(octets("`k·G`")) == octets("key id")
    assert oprf.blind_evaluate(key, BlindedElement(octets("`B`"))).value == octets("`Z`")


def test_the_index_computes_n():
    key = Scalar(octets("`s`"))
    assert fingerprint(oprf.multiply_base(key)) == octets("fingerprint of `s·G`")
    found = unblind(key, Blind(octets("`r`")), EvaluatedElement(octets("`Z`")))
    assert found == Pseudonym(octets("`N`"))


def test_the_index_opens_the_evaluation(boxes):
    _, opening = boxes
    evaluation = open_evaluation(octets("evaluation"), opening)
    check_evaluation(
        evaluation,
        organisation_id=ORGANISATION,
        kind=SubjectKind.PERSON,
        key_ids=frozenset([octets("key id")]),
        now=ISSUED,
    )
    assert evaluation.issued_at == ISSUED
    assert evaluation.expires_at == ISSUED + LIFETIME == ISSUED + timedelta(minutes=15)
    assert evaluation.element.value == octets("`Z`")


def test_the_service_seals_that_plaintext(boxes):
    sealing, opening = boxes
    evaluation = open_evaluation(octets("evaluation"), opening)
    assert opening.decrypt(seal_evaluation(evaluation, sealing)) == octets("plaintext")
    assert bytes(sealing.encrypt(octets("plaintext"), octets("nonce"))) == octets("evaluation")


def test_the_layout_adds_up():
    fields = re.findall(r"^\| (\d+) \| (\d+) \| ", TEXT, re.MULTILINE)
    offset = 0
    for start, length in fields:
        assert int(start) == offset
        offset += int(length)
    assert offset == PLAINTEXT_BYTES == len(octets("plaintext"))
    assert len(octets("evaluation")) == EVALUATION_BYTES


def test_the_lengths_in_the_text_are_right():
    assert len(base64url.encode(bytes(32))) == 43
    assert len(base64url.encode(bytes(EVALUATION_BYTES))) == 163
    assert str(oprf.ORDER - 2**252) in TEXT


@pytest.mark.parametrize("kind", SubjectKind)
def test_the_canary_is_the_documented_one(kind):
    assert f"`{canonical_canary(kind).value.decode()}`" in TEXT
