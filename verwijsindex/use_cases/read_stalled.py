"""Matches that nobody followed up: for the coordinator of an organisation, and the administrator.

Never a reference, nor anybody else in a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from match.stalled import stalled_parts
from match.terms import ESCALATION_DAYS, REPORTING_DAYS, latest_deadline
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page

#: More are neither counted nor listed: whether a match stalled takes looking at whom each of them
#: sees. The oldest come first, and the rest follows as those are dealt with.
MOST_LISTED = 10_000

#: As :func:`match.stalled.stalled_parts` returns them.
StalledPart = Row[*tuple[Any, ...]]


def list_stalled(
    session: Session, services: Services, *, caller: Caller, page: Page
) -> tuple[int, Sequence[StalledPart]]:
    """Return how many matches stalled anywhere for so long that the administrator hears of it.

    And those of *page*, the longest overdue first: for an administrator alone.
    At most :data:`MOST_LISTED`, here and below.
    """
    by = latest_deadline(services.today(), REPORTING_DAYS)
    return _listed(session, services, caller, stalled_parts(by), page)


def list_own_stalled(
    session: Session, services: Services, *, caller: Caller, page: Page
) -> tuple[int, Sequence[StalledPart]]:
    """Return how many matches of the caller's units stalled, and those of *page*."""
    by = latest_deadline(services.today(), ESCALATION_DAYS)
    wanted = stalled_parts(by).where(caller.may_see_unit())
    return _listed(session, services, caller, wanted, page)


def count_own_stalled(session: Session, services: Services, *, caller: Caller) -> int:
    """Return how many matches of the caller's units stalled."""
    by = latest_deadline(services.today(), ESCALATION_DAYS)
    return _count(session, stalled_parts(by).where(caller.may_see_unit()))


def _listed(
    session: Session,
    services: Services,
    caller: Caller,
    wanted: Select[*tuple[Any, ...]],
    page: Page,
) -> tuple[int, Sequence[StalledPart]]:
    total = _count(session, wanted)
    left = min(page.size, total - page.offset)
    rows = session.execute(wanted.offset(page.offset).limit(left)).all() if left > 0 else []
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.STALLED_READ, row.participation_id) for row in rows],
        now=services.clock(),
    )
    session.commit()
    return total, rows


def _count(session: Session, wanted: Select[*tuple[Any, ...]]) -> int:
    listed = wanted.order_by(None).limit(MOST_LISTED).subquery()
    found = select(func.count()).select_from(listed)
    return session.scalar(found) or 0
