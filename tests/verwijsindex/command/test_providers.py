"""Organisations' own sign-in at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.verwijsindex.command.conftest import Run
from verwijsindex.command import main

pytestmark = pytest.mark.any_database

ORGANISATION = """
naam = "Sociale dienst"
gevoelig = false
bsnGrondslag = "Wet X, artikel 1"
[[afdelingen]]
naam = "Team"
domein = "werk_en_inkomen"
postbus = "team@dienst.example"
telefoon = "010-1234567"
[[grondslagen]]
domein = "werk_en_inkomen"
eist = "informeren"
verwijzing = "Wet X"
leeftijdsgroepen = ["0-11", "12-15", "16-22", "23+"]
uitstelMag = true
geldigVanaf = 2020-01-01
"""
ISSUER = "http://127.0.0.1:9"  # nobody answers there
SECRET = "een-geheim-ZQX7"


@pytest.fixture
def secret_file(tmp_path: Path, run: Run) -> Path:
    """Return a file with a secret; the organisations are there."""
    for name in ("Sociale dienst", "Wijkteam"):
        path = tmp_path / f"{name}.toml"
        path.write_text(ORGANISATION.replace("Sociale dienst", name), encoding="utf-8")
        assert run("organisation", "add", path).exit_code == 0
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    return secret


def add(run: Run, secret_file: Path, name: str = "Sociale dienst", issuer: str = ISSUER) -> Result:
    return run(
        "provider",
        "add",
        name,
        "--issuer",
        issuer,
        "--client-id",
        "vi",
        "--secret-file",
        secret_file,
    )


def test_a_provider_is_added_listed_and_removed(run: Run, secret_file: Path) -> None:
    added = add(run, secret_file)
    assert "https://index.example/inloggen/organisatie/terug" in added.output
    assert "antwoordt nu niet" in added.output
    listed = run("provider", "list").output
    assert listed == f"Sociale dienst: {ISSUER} (vi), 0 gekoppeld\n"
    assert SECRET not in added.output + listed
    assert run("provider", "remove", "Sociale dienst").exit_code == 0
    assert run("provider", "list").output == ""
    assert run("provider", "remove", "Sociale dienst").exit_code == 1


def test_the_secret_is_asked_for_and_never_shown(
    run: Run, environment: dict[str, str], secret_file: Path
) -> None:
    words = ["provider", "add", "Wijkteam", "--issuer", ISSUER, "--client-id", "vi"]
    result = CliRunner().invoke(main, words, env=environment, input=SECRET + "\n")
    assert result.exit_code == 0
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "issuer",
    [
        "http://elders.example",
        "https://elders.example/?a=b",
        "https://iemand@elders.example",
        "https://[",
        "elders.example",
        "https://elders.example/" + "x" * 500,
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_refused(
    run: Run, secret_file: Path, issuer: str
) -> None:
    refused = add(run, secret_file, issuer=issuer)
    assert refused.exit_code == 1
    assert "https-adres" in refused.output
    assert run("provider", "list").output == ""


def test_an_issuer_belongs_to_one_organisation(run: Run, secret_file: Path) -> None:
    add(run, secret_file)
    refused = add(run, secret_file, name="Wijkteam")
    assert refused.exit_code == 1
    assert "al van een andere organisatie" in refused.output
    assert add(run, secret_file, name="Onbekend").exit_code == 1
