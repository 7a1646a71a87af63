"""What a synchronisation remembers between two times: no person, no reference.

Which row has which signal is kept under a keyed hash. The key is made of the
client's own credential and is not in the file: who has the file alone cannot
try every BSN against it. Another credential means beginning anew, which costs
time and nothing else.
"""

from __future__ import annotations

import hmac
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from crypto import base64url
from verwijsindex.client.errors import FileRefused
from verwijsindex.client.rows import ReadyRow

_VERSION = 1


@dataclass(slots=True)
class OpenRun:
    """A run that was begun and not finished.

    Attributes:
        id: As the index knows it.
        file: Keyed hash of the file's rows: another file is another run.
        done: Parts that were answered.
        last: Number of the last part, once that was sent.
    """

    id: UUID
    file: str
    done: int = 0
    last: int | None = None


@dataclass(slots=True)
class CaseloadState:
    """What is kept of one unit's caseload.

    Attributes:
        signals: Id of the signal per row's mark.
        run: What is to be gone on with.
    """

    signals: dict[str, str] = field(default_factory=dict)
    run: OpenRun | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Makes marks: keyed hashes of rows.

    Attributes:
        key: 32 bytes that only this client can make.
        unit_id: Whose caseload it is.
    """

    key: bytes = field(repr=False)
    unit_id: str

    def row(self, row: ReadyRow) -> str:
        """Return the mark of a row: of the person and the contact."""
        return self._mark(b"rij", row.person.canonical.value, row.details.professional_key or "")

    def file(self, rows: list[ReadyRow]) -> str:
        """Return the mark of a caseload: of its rows, in order."""
        return self._mark(b"bestand", *(self.row(row) for row in rows))

    def _mark(self, kind: bytes, *parts: bytes | str) -> str:
        made = hmac.new(self.key, kind, "sha256")
        for part in (self.unit_id, *parts):
            octets = part.encode() if isinstance(part, str) else part
            made.update(len(octets).to_bytes(4, "big") + octets)
        return base64url.encode(made.digest())


def default_state_path(file: Path, unit_id: str) -> Path:
    """Return where the state of a unit's caseload is kept: next to its file."""
    return file.with_name(f".vi-client-{unit_id}.json")


def read_state(path: Path) -> CaseloadState:
    """Return the state; an empty one where there is none, or none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _state(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return CaseloadState()


def write_state(path: Path, state: CaseloadState) -> None:
    """Write the state in the place of the older one, readable by the owner alone.

    Raises:
        FileRefused: The folder cannot be written to.
    """
    run = state.run
    content = {
        "versie": _VERSION,
        "run": None
        if run is None
        else {"id": str(run.id), "bestand": run.file, "klaar": run.done, "laatste": run.last},
        "signalen": state.signals,
    }
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        raise FileRefused(
            f"{path} kan niet geschreven worden. Daarin staat wat al gelijk is; kies met --stand"
            " een map waarin u mag schrijven."
        ) from None


def new_run(file: str) -> OpenRun:
    """Return a run that is about to begin."""
    return OpenRun(uuid4(), file)


def _state(content: Any) -> CaseloadState:
    if content["versie"] != _VERSION:
        return CaseloadState()
    signals = {str(mark): str(UUID(one)) for mark, one in content["signalen"].items()}
    run = content["run"]
    if run is None:
        return CaseloadState(signals)
    last = None if run["laatste"] is None else int(run["laatste"])
    return CaseloadState(
        signals, OpenRun(UUID(run["id"]), str(run["bestand"]), int(run["klaar"]), last)
    )
