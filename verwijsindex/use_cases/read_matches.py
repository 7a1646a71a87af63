"""Reading the matches in which one's own organisation takes part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, literal_column, select
from sqlalchemy.orm import Session

from match.matches import MatchStatus, Participation
from match.reading import Contact, Counterpart, contact_of, counterparts
from match.seeing import hiding_sides, is_shown_as, saw_anybody, seen_matches
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Professional, Unit
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.services import Services
from verwijsindex.use_cases.read_signals import Page


@dataclass(frozen=True, slots=True)
class OwnParticipation:
    """A part that the caller's organisation has in a match.

    Attributes:
        is_visible: False where somebody is seen who does not see this part.
    """

    id: UUID
    signal_id: UUID
    signal_status: SignalStatus
    reference: str = field(repr=False)
    unit_id: UUID
    contact: Contact
    is_visible: bool


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match as the caller may see it.

    Attributes:
        id: As the caller knows it.
        match_id: Its own, never shown.
        status: Whether the caller may see anybody who is involved.
        opened_at: Since when the caller may see anybody.
        closed_at: When the last of those was involved no longer.
        own: The parts of the caller's organisation that see or saw anybody.
    """

    id: UUID
    match_id: UUID
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
    seen = seen_matches(caller.may_see_unit(), status)
    total = session.scalar(select(func.count()).select_from(seen.subquery()))
    rows = session.execute(
        seen.order_by(literal_column("opened_at").desc(), literal_column("known_as"))
        .offset(page.offset)
        .limit(page.size)
    ).all()
    views = _views(session, services, caller, rows)
    _audit_reading(session, services, caller, views)
    session.commit()
    return total or 0, views


def read_match(
    session: Session, services: Services, *, caller: Caller, match_id: UUID
) -> MatchView | None:
    """Return one match; None when the caller has no part in it, or sees and saw nobody there."""
    rows = session.execute(seen_matches(caller.may_see_unit()).where(is_shown_as(match_id))).all()
    if not rows:
        return None
    (view,) = _views(session, services, caller, rows)
    _audit_reading(session, services, caller, [view])
    session.commit()
    return view


def _views(
    session: Session,
    services: Services,
    caller: Caller,
    matches: Sequence[Row[UUID, UUID, datetime, int, datetime | None]],
) -> list[MatchView]:
    rows = session.execute(
        select(Participation, Signal, Unit, Professional)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(
            is_shown_as(*(one.known_as for one in matches)),
            caller.may_see_unit(),
            saw_anybody(),
        )
        .order_by(Signal.id)
    ).all()
    ids = [row.Participation.id for row in rows]
    seen = counterparts(session, ids)
    hiding = hiding_sides(session, ids)
    own: dict[UUID, list[OwnParticipation]] = defaultdict(list)
    others: dict[UUID, dict[UUID, Counterpart]] = defaultdict(dict)
    for row in rows:
        match_id = row.Participation.shown_as or row.Participation.match_id
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
                is_visible=row.Participation.id not in hiding,
            )
        )
        for one in seen.get(row.Participation.id, []):
            others[match_id][one.participation_id] = one
    return [
        MatchView(
            id=one.known_as,
            match_id=one.match_id,
            status=MatchStatus.OPEN if one.is_open else MatchStatus.CLOSED,
            opened_at=one.opened_at,
            closed_at=None if one.is_open else one.closed_at,
            own=own[one.known_as],
            participants=list(others[one.known_as].values()),
        )
        for one in matches
    ]


def _audit_reading(
    session: Session, services: Services, caller: Caller, matches: Sequence[MatchView]
) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.MATCH_READ, one.match_id) for one in matches],
        now=services.clock(),
    )
