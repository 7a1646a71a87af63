"""The canary class is no oracle: it gets the canary evaluated and nothing else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from crypto import base64url, oprf
from crypto.person import SubjectKind
from verwijsindex.pseudonym_service import limits
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.errors import AdministrationRefused
from verwijsindex.pseudonym_service.limits import AlarmKind

NIL = UUID(int=0)


@pytest.fixture
def token(world):
    return world.token(org=str(NIL), limits="canarie")


@pytest.mark.parametrize("kind", SubjectKind)
def test_the_canary_evaluates_to_k_times_its_hash_and_counts_for_nobody(world, canary, token, kind):
    answer = world.ask([canary(kind)], soort=kind.value, token=token)
    opened = world.open(answer.json["evaluaties"][0])
    key = world.service_keys.current(kind).scalar
    hashed = oprf.Element(base64url.decode(canary(kind)))
    assert opened.element.value == oprf.multiply(key, hashed)
    assert opened.organisation_id == NIL
    assert opened.kind is kind
    assert world.used() == 0


def test_anything_but_exactly_the_canary_is_refused_with_an_alarm(
    world, canary, token, make_elements
):
    own, other = canary(SubjectKind.PERSON), canary(SubjectKind.PARENT)
    blinded = base64url.encode(
        oprf.multiply(oprf.Blind.random(), oprf.Element(base64url.decode(own)))
    )
    identity = base64url.encode(bytes(32))
    for sent in (
        make_elements(1),
        [other],
        [own, own],
        [own, *make_elements(1)],
        [blinded],
        [identity],
    ):
        answer = world.ask(sent, token=token)
        assert answer.status_code == 403
        assert "evaluaties" not in answer.json
    alarms = world.store.alarms(since=world.clock.now)
    assert [(a.kind, a.organisation_id) for a in alarms] == [(AlarmKind.CANARY_MISUSED, NIL)]


def test_class_and_organisation_of_the_canary_only_go_together(world, canary):
    sent = [canary(SubjectKind.PERSON)]
    for claims in (
        {"org": str(NIL), "limits": "standaard"},
        {"org": str(NIL), "limits": "groot"},
        {"org": str(world.organisation), "limits": "canarie"},
        {"org": str(uuid4()), "limits": "canarie"},
    ):
        assert world.ask(sent, token=world.token(**claims)).status_code == 401


def test_the_nil_organisation_cannot_be_admitted(world):
    with pytest.raises(AdministrationRefused):
        admit(world.store, organisation_id=NIL, name="Niemand", now=world.clock.now)


def test_the_canary_has_a_small_daily_limit_of_its_own(world, canary, token, monkeypatch):
    monkeypatch.setattr("verwijsindex.pseudonym_service.store.CANARY_DAILY_LIMIT", 2)
    assert limits.CANARY_DAILY_LIMIT == 1000
    sent = [canary(SubjectKind.PERSON)]
    assert [world.ask(sent, token=token).status_code for _ in range(3)] == [200, 200, 429]
    world.clock.advance(days=1)
    token = world.token(org=str(NIL), limits="canarie")
    assert world.ask(sent, token=token).status_code == 200
