"""A client that is not ours finds the same person, over HTTP and with the contract alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from tests.clock import Clock
from tests.interoperability.node import run_script
from tests.interoperability.servers import Servers, serve_both
from tests.world import ALL_SCOPES, Member
from tests.world import test_bsn as bsn_of
from verwijsindex.client import Informing, Person, Registered, SignalDetails, Way
from verwijsindex.services import system_clock
from verwijsindex.use_cases.admit import add_client

BSN, BIRTH_DATE = bsn_of(7), "1980-01-31"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def servers(database_url: str, tmp_path: Path) -> Iterator[Servers]:
    # Node's assertions carry the real time.
    with serve_both(database_url, tmp_path, Clock(system_clock())) as running:
        yield running


def admitted(servers: Servers, name: str, **how: Any) -> Member:
    member = servers.world.member(name, **how)
    servers.admit(member)
    return member


def by_our_client(servers: Servers, member: Member, *, birth_date: str = BIRTH_DATE) -> Registered:
    today = servers.today()
    with servers.connect(member) as connection:
        (unit,) = connection.own_units()
        return connection.register(
            Person.with_bsn(bsn=BSN, birth_date=birth_date, today=today),
            SignalDetails(
                unit.id,
                Informing(Way.CONVERSATION, on=today),
                professional_key="m1",
                reference="D-2291",
            ),
        )


def by_node(
    servers: Servers, member: Member, *, birth_date: str = BIRTH_DATE, **credential: Any
) -> dict[str, Any]:
    signal = member.signal(kenmerk="W-7")
    del signal["evaluatie"], signal["blindering"]
    credential = credential or {
        "clientId": str(member.client.id),
        "clientSecret": member.client.secret,
    }
    answer = run_script(
        "register.mjs",
        {
            "indexUrl": servers.index_url,
            "serviceUrl": servers.service_url,
            "bsn": BSN,
            "birthDate": birth_date,
            "signal": signal | {"geinformeerd": _informed(servers)},
            **credential,
        },
    )
    assert answer["status"] in (200, 201), answer
    return answer["body"]


def _informed(servers: Servers) -> dict[str, Any]:
    return {
        "door": "eigen",
        "aan": ["client"],
        "wijze": "brief",
        "datum": servers.today().isoformat(),
        "reactie": "niet_gevraagd",
    }


def test_node_matches_whom_our_client_registered(servers: Servers) -> None:
    ours = by_our_client(servers, admitted(servers, "Schuldhulp"))
    answer = by_node(servers, admitted(servers, "Wijkteam", domain="welzijn"))
    assert ours.created
    assert ours.found is None
    assert [one["organisatie"] for one in answer["match"]["deelnemers"]] == ["Schuldhulp"]


def test_our_client_matches_whom_node_registered(servers: Servers) -> None:
    answer = by_node(servers, admitted(servers, "Wijkteam", domain="welzijn"))
    ours = by_our_client(servers, admitted(servers, "Schuldhulp"))
    assert answer["match"] is None
    assert ours.found is not None
    assert [one.organisation for one in ours.found.counterparts] == ["Wijkteam"]


def test_another_birth_date_is_another_person(servers: Servers) -> None:
    by_node(servers, admitted(servers, "Wijkteam", domain="welzijn"), birth_date="1980-02-01")
    ours = by_our_client(servers, admitted(servers, "Schuldhulp"))
    assert ours.found is None


def test_node_may_prove_itself_with_a_key_of_its_own(servers: Servers) -> None:
    by_our_client(servers, admitted(servers, "Schuldhulp"))
    member = admitted(servers, "Wijkteam", domain="welzijn")
    key = OKPKey.generate_key("Ed25519", private=True)
    with servers.world.services.sessions() as session:
        client = add_client(
            session,
            servers.world.services,
            organisation_name=member.name,
            name="node",
            scopes=ALL_SCOPES,
            jwk=key.as_dict(private=False),
        )
    answer = by_node(servers, member, clientId=str(client.id), privateJwk=key.as_dict(private=True))
    assert answer["match"] is not None
