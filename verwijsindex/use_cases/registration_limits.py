"""How many new persons are registered on a day: by an organisation, and by one account of it."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.counters import DailyCounter, Figure
from orgprofiles.dutch_calendar import AMSTERDAM
from verwijsindex.access import Caller
from verwijsindex.audit import Action, ActorKind, AuditEvent
from verwijsindex.clients import LimitsClass, Scope
from verwijsindex.http.problems import Problem
from verwijsindex.services import Counted, Services

#: A client that was admitted for a first import may do that much more, as at the pseudonym service.
LARGE_FACTOR = 10
#: New persons a day for one account that sees matches, lists included. The largest caseload of
#: one person, in income support, is some 250: with twice that one can import one's own and a
#: colleague's at once, and cannot go through a neighbourhood to find out who is known where.
#: Support workers import the lists of whole teams: they see no matches.
IMPORTED_A_DAY = 500
#: Counting each time would cost more than registering; a limit may be passed by a little.
_RECOUNT = timedelta(seconds=10)


def require_room(session: Session, services: Services, caller: Caller) -> None:
    """Let only those go on whose organisation may register more today.

    Raises:
        Problem: 429, with what to do.
    """
    factor = LARGE_FACTOR if caller.limits is LimitsClass.LARGE else 1
    limit = services.settings.persons_a_day * factor
    if _counted(session, services, caller.organisation_id).count >= limit:
        raise Problem(
            429,
            f"Uw organisatie registreerde vandaag al {limit} cliënten; meer kan niet op een dag."
            " Morgen kunt u verder. Moet er een groot bestand in? Vraag de beheerder van de"
            " verwijsindex om een ruimere grens voor dat bronsysteem.",
            headers={"Retry-After": str(seconds_until_tomorrow(services))},
        )


def is_limited(caller: Caller) -> bool:
    """Whether :data:`IMPORTED_A_DAY` holds for *caller*: somebody at a screen who sees matches."""
    return caller.kind is ActorKind.ACCOUNT and Scope.MATCHES in caller.scopes


def require_import_room(
    session: Session, services: Services, caller: Caller, *, coming: int
) -> None:
    """Let an account that :func:`is_limited` import *coming* new persons more today.

    Raises:
        Problem: 429, with what to do.
    """
    known = count_registered(session, services, caller)
    if coming and known + coming > IMPORTED_A_DAY:
        raise Problem(
            429,
            f"U mag op een dag {IMPORTED_A_DAY} cliënten registreren. U registreerde er vandaag al"
            f" {known}, en met deze lijst worden het er te veel. Morgen kunt u verder. Moet er"
            " vandaag een grote lijst in? Laat een ondersteuner van uw organisatie die importeren.",
            headers={"Retry-After": str(seconds_until_tomorrow(services))},
        )


def count_registered(session: Session, services: Services, caller: Caller) -> int:
    """Return how many new persons *caller* itself registered today, one by one and in lists."""
    midnight = datetime.combine(services.today(), time.min, AMSTERDAM)
    found = select(func.count()).where(
        AuditEvent.actor_kind == caller.kind,
        AuditEvent.actor_id == caller.id,
        AuditEvent.at >= midnight,
        AuditEvent.action == Action.SIGNAL_REGISTERED,
    )
    return session.scalar(found) or 0


def registered_today(session: Session, services: Services, caller: Caller) -> int:
    """Return how many signals the caller's organisation registered today."""
    return _counted(session, services, caller.organisation_id).count


def note_new(services: Services, caller: Caller, count: int) -> None:
    """Count signals that this process registered just now."""
    known = services.registered_today.get(caller.organisation_id)
    if known is not None:
        known.count += count


def seconds_until_tomorrow(services: Services) -> int:
    """Return how long it is until midnight in the Netherlands, rounded up."""
    tomorrow = datetime.combine(services.today() + timedelta(days=1), time.min, AMSTERDAM)
    return math.ceil((tomorrow - services.clock()).total_seconds())


def _counted(session: Session, services: Services, organisation_id: UUID) -> Counted:
    now, today = services.clock(), services.today()
    known = services.registered_today.get(organisation_id)
    if known is None or known.day != today or not timedelta() <= now - known.at < _RECOUNT:
        known = Counted(today, now, _count(session, organisation_id, today))
        services.registered_today[organisation_id] = known
    return known


def _count(session: Session, organisation_id: UUID, today: date) -> int:
    return (
        session.scalar(
            select(func.sum(DailyCounter.amount)).where(
                DailyCounter.day == today,
                DailyCounter.organisation_id == organisation_id,
                DailyCounter.figure == Figure.REGISTERED,
            )
        )
        or 0
    )
