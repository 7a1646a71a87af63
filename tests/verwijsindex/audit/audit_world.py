"""An audit log to write to, to link, to sign, and to tamper with as the owner of its tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session

from crypto.audit_log import Checkpoint
from orgprofiles.base import new_id
from tests.clock import Clock
from verwijsindex import audit
from verwijsindex.audit import Action, Actor, ActorKind, AuditEvent
from verwijsindex.audit_checking import AuditReport, check_audit
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_linking import link_waiting
from verwijsindex.services import Services

TABLES = ("audit_events", "audit_links", "audit_checkpoints")
ACTOR = Actor(ActorKind.CLIENT, uuid4(), uuid4())


@dataclass
class Log:
    """The audit log of one database."""

    services: Services
    clock: Clock

    @property
    def is_sqlite(self) -> bool:
        return self.services.engine.dialect.name == "sqlite"

    def record(self, session: Session, count: int = 1) -> None:
        """Write rows in a transaction that goes on."""
        audit.record(
            session,
            self.services.audit_key,
            actor=ACTOR,
            deeds=[(Action.SIGNAL_READ, uuid4()) for _ in range(count)],
            now=self.clock(),
        )

    def write(self, count: int = 1) -> None:
        """Write rows, and commit."""
        with self.services.sessions.begin() as session:
            self.record(session, count)

    def write_with_id(self, row_id: UUID) -> None:
        """Write one row, right but for who chose its id."""
        row = {
            "id": row_id,
            "at": self.clock(),
            "actor_kind": ActorKind.CLIENT,
            "actor_id": None,
            "organisation_id": None,
            "action": Action.SIGNAL_READ,
            "object_id": None,
            "trace_id": uuid4(),
        }
        mac = audit.mac_of(row, self.services.audit_key)
        with self.services.sessions.begin() as session:
            session.execute(insert(AuditEvent.__table__), [row | {"mac": mac}])

    def link(self, **window: Any) -> int | None:
        return link_waiting(self.services, **window)

    def sign(self) -> Checkpoint:
        made = make_checkpoint(self.services)
        assert made is not None
        return made

    def check(self, kept: Iterable[Checkpoint] = ()) -> AuditReport:
        return check_audit(self.services, kept=kept)

    def raw(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as anybody who can reach the database; return the driver's own values."""
        engine = create_engine(self.services.engine.url)
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return list(result) if result.returns_rows else []
        finally:
            engine.dispose()

    def disarm(self) -> None:
        """Take the triggers away, as whoever owns the tables can; SQLite checks no keys here."""
        if self.is_sqlite:
            for (name,) in self.raw("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                self.raw(f"DROP TRIGGER {name}")
        else:
            for table in TABLES:
                self.raw(f"ALTER TABLE {table} DISABLE TRIGGER ALL")

    def raw_id(self, seq: int) -> Any:
        """Return the id of the row at place *seq* as the driver has it."""
        return self.raw("SELECT event_id FROM audit_links WHERE seq = :seq", seq=seq)[0][0]

    def id_text(self, seq: int) -> str:
        raw = self.raw_id(seq)
        return str(raw if isinstance(raw, UUID) else UUID(hex=raw))

    def stored(self, value: Any) -> Any:
        """Return an id or a moment as this database's driver takes it."""
        if self.is_sqlite and isinstance(value, UUID):
            return value.hex
        if self.is_sqlite and isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        return value


def id_made_at(moment: datetime) -> UUID:
    """Return an id as a machine makes it whose clock says *moment*."""
    milliseconds = int(moment.astimezone(UTC).timestamp() * 1000)
    return UUID(bytes=milliseconds.to_bytes(6, "big") + new_id().bytes[6:])
