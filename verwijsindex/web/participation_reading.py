"""Reading one participation as the professional whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.matches import Participation
from match.reading import Contact, Counterpart, contact_of, counterparts, deferred_signals
from match.seeing import is_shown_as, saw_anybody
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Organisation, Professional, Unit
from verwijsindex.access import Caller
from verwijsindex.services import Services
from verwijsindex.use_cases.read_profiles import published_profiles
from verwijsindex.web.hours_wording import OpenNow, open_now


class Standing(StrEnum):
    """How things stand, as seen from one side of a match."""

    OPEN = "open"  #: there is somebody to align with
    OVER = "over"  #: whoever could be seen is no longer involved
    ENDED = "ended"  #: the own signal was ended
    LAPSED = "lapsed"  #: the own signal's last day passed


@dataclass(frozen=True, slots=True)
class Profiled:
    """An organisation with a published profile, and whether it is open now."""

    organisation_id: UUID
    now: OpenNow


@dataclass(frozen=True, slots=True)
class ParticipationView:
    """A match as the professional of one participation may see it.

    Attributes:
        reference: The own reference of the client.
        organisation_name: The own organisation.
        unit_name: The own unit.
        own: The own contact.
        professional_id: Who that is; None: the team.
        standing: How things stand.
        ended_at: When the own signal ended, UTC; None while it is active.
        others: Whom one may see, the longest involved first.
        profiled: Which of these have a published profile, by participation.
        talk_first: Informing the client was put off, by oneself or by
            somebody who may be seen: first talk to each other.
    """

    reference: str = field(repr=False)
    organisation_name: str
    unit_name: str
    own: Contact
    professional_id: UUID | None
    standing: Standing
    ended_at: datetime | None
    others: Sequence[Counterpart]
    profiled: Mapping[UUID, Profiled]
    talk_first: bool


def read_participation(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID,
) -> ParticipationView | None:
    """Return a participation of the caller's units; None when there is none.

    Who may never have seen anybody in this match gets None too: that there is
    a match would tell that somebody whom they may not see is involved.

    That it was looked at is recorded with the time line, which the same page shows.
    """
    row = session.execute(
        select(Participation, Signal, Unit, Organisation, Professional)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(
            Participation.id == participation_id,
            caller.may_see_unit(),
            is_shown_as(match_id),
            saw_anybody(),
        )
    ).one_or_none()
    if row is None:
        return None
    signal: Signal = row.Signal
    others = counterparts(session, [participation_id]).get(participation_id, [])
    deferred = deferred_signals(session, {signal.id, *(one.signal_id for one in others)})
    return ParticipationView(
        reference=services.references.open(row.Organisation.id, signal.reference_sealed),
        organisation_name=row.Organisation.name,
        unit_name=row.Unit.name,
        own=contact_of(row.Unit, row.Professional),
        professional_id=signal.professional_id,
        standing=_standing(signal.status, others),
        ended_at=signal.ended_at,
        others=others,
        profiled=_profiled(session, services, others),
        talk_first=bool(deferred),
    )


def _profiled(
    session: Session, services: Services, others: Sequence[Counterpart]
) -> dict[UUID, Profiled]:
    rows = session.execute(
        select(Signal.id, Unit.organisation_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.id.in_([one.signal_id for one in others]))
    )
    organisations = {row.id: row.organisation_id for row in rows}
    published = {
        version.organisation_id: Profiled(
            version.organisation_id, open_now(profile.contact.hours, services.clock())
        )
        for version, profile in published_profiles(session, services)
    }
    return {
        one.participation_id: published[organisations[one.signal_id]]
        for one in others
        if organisations[one.signal_id] in published
    }


def _standing(status: SignalStatus, others: Sequence[Counterpart]) -> Standing:
    if status is SignalStatus.ENDED:
        return Standing.ENDED
    if status is SignalStatus.LAPSED:
        return Standing.LAPSED
    return Standing.OPEN if others else Standing.OVER
