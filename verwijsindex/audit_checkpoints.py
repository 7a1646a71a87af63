"""Signing the audit's chain: each minute, and when somebody asks for it."""

from __future__ import annotations

from sqlalchemy import insert

from crypto.audit_log import Checkpoint, sign_checkpoint
from verwijsindex import event_log
from verwijsindex.audit import AuditCheckpoint
from verwijsindex.audit_reading import last_checkpoint, last_link
from verwijsindex.database import take_tick_lock
from verwijsindex.services import Services

CHECKPOINT_LOCK = 5  # of the periodic jobs' locks


def make_checkpoint(services: Services) -> Checkpoint | None:
    """Sign the chain as it is; None when there is nothing new or another process is at it.

    The signature is logged too: a log that is kept elsewhere is a witness
    against whoever can alter this database.
    """
    with services.sessions.begin() as session:
        if not take_tick_lock(session, CHECKPOINT_LOCK):
            return None
        link, before = last_link(session), last_checkpoint(session)
        signed_seq = 0 if before is None else before.seq
        if link is None or link[0] <= signed_seq:
            return None
        made = sign_checkpoint(
            services.settings.keys.audit_checkpoint,
            seq=link[0],
            row_count=link[0] - signed_seq,
            at=services.clock(),
            link=link[2],
        )
        session.execute(
            insert(AuditCheckpoint).values(
                seq=made.seq,
                row_count=made.row_count,
                at=made.at,
                hash=made.hash,
                signature=made.signature,
            )
        )
    event_log.log(
        event_log.AUDIT_SIGNED,
        seq=made.seq,
        row_count=made.row_count,
        hash=made.hash.hex(),
        signature=made.signature.hex(),
    )
    return made
