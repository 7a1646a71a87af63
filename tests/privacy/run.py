"""A run of the whole system: what is recorded while it goes, and what it leaves behind."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.interoperability.servers import Servers
from tests.mail_server import MailHost
from tests.privacy.gathering import (
    column_materials,
    database_files,
    file_materials,
    mail_materials,
)
from tests.privacy.person import person_secrets
from tests.privacy.recording import Recorder, key_secrets
from tests.privacy.scanner import Material, Place, Secret
from tests.privacy.wiretap import Wiretap
from tests.world import Member, index_keys, service_keys
from verwijsindex import event_log


@dataclass
class Run:
    """A run and what it left behind.

    Attributes:
        servers: Index and pseudonym service.
        mail_host: Where mails arrive.
        recorder: Of the values that were computed.
        typed: Folder of what the user has: files to import, key files. Not searched.
        left: Folder of what may stay behind; searched.
        index_tap: Of the index's requests and answers.
        service_tap: Of the service's.
    """

    servers: Servers
    mail_host: MailHost
    recorder: Recorder
    typed: Path
    left: Path
    index_tap: Wiretap
    service_tap: Wiretap
    log: io.StringIO = field(default_factory=io.StringIO)
    members: list[Member] = field(default_factory=list)
    shown: list[Material] = field(default_factory=list)

    def show(self, place: Place, where: str, what: object) -> None:
        """Keep a text that somebody gets to see."""
        self.shown.append(Material(place, where, str(what).encode()))

    def admit(self, name: str, **how: Any) -> Member:
        """Admit an organisation to both."""
        member = self.servers.world.member(name, **how)
        self.servers.admit(member)
        self.members.append(member)
        return member

    def secrets(self) -> list[Secret]:
        """Return everything to search for."""
        keys = index_keys(), service_keys()
        return [
            *person_secrets(),
            *key_secrets(*keys, self.members),
            *self.recorder.secrets(*keys),
        ]

    def materials(self) -> Iterator[Material]:
        """Yield everything to search in."""
        engine = self.servers.world.services.engine
        yield from self.index_tap.materials
        yield from self.service_tap.materials
        yield from self.shown
        yield from column_materials(engine)
        yield from database_files(engine)
        yield from file_materials(self.left)
        yield from file_materials(self.servers.store.parent, f"{self.servers.store.name}*")
        yield from mail_materials(self.mail_host.inbox.mails)
        for number, line in enumerate(self.log.getvalue().splitlines()):
            yield Material(Place.LOG, f"line {number}", line.encode())


@contextmanager
def listening(servers: Servers, mail_host: MailHost, folder: Path) -> Iterator[Run]:
    """Record everything while the block runs: values, requests, answers, logs, temporary files."""
    typed, left = folder / "typed", folder / "left"
    typed.mkdir()
    left.mkdir()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(left))
        run = Run(
            servers,
            mail_host,
            Recorder.start(patch),
            typed,
            left,
            Wiretap(servers.world.app, to=Place.TO_INDEX, back=Place.INDEX_ANSWER),
            Wiretap(servers.service, to=Place.TO_SERVICE, back=Place.SERVICE_ANSWER),
        )
        event_log.configure_logging(run.log, level=logging.DEBUG)
        root.setLevel(logging.DEBUG)  # every library's lines too
        try:
            yield run
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
