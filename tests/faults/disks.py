"""A small disk that can be filled up: a file system of its own, in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.clusters import open_folder, own


@dataclass(frozen=True)
class Disk:
    """A file system.

    Attributes:
        folder: On it; empty, and the servers' own.
        ballast: The file that fills it up.
    """

    folder: Path
    ballast: Path

    def fill(self) -> None:
        """Leave no block of it free."""
        with self.ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                assert "No space left" in str(error)  # noqa: PT017 (this is what ends the loop)

    def make_room(self) -> None:
        """Give back what :meth:`fill` took."""
        self.ballast.unlink()


@contextmanager
def open_disk(megabytes: int) -> Iterator[Disk]:
    """Return a disk of that size. Only root may mount; for others the test fails."""
    if os.geteuid() != 0:
        pytest.fail("a disk that is really full can only be mounted by root")
    with open_folder() as parent:
        mount = parent / "disk"
        mount.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", mount],
            check=True,
        )
        try:
            folder = mount / "data"
            folder.mkdir(mode=0o700)
            own(folder)
            yield Disk(folder, mount / "ballast")
        finally:
            subprocess.run(["umount", "--lazy", mount], check=True)
