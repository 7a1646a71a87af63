"""Check-ups (nakijken): which signals a contact is asked to look at, and when by mail.

Signals lapse on firsts of months, so there is a round of letters for each
first: a month before it, with the question whether one is still involved in
what runs long, and a week before it. A letter per contact and round, whatever
the number of signals; the outbox remembers who had which.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from match.digests import DIGEST_TIME
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.signals import Signal, SignalStatus
from match.standing_in import read_replacements
from match.terms import add_months
from orgprofiles.base import new_id
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day
from orgprofiles.organisations import Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandIn
from orgprofiles.statements import fixed, table_of

#: What these letters are, for whoever looks for them in the outbox.
CHECKUP_KINDS = frozenset({NoticeKind.LAPSING, NoticeKind.STILL_INVOLVED})
_WEEK = timedelta(days=7)
_CLOSING_TIME = time(18)
_AT_ONCE = 500  # contacts a transaction
_NAMESPACE = UUID("5b0f3a5e-6f0e-4f0a-9a53-2f2d1e0c7b11")  # any; of these events alone


@dataclass(frozen=True, slots=True)
class Round:
    """Letters about what lapses on one day.

    Attributes:
        lapses: The day: a first of a month.
        since: From when on they may go: 07:30 in Amsterdam on a working day.
        asks: Whether they also ask about what runs long: a month before, not a week.
    """

    lapses: date
    since: datetime
    asks: bool

    @property
    def event_id(self) -> UUID:
        """The occurrence: each contact gets one letter of it."""
        return uuid5(_NAMESPACE, f"{self.lapses} {'month' if self.asks else 'week'}")


def is_letter_time(now: datetime) -> bool:
    """Whether letters may go at *now* (UTC): from 07:30 to 18:00 on a working day.

    Later is for a worker that was down at 07:30; not for one that comes back at night.
    """
    local = now.astimezone(AMSTERDAM)
    return is_working_day(local.date()) and DIGEST_TIME <= local.time() < _CLOSING_TIME


def rounds_due(now: datetime) -> list[Round]:
    """Return the rounds of which letters may go at *now* (UTC), by the day that they are about.

    Of each day that is to come the last round alone: who was down in the
    month's does not write the letters of both.
    """
    lapses = add_months(now.astimezone(AMSTERDAM).date().replace(day=1), 1)
    found = []
    while (month := _round(lapses, add_months(lapses, -1), asks=True)).since <= now:
        week = _round(lapses, lapses - _WEEK, asks=False)
        found.append(week if week.since <= now else month)
        lapses = add_months(lapses, 1)
    return found


def _round(lapses: date, day: date, *, asks: bool) -> Round:
    # Rather a day early than that somebody has less than a month or a week.
    while not is_working_day(day):
        day -= timedelta(days=1)
    return Round(lapses, datetime.combine(day, DIGEST_TIME, AMSTERDAM), asks)


def lapse_horizon(today: date) -> date:
    """Return up to which day (that one included) what lapses is said to lapse soon.

    The same for letters and pages.

    Args:
        today: The calendar day in the Netherlands.
    """
    end_of_day = datetime.combine(today, time.max, AMSTERDAM)
    # The next first of a month is always among them.
    return rounds_due(end_of_day)[-1].lapses


def lapses_soon(today: date) -> ColumnElement[bool]:
    """Return the condition on :class:`Signal` that it lapses soon."""
    return and_(_is_active(), Signal.lapses > today, Signal.lapses <= lapse_horizon(today))


def needs_confirming(today: date, months: int) -> ColumnElement[bool]:
    """Return the condition on :class:`Signal` that one asks whether the contact is still involved.

    It runs for *months* since its start or since somebody said so last, and
    does not lapse soon: who extends it says so too.

    Args:
        today: The calendar day in the Netherlands.
        months: After how many one asks; 0: never.
    """
    if not months:
        return and_(_is_active(), Signal.id.is_(None))
    return and_(
        _is_active(),
        _said_at() < _end_of(add_months(today, -months)),
        Signal.lapses > lapse_horizon(today),
    )


def contact_id(professional: Any = Professional) -> ColumnElement[UUID]:
    """Return whose letter a signal is in: an active professional's, or the team's.

    Of a selection that is outer joined with *professional* by :func:`of_active`.
    """
    found: ColumnElement[UUID] = func.coalesce(professional.id, Signal.unit_id)
    return found


def of_active(professional: Any = Professional) -> ColumnElement[bool]:
    """Return the condition that *professional* is a signal's contact, and has not left."""
    return and_(
        professional.id == Signal.professional_id,
        professional.status == fixed(ProfessionalStatus.ACTIVE),
    )


