"""An evaluation leads the index, and nobody else, to the pseudonym."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crypto import base64url, oprf
from crypto.errors import EvaluationRefused
from crypto.evaluation import check_evaluation, open_evaluation
from crypto.keyring import EvaluationKey, IndexSecretKeys, ServiceSecretKeys
from crypto.person import SubjectKind

PERSON = b"bsn:123456782;geboortedatum:19800131"


def _blinded(blind: oprf.Blind, value: bytes = PERSON) -> str:
    return base64url.encode(oprf.blind(value, blind).value)


def test_two_blinds_of_one_person_unblind_to_the_same_pseudonym(world):
    one, other = oprf.Blind.random(), oprf.Blind.random()
    answer = world.ask([_blinded(one), _blinded(other)]).json
    first, second = answer["evaluaties"]
    assert world.pseudonym(first, one) == world.pseudonym(second, other)


def test_the_pseudonym_is_s_times_k_times_the_hash(world):
    blind = oprf.Blind.random()
    (evaluation,) = world.ask([_blinded(blind)]).json["evaluaties"]
    key = world.service_keys.current(SubjectKind.PERSON).scalar
    product = oprf.multiply_scalars(world.index_keys.scalar, key)
    expected = oprf.multiply(product, oprf.hash_to_group(PERSON))
    assert world.pseudonym(evaluation, blind).value == expected


def test_evaluations_are_in_the_order_of_the_elements(world):
    blinds = [oprf.Blind.random() for _ in range(5)]
    people = [b"person %d" % number for number in range(5)]
    sent = [_blinded(b, p) for b, p in zip(blinds, people, strict=True)]
    got = world.ask(sent).json["evaluaties"]
    apart = [world.ask([element]).json["evaluaties"][0] for element in sent]
    assert [world.pseudonym(e, b) for e, b in zip(got, blinds, strict=True)] == [
        world.pseudonym(e, b) for e, b in zip(apart, blinds, strict=True)
    ]


def test_each_kind_has_a_key_of_its_own_that_stands_in_the_evaluation(world):
    blind = oprf.Blind.random()
    answers = {kind: world.ask([_blinded(blind)], soort=kind.value).json for kind in SubjectKind}
    pseudonyms, ids = set(), set()
    for kind, answer in answers.items():
        (evaluation,) = answer["evaluaties"]
        opened = world.open(evaluation)
        assert opened.kind is kind
        assert opened.key_id == world.service_keys.public().current(kind).key_id
        assert opened.key_id.hex() == answer["sleutelId"]
        pseudonyms.add(world.pseudonym(evaluation, blind))
        ids.add(answer["sleutelId"])
    assert len(pseudonyms) == len(ids) == 2


def test_the_key_with_the_highest_epoch_is_used(world):
    keys = world.service_keys
    newer = EvaluationKey(SubjectKind.PERSON, 2, oprf.random_scalar())
    world.start(keys=ServiceSecretKeys(keys.box, (*keys.evaluation_keys, newer)))
    assert (
        world.ask([_blinded(oprf.Blind.random())]).json["sleutelId"] == newer.public().key_id.hex()
    )


@pytest.mark.parametrize(
    ("batch", "lifetime"), [(False, timedelta(minutes=15)), (True, timedelta(hours=24))]
)
def test_an_evaluation_is_for_its_organisation_and_lasts_as_long_as_asked(world, batch, lifetime):
    (evaluation,) = world.ask([_blinded(oprf.Blind.random())], batch=batch).json["evaluaties"]
    opened = world.open(evaluation)
    assert opened.organisation_id == world.organisation
    assert opened.issued_at == world.clock.now
    assert opened.expires_at - opened.issued_at == lifetime
    check_evaluation(
        opened,
        organisation_id=world.organisation,
        kind=SubjectKind.PERSON,
        key_ids=world.service_keys.public().key_ids(SubjectKind.PERSON),
        now=world.clock.now,
    )


def test_batch_is_false_where_it_is_left_out(world, make_elements):
    (evaluation,) = world.ask(make_elements(1)).json["evaluaties"]
    opened = world.open(evaluation)
    assert opened.expires_at - opened.issued_at == timedelta(minutes=15)


def test_nobody_but_the_index_opens_an_evaluation(world, make_elements):
    (evaluation,) = world.ask(make_elements(1)).json["evaluaties"]
    assert len(base64url.decode(evaluation)) == 122
    stranger = IndexSecretKeys.generate().box_from(world.service_keys.public())
    with pytest.raises(EvaluationRefused):
        open_evaluation(base64url.decode(evaluation), stranger)


def test_the_same_element_gives_another_ciphertext_each_time(world, make_elements):
    (element,) = make_elements(1)
    answers = {world.ask([element]).json["evaluaties"][0] for _ in range(3)}
    assert len(answers) == 3


def test_a_thousand_elements_are_the_most_and_are_counted(world, make_elements):
    answer = world.ask(make_elements(1000))
    assert len(answer.json["evaluaties"]) == 1000
    assert world.used() == 1000


def test_the_public_keys_are_those_that_the_index_pins(world):
    answer = world.app.test_client().get("/v1/sleutels")
    public = world.service_keys.public()
    assert answer.json == {
        "suite": "ristretto255-SHA512",
        "sleutels": [
            {
                "soort": key.kind.value,
                "tijdperk": 1,
                "sleutelId": key.key_id.hex(),
                "publiekeSleutel": base64url.encode(key.point),
            }
            for key in public.evaluation_keys
        ],
        "boxsleutels": {
            "dienst": base64url.encode(public.box),
            "index": base64url.encode(world.index_keys.public().box),
        },
    }
