"""Reminding of matches that nobody followed up, and telling the coordinators."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from match import outbox, reminders
from match.messages import NoticeKind, OutboxMessage
from match.reminders import Stalled
from verwijsindex.coordinators import coordinators_of
from verwijsindex.services import Services

_STALLED = UUID("0198b1a4-6f0e-7c55-9a3e-6c1d2b7f4e90")


def organisations_told(session: Session, day: date) -> set[UUID]:
    """Return the organisations of which a coordinator has a letter of *day*."""
    of_day = select(OutboxMessage.organisation_id).where(OutboxMessage.event_id == _event_of(day))
    return {one for one in session.scalars(of_day) if one is not None}


def escalate_stalled(
    session: Session, services: Services, *, told: Collection[UUID]
) -> list[Stalled]:
    """Tell the coordinators of the matches that stalled; return those of up to a hundred people.

    A coordinator gets one letter a day, which lists what is so when it is
    sent. Where an organisation has no coordinator they wait for one; and for
    tomorrow's letter what stalled after today's. The caller commits.

    Args:
        session: In a transaction that has locked no subject yet.
        services: Clock.
        told: Organisations that had today's letter before these were looked for.
    """
    now, today = services.clock(), services.today()
    coordinators = {
        organisation_id: accounts
        for organisation_id, accounts in coordinators_of(session).items()
        if organisation_id not in told
    }
    stalled = reminders.escalate(session, list(coordinators), now=now, today=today)
    for organisation_id in sorted({one.organisation_id for one in stalled}):
        for account_id in coordinators[organisation_id]:
            letter = outbox.letter_to_account(
                NoticeKind.STALLED,
                event_id=_event_of(today),
                account_id=account_id,
                organisation_id=organisation_id,
                now=now,
            )
            outbox.add_once(session, letter)
    return stalled


def _event_of(day: date) -> UUID:
    """Return the event that a day's letter to a coordinator tells of: the same for all of it."""
    return uuid5(_STALLED, day.isoformat())
