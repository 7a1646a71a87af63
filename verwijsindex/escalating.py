"""Reminding of matches that nobody followed up, and telling the coordinators."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from match import outbox, reminders
from match.messages import NoticeKind
from match.reminders import Stalled
from verwijsindex.coordinators import coordinators_of
from verwijsindex.services import Services

_STALLED = UUID("0198b1a4-6f0e-7c55-9a3e-6c1d2b7f4e90")


def escalate_stalled(session: Session, services: Services) -> list[Stalled]:
    """Tell the coordinators of the matches that stalled; return those of up to a hundred people.

    A coordinator gets one letter a day, which lists what is so when it is
    sent. Where an organisation has no coordinator they wait for one. The
    caller commits.
    """
    now, today = services.clock(), services.today()
    coordinators = coordinators_of(session)
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
