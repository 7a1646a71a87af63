"""Admitting organisations and clients at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from joserfc.jwk import OKPKey
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from crypto import base64url
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, Professional, Unit
from tests.clock import Clock
from tests.verwijsindex.command.conftest import Run
from tests.world import make_world
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.clients import Client, ClientStatus, ClientUnit

pytestmark = pytest.mark.any_database

GOOD = """
naam = "Schuldhulp"
gevoelig = false
bsnGrondslag = "Wet X, artikel 1"
mailBeveiligd = ["schuldhulp.example"]
[[afdelingen]]
naam = "Team"
domein = "schulden"
postbus = "team@schuldhulp.example"
telefoon = "010-1234567"
[[afdelingen]]
naam = "Apart"
domein = "wonen"
zelfstandig = true
postbus = "apart@schuldhulp.example"
telefoon = "010-1234567"
[[grondslagen]]
domein = "schulden"
leeftijdsgroepen = ["16-22", "23+"]
eist = "informeren"
verwijzing = "Wet X"
geldigVanaf = 2020-01-01
[[medewerkers]]
sleutel = "m1"
naam = "M. Een"
functie = "consulent"
afdeling = "Team"
email = "m1@schuldhulp.example"
telefoon = "010-1234567"
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "organisatie.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def count(engine: Engine, model: type) -> int:
    with Session(engine) as session:
        return session.query(model).count()


def add_client(run: Run, *options: object) -> Result:
    return run("client", "add", "Schuldhulp", *options)


def client_of(engine: Engine) -> Client:
    with Session(engine) as session:
        return session.scalars(select(Client)).one()


def test_an_organisation_is_admitted_with_all_that_is_hers(
    run: Run, good: Path, engine: Engine
) -> None:
    result = run("organisation", "add", good)
    assert result.exit_code == 0, result.output
    with Session(engine) as session:
        made = session.scalars(select(Organisation)).one()
        assert {unit.name: unit.independent for unit in session.scalars(select(Unit))} == {
            "Team": False,
            "Apart": True,
        }
        assert {b.age_group.value for b in session.scalars(select(LegalBasis))} == {"16-22", "23+"}
        assert session.scalars(select(Professional.key)).all() == ["m1"]
        audited = session.scalars(select(AuditEvent)).one()
        assert (audited.action, audited.object_id) == (Action.ORGANISATION_ADDED, made.id)
    assert f"Schuldhulp is toegelaten, met id {made.id}." in result.output
    assert f"verwijsindex pseudonym-service admit {made.id} 'Schuldhulp'" in result.output


def test_a_second_organisation_of_that_name_is_refused(
    run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    result = run("organisation", "add", good)
    assert result.exit_code == 1
    assert "Er is al een organisatie met de naam Schuldhulp." in result.output
    assert count(engine, Organisation) == 1


def test_a_faulty_file_is_told_whole_and_nothing_is_kept(
    run: Run, good: Path, engine: Engine
) -> None:
    wrong = (
        GOOD.replace('naam = "Schuldhulp"', 'naam = ""\nonbekend = 1')
        .replace("gevoelig = false\n", "")
        .replace('domein = "wonen"', 'domein = "huizen"')
        .replace("2020-01-01", '"2020-01-01"')
        .replace('sleutel = "m1"', 'sleutel = "m 1"')
        .replace("m1@schuldhulp.example", "m1")
    )
    good.write_text(wrong, encoding="utf-8")
    result = run("organisation", "add", good)
    assert result.exit_code == 1
    told = set(re.findall(r"^  - ([^:]+):", result.output, re.MULTILINE))
    assert told == {
        "(verzoek)",
        "naam",
        "gevoelig",
        "afdelingen[1].domein",
        "grondslagen[0].geldigVanaf",
        "medewerkers[0].sleutel",
        "medewerkers[0].email",
    }
    assert count(engine, Organisation) == count(engine, Unit) == count(engine, AuditEvent) == 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"naam = ", "is geen TOML"),
        (b"\xff\xfe", "is geen tekst in UTF-8"),
        (b"", "ontbreekt"),
        (GOOD.replace('afdeling = "Team"', 'afdeling = "Elders"').encode(), "staat niet bij"),
        ((GOOD + GOOD[GOOD.index("[[medewerkers]]") :]).encode(), "noemt een sleutel twee keer"),
        (GOOD.replace('"Apart"', '"Team"').encode(), "noemt een naam twee keer"),
        (
            (GOOD + GOOD[GOOD.index("[[gr") : GOOD.index("[[me")]).encode(),
            "noemt een domein en leeftijdsgroep twee keer",
        ),
        (
            GOOD.replace("naam =", 'kenmerkPatroon = "["\nnaam =', 1).encode(),
            "gebruik {1,8} in plaats van +",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    raw: bytes, said: str, run: Run, good: Path, engine: Engine
) -> None:
    good.write_bytes(raw)
    result = run("organisation", "add", good)
    assert result.exit_code == 1
    assert said in result.output
    assert count(engine, Organisation) == 0


