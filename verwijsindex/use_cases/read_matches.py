"""Reading the matches in which one's own organisation takes part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from match.matches import Match, MatchStatus, Participation
from match.reading import Contact, Counterpart, contact_of, counterparts
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Professional, Unit
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.services import Services
from verwijsindex.use_cases.read_signals import Page


@dataclass(frozen=True, slots=True)
class OwnParticipation:
    """A part that the caller's organisation has in a match."""

    id: UUID
    signal_id: UUID
    signal_status: SignalStatus
    reference: str = field(repr=False)
    unit_id: UUID
    contact: Contact


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match as the caller may see it."""

    id: UUID
    status: MatchStatus
    opened_at: datetime
    closed_at: datetime | None
    own: Sequence[OwnParticipation]
    participants: Sequence[Counterpart]


def list_matches(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    status: MatchStatus | None,
    page: Page,
) -> tuple[int, list[MatchView]]:
    """Return how many matches there are, and those of *page*, newest first."""
    ids = _own_match_ids(caller)
    if status is not None:
        ids = ids.where(Match.status == status)
    total = session.scalar(select(func.count()).select_from(ids.subquery()))
    matches = session.scalars(
        select(Match)
        .where(Match.id.in_(ids))
        .order_by(Match.id.desc())
        .offset(page.offset)
        .limit(page.size)
    ).all()
    views = _views(session, services, caller, matches)
    _audit_reading(session, services, caller, matches)
    session.commit()
    return total or 0, views


def read_match(
    session: Session, services: Services, *, caller: Caller, match_id: UUID
) -> MatchView | None:
    """Return one match; None when the caller has no part in it."""
    found = session.scalars(
        select(Match).where(Match.id == match_id, Match.id.in_(_own_match_ids(caller)))
    ).one_or_none()
    if found is None:
        return None
    (view,) = _views(session, services, caller, [found])
    _audit_reading(session, services, caller, [found])
    session.commit()
    return view


def _own_match_ids(caller: Caller) -> Select[UUID]:
    return (
        select(Match.id)
        .join(Participation, Participation.match_id == Match.id)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(caller.may_see_unit())
        .distinct()
    )


def _views(
    session: Session, services: Services, caller: Caller, matches: Sequence[Match]
) -> list[MatchView]:
    rows = session.execute(
        select(Participation, Signal, Unit, Professional)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(Participation.match_id.in_([one.id for one in matches]), caller.may_see_unit())
        .order_by(Participation.id)
    ).all()
    seen = counterparts(session, [row.Participation.id for row in rows])
    own: dict[UUID, list[OwnParticipation]] = defaultdict(list)
    others: dict[UUID, dict[UUID, Counterpart]] = defaultdict(dict)
    for row in rows:
        match_id = row.Participation.match_id
        own[match_id].append(
            OwnParticipation(
                id=row.Participation.id,
                signal_id=row.Signal.id,
                signal_status=row.Signal.status,
                reference=services.references.open(
                    caller.organisation_id, row.Signal.reference_sealed
                ),
                unit_id=row.Unit.id,
                contact=contact_of(row.Unit, row.Professional),
            )
        )
        for one in seen.get(row.Participation.id, []):
            others[match_id][one.participation_id] = one
    return [
        MatchView(
            id=one.id,
            status=one.status,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            own=own[one.id],
            participants=list(others[one.id].values()),
        )
        for one in matches
    ]


def _audit_reading(
    session: Session, services: Services, caller: Caller, matches: Sequence[Match]
) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.MATCH_READ, one.id) for one in matches],
        now=services.clock(),
    )
