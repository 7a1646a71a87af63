"""The folder of the demonstration: made anew at each start, and nobody else's to read."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MARK = "demonstratie.txt"
_MARK_TEXT = (
    "Deze map hoort bij de demonstratie van de verwijsindex. Bij elke start wordt alles hierin\n"
    "gewist en opnieuw gemaakt.\n"
)


class FolderRefused(Exception):
    """De map kan niet voor de demonstratie worden gebruikt."""


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """Empty the folder of an earlier demonstration, or make one; nobody else uses it meanwhile.

    Args:
        path: The folder; one that holds anything else is left as it is.

    Yields:
        The folder, absolute, mode 0700.

    Raises:
        FolderRefused: Not a folder of ours, in use, or not writable.
    """
    folder = path.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = folder / _MARK
        if any(folder.iterdir()) and not mark.is_file():
            raise FolderRefused(
                f"{folder} bevat iets anders dan de demonstratie en blijft zoals het is."
                " Kies een andere map."
            )
        folder.chmod(0o700)
        with mark.open("a", encoding="utf-8") as lock:
            mark.chmod(0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderRefused(
                    f"In {folder} draait al een demonstratie. Stop die eerst (Ctrl-C)."
                ) from None
            _empty(folder)
            lock.truncate(0)
            lock.write(_MARK_TEXT)
            lock.flush()
            yield folder
    except OSError as error:
        raise FolderRefused(f"{folder}: {error.strerror}.") from None


def write_private(path: Path, content: str | bytes) -> None:
    """Write a new file of mode 0600, in a folder of mode 0700 that is made if needed."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _MARK:
            entry.unlink()
