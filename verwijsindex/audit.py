"""Who did what, when, on which object: one row per object, in the same transaction.

Each row carries a keyed hash of itself, so that it cannot be altered without
the key. (Linking rows into a chain, and signing it, is for the worker.)
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Table, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class ActorKind(StrEnum):
    """What kind of party acted."""

    CLIENT = "client"  #: a machine client
    WORKER = "worker"  #: the worker, by itself
    ADMINISTRATOR = "beheerder"  #: somebody at the command line
    DEMO = "demo"  #: a visitor of the demonstration


class Action(StrEnum):
    """What was done."""

    SIGNAL_REGISTERED = "signaal.geregistreerd"  #: a new signal
    SIGNAL_REPEATED = "signaal.bestond_al"  #: registered again; nothing changed
    SIGNAL_TRIED = "signaal.proef"  #: a dry run over a row
    SIGNAL_READ = "signaal.gelezen"  #: shown, alone or in a list
    SIGNAL_ENDED = "signaal.beeindigd"  #: ended by the organisation
    SIGNAL_EXTENDED = "signaal.termijn"  #: its last day was changed
    SIGNAL_INFORMED = "signaal.geinformeerd"  #: how the client was told was recorded
    MATCH_READ = "match.gelezen"  #: shown, alone or in a list
    PROFESSIONAL_KEPT = "medewerker.vastgelegd"  #: made or changed
    PROFESSIONAL_READ = "medewerker.gelezen"  #: shown in a list
    ORGANISATION_ADDED = "organisatie.toegevoegd"  #: admitted
    CLIENT_ADDED = "client.toegevoegd"  #: a machine client got access
    CLIENT_REVOKED = "client.ingetrokken"  #: a machine client lost access


class AuditEvent(Base):
    """One deed. Rows are only ever inserted."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "object_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    action: Mapped[Action] = mapped_column(word(Action))
    object_id: Mapped[UUID | None]
    #: The same for everything that one request did.
    trace_id: Mapped[UUID]
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which request."""

    kind: ActorKind
    id: UUID | None = None
    organisation_id: UUID | None = None
    trace_id: UUID = field(default_factory=new_id)


def record(
    session: Session,
    key: bytes,
    *,
    actor: Actor,
    deeds: Iterable[tuple[Action, UUID | None]],
    now: datetime,
) -> None:
    """Write a row for each deed (action and object), in the caller's transaction.

    Args:
        session: The transaction of what was done.
        key: The index's audit key, 32 bytes.
        actor: Who did it.
        deeds: Action and object's id.
        now: UTC.
    """
    rows: list[dict[str, Any]] = []
    for action, object_id in deeds:
        row: dict[str, Any] = {
            "id": new_id(),
            "at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "organisation_id": actor.organisation_id,
            "action": action,
            "object_id": object_id,
            "trace_id": actor.trace_id,
        }
        rows.append(row | {"mac": mac_of(row, key)})
    if rows:
        session.execute(insert(cast(Table, AuditEvent.__table__)), rows)


def mac_of(row: dict[str, Any], key: bytes) -> bytes:
    """Return the keyed hash of a row, 32 bytes: BLAKE2b over its columns in order, as JSON."""
    columns = [
        str(row["id"]),
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        row["actor_kind"].value,
        _text(row["actor_id"]),
        _text(row["organisation_id"]),
        row["action"].value,
        _text(row["object_id"]),
        str(row["trace_id"]),
    ]
    message = json.dumps(columns, separators=(",", ":")).encode()
    return hashlib.blake2b(message, key=key, digest_size=32, person=b"vi-audit-row").digest()


def mac_is_right(event: AuditEvent, key: bytes) -> bool:
    """Whether *event* is as it was written."""
    row = {name: getattr(event, name) for name in AuditEvent.__table__.columns.keys()}  # noqa: SIM118
    return hmac.compare_digest(mac_of(row, key), event.mac)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
