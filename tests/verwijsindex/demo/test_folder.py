"""The demonstration's folder: made anew, private, and nobody else's files touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from verwijsindex.demo.folder import FolderRefused, fresh_folder, write_private


def test_is_emptied_at_each_start(tmp_path: Path) -> None:
    with fresh_folder(tmp_path / "a" / ".demo") as folder:
        write_private(folder / "sleutels" / "geheim.json", "oud")
        (folder / "los").write_text("oud")
    with fresh_folder(tmp_path / "a" / ".demo") as folder:
        assert [one.name for one in folder.iterdir()] == ["demonstratie.txt"]


def test_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    with fresh_folder(tmp_path / ".demo") as folder:
        write_private(folder / "sleutels" / "geheim.json", "x")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "sleutels").stat().st_mode & 0o777 == 0o700
        assert (folder / "sleutels" / "geheim.json").stat().st_mode & 0o777 == 0o600
        assert (folder / "demonstratie.txt").stat().st_mode & 0o777 == 0o600


def test_a_folder_with_anything_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "scriptie.odt").write_text("werk van jaren")
    with pytest.raises(FolderRefused, match="blijft zoals het is"), fresh_folder(tmp_path):
        pass
    assert (tmp_path / "scriptie.odt").read_text() == "werk van jaren"


def test_two_demonstrations_do_not_share_it(tmp_path: Path) -> None:
    with (
        fresh_folder(tmp_path / ".demo"),
        pytest.raises(FolderRefused, match="draait al een demonstratie"),
        fresh_folder(tmp_path / ".demo"),
    ):
        pass


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".demo").write_text("")
    with pytest.raises(FolderRefused), fresh_folder(tmp_path / ".demo"):
        pass


def test_a_link_in_it_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elders").mkdir()
    (tmp_path / "elders" / "bewaar").write_text("x")
    with fresh_folder(tmp_path / ".demo") as folder:
        (folder / "link").symlink_to(tmp_path / "elders")
    with fresh_folder(tmp_path / ".demo") as folder:
        assert not (folder / "link").exists()
    assert (tmp_path / "elders" / "bewaar").read_text() == "x"


def test_never_overwrites_a_file(tmp_path: Path) -> None:
    write_private(tmp_path / "map" / "x", "een")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "map" / "x", "twee")
