"""Who may see whom: the one query behind answers, pages and mails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, case, or_, select
from sqlalchemy.orm import Session, aliased

from match.matches import MatchPair, PairVisibility, Participation
from match.signals import Informing, Signal, SignalStatus
from orgprofiles.domains import Domain
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus, Unit


@dataclass(frozen=True, slots=True)
class Contact:
    """How a contact is reached."""

    name: str
    function: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Somebody whom a participant may see.

    Attributes:
        participation_id: The counterpart's part in the match.
        signal_id: The counterpart's signal; never shown.
        organisation_name: Of the counterpart.
        sensitive: Whether that organisation is sensitive.
        domain: Of the counterpart's unit.
        contact: How to reach them.
        since: When the counterpart's signal started, UTC.
        deferred_informing: Whether the counterpart put off telling the client.
    """

    participation_id: UUID
    signal_id: UUID
    organisation_name: str
    sensitive: bool
    domain: Domain
    contact: Contact
    since: datetime
    deferred_informing: bool


TEAM_FUNCTION = "team"


def contact_of(unit: Unit, professional: Professional | None) -> Contact:
    """Return how the contact of a signal is reached; the team where somebody has left."""
    if professional is None or professional.status is ProfessionalStatus.INACTIVE:
        return Contact(unit.name, TEAM_FUNCTION, unit.phone, unit.mailbox)
    return Contact(professional.name, professional.function, professional.phone, professional.email)


def _counterparts_statement() -> Select[*tuple[Any, ...]]:
    own, other = aliased(Participation), aliased(Participation)
    own_signal = aliased(Signal)
    own_is_low = MatchPair.low_participation_id == own.id
    return (
        select(
            own.id.label("own_id"),
            other.id.label("other_id"),
            Signal.id.label("signal_id"),
            Signal.started_at,
            Unit,
            Organisation.name,
            Organisation.sensitive,
            Professional,
        )
        .select_from(own)
        .join(own_signal, own_signal.id == own.signal_id)
        .join(MatchPair, or_(own_is_low, MatchPair.high_participation_id == own.id))
        .join(
            other,
            other.id
            == case(
                (own_is_low, MatchPair.high_participation_id),
                else_=MatchPair.low_participation_id,
            ),
        )
        .join(Signal, Signal.id == other.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(
            own.id.in_(bindparam("own_ids", expanding=True)),
            own_signal.status == SignalStatus.ACTIVE,
            Signal.status == SignalStatus.ACTIVE,
            or_(
                MatchPair.visibility == PairVisibility.BOTH,
                and_(own_is_low, MatchPair.visibility == PairVisibility.LOW),
                and_(~own_is_low, MatchPair.visibility == PairVisibility.HIGH),
            ),
        )
        .order_by(Signal.started_at, Signal.id)
    )


# Made once: three aliases and two entities cost more to put together than to ask for.
_COUNTERPARTS = _counterparts_statement()


def counterparts(
    session: Session, participation_ids: Collection[UUID]
) -> dict[UUID, list[Counterpart]]:
    """Return whom each of *participation_ids* may see: active, and visible to that side."""
    if not participation_ids:
        return {}
    rows = session.execute(_COUNTERPARTS, {"own_ids": list(participation_ids)}).all()
    deferred = deferred_signals(session, {row.signal_id for row in rows})
    found: dict[UUID, list[Counterpart]] = defaultdict(list)
    for row in rows:
        found[row.own_id].append(
            Counterpart(
                row.other_id,
                row.signal_id,
                row.name,
                row.sensitive,
                row.Unit.domain,
                contact_of(row.Unit, row.Professional),
                row.started_at,
                row.signal_id in deferred,
            )
        )
    return found


def deferred_signals(session: Session, signal_ids: Collection[UUID]) -> set[UUID]:
    """Return those of *signal_ids* whose newest informing was put off."""
    if not signal_ids:
        return set()
    rows = session.execute(
        select(Informing.signal_id, Informing.deferral_reason)
        .where(Informing.signal_id.in_(signal_ids))
        .order_by(Informing.id)
    )
    newest = {row.signal_id: row.deferral_reason for row in rows}
    return {signal_id for signal_id, reason in newest.items() if reason is not None}
