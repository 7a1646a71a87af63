"""The outbox: who must be told what. Ids only, never a text or an address.

Rows are written in the transaction of what they tell about; the worker claims
them under a lease, sends, and completes with the lease's token. A message is
repeated only when nobody can know whether it was delivered, and then under
the same Message-ID, which is made of the row's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from match.messages import MessageState, NoticeKind, OutboxMessage, is_of_known_kind
from match.routing import needs_routing
from orgprofiles.base import new_id
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.statements import fixed, insert_rows, table_of

ATTEMPTS_LIMIT = 14  # the last one some 35 hours after the first
#: Why a message was not delivered where it went first.
ADDRESS_REFUSED = "address refused"
_TOLD_BEFORE = "told before"
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a contact must be told.

    Attributes:
        event_id: The occurrence.
        kind: What it is.
        participation_id: The recipient's own part in the match; None: it is about no match.
        professional_id: Who is told; None for the unit.
        unit_id: The unit of the recipient's signal.
        about_signal_id: The signal that is new, was a mistake, or was handed over; None: the
            part itself.
        told_before: It is known already: the message is not sent.
        is_personal: It is for its recipient alone, whoever stands in for them.
    """

    event_id: UUID
    kind: NoticeKind
    participation_id: UUID | None
    professional_id: UUID | None
    unit_id: UUID
    about_signal_id: UUID | None = None
    told_before: bool = False
    is_personal: bool = False


def enqueue(
    session: Session,
    notices: Iterable[Notice],
    *,
    now: datetime,
    digest_due: datetime | None,
    from_import: bool = False,
) -> None:
    """Write *notices* into the outbox, in the caller's transaction.

    Args:
        session: Its transaction is the one of what is told about.
        notices: At most one per event and recipient.
        now: UTC.
        digest_due: When the recipients' digests are due; None sends at once.
        from_import: Whether it comes of an import, or another change of many at once.
    """
    state = MessageState.WAITING if digest_due else MessageState.PENDING
    rows = [
        {
            "id": new_id(),
            "event_id": notice.event_id,
            "recipient": notice.professional_id or notice.unit_id,
            "professional_id": notice.professional_id,
            "unit_id": notice.unit_id,
            "kind": notice.kind,
            "participation_id": notice.participation_id,
            "about_signal_id": notice.about_signal_id,
            "state": MessageState.SKIPPED if notice.told_before else state,
            "from_import": from_import,
            "routed_at": now if notice.is_personal else None,
            "created_at": now,
            "due": digest_due or now,
            "attempts": 0,
            "failure": _TOLD_BEFORE if notice.told_before else None,
            "finished_at": now if notice.told_before else None,
        }
        for notice in notices
    ]
    insert_rows(session, OutboxMessage, rows)


def enqueue_for_organisations(
    session: Session,
    kind: NoticeKind,
    organisation_ids: Iterable[UUID],
    *,
    event_id: UUID,
    profile_version_id: UUID,
    now: datetime,
) -> None:
    """Write a message about a profile for each organisation's mailbox, due at once.

    Args:
        session: Its transaction is the one of what is told about.
        kind: One of those about a profile.
        organisation_ids: Who is told.
        event_id: The occurrence; whoever was told of it is not told again.
        profile_version_id: The profile it is about.
        now: UTC.
    """
    rows = [
        {
            "id": new_id(),
            "event_id": event_id,
            "recipient": organisation_id,
            "organisation_id": organisation_id,
            "kind": kind,
            "profile_version_id": profile_version_id,
            "state": MessageState.PENDING,
            "created_at": now,
            "due": now,
            "attempts": 0,
        }
        for organisation_id in organisation_ids
    ]
    insert_rows(session, OutboxMessage, rows)


def account_letter(
    *, link_id: UUID, account_id: UUID, organisation_id: UUID, now: datetime
) -> OutboxMessage:
    """Return the message that mails a link to the holder of an account; the caller adds it."""
    return OutboxMessage(
        id=new_id(),
        event_id=link_id,
        recipient=account_id,
        organisation_id=organisation_id,
        kind=NoticeKind.ACCOUNT_LINK,
        account_link_id=link_id,
        state=MessageState.PENDING,
        created_at=now,
        due=now,
        attempts=0,
    )


def letter_to_account(
    kind: NoticeKind,
    *,
    event_id: UUID,
    account_id: UUID,
    organisation_id: UUID,
    now: datetime,
    due: datetime | None = None,
) -> OutboxMessage:
    """Return a message to somebody whose role it is to know; the caller adds it.

    It is due at once, or at *due* (UTC).
    """
    return OutboxMessage(
        id=new_id(),
        event_id=event_id,
        recipient=account_id,
        organisation_id=organisation_id,
        account_id=account_id,
        kind=kind,
        state=MessageState.PENDING,
        created_at=now,
        due=due or now,
        attempts=0,
    )


def add_once(session: Session, message: OutboxMessage) -> None:
    """Add *message*, unless its recipient was told of that event; not for two workers at once."""
    told = select(OutboxMessage.id).where(
        OutboxMessage.event_id == message.event_id, OutboxMessage.recipient == message.recipient
    )
    if session.scalar(told) is None:
        session.add(message)
        session.flush()


