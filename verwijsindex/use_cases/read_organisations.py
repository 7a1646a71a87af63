"""The directory: active organisations and their units that take part; one's own always."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Organisation, OrganisationStatus, Unit
from verwijsindex.access import Caller
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation in the directory."""

    id: UUID
    name: str
    is_own: bool
    units: Sequence[Unit]


def list_organisations(
    session: Session, _services: Services, *, caller: Caller, only_own: bool, page: Page
) -> tuple[int, list[OrganisationView]]:
    """Return how many organisations take part, and those of *page*, by name."""
    is_active = Organisation.status == OrganisationStatus.ACTIVE
    # An organisation that is being admitted needs the ids of its own units.
    is_own = Organisation.id == caller.organisation_id
    wanted = select(Organisation).where(is_own if only_own else is_active)
    total = session.scalar(select(func.count()).select_from(wanted.subquery()))
    found = session.scalars(
        wanted.order_by(Organisation.name).offset(page.offset).limit(page.size)
    ).all()
    views = _views(session, caller, found)
    session.commit()
    return total or 0, views


def read_organisation(
    session: Session, _services: Services, *, caller: Caller, organisation_id: UUID
) -> OrganisationView | None:
    """Return one organisation that takes part; None when there is none."""
    found = session.scalars(
        select(Organisation).where(
            Organisation.id == organisation_id,
            (Organisation.status == OrganisationStatus.ACTIVE)
            | (Organisation.id == caller.organisation_id),
        )
    ).all()
    views = _views(session, caller, found)
    session.commit()
    return views[0] if views else None


def _views(
    session: Session, caller: Caller, organisations: Sequence[Organisation]
) -> list[OrganisationView]:
    units: dict[UUID, list[Unit]] = defaultdict(list)
    for unit in session.scalars(
        select(Unit)
        .where(Unit.organisation_id.in_([one.id for one in organisations]), Unit.takes_part)
        .order_by(Unit.name)
    ):
        units[unit.organisation_id].append(unit)
    return [
        OrganisationView(one.id, one.name, one.id == caller.organisation_id, units[one.id])
        for one in organisations
    ]
