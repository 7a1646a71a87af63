"""Checking the audit in the database: every row, link and checkpoint, up to the first fault."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto.audit_check import ChainCheck, Fault, Wrong
from crypto.audit_log import Checkpoint, row_mac
from verwijsindex.audit_reading import PAGE, StoredLink, chain_pages, read_unlinked
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found.

    Attributes:
        fault: The first thing that is wrong; None: nothing is.
        row_count: Linked rows that are as they were written.
        checkpoint_count: Checkpoints that are right.
        checkpoint: The last of them.
        waiting_count: Rows that were not linked yet.
        waiting_for: How long the oldest of these waits; None: none does.
    """

    fault: Fault | None
    row_count: int
    checkpoint_count: int
    checkpoint: Checkpoint | None
    waiting_count: int
    waiting_for: timedelta | None


def check_audit(services: Services, *, kept: Iterable[Checkpoint] = ()) -> AuditReport:
    """Check the whole audit, while the index goes on.

    A page at a time, each in a transaction of its own: what is only added to
    needs no long one, which would keep old versions of everything alive.

    Args:
        services: Keys, clock and database.
        kept: Checkpoints that were kept elsewhere.
    """
    keys = services.settings.keys
    check = ChainCheck(
        keys.audit_checkpoint.verify_key.encode(), mac_key=services.audit_key, kept=kept
    )
    fault = check.begin()
    for checkpoints, links in chain_pages(services.sessions):
        fault = fault or _check_page(check, checkpoints, links)
        if fault is not None:
            break
    fault = fault or check.end()
    count, since = 0, None
    if fault is None:
        fault, count, since = _check_unlinked(services)
    return AuditReport(
        fault,
        check.seq,
        check.checkpoint_count,
        check.checkpoint,
        count,
        None if since is None else services.clock() - since,
    )


def _check_page(
    check: ChainCheck, checkpoints: list[Checkpoint], links: Sequence[StoredLink]
) -> Fault | None:
    for link in links:
        fault = check.row(link.seq, link.row_id, link.values, link.mac, link.hash)
        while fault is None and checkpoints and checkpoints[0].seq <= link.seq:
            fault = check.next_checkpoint(checkpoints.pop(0))
        if fault is not None:
            return fault
    return check.next_checkpoint(checkpoints[0]) if checkpoints and not links else None


def _check_unlinked(services: Services) -> tuple[Fault | None, int, datetime | None]:
    """Return the first wrong row that is not linked, how many are right, and the oldest moment."""
    above: Any = None
    count, oldest = 0, None
    while True:
        with services.sessions() as session:
            rows = read_unlinked(session, above=above, limit=PAGE)
        for row in rows:
            if not hmac.compare_digest(row_mac(row.values, services.audit_key), row.mac):
                return Fault(Wrong.ROW_ALTERED, None, row.values[0]), count, oldest
            # A moment that the keyed hash vouches for is one.
            moment = datetime.fromisoformat(row.values[1] or "")
            oldest = moment if oldest is None else min(oldest, moment)
            count += 1
        if len(rows) < PAGE:
            return None, count, oldest
        above = rows[-1].raw_id
