"""``keys``: files for one party each, that are never overwritten and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from tests.verwijsindex.command.conftest import Run

SECRETS = {"index": "index-secret.json", "service": "pseudonym-service-secret.json"}
PUBLIC = {"index": "index-public.json", "service": "pseudonym-service-public.json"}
parties = pytest.mark.parametrize("party", SECRETS)


def secrets_of(path: Path) -> list[str]:
    """Return every secret text in a key file."""
    content = json.loads(path.read_text())
    entries = [content, *content.get("evaluation", [])]
    found = [v for e in entries for k, v in e.items() if isinstance(v, str) and len(v) > 40]
    assert found
    return found


@parties
def test_a_party_gets_a_secret_file_for_itself_alone_and_a_public_one(
    party: str, bare_run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "sleutels"
    result = bare_run("keys", "create", party, "--folder", folder)
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {SECRETS[party], PUBLIC[party]}
    secret = folder / SECRETS[party]
    assert secret.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    kind = IndexSecretKeys if party == "index" else ServiceSecretKeys
    made = kind.from_json(secret.read_text())
    assert made.public().to_json() == (folder / PUBLIC[party]).read_text()
    for one in secrets_of(secret):
        assert one not in result.output
        assert one not in (folder / PUBLIC[party]).read_text()


@parties
@pytest.mark.parametrize("present", [SECRETS, PUBLIC])
def test_a_file_that_is_there_is_not_overwritten(
    party: str, present: dict[str, str], bare_run: Run, tmp_path: Path
) -> None:
    kept = tmp_path / present[party]
    kept.write_text("van gisteren")
    result = bare_run("keys", "create", party, "--folder", tmp_path)
    assert result.exit_code == 1
    assert "bestaat al" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [present[party]]
    assert kept.read_text() == "van gisteren"


@parties
def test_status_names_the_keys_and_shows_no_secret(
    party: str, bare_run: Run, tmp_path: Path
) -> None:
    bare_run("keys", "create", party, "--folder", tmp_path)
    secret, public = tmp_path / SECRETS[party], tmp_path / PUBLIC[party]
    shown = bare_run("keys", "status", secret)
    assert shown.exit_code == 0
    assert "Geheime sleutels" in shown.output
    for one in secrets_of(secret):
        assert one not in shown.output
    made = (IndexSecretKeys if party == "index" else ServiceSecretKeys).from_json(
        secret.read_text()
    )
    if isinstance(made, IndexSecretKeys):
        assert made.scalar_fingerprint.hex() in shown.output
        assert made.scalar.value.hex() not in shown.output
    else:
        for key in made.evaluation_keys:
            assert key.public().key_id.hex() in shown.output
            assert key.scalar.value.hex() not in shown.output
    open_half = bare_run("keys", "status", public)
    assert open_half.exit_code == 0
    assert "Openbare sleutels" in open_half.output


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff\xfe", b'{"purpose": "index-secret"}'])
def test_status_of_something_else_is_refused(raw: bytes, bare_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "iets"
    path.write_bytes(raw)
    result = bare_run("keys", "status", path)
    assert result.exit_code == 1
    assert "is geen (heel) sleutelbestand" in result.output


def test_only_the_two_parties_have_keys(bare_run: Run, tmp_path: Path) -> None:
    assert bare_run("keys", "create", "iemand", "--folder", tmp_path).exit_code == 2
