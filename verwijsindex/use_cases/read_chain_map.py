"""The chain map of everybody who takes part, and the units that take part in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from match.signals import Signal
from orgprofiles.chain_map import ChainMap, Member, draw_chain_map
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.organisations import Organisation, OrganisationStatus, Unit
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.access import Caller
from verwijsindex.clients import Scope
from verwijsindex.services import Services
from verwijsindex.use_cases.read_profiles import published_profiles

SILENT_AFTER = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """A unit that took part and had not registered anybody for sixty days when the month began."""

    organisation_id: UUID
    unit_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ChainMapView:
    """The chain map as it is now.

    Attributes:
        members: In the order of the map.
        chain_map: Who is where.
        silent_units: Those that the caller may know of, by organisation and name.
    """

    members: Sequence[Member]
    chain_map: ChainMap
    silent_units: Sequence[SilentUnit]


def read_chain_map(
    session: Session, services: Services, *, caller: Caller | None = None
) -> ChainMapView:
    """Return the chain map of the profiles in force; with no caller what anybody may see."""
    members = [
        Member(version.organisation_id, profile)
        for version, profile in published_profiles(session, services)
    ]
    silent = _silent_units(
        session,
        [one.organisation_id for one in members],
        _may_know_silent(caller),
        _start_of_month(services.today()),
    )
    session.commit()
    return ChainMapView(members, draw_chain_map(members), silent)


def _may_know_silent(caller: Caller | None) -> ColumnElement[bool]:
    """Return the condition on unit and organisation that the caller may know of its silence.

    When a sensitive organisation registers is not for others to know, nor
    when an independent unit does.
    """
    public = ~Unit.independent & ~Organisation.sensitive
    if caller is None:
        return public
    if Scope.ADMINISTRATION in caller.scopes:
        return true()
    return or_(public, caller.may_see_unit())


def _start_of_month(today: date) -> datetime:
    """Return when the month of *today* began in the Netherlands, as UTC."""
    return datetime.combine(today.replace(day=1), time(), AMSTERDAM).astimezone(UTC)


def _silent_units(
    session: Session,
    organisation_ids: Sequence[UUID],
    may_know: ColumnElement[bool],
    moment: datetime,
) -> list[SilentUnit]:
    # At *moment*, and not now: a unit that leaves the list would else tell when it registered.
    since = moment - SILENT_AFTER
    # Ids are in order of making: the index on unit and id gives the newest at once.
    newest = (
        select(Signal.started_at)
        .where(Signal.unit_id == Unit.id, Signal.started_at < moment)
        .order_by(Signal.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    began = (
        select(func.min(ProfileVersion.published_at))
        .where(
            ProfileVersion.organisation_id == Unit.organisation_id,
            ProfileVersion.state == ProfileState.PUBLISHED,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Unit.organisation_id, Unit.id, Unit.name, newest.label("newest"))
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(
            Unit.takes_part,
            may_know,
            Unit.organisation_id.in_(organisation_ids),
            Organisation.status == OrganisationStatus.ACTIVE,
            # Who cannot register is not silent, and who began lately has had no time to.
            Organisation.bsn_basis.is_not(None),
            Organisation.registers,
            began <= since,
        )
        .order_by(Organisation.name, Unit.name)
    )
    return [
        SilentUnit(row.organisation_id, row.id, row.name)
        for row in rows
        if row.newest is None or row.newest <= since
    ]
