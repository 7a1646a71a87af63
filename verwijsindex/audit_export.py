"""Writing the audit to a file that somebody else can check, with the public key alone."""

from __future__ import annotations

from collections.abc import Iterator

from crypto.audit_log import HEADER, LinkedRow, checkpoint_line, row_line
from verwijsindex.audit_reading import chain_pages, last_checkpoint
from verwijsindex.services import Services


class NothingSigned(Exception):
    """There is no checkpoint yet, and so nothing that an export could prove."""


class RowGone(Exception):
    """A link has no row any more; ``audit verify`` says which."""


def export_audit(services: Services) -> Iterator[bytes]:
    """Yield the lines of the log up to the last checkpoint.

    What came after it is left out: nobody could tell whether it was cut off.

    Raises:
        NothingSigned: At the start.
        RowGone: Half-way.
    """
    with services.sessions() as session:
        last = last_checkpoint(session)
    if last is None:
        raise NothingSigned
    yield HEADER
    for checkpoints, links in chain_pages(services.sessions):
        for link in links:
            if link.seq > last.seq:
                return
            if link.values is None:
                raise RowGone
            yield row_line(LinkedRow(link.seq, link.values, link.mac, link.hash))
            while checkpoints and checkpoints[0].seq <= link.seq:
                yield checkpoint_line(checkpoints.pop(0))
