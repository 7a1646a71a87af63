"""Gathering the waiting events of a recipient into one digest message."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from match.messages import MessageState, NoticeKind, OutboxMessage, is_of_known_kind
from match.routing import needs_routing
from match.signals import Signal
from orgprofiles.base import new_id
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed

DIGEST_TIME = time(7, 30)
#: To so many recipients of one organisation one import is told one by one.
IMPORT_RECIPIENTS_LIMIT = 250
#: An import that brought anything so recently is taken to go on: its digests wait, but not
#: longer than this after they were due. Else who is reached before 07:30 and after it, by
#: parts of one import, would have two.
IMPORT_QUIET = timedelta(minutes=15)
IMPORT_PATIENCE = timedelta(hours=2)


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


def gather(
    session: Session,
    *,
    policy: DigestPolicy,
    now: datetime,
    import_limit: int = IMPORT_RECIPIENTS_LIMIT,
) -> int:
    """Fix the events of each digest that is due in one message row; return how many digests.

    From then on the digest is a message like any other, with one Message-ID
    however often it is tried. Events that come later wait for the next one.
    Where one import reaches more than *import_limit* recipients of an
    organisation, what tells of nothing but imports becomes one message for
    each of its teams (:func:`floods`).
    Two workers must not gather at once: take the tick's lock first.
    """
    ready = _ready(session, policy, now)
    causes: dict[UUID, set[UUID | None]] = defaultdict(set)
    homes: dict[UUID, UUID] = {}
    for row in ready:
        causes[row.recipient].add(row.cause if row.from_import else None)
        homes[row.recipient] = row.unit_id if row.independent else row.organisation_id
    flooded = floods(causes, homes, import_limit)
    teams: dict[UUID, set[UUID]] = defaultdict(set)
    # A professional may have signals of two units; the newest one's is kept.
    newest: dict[UUID, tuple[UUID | None, UUID]] = {}
    held = _held(session, ready, now) if policy.quiet is None else set()
    for row in ready:
        if row.recipient in held:
            continue
        if row.recipient in flooded:
            teams[row.unit_id].add(row.recipient)
        else:
            newest[row.recipient] = (row.professional_id, row.unit_id)
    today = now.astimezone(AMSTERDAM).date()
    for unit_id, recipients in teams.items():
        digest_id = _add(session, NoticeKind.TEAM_DIGEST, None, unit_id, now=now)
        is_theirs = and_(OutboxMessage.recipient.in_(recipients), OutboxMessage.unit_id == unit_id)
        _fix(session, is_theirs, digest_id, today)
    for recipient, (professional_id, unit_id) in newest.items():
        digest_id = _add(session, NoticeKind.DIGEST, professional_id, unit_id, now=now)
        _fix(session, OutboxMessage.recipient == recipient, digest_id, today)
    return len(teams) + len(newest)


def floods(
    causes: Mapping[UUID, Collection[UUID | None]], homes: Mapping[UUID, UUID], limit: int
) -> set[UUID]:
    """Return the recipients for whom there are only imports, of which one reaches too many.

    Too many of their own organisation: how many it reaches elsewhere would tell of those
    whom they may not see.

    Args:
        causes: Per recipient: the organisations whose import is to be told of, and None
            where there is something else.
        homes: Per recipient: the organisation, or the independent unit.
        limit: At most so many recipients of one home have digests because of one import.
    """
    reached = Counter(
        (homes[recipient], cause) for recipient, several in causes.items() for cause in set(several)
    )
    return {
        recipient
        for recipient, several in causes.items()
        if None not in several
        and any(reached[homes[recipient], cause] > limit for cause in several)
    }


def _held(session: Session, ready: Sequence[Any], now: datetime) -> set[UUID]:
    """Return the recipients of *ready* who are told of an import that still goes on."""
    importing = set(
        session.scalars(
            select(Unit.organisation_id)
            .join(Signal, Signal.unit_id == Unit.id)
            .join(OutboxMessage, OutboxMessage.about_signal_id == Signal.id)
            .where(
                OutboxMessage.state == fixed(MessageState.WAITING),
                OutboxMessage.from_import,
                OutboxMessage.created_at > now - IMPORT_QUIET,
            )
        )
        if ready
        else ()
    )
    waited = {row.recipient for row in ready if row.due <= now - IMPORT_PATIENCE}
    told = {row.recipient for row in ready if row.from_import and row.cause in importing}
    return told - waited


def _add(
    session: Session,
    kind: NoticeKind,
    professional_id: UUID | None,
    unit_id: UUID,
    *,
    now: datetime,
) -> UUID:
    """Add the message that carries others; return its id."""
    digest_id = new_id()
    session.execute(
        insert(OutboxMessage),
        {
            "id": digest_id,
            "event_id": digest_id,
            "recipient": professional_id or unit_id,
            "professional_id": professional_id,
            "unit_id": unit_id,
            "kind": kind,
            "state": MessageState.PENDING,
            "created_at": now,
            "due": now,
            "attempts": 0,
        },
    )
    return digest_id


def _fix(session: Session, which: ColumnElement[bool], digest_id: UUID, today: date) -> None:
    session.execute(
        update(OutboxMessage)
        .where(which, *_may_be_gathered(today))
        .values(state=MessageState.GATHERED, digest_id=digest_id)
        .execution_options(synchronize_session=False)
    )


def _may_be_gathered(today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.state == fixed(MessageState.WAITING),
        is_of_known_kind(),
        ~needs_routing(today),
    )


def _ready(session: Session, policy: DigestPolicy, now: datetime) -> Sequence[Any]:
    """Return the messages of the recipients whose digest is due, with whose deed they tell of.

    With a quiet period the newest event decides, else the oldest: otherwise
    an event at 07:31 would put off what was due at 07:30 to the next day.
    """
    waiting = _may_be_gathered(now.astimezone(AMSTERDAM).date())
    own = aliased(Unit)
    decisive = func.max if policy.quiet is not None else func.min
    ready = (
        select(OutboxMessage.recipient)
        .where(*waiting)
        .group_by(OutboxMessage.recipient)
        .having(decisive(OutboxMessage.due) <= now)
    )
    return session.execute(
        select(
            OutboxMessage.recipient,
            OutboxMessage.professional_id,
            OutboxMessage.unit_id,
            OutboxMessage.from_import,
            OutboxMessage.due,
            own.organisation_id,
            own.independent,
            Unit.organisation_id.label("cause"),
        )
        .join(own, own.id == OutboxMessage.unit_id)
        .outerjoin(Signal, Signal.id == OutboxMessage.about_signal_id)
        .outerjoin(Unit, Unit.id == Signal.unit_id)
        .where(*waiting, OutboxMessage.recipient.in_(ready))
        .order_by(OutboxMessage.id)
    ).all()