def write_letters(session: Session, *, now: datetime, months: int) -> int:
    """Write a letter for each contact with something to look at; return how many.

    What lapses of somebody who is away is for who stands in for them, too.
    Writing it again does nothing: a contact has one letter of each round. Two
    workers may do it at once. Nothing of a signal is read but whose it is; what
    a letter tells is asked when it is composed.

    Args:
        session: The caller commits.
        now: UTC.
        months: After how many one asks whether somebody is still involved; 0: never.
    """
    written = 0
    today = now.astimezone(AMSTERDAM).date()
    for one in rounds_due(now) if is_letter_time(now) else ():
        common = {
            "event_id": one.event_id,
            "state": MessageState.PENDING,
            "created_at": now,
            "due": now,
            "attempts": 0,
        }
        lapsing: set[UUID] = set()
        while rows := session.execute(_contacts(one, months)).all():
            letters = [
                {
                    "id": new_id(),
                    "recipient": row.contact_id,
                    "professional_id": row.professional_id,
                    "unit_id": row.unit_id,
                    "kind": NoticeKind.STILL_INVOLVED if row.asks else NoticeKind.LAPSING,
                    **common,
                }
                for row in rows
            ]
            _insert_missing(session, letters)
            written += len(rows)
            lapsing |= {row.contact_id for row in rows if row.lapses}
        # After all others, whose own letters tell of it too. Whether somebody is still involved
        # is asked of nobody else.
        away = read_replacements(session, StandIn.professional_id.in_(lapsing), today=today)
        letters = [
            {
                "id": new_id(),
                "recipient": recipient,
                "professional_id": to.professional_id,
                "unit_id": to.unit_id,
                "kind": NoticeKind.LAPSING,
                **common,
            }
            for recipient, to in {to.recipient: to for to in away}.items()
        ]
        _insert_missing(session, letters)
        written += len(letters)
    return written


def _insert_missing(session: Session, letters: list[dict[str, Any]]) -> None:
    if letters:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(
            dialect.insert(table_of(OutboxMessage)).on_conflict_do_nothing(
                index_elements=["event_id", "recipient"]
            ),
            letters,
        )


def _contacts(one: Round, months: int) -> Select[UUID, UUID, UUID, Any, Any]:
    """Return the contacts whose letter of a round is not written: some hundreds at most."""
    day = one.since.astimezone(AMSTERDAM).date()
    # Who registered it after that, knows that it lapses.
    lapsing = and_(_is_active(), Signal.lapses == one.lapses, Signal.started_at < one.since)
    asked = needs_confirming(day, months if one.asks else 0)
    contact = contact_id()
    is_written = exists().where(
        OutboxMessage.event_id == one.event_id, OutboxMessage.recipient == contact
    )
    unit = func.coalesce(Professional.unit_id, Signal.unit_id)
    return (
        select(
            contact.label("contact_id"),
            Professional.id.label("professional_id"),
            unit.label("unit_id"),
            func.max(case((asked, 1), else_=0)).label("asks"),
            func.max(case((lapsing, 1), else_=0)).label("lapses"),
        )
        .select_from(Signal)
        .outerjoin(Professional, of_active())
        .where(or_(lapsing, asked), ~is_written)
        .group_by(contact, Professional.id, unit)
        .limit(_AT_ONCE)
    )


def overtaken(session: Session, messages: Collection[OutboxMessage]) -> set[UUID]:
    """Return which of *messages* (letters of check-ups) are followed by a newer one.

    That tells the same, as it is by then: one letter for a worker that was down.
    """
    newest: dict[UUID, tuple[datetime, UUID]] = {}
    rows = session.execute(
        select(OutboxMessage.recipient, OutboxMessage.created_at, OutboxMessage.id).where(
            OutboxMessage.recipient.in_({one.recipient for one in messages}),
            OutboxMessage.kind.in_([fixed(kind) for kind in sorted(CHECKUP_KINDS)]),
        )
    )
    for row in rows:
        known = newest.get(row.recipient)
        newest[row.recipient] = max(known, (row.created_at, row.id)) if known else (row[1], row[2])
    return {one.id for one in messages if newest[one.recipient][1] != one.id}


def _is_active() -> ColumnElement[bool]:
    return Signal.status == fixed(SignalStatus.ACTIVE)


def _said_at() -> ColumnElement[datetime]:
    """Return since when nobody said that they are involved."""
    return func.coalesce(Signal.confirmed_at, Signal.started_at)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, AMSTERDAM)