def test_a_client_gets_a_secret_that_is_shown_once_and_works(
    run: Run, good: Path, engine: Engine, database_url: str
) -> None:
    run("organisation", "add", good)
    result = add_client(run)
    assert result.exit_code == 0, result.output
    shown = dict(re.findall(r"^(client_\w+)\s*= (\S+)$", result.output, re.MULTILINE))
    made = client_of(engine)
    assert shown["client_id"] == str(made.id)
    assert made.scopes == ["matches", "medewerkers", "signalen"]
    world = make_world(database_url, Clock())
    answer = world.http.post(
        "/oauth/token", data={"grant_type": "client_credentials", "resource": "index", **shown}
    )
    assert answer.status_code == 200
    world.services.engine.dispose()


def test_a_client_may_be_given_less_more_and_an_independent_unit(
    run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    options = ("--scope", "signalen", "--unit", "Apart", "--limits", "groot", "--name", "import")
    assert add_client(run, *options).exit_code == 0
    made = client_of(engine)
    assert (made.scopes, made.limits, made.name) == (["signalen"], "groot", "import")
    assert count(engine, ClientUnit) == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--scope", "onzin"),
        ("--limits", "canarie"),
        ("--unit", "Team"),
        ("--unit", "Elders"),
        ("--jwk", "/er/is/niets"),
    ],
)
def test_what_a_client_cannot_be_given_is_refused(
    options: tuple[str, ...], run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    assert add_client(run, *options).exit_code != 0
    assert count(engine, Client) == 0


def test_a_client_of_an_unknown_organisation_is_refused(run: Run, engine: Engine) -> None:
    result = add_client(run)
    assert result.exit_code == 1
    assert "Er is geen organisatie met de naam Schuldhulp." in result.output


def test_a_client_with_a_key_of_its_own_gets_no_secret(
    run: Run, good: Path, engine: Engine, tmp_path: Path
) -> None:
    run("organisation", "add", good)
    key = OKPKey.generate_key("Ed25519", private=True)
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key.as_dict(private=False)))
    result = add_client(run, "--jwk", path)
    assert result.exit_code == 0, result.output
    assert "client_secret" not in result.output
    made = client_of(engine)
    assert made.secret_hash is None
    assert made.jwk is not None
    assert "d" not in made.jwk


def test_a_key_that_cannot_be_used_is_refused_and_not_shown(
    run: Run, good: Path, engine: Engine, tmp_path: Path
) -> None:
    run("organisation", "add", good)
    private = OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)
    short = {"kty": "RSA", "n": base64url.encode(b"\xff" * 128), "e": "AQAB"}
    path = tmp_path / "key.json"
    for text in (
        json.dumps(private),
        json.dumps(short),
        '{"kty": "oct", "k": "AAAA"}',
        "{}",
        "[]",
        "null",
        '"sleutel"',
        "5",
        "geen json",
    ):
        path.write_text(text)
        result = add_client(run, "--jwk", path)
        assert result.exit_code == 1, text
        assert private["d"] not in result.output
    assert count(engine, Client) == 0


def test_a_client_is_revoked_by_its_id(run: Run, good: Path, engine: Engine) -> None:
    run("organisation", "add", good)
    add_client(run)
    made = client_of(engine)
    assert run("client", "revoke", made.id).exit_code == 0
    assert client_of(engine).status is ClientStatus.REVOKED
    unknown = run("client", "revoke", UUID(int=1))
    assert unknown.exit_code == 1
    assert "Er is geen client met dit id." in unknown.output
    assert run("client", "revoke", "x").exit_code == 2


def allowed(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(Unit.name).join(ClientUnit).order_by(Unit.name)))


def test_a_client_is_allowed_an_independent_unit_later_and_it_is_audited(
    run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    add_client(run)
    made = client_of(engine)
    for _ in range(2):  # again changes nothing
        result = run("client", "allow", made.id, "Apart")
        assert result.exit_code == 0, result.output
        assert "mag nu ook werken voor: Apart." in result.output
    assert allowed(engine) == ["Apart"]
    with Session(engine) as session:
        audited = session.scalars(
            select(AuditEvent.object_id).where(AuditEvent.action == Action.CLIENT_ALLOWED)
        ).all()
    assert audited == [made.id] * 2


@pytest.mark.parametrize("unit", ["Team", "Elders", "Van een ander"])
def test_a_unit_that_is_open_or_not_the_organisations_is_not_allowed(
    unit: str, run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    add_client(run)
    others = GOOD.replace("Schuldhulp", "Wijkteam").replace("Apart", "Van een ander")
    good.write_text(others, encoding="utf-8")
    assert run("organisation", "add", good).exit_code == 0
    result = run("client", "allow", client_of(engine).id, "Apart", unit)
    assert result.exit_code == 1
    assert f"Schuldhulp heeft geen zelfstandige afdeling {unit}." in result.output
    assert allowed(engine) == []


def test_a_revoked_or_unknown_client_is_allowed_nothing(
    run: Run, good: Path, engine: Engine
) -> None:
    run("organisation", "add", good)
    add_client(run)
    made = client_of(engine)
    run("client", "revoke", made.id)
    revoked = run("client", "allow", made.id, "Apart")
    assert revoked.exit_code == 1
    assert "uitgesloten" in revoked.output
    assert "Er is geen client met dit id." in run("client", "allow", UUID(int=1), "Apart").output
    assert allowed(engine) == []
