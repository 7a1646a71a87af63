"""Gathering the waiting events of a recipient into one digest message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from match.messages import MessageState, NoticeKind, OutboxMessage, is_of_known_kind
from orgprofiles.base import new_id
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day
from orgprofiles.statements import fixed

DIGEST_TIME = time(7, 30)


@dataclass(frozen=True, slots=True)
class DigestPolicy:
    """When a digest is made up.

    Attributes:
        quiet: None: at 07:30 in Amsterdam on the next working day. Else (the
            demo): when nothing was added for that long.
    """

    quiet: timedelta | None = None

    def due(self, now: datetime) -> datetime:
        """Return when an event of *now* (UTC) is due."""
        return now + self.quiet if self.quiet is not None else next_digest_time(now)


def next_digest_time(now: datetime) -> datetime:
    """Return the first 07:30 in Amsterdam after *now* that is on a working day.

    Public holidays of the Netherlands and weekends are not working days.
    """
    day = now.astimezone(AMSTERDAM).date()
    while True:
        moment = datetime.combine(day, DIGEST_TIME, AMSTERDAM)
        if moment > now and is_working_day(day):
            return moment
        day += timedelta(days=1)


def gather(session: Session, *, policy: DigestPolicy, now: datetime) -> int:
    """Fix the events of each digest that is due in one message row; return how many digests.

    From then on the digest is a message like any other, with one Message-ID
    however often it is tried. Events that come later wait for the next one.
    Two workers must not gather at once: take the tick's lock first.
    """
    made = 0
    for recipient, professional_id, unit_id in _ready(session, policy, now):
        digest_id = new_id()
        session.execute(
            insert(OutboxMessage),
            {
                "id": digest_id,
                "event_id": digest_id,
                "recipient": recipient,
                "professional_id": professional_id,
                "unit_id": unit_id,
                "kind": NoticeKind.DIGEST,
                "state": MessageState.PENDING,
                "created_at": now,
                "due": now,
                "attempts": 0,
            },
        )
        gathered: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(OutboxMessage)
            .where(
                OutboxMessage.recipient == recipient,
                OutboxMessage.state == fixed(MessageState.WAITING),
                is_of_known_kind(),
            )
            .values(state=MessageState.GATHERED, digest_id=digest_id)
            .execution_options(synchronize_session=False)
        )
        made += gathered.rowcount > 0
    return made


def _ready(
    session: Session, policy: DigestPolicy, now: datetime
) -> list[tuple[UUID, UUID | None, UUID]]:
    """Return recipients whose digest is due.

    With a quiet period the newest event decides, else the oldest: otherwise
    an event at 07:31 would put off what was due at 07:30 to the next day.
    """
    decisive = func.max if policy.quiet is not None else func.min
    ready = (
        select(OutboxMessage.recipient)
        .where(OutboxMessage.state == fixed(MessageState.WAITING), is_of_known_kind())
        .group_by(OutboxMessage.recipient)
        .having(decisive(OutboxMessage.due) <= now)
    )
    rows = session.execute(
        select(OutboxMessage.recipient, OutboxMessage.professional_id, OutboxMessage.unit_id)
        .where(
            OutboxMessage.state == fixed(MessageState.WAITING),
            OutboxMessage.recipient.in_(ready),
            is_of_known_kind(),
        )
        .order_by(OutboxMessage.id)
    )
    # A professional may have signals of two units; the newest one's is kept.
    newest = {row.recipient: (row.recipient, row.professional_id, row.unit_id) for row in rows}
    return list(newest.values())