def claim(
    session: Session, *, token: UUID, now: datetime, lease: timedelta, limit: int
) -> list[UUID]:
    """Take up to *limit* due messages for *lease*; return their ids, oldest first.

    Those of a kind that a later release brought are left to its worker, and
    those that are to be routed to :func:`match.routing.route`.

    Also takes those whose lease ended: their worker died, and whether the
    mail left is unknown. Commit before sending.

    On PostgreSQL rows that another worker is claiming are skipped. SQLite has
    no such thing (SQLAlchemy leaves the words out), and needs none: the
    transaction has been exclusive since ``BEGIN IMMEDIATE``.
    """
    # A CTE, for it runs once: a subquery might be run again for each row, and
    # then every run would lock and take the next *limit*.
    due = (
        select(OutboxMessage.id)
        .where(
            _claimable(now),
            _is_due(now),
            is_of_known_kind(),
            ~needs_routing(now.astimezone(AMSTERDAM).date()),
        )
        .order_by(OutboxMessage.due, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)))
        .values(
            state=MessageState.SENDING,
            lease_token=token,
            leased_until=now + lease,
            attempts=OutboxMessage.attempts + 1,
        )
        .returning(OutboxMessage.id, OutboxMessage.due)
        .execution_options(synchronize_session=False)
    ).all()
    return [row.id for row in sorted(claimed, key=lambda row: (row.due, row.id))]


def _claimable(now: datetime) -> ColumnElement[bool]:
    return or_(
        OutboxMessage.state == fixed(MessageState.PENDING),
        and_(OutboxMessage.state == fixed(MessageState.SENDING), OutboxMessage.leased_until < now),
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    # No retry is planned further ahead: that was a clock that ran ahead, and
    # nobody is to wait until the right one gets there.
    return or_(OutboxMessage.due <= now, OutboxMessage.due > now + _LONGEST_RETRY)


def complete(session: Session, message_id: UUID, *, token: UUID, now: datetime) -> bool:
    """Mark a message as sent; False when the lease was lost meanwhile."""
    given = {"message_id": message_id, "token": token, "now": now}
    return session.connection().execute(_COMPLETE, given).rowcount == 1


_OUTBOX = table_of(OutboxMessage)
# Made once: for every mail there is.
_COMPLETE = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.id == bindparam("message_id", type_=_OUTBOX.c.id.type),
        _OUTBOX.c.lease_token == bindparam("token", type_=_OUTBOX.c.lease_token.type),
    )
    .values(
        state=fixed(MessageState.SENT),
        finished_at=bindparam("now", type_=_OUTBOX.c.finished_at.type),
        lease_token=None,
        leased_until=None,
    )
)


def skip(session: Session, message_id: UUID, *, token: UUID, now: datetime, why: str) -> bool:
    """Mark a message as no longer needed; False when the lease was lost meanwhile."""
    return _finish(
        session, message_id, token, state=MessageState.SKIPPED, finished_at=now, failure=why
    )


def release(session: Session, message_ids: Iterable[UUID], *, token: UUID) -> None:
    """Give back messages that were claimed and not tried (the worker stops)."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(list(message_ids)), OutboxMessage.lease_token == token)
        .values(
            state=MessageState.PENDING,
            lease_token=None,
            leased_until=None,
            attempts=OutboxMessage.attempts - 1,
        )
        .execution_options(synchronize_session=False)
    )


def fail(
    session: Session, message_id: UUID, *, token: UUID, attempts: int, now: datetime, why: str
) -> MessageState | None:
    """Plan another attempt, or give up; return the new state, None when the lease was lost.

    Args:
        session: Commit it afterwards.
        message_id: The message.
        token: Of the lease.
        attempts: Made so far, this one included.
        now: UTC.
        why: SMTP code or a fixed word; never a server's text, which may repeat an address.
    """
    if attempts >= ATTEMPTS_LIMIT:
        kept = _finish(
            session, message_id, token, state=MessageState.DEAD, finished_at=now, failure=why
        )
        return MessageState.DEAD if kept else None
    due = now + retry_delay(attempts)
    kept = _finish(session, message_id, token, state=MessageState.PENDING, due=due, failure=why)
    return MessageState.PENDING if kept else None


def send_elsewhere(session: Session, message_id: UUID, *, token: UUID, now: datetime) -> bool:
    """Have a message tried again at once, for it has another address now.

    The same message, with the same Message-ID, and a new series of attempts;
    False when the lease was lost meanwhile.
    """
    return _finish(
        session,
        message_id,
        token,
        state=MessageState.PENDING,
        due=now,
        attempts=1,
        failure=ADDRESS_REFUSED,
    )


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after that many attempts: 1 min, doubled each time, 6 h at most."""
    doubled: timedelta = _FIRST_RETRY * 2 ** (attempts - 1)
    return min(doubled, _LONGEST_RETRY)


def revive_dead(session: Session, *, now: datetime) -> int:
    """Give every dead letter a new series of attempts; return how many there were."""
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutboxMessage)
        .where(OutboxMessage.state == MessageState.DEAD)
        .values(state=MessageState.PENDING, attempts=0, due=now, finished_at=None)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount


def _finish(session: Session, message_id: UUID, token: UUID, **values: object) -> bool:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.lease_token == token)
        .values(lease_token=None, leased_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount == 1
