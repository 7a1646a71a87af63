"""The wheel holds all that is needed, and its base install is the client alone."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("verwijsindex", "match", "orgprofiles", "crypto")
SHIPPED = {".py", ".typed", ".mako", ".html", ".txt", ".css", ".js", ".svg", ".toml", ".json"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel as ``pip install`` would, with the hatchling that is there."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", directory, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.xdist_group("wheel")
def test_it_holds_every_file_of_the_four_packages(names):
    expected = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in SHIPPED and path.is_file()
    }
    assert expected - names == set()


@pytest.mark.xdist_group("wheel")
def test_it_holds_migrations_and_templates(names):
    assert "verwijsindex/migrations/env.py" in names
    assert "verwijsindex/migrations/versions/0001_main_road.py" in names
    assert any(name.endswith(".html") for name in names)


@pytest.mark.xdist_group("wheel")
def test_what_is_vendored_comes_with_its_licence(names):
    scripts = [name for name in names if "/static/vendor/" in name and name.endswith(".js")]
    assert len(scripts) >= 2
    for name in scripts:
        assert f"{name.rpartition('/')[0]}/LICENSE" in names


@pytest.mark.xdist_group("wheel")
def test_it_holds_nothing_else(names):
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not any("__pycache__" in name for name in names)


@pytest.mark.xdist_group("wheel")
def test_it_carries_the_licence_and_its_name(wheel, names):
    (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        fields = message_from_string(archive.read(metadata).decode())
        assert fields["License-Expression"] == "EUPL-1.2"
        (licence,) = (name for name in names if name.endswith("dist-info/licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.xdist_group("wheel")
def test_it_is_not_meant_for_an_index(wheel, names):
    """Distributions named match and crypto exist there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert any("Do Not Upload" in classifier for classifier in project["classifiers"])
    assert not {"match", "crypto"} & {one.partition("==")[0] for one in project["dependencies"]}


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_base_install_is_the_client_without_flask_and_sqlalchemy(wheel, tmp_path):
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([python, "-m", "pip", "install", *quiet, wheel], check=True)

    def run(*arguments):
        return subprocess.run(
            [python, *arguments], cwd=tmp_path, check=False, capture_output=True, text=True
        )

    found = run("-c", "import verwijsindex.client, verwijsindex.client.command")
    assert found.returncode == 0, found.stderr
    for missing in ("flask", "sqlalchemy", "marshmallow"):
        assert run("-c", f"import {missing}").returncode != 0
    shown = subprocess.run(
        [environment / "bin" / "vi-client", "--help"], cwd=tmp_path, check=True, capture_output=True
    )
    assert b"import" in shown.stdout
