"""Imports point downward only, and what must stay light loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEB = {"flask", "flask_smorest", "marshmallow", "werkzeug"}
DATABASE = {"sqlalchemy", "alembic", "psycopg"}
CRYPTO = sorted(path.stem for path in (ROOT / "crypto").glob("*.py") if path.stem != "__init__")


def loaded_by(*modules: str) -> set[str]:
    """Return the names of what a fresh interpreter has loaded after importing *modules*."""
    program = f"import json, sys, {', '.join(modules)}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_contracts_are_kept():
    """In a process of its own: import-linter configures logging for all of one."""
    program = (
        "from importlinter.cli import lint_imports;"
        "raise SystemExit(lint_imports(config_filename='pyproject.toml', no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_crypto_is_pure():
    """Parents' ``__init__`` included, which import-linter does not look at."""
    loaded = tops(loaded_by(*(f"crypto.{module}" for module in CRYPTO)))
    assert not loaded & (WEB | DATABASE | {"verwijsindex", "match", "orgprofiles"})


@pytest.mark.parametrize("package", ["match", "orgprofiles"])
def test_domain_packages_know_nothing_of_http(package):
    modules = sorted(f"{package}.{path.stem}" for path in (ROOT / package).glob("[!_]*.py"))
    loaded = tops(loaded_by(*modules))
    assert not loaded & (WEB | {"verwijsindex"})
    assert package == "match" or "match" not in loaded


def test_the_client_is_crypto_and_http():
    loaded = loaded_by("verwijsindex.client", "verwijsindex.client.command")
    assert not tops(loaded) & (WEB | DATABASE | {"match", "orgprofiles"})


def test_the_pseudonym_service_knows_no_signals_and_no_database():
    package = ROOT / "verwijsindex" / "pseudonym_service"
    modules = sorted(
        f"verwijsindex.pseudonym_service.{path.stem}"
        for path in package.glob("[!_]*.py")
        if path.stem != "wsgi"  # starts the service, and wants its settings for that
    )
    loaded = loaded_by(*modules)
    assert not tops(loaded) & (DATABASE | {"match", "orgprofiles"})
    assert not loaded & {"verwijsindex.database", "verwijsindex.settings"}


def test_loading_libsodium_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "rbcl" in loaded_by("crypto.oprf")
    assert list(tmp_path.iterdir()) == []


def test_no_other_crypto_package_shadows_ours():
    """PyCryptodome's ``Crypto`` is the same name on disks that fold capitals."""
    assert find_spec("Crypto") is None
    spec = find_spec("crypto")
    assert spec is not None
    assert spec.origin == str(ROOT / "crypto" / "__init__.py")
