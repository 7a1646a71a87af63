"""``pseudonym-service doctor``: who can read the service's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verwijsindex.command.conftest import Run
from tests.world import index_keys, service_keys
from verwijsindex.pseudonym_service.store import Store

SECRET, PUBLIC = "VI_SERVICE_SECRET_KEYS_FILE", "VI_INDEX_PUBLIC_KEYS_FILE"


@pytest.fixture
def service(tmp_path: Path) -> dict[str, str]:
    """Return the service's configuration, in order."""
    files = {
        SECRET: (tmp_path / "geheim.json", service_keys().to_json()),
        PUBLIC: (tmp_path / "openbaar.json", index_keys().public().to_json()),
    }
    for path, content in files.values():
        path.write_text(content)
        path.chmod(0o600)
    Store(tmp_path / "tellers.sqlite3")
    return {
        **{name: str(path) for name, (path, _) in files.items()},
        "VI_SERVICE_STORE": str(tmp_path / "tellers.sqlite3"),
    }


def test_all_is_well(bare_run: Run, service: dict[str, str]) -> None:
    result = bare_run("pseudonym-service", "doctor", env=service)
    assert result.exit_code == 0, result.output
    assert [line[:6] for line in result.output.splitlines()] == ["goed  "] * 4


@pytest.mark.parametrize("name", [SECRET, "VI_SERVICE_STORE"])
def test_a_secret_that_others_may_read_is_found(
    name: str, bare_run: Run, service: dict[str, str]
) -> None:
    Path(service[name]).chmod(0o640)
    result = bare_run("pseudonym-service", "doctor", env=service)
    assert result.exit_code == 1
    assert result.output.count("FOUT") == 1
    assert f"→ Voer 'chmod 600 {service[name]}' uit." in result.output


def test_a_pinned_key_that_others_may_replace_is_found(
    bare_run: Run, service: dict[str, str]
) -> None:
    Path(service[PUBLIC]).chmod(0o666)
    result = bare_run("pseudonym-service", "doctor", env=service)
    assert result.exit_code == 1
    assert f"FOUT   {PUBLIC}: " in result.output


def test_a_configuration_that_is_wrong_is_told_with_the_files(
    bare_run: Run, service: dict[str, str]
) -> None:
    Path(service[SECRET]).unlink()
    result = bare_run("pseudonym-service", "doctor", env=service)
    assert result.exit_code == 1
    assert f"FOUT   {SECRET}: het bestand is er niet" in result.output
    assert "De configuratie klopt niet:" in result.output
