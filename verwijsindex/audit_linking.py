"""Linking the audit's rows into a chain: the worker's, so that no request waits for it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from crypto.audit_log import GENESIS, link_hash
from verwijsindex.audit_reading import (
    LINKS,
    last_link,
    moment_of,
    raw_id,
    read_unlinked,
    unlinked,
)
from verwijsindex.database import take_tick_lock
from verwijsindex.services import Services

BATCH = 1000  # rows linked in one transaction
LINK_LOCK = 4  # of the periodic jobs' locks; the others are the worker's own
#: Looked at each second. Use cases write their rows at the end, so that a
#: transaction hardly ever commits this long after its row.
NARROW = timedelta(seconds=10)
#: Looked at before each signature.
WIDE = timedelta(minutes=10)


def link_waiting(
    services: Services,
    *,
    window: timedelta | None = NARROW,
    stop: threading.Event | None = None,
) -> int | None:
    """Link the rows that wait for it; return how many, None when another worker is at it.

    Only what is about as new as the last link is looked at, so that it costs
    the same at 10⁷ rows as at none. After an hour without a worker the last
    link is an hour old, and so all since then is looked at.

    Args:
        services: Clock and database.
        window: How much older than the last linked row a row may be to be
            found; None: look at the whole table, for what came later still or
            from a machine whose clock is behind (seconds of work at 10⁷ rows).
        stop: Ends it after the transaction that is under way.
    """
    total = 0
    while True:
        with services.sessions.begin() as session:
            if not take_tick_lock(session, LINK_LOCK):
                return total or None
            count = _link_batch(session, window, services.clock())
        total += count
        if count < BATCH or (stop is not None and stop.is_set()):
            return total


def _link_batch(session: Session, window: timedelta | None, now: datetime) -> int:
    # The lock comes in a statement before this one: what its last holder
    # linked is seen here.
    last = last_link(session)
    seq, previous = (0, GENESIS) if last is None else (last[0], last[2])
    above = _floor(session, last, window, now)
    links: list[dict[str, Any]] = []
    for row in read_unlinked(session, above=above, limit=BATCH):
        seq += 1
        previous = link_hash(previous, seq, row.values, row.mac)
        links.append({"seq": seq, "event_id": row.raw_id, "hash": previous})
    if links:
        # RETURNING makes it one statement; without, each row is one (half the speed).
        session.execute(insert(LINKS).returning(LINKS.c.seq), links)
    return len(links)


def waiting(
    session: Session, *, now: datetime, window: timedelta | None = NARROW
) -> tuple[int, timedelta | None]:
    """Return how many rows wait to be linked, and how long the oldest does.

    Cheap enough for a metric, for it looks where the worker looks each
    second: when no worker runs, that is everything since the last link.

    Args:
        session: Read only.
        now: UTC.
        window: As of :func:`link_waiting`.
    """
    above = _floor(session, last_link(session), window, now)
    found = unlinked(above=above).subquery()
    count, oldest = session.execute(
        found.select().with_only_columns(func.count(), func.min(found.c.at))
    ).one()
    since = moment_of(oldest)
    return count, None if since is None else now - since


def _floor(
    session: Session,
    last: tuple[int, Any, bytes] | None,
    window: timedelta | None,
    now: datetime,
) -> Any:
    """Return the id above which the rows are that may wait; None for all."""
    if last is None or window is None:
        return None
    try:
        newest = last[1] if isinstance(last[1], UUID) else UUID(hex=last[1])
    except (ValueError, TypeError, AttributeError):
        return None
    # A row of a machine whose clock is ahead must not hide the others' rows.
    moment = min(_milliseconds_of(newest), int(now.timestamp() * 1000))
    start = max(0, moment - int(window.total_seconds() * 1000))
    return raw_id(session, UUID(bytes=start.to_bytes(6, "big") + bytes(10)))


def _milliseconds_of(row_id: UUID) -> int:
    return int.from_bytes(row_id.bytes[:6], "big")  # RFC 9562 §5.7
