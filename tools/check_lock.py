"""Say where ``requirements/`` differs from what ``pyproject.toml`` asks for.

Uses nothing but Python itself, for it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCKS = {  # a lock's name, and the extra that it is of
    "client": None,
    "pseudonym-service": "pseudonym-service",
    "server": "server",
    "dev": "dev",
}
_ASKED = re.compile(r"([A-Za-z0-9._-]+)(?:\[([a-z0-9,-]+)\])?(?:==(\S+))?")
_LOCKED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def plain(name: str) -> str:
    """Return *name* as the package index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str, folder: Path = REQUIREMENTS) -> dict[str, str]:
    """Return name and version of each package in the lock *name*."""
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    return {plain(package): version for package, version in _LOCKED.findall(text)}


def asked(extra: str | None, pyproject: Path = ROOT / "pyproject.toml") -> dict[str, str]:
    """Return name and version of what is asked for, with *extra* and the extras that it names."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted: dict[str, str] = {}
    lines = [*project["dependencies"]]
    if extra:
        lines += project["optional-dependencies"][extra]
    while lines:
        line = lines.pop()
        found = _ASKED.match(line)
        if found is None:
            raise ValueError(line)
        name, extras, version = found.groups()
        if plain(name) == plain(project["name"]):
            for one in extras.split(","):
                lines += project["optional-dependencies"][one]
        elif version is None:
            raise ValueError(f"{line}: no version")
        else:
            wanted[plain(name)] = version
    return wanted


def differences(
    pyproject: Path = ROOT / "pyproject.toml", folder: Path = REQUIREMENTS
) -> list[str]:
    """Return a line for each dependency that a lock lacks or has in another version."""
    return [
        f"requirements/{name}.txt has {locked(name, folder).get(package, 'no')} {package},"
        f" pyproject.toml asks for {version}"
        for name, extra in LOCKS.items()
        for package, version in sorted(asked(extra, pyproject).items())
        if locked(name, folder).get(package) != version
    ]


if __name__ == "__main__":
    found = differences()
    if found:
        sys.exit("\n".join([*found, "Run 'make lock'."]))
