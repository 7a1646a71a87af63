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
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.statements import fixed, insert_rows, table_of

ATTEMPTS_LIMIT = 14  # the last one some 35 hours after the first
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)


class NoticeKind(StrEnum):
    """What a message tells."""

    MATCH = "match"  #: somebody else is involved too
    WRONG_PERSON = "wrong_person"  #: an earlier match was a mistake
    DIGEST = "digest"  #: the events that were gathered for one recipient
    PROFILE_PUBLISHED = "profile_published"  #: a partner's profile changed
    PROFILE_REVIEW = "profile_review"  #: one's own profile is to be looked at again
    ACCOUNT_LINK = "account_link"  #: a link with which to choose how to sign in


_ABOUT_A_MATCH = "('match', 'wrong_person')"
_ABOUT_A_PROFILE = "('profile_published', 'profile_review')"


class MessageState(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"  #: for the next digest of its recipient
    GATHERED = "gathered"  #: a digest carries it; what becomes of that is told there
    PENDING = "pending"  #: to be sent as soon as it is due, or again
    SENDING = "sending"  #: claimed by a worker, until its lease ends
    SENT = "sent"  #: accepted by the mail server
    SKIPPED = "skipped"  #: no longer true when it was to be sent
    DEAD = "dead"  #: attempts exhausted; needs a human


class OutboxMessage(Base):
    """One message for one recipient."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient"),
        CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="lease_when_sent"),
        CheckConstraint("(state = 'gathered') = (digest_id IS NOT NULL)", name="digest_gathered"),
        CheckConstraint(
            f"(kind IN {_ABOUT_A_MATCH}) = (participation_id IS NOT NULL)", name="about_a_match"
        ),
        CheckConstraint(
            f"(kind IN {_ABOUT_A_PROFILE}) = (profile_version_id IS NOT NULL)",
            name="about_a_profile",
        ),
        CheckConstraint(
            "(kind = 'account_link') = (account_link_id IS NOT NULL)", name="about_an_account"
        ),
        CheckConstraint(
            "(organisation_id IS NULL) <> (unit_id IS NULL)", name="unit_or_organisation"
        ),
        Index(
            "ix_outbox_due",
            "due",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index(
            "ix_outbox_waiting",
            "recipient",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbox_dead",
            "due",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index("ix_outbox_digest_id", "digest_id"),
        Index("ix_outbox_participation_id", "participation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The occurrence that is told about; each recipient is told of it once.
    event_id: Mapped[UUID]
    #: The professional's id; the unit's where the team is the contact; or the organisation's.
    recipient: Mapped[UUID]
    professional_id: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    #: Where it is for an organisation as such: its mailbox.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    #: The recipient's own part in the match.
    participation_id: Mapped[UUID | None] = mapped_column(ForeignKey("participations.id"))
    #: The signal that is new, or was a mistake.
    about_signal_id: Mapped[UUID | None] = mapped_column(ForeignKey("signals.id"))
    #: The profile that was published, or is to be reviewed.
    profile_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("profile_versions.id"))
    #: The link that is mailed; no foreign key, for accounts are of a package above this one.
    account_link_id: Mapped[UUID | None]
    state: Mapped[MessageState] = mapped_column(word(MessageState))
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    lease_token: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Why the last attempt failed or it was skipped: an SMTP code or a fixed word.
    failure: Mapped[str | None] = mapped_column(String(60))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a contact must be told.

    Attributes:
        event_id: The occurrence.
        kind: What it is.
        participation_id: The recipient's own part in the match.
        professional_id: Who is told; None for the unit.
        unit_id: The unit of the recipient's signal.
        about_signal_id: The signal that is new, or was a mistake.
    """

    event_id: UUID
    kind: NoticeKind
    participation_id: UUID
    professional_id: UUID | None
    unit_id: UUID
    about_signal_id: UUID


def enqueue(
    session: Session, notices: Iterable[Notice], *, now: datetime, digest_due: datetime | None
) -> None:
    """Write *notices* into the outbox, in the caller's transaction.

    Args:
        session: Its transaction is the one of what is told about.
        notices: At most one per event and recipient.
        now: UTC.
        digest_due: When the recipients' digests are due; None sends at once.
    """
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
            "state": MessageState.WAITING if digest_due else MessageState.PENDING,
            "created_at": now,
            "due": digest_due or now,
            "attempts": 0,
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


def claim(
    session: Session, *, token: UUID, now: datetime, lease: timedelta, limit: int
) -> list[UUID]:
    """Take up to *limit* due messages for *lease*; return their ids, oldest first.

    Those of a kind that a later release brought are left to its worker.

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
        .where(_claimable(now), _is_due(now), is_of_known_kind())
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


def is_of_known_kind() -> ColumnElement[bool]:
    """Return the condition on :class:`OutboxMessage` that this release knows what it tells.

    While a later release is being brought in, its processes may write of more
    than a worker of this one can read.
    """
    return OutboxMessage.kind.in_([fixed(one) for one in NoticeKind])


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
