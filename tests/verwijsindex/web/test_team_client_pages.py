"""The coordinator's pages of source systems."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import select

from tests.verwijsindex.web.organisation import Organisation, organisation
from tests.world import World, test_bsn
from verwijsindex.audit import Action
from verwijsindex.clients import Client, ClientStatus, ClientUnit, LimitsClass
from verwijsindex.use_cases.admit import NewClient

pytestmark = pytest.mark.any_database

LIST = "/instelling/bronsystemen"
NEW = "/instelling/bronsystemen/nieuw"
GOOD = {"naam": "Zaaksysteem", "rechten": ["signalen", "matches"], "manier": "geheim"}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SECRET = re.compile(r"client_secret</dt><dd[^>]*>([A-Za-z0-9_-]{43})</dd>")


@pytest.fixture
def own(world: World) -> Organisation:
    return organisation(world)


def client_named(own: Organisation, name: str) -> Client | None:
    with own.world.services.sessions() as session:
        return session.scalars(select(Client).where(Client.name == name)).one_or_none()


def test_a_client_is_made_whose_secret_is_shown_once(own: Organisation) -> None:
    answer = own.post(NEW, **GOOD)
    assert answer.status_code == 200
    secret, made = _SECRET.search(answer.text), client_named(own, "Zaaksysteem")
    assert secret is not None
    assert made is not None
    assert (made.scopes, made.limits) == (["matches", "signalen"], LimitsClass.STANDARD)
    assert answer.headers["Cache-Control"] == "no-store"
    assert own.deeds(Action.CLIENT_ADDED) == [made.id]
    # It works, and is nowhere to be seen again.
    own.world.token(NewClient(made.id, secret.group(1)))
    assert secret.group(1) not in own.get(LIST).text
    assert str(made.id) in own.get(LIST).text


def test_a_client_with_a_key_of_its_own_has_no_secret(own: Organisation) -> None:
    public = OKPKey.generate_key("Ed25519", private=True).as_dict(private=False)
    answer = own.post(NEW, **GOOD | {"manier": "sleutel", "sleutel": json.dumps(public)})
    assert answer.status_code == 200
    assert "client_secret" not in answer.text
    made = client_named(own, "Zaaksysteem")
    assert made is not None
    assert made.secret_hash is None
    assert made.jwk == public


def test_the_secret_half_of_a_key_is_refused_and_not_shown_again(own: Organisation) -> None:
    private = json.dumps(OKPKey.generate_key("Ed25519", private=True).as_dict(private=True))
    answer = own.post(NEW, **GOOD | {"manier": "sleutel", "sleutel": private})
    assert answer.status_code == 400
    assert "alleen de openbare helft" in answer.text
    assert json.loads(private)["d"] not in answer.text
    assert 'value="Zaaksysteem"' in answer.text


@pytest.mark.parametrize("key", ["", "x", "[]", "{}", "[" * 3000, '{"kty":"oct","k":"AAAA"}'])
def test_what_is_no_key_is_refused(own: Organisation, key: str) -> None:
    answer = own.post(NEW, **GOOD | {"manier": "sleutel", "sleutel": key})
    assert answer.status_code == 400
    assert '<a href="#sleutel">' in answer.text
    assert client_named(own, "Zaaksysteem") is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"naam": ""}, "naam"),
        ({"naam": "x" * 201}, "naam"),
        ({"naam": test_bsn(4)}, "naam"),
        ({"rechten": []}, "rechten"),
        ({"rechten": ["signalen", "beheer"]}, "rechten"),
        ({"rechten": ["cijfers"]}, "rechten"),
        ({"afdelingen": ["x"]}, "afdelingen"),
    ],
)
def test_a_fault_is_told_at_its_field(own: Organisation, change: Any, field: str) -> None:
    answer = own.post(NEW, **GOOD | change)
    assert answer.status_code == 400
    assert f'<a href="#{field}">' in answer.text
    assert test_bsn(4) not in answer.text
    assert client_named(own, "Zaaksysteem") is None


def test_a_client_acts_for_the_independent_units_that_were_chosen(own: Organisation) -> None:
    apart = own.member.units["Apart"]
    assert own.post(NEW, **GOOD | {"afdelingen": [str(apart)]}).status_code == 200
    with own.world.services.sessions() as session:
        made = session.scalars(select(Client.id).where(Client.name == "Zaaksysteem")).one()
        units = session.scalars(select(ClientUnit.unit_id).where(ClientUnit.client_id == made))
        assert list(units) == [apart]
    team = str(own.member.units["Team"])
    assert own.post(NEW, **GOOD | {"afdelingen": [team]}).status_code == 400


def test_revoking_asks_first_and_shuts_out_at_once(own: Organisation) -> None:
    path = f"{LIST}/{own.member.client.id}/intrekken"
    assert "meteen geen toegang" in own.get(path).text
    assert own.member.get("/api/v1/signalen").status_code == 200
    assert own.post(path).location == f"{LIST}?gedaan=ingetrokken"
    assert own.member.get("/api/v1/signalen").status_code == 401
    assert own.deeds(Action.CLIENT_REVOKED) == [own.member.client.id]
    assert "al ingetrokken" in own.get(path).text


def test_another_organisations_clients_are_not_there(world: World) -> None:
    own, other = organisation(world), organisation(world, "Woonhulp")
    foreign = other.member.client.id
    path = f"{LIST}/{foreign}/intrekken"
    assert own.get(path).status_code == 404
    assert own.post(path).status_code == 404
    assert set(_ID.findall(own.get(LIST).text)) == {str(own.member.client.id)}
    with world.services.sessions() as session:
        assert session.get_one(Client, UUID(str(foreign))).status is ClientStatus.ACTIVE
    unit = str(other.member.units["Apart"])
    assert own.post(NEW, **GOOD | {"afdelingen": [unit]}).status_code == 400


def test_a_form_of_another_site_changes_nothing(own: Organisation) -> None:
    path = f"{LIST}/{own.member.client.id}/intrekken"
    assert own.browser.post(path).status_code == 403
    assert own.browser.post(NEW, data=GOOD).status_code == 403
    assert own.member.get("/api/v1/signalen").status_code == 200
