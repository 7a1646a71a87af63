"""Key files: read back as written; anything else is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import base64url, oprf
from crypto.errors import KeyRingRefused
from crypto.evaluation import LIFETIME, Evaluation, open_evaluation, seal_evaluation
from crypto.keyring import (
    EvaluationKey,
    IndexPublicKeys,
    IndexSecretKeys,
    ServicePublicKeys,
    ServiceSecretKeys,
    fingerprint,
)
from crypto.person import SubjectKind
from crypto.tokens import SERVICE_AUDIENCE, TokenVerifier

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SERVICE = ServiceSecretKeys.generate()
INDEX = IndexSecretKeys.generate()
FILES = {
    ServiceSecretKeys: SERVICE.to_json(),
    ServicePublicKeys: SERVICE.public().to_json(),
    IndexSecretKeys: INDEX.to_json(),
    IndexPublicKeys: INDEX.public().to_json(),
}

each_kind = pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.__name__)


def altered(kind, path, value):
    """Return the key file of *kind* with another value at *path*."""
    content = place = json.loads(FILES[kind])
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(content)


def fields(kind):
    """Return the paths of all encoded keys in the file of *kind*."""
    content = json.loads(FILES[kind])
    return [(name,) for name in content if name not in {"purpose", "format", "evaluation"}] + [
        ("evaluation", place, name)
        for place, entry in enumerate(content.get("evaluation", []))
        for name in entry
        if name not in {"kind", "epoch"}
    ]


EVERY_FIELD = [
    pytest.param(kind, path, id="-".join([kind.__name__, *map(str, path)]))
    for kind in FILES
    for path in fields(kind)
]


@each_kind
def test_a_file_is_read_back_as_it_was_written(kind):
    assert kind.from_json(FILES[kind]).to_json() == FILES[kind]


@each_kind
def test_a_file_of_another_purpose_is_refused(kind):
    for other, text in FILES.items():
        if other is not kind:
            with pytest.raises(KeyRingRefused, match="niet voor"):
                kind.from_json(text)


def test_every_encoded_key_is_tried_below():
    assert len(EVERY_FIELD) == 3 + 3 + 7 + 3


@pytest.mark.parametrize(("kind", "path"), EVERY_FIELD)
@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        [],
        {},
        "",
        "A",
        "é",
        "+/" * 21,
        base64url.encode(bytes(31)),
        base64url.encode(bytes(33)),
    ],
)
def test_a_damaged_key_is_refused(kind, path, value):
    with pytest.raises(KeyRingRefused):
        kind.from_json(altered(kind, path, value))


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        (ServiceSecretKeys, ("evaluation", 0, "scalar"), bytes(32)),
        (ServiceSecretKeys, ("evaluation", 0, "scalar"), oprf.ORDER.to_bytes(32, "little")),
        (ServicePublicKeys, ("evaluation", 0, "point"), bytes(32)),
        (ServicePublicKeys, ("evaluation", 0, "point"), b"\xff" * 32),
        (IndexSecretKeys, ("scalar",), bytes(32)),
        (IndexSecretKeys, ("scalar",), b"\xff" * 32),
    ],
)
def test_a_key_outside_its_range_is_refused(kind, path, value):
    with pytest.raises(KeyRingRefused):
        kind.from_json(altered(kind, path, base64url.encode(value)))


@each_kind
@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "5", '"', "[" * 100_000, '{"format": 1}'])
def test_something_else_is_refused(kind, text):
    with pytest.raises(KeyRingRefused):
        kind.from_json(text)


@each_kind
@pytest.mark.parametrize("value", [0, 2, None, "1"])
def test_another_format_is_refused(kind, value):
    with pytest.raises(KeyRingRefused, match="versie"):
        kind.from_json(altered(kind, ("format",), value))


@each_kind
def test_a_missing_field_is_refused(kind):
    for name in json.loads(FILES[kind]):
        content = json.loads(FILES[kind])
        del content[name]
        with pytest.raises(KeyRingRefused):
            kind.from_json(json.dumps(content))


@pytest.mark.parametrize("kind", [ServiceSecretKeys, ServicePublicKeys])
@pytest.mark.parametrize(
    "epoch", [0, -1, 1.5, True, "1", None, [], float("inf"), float("nan"), 2**31]
)
def test_an_epoch_is_a_whole_number_from_one(kind, epoch):
    with pytest.raises(KeyRingRefused):
        kind.from_json(altered(kind, ("evaluation", 0, "epoch"), epoch))


@pytest.mark.parametrize("kind", [ServiceSecretKeys, ServicePublicKeys])
@pytest.mark.parametrize("value", [None, 5, "x", {}, [1], ["x"], [None], [{}], [{"kind": []}], []])
def test_a_damaged_list_of_keys_is_refused(kind, value):
    with pytest.raises(KeyRingRefused):
        kind.from_json(altered(kind, ("evaluation",), value))


@pytest.mark.parametrize("kind", [ServiceSecretKeys, ServicePublicKeys])
def test_a_kind_without_a_key_is_refused(kind):
    entries = json.loads(FILES[kind])["evaluation"]
    with pytest.raises(KeyRingRefused, match="er is geen sleutel voor: ouder"):
        kind.from_json(altered(kind, ("evaluation",), entries[:1]))


@pytest.mark.parametrize("kind", [ServiceSecretKeys, ServicePublicKeys])
def test_two_keys_of_one_kind_and_epoch_are_refused(kind):
    mine, other = json.loads(FILES[kind])["evaluation"]
    again = other | {"kind": mine["kind"]}
    with pytest.raises(KeyRingRefused, match="dezelfde soort en epoch"):
        kind.from_json(altered(kind, ("evaluation",), [mine, other, again]))


@pytest.mark.parametrize("kind", [ServiceSecretKeys, ServicePublicKeys])
def test_one_key_for_two_kinds_is_refused(kind):
    mine, other = json.loads(FILES[kind])["evaluation"]
    again = mine | {"kind": other["kind"]}
    with pytest.raises(KeyRingRefused, match="meer dan één soort"):
        kind.from_json(altered(kind, ("evaluation",), [mine, again]))


def test_one_key_for_two_purposes_is_refused():
    seed = json.loads(FILES[IndexSecretKeys])["index_token"]
    with pytest.raises(KeyRingRefused, match="meer dan één doel"):
        IndexSecretKeys.from_json(altered(IndexSecretKeys, ("service_token",), seed))


@given(text=st.text(max_size=40))
def test_no_refusal_repeats_the_file(text):
    for kind in FILES:
        for path in (("box",), ("purpose",)):
            with pytest.raises(KeyRingRefused) as refused:
                kind.from_json(altered(kind, path, "zzz" + text))
            assert "zzz" + text not in str(refused.value)


def test_fresh_keys_are_all_different():
    every = [
        value
        for kind, text in FILES.items()
        for path in fields(kind)
        if (value := _at(json.loads(text), path))
    ]
    # The two public files repeat nothing of the secret ones.
    assert len(set(every)) == len(every)


def _at(content, path):
    for step in path:
        content = content[step]
    return content


def test_no_public_file_holds_a_secret():
    for secret, public in (
        (ServiceSecretKeys, ServicePublicKeys),
        (IndexSecretKeys, IndexPublicKeys),
    ):
        for path in fields(secret):
            assert _at(json.loads(FILES[secret]), path) not in FILES[public]


def test_key_id_is_the_start_of_a_hash_of_the_public_point():
    key = SERVICE.current(SubjectKind.PERSON).public()
    point = oprf.multiply_base(SERVICE.current(SubjectKind.PERSON).scalar)
    assert key.point == point
    assert key.key_id == hashlib.sha256(b"vi-key-id" + point).digest()[:16] == fingerprint(point)
    assert INDEX.scalar_fingerprint == fingerprint(oprf.multiply_base(INDEX.scalar))


def test_key_ids_are_kept_per_kind():
    public = SERVICE.public()
    person, parent = (public.key_ids(kind) for kind in SubjectKind)
    assert len(person) == len(parent) == 1
    assert not person & parent


def test_current_key_is_that_of_the_highest_epoch():
    newer = EvaluationKey(SubjectKind.PERSON, 2, oprf.random_scalar())
    keys = ServiceSecretKeys(SERVICE.box, (newer, *SERVICE.evaluation_keys))
    read = ServiceSecretKeys.from_json(keys.to_json())
    assert read.current(SubjectKind.PERSON).epoch == 2
    assert read.current(SubjectKind.PARENT).epoch == 1
    assert read.public().current(SubjectKind.PERSON).key_id == newer.public().key_id
    assert len(read.public().key_ids(SubjectKind.PERSON)) == 2


def test_the_two_parties_understand_each_other():
    key = SERVICE.current(SubjectKind.PERSON)
    element = oprf.blind_evaluate(key.scalar, oprf.blind(b"x", oprf.Blind.random()))
    evaluation = Evaluation(
        key.public().key_id, SubjectKind.PERSON, UUID(int=7), NOW, NOW + LIFETIME, element
    )
    sealed = seal_evaluation(evaluation, SERVICE.box_to(INDEX.public()))
    assert open_evaluation(sealed, INDEX.box_from(SERVICE.public())) == evaluation

    verifier = TokenVerifier(INDEX.public().service_token, audience=SERVICE_AUDIENCE)
    token = INDEX.service_token.sign(
        {"org": "x"}, audience=SERVICE_AUDIENCE, lifetime=timedelta(seconds=60), now=NOW
    )
    assert verifier.verify(token, now=NOW)["org"] == "x"
