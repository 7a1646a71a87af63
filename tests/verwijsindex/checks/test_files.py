"""Files with secrets: every way in which another account can reach them is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from verwijsindex.checks.files import (
    PUBLIC_FILES,
    SECRET_FILES,
    demo_folder,
    named_files,
    private_file,
)
from verwijsindex.checks.findings import Finding, Level

ME = os.geteuid() or 1000
SOMEBODY_ELSE = ME + 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with a secret, as it should be."""
    folder = tmp_path / "map"
    folder.mkdir(mode=0o700)
    made = folder / "geheim.json"
    made.write_text("ZQX7")
    made.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(made, ME, -1)
    return made


def found(name: str, file: Path, account: int = ME) -> list[Finding]:
    return list(named_files({name: str(file)}, account=account))


@pytest.mark.parametrize("name", [*SECRET_FILES, *PUBLIC_FILES])
def test_a_file_for_this_account_alone_is_good(name: str, file: Path) -> None:
    (only,) = found(name, file)
    assert (only.level, only.part) == (Level.GOOD, name)


@pytest.mark.parametrize("name", SECRET_FILES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o444])
def test_a_secret_that_others_may_read_is_found(name: str, mode: int, file: Path) -> None:
    file.chmod(mode)
    (only,) = found(name, file)
    assert only.level is Level.FAULT
    assert "lezen" in only.text
    assert f"chmod 600 {file}" in str(only.advice)


@pytest.mark.parametrize("name", PUBLIC_FILES)
def test_a_public_file_may_be_read_but_not_changed_by_others(name: str, file: Path) -> None:
    file.chmod(0o644)
    assert [one.level for one in found(name, file)] == [Level.GOOD]
    for mode in (0o664, 0o646):
        file.chmod(mode)
        (only,) = found(name, file)
        assert only.level is Level.FAULT
        assert "wijzigen" in only.text


@pytest.mark.parametrize("name", [*SECRET_FILES, *PUBLIC_FILES])
def test_a_folder_in_which_others_may_write_is_found(name: str, file: Path) -> None:
    file.parent.chmod(0o770)
    (only,) = found(name, file)
    assert only.level is Level.FAULT
    assert "vervangen" in only.text
    file.parent.chmod(0o1777)  # sticky: nobody replaces another's file
    assert [one.level for one in found(name, file)] == [Level.GOOD]


def test_a_file_of_another_account_is_found_unless_that_is_root(file: Path) -> None:
    (only,) = found(SECRET_FILES[0], file, account=SOMEBODY_ELSE)
    assert only.level is Level.FAULT
    assert "ander account" in only.text
    assert [one.level for one in found(SECRET_FILES[0], file, account=0)] == [Level.GOOD]


@pytest.mark.parametrize("name", [*SECRET_FILES, *PUBLIC_FILES])
def test_a_file_that_is_not_there_is_found(name: str, file: Path) -> None:
    file.unlink()
    (only,) = found(name, file)
    assert only.level is Level.FAULT
    assert "er niet" in only.text
    assert ("Maak geen nieuwe sleutel" in str(only.advice)) == name.endswith("_SECRET_KEYS_FILE")


def test_several_faults_are_all_told_and_never_the_content(file: Path) -> None:
    file.chmod(0o666)
    several = found(SECRET_FILES[0], file, account=SOMEBODY_ELSE)
    assert len(several) == 3
    assert {one.level for one in several} == {Level.FAULT}
    assert "ZQX7" not in str(several)


def test_a_variable_that_is_not_set_is_not_spoken_of(tmp_path: Path) -> None:
    assert list(named_files({SECRET_FILES[0]: ""})) == []
    assert list(private_file("x", tmp_path / "nothing")) == []


def test_the_demonstrations_files_are_all_looked_at(file: Path) -> None:
    environment = {"VI_DEMO": "ja", "VI_INDEX_SECRET_KEYS_FILE": str(file)}
    assert list(demo_folder(environment)) == []  # no folder of the demonstration
    mark = file.parent.parent / "demonstratie.txt"
    mark.touch(mode=0o600)
    mark.parent.chmod(0o700)
    assert [one.level for one in demo_folder(environment)] == [Level.GOOD]
    deep = file.parent / "clienten" / "lijst.csv"
    deep.parent.mkdir(mode=0o700)
    deep.touch(mode=0o644)
    deep.chmod(0o644)
    (only,) = demo_folder(environment)
    assert only.level is Level.FAULT
    assert only.text.startswith("1 zijn")
    assert list(demo_folder({**environment, "VI_DEMO": "nee"})) == []
