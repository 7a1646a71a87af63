"""Reading the audit's tables as they are, without believing what stands there.

Whoever checks the audit reads rows that somebody may have altered: a word
that is none, an id that is none, a moment in another form. Models would stop
with an error there. Here everything is text, and what is not in the one form
in which it was written becomes a text that no keyed hash fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, column, exists, func, select, table
from sqlalchemy.orm import Session, sessionmaker

from crypto.audit_log import FIELDS, Checkpoint, Values, moment_text

# Without types: the driver's own values, whatever they are.
EVENTS = table("audit_events", *(column(name) for name in (*FIELDS, "mac")))
LINKS = table("audit_links", column("seq"), column("event_id"), column("hash"))
CHECKPOINTS = table(
    "audit_checkpoints",
    *(column(name) for name in ("seq", "row_count", "at", "hash", "signature")),
)

PAGE = 1000  # rows in memory

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row that is not linked yet.

    Attributes:
        raw_id: Its id as the driver gives and takes it.
        values: Its columns as they are hashed.
        mac: Its keyed hash.
    """

    raw_id: Any
    values: Values
    mac: bytes


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link, with its row.

    Attributes:
        seq: Its place; -1: what stands there is no number.
        row_id: Of its row.
        values: Its row's columns as they are hashed; None: there is no such row.
        mac: Its row's keyed hash.
        hash: Its own.
    """

    seq: int
    row_id: str | None
    values: Values | None
    mac: bytes
    hash: bytes


def read_links(session: Session, *, above: int, limit: int) -> list[StoredLink]:
    """Return the links after place *above*, in order, at most *limit*."""
    rows = session.execute(
        select(LINKS.c.seq, LINKS.c.event_id, LINKS.c.hash, *EVENTS.c)
        .select_from(LINKS.outerjoin(EVENTS, EVENTS.c.id == LINKS.c.event_id))
        .where(LINKS.c.seq > above)
        .order_by(LINKS.c.seq)
        .limit(limit)
    )
    return [
        StoredLink(
            _number(row[0]),
            _id_text(row[1]),
            None if row.id is None else _values(row),
            _bytes(row.mac),
            _bytes(row[2]),
        )
        for row in rows
    ]


def chain_pages(
    sessions: sessionmaker[Session],
) -> Iterator[tuple[list[Checkpoint], list[StoredLink]]]:
    """Yield the chain from its start: links, and the checkpoints from there on.

    Each page is a transaction of its own: what is only added to needs no long
    one, which would keep old versions of every other table's rows alive. The
    last page may have checkpoints and no links, and that is wrong.
    """
    seq = 0
    with sessions() as session:
        # Later ones are for the next time: one that is being signed while the
        # chain grows would be missed here, and missed from the one after it.
        newest = session.scalar(select(func.coalesce(func.max(CHECKPOINTS.c.seq), 0)))
    while True:
        with sessions() as session:
            checkpoints = _read_checkpoints(session, above=seq, newest=newest)
            links = read_links(session, above=seq, limit=PAGE)
        if links or checkpoints:
            yield checkpoints, links
        if not links or links[-1].seq <= seq:
            return
        seq = links[-1].seq


def unlinked(*, above: Any) -> Select[Any]:
    """Return the selection of rows without a link.

    What is not linked is found by what is not there (an anti-join). To
    remember up to where one came would miss a transaction that wrote its row
    earlier and commits later.

    Args:
        above: Only rows with a greater id, as :func:`raw_id` gives it; None: all.
    """
    link = select(1).where(LINKS.c.event_id == EVENTS.c.id)
    rows = select(*EVENTS.c)
    if above is not None:
        # On both sides, so that no plan needs more of either than that.
        link = link.where(LINKS.c.event_id > above)
        rows = rows.where(EVENTS.c.id > above)
    return rows.where(~exists(link))


def read_unlinked(session: Session, *, above: Any, limit: int) -> list[StoredRow]:
    """Return rows without a link in the order of their ids, at most *limit*."""
    rows = session.execute(unlinked(above=above).order_by(EVENTS.c.id).limit(limit))
    return [StoredRow(row.id, _values(row), _bytes(row.mac)) for row in rows]


def _read_checkpoints(session: Session, *, above: int, newest: Any) -> list[Checkpoint]:
    rows = session.execute(
        select(CHECKPOINTS)
        .where(CHECKPOINTS.c.seq > above, CHECKPOINTS.c.seq <= newest)
        .order_by(CHECKPOINTS.c.seq)
        .limit(PAGE)
    )
    return [_checkpoint(row) for row in rows]


def last_checkpoint(session: Session) -> Checkpoint | None:
    """Return the checkpoint over the most rows; None when nothing was signed yet."""
    row = session.execute(
        select(CHECKPOINTS).order_by(CHECKPOINTS.c.seq.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _checkpoint(row)


def last_link(session: Session) -> tuple[int, Any, bytes] | None:
    """Return place, row's raw id and hash of the last link; None when there is none."""
    row = session.execute(select(LINKS).order_by(LINKS.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else (row.seq, row.event_id, row.hash)


def raw_id(session: Session, row_id: UUID) -> Any:
    """Return an id in the form in which the driver of *session* has it."""
    return row_id.hex if session.get_bind().dialect.name == "sqlite" else row_id


def moment_of(raw: Any) -> datetime | None:
    """Return the moment that the driver gave; None when it is not one as we write it."""
    if isinstance(raw, datetime):
        return raw.astimezone(UTC)
    if not isinstance(raw, str):
        return None
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    as_written = moment.isoformat(sep=" ", timespec="microseconds")
    return moment.replace(tzinfo=UTC) if as_written == raw and moment.tzinfo is None else None


def _values(row: Row[Any]) -> Values:
    moment = moment_of(row.at)
    return (
        _id_text(row.id),
        _other(row.at) if moment is None else moment_text(moment),
        _word(row.actor_kind),
        _id_text(row.actor_id),
        _id_text(row.organisation_id),
        _word(row.action),
        _id_text(row.object_id),
        _id_text(row.trace_id),
    )


def _id_text(raw: Any) -> str | None:
    if raw is None:
        return None
    if isinstance(raw, UUID):
        return str(raw)
    try:
        found = UUID(hex=raw)
    except (ValueError, TypeError, AttributeError):
        return _other(raw)
    # In capitals it is the same id, and no query would find it any more.
    return str(found) if found.hex == raw else _other(raw)


def _word(raw: Any) -> str | None:
    return raw if raw is None or isinstance(raw, str) else _other(raw)


def _other(raw: Any) -> str:
    return f"?{raw!r}"


def _bytes(raw: Any) -> bytes:
    return raw if isinstance(raw, bytes) else b""


def _number(raw: Any) -> int:
    return raw if type(raw) is int else -1


def _checkpoint(row: Row[Any]) -> Checkpoint:
    return Checkpoint(
        _number(row.seq),
        _number(row.row_count),
        moment_of(row.at) or _NEVER,
        _bytes(row.hash),
        _bytes(row.signature),
    )
