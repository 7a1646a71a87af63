"""What looked like searching, for the index administrator: who and how many, never about whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Organisation, Professional
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.fishing import FishingFinding
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding.

    Attributes:
        finding: Counts and period.
        organisation_name: Of which organisation.
        professional_name: Of whom; None: of nobody in particular.
        professional_function: As what.
    """

    finding: FishingFinding
    organisation_name: str
    professional_name: str | None
    professional_function: str | None

    @property
    def professional(self) -> FindingView | None:
        """This one, where it is about a professional."""
        return self if self.professional_name is not None else None


def list_findings(
    session: Session, services: Services, *, caller: Caller, page: Page
) -> tuple[int, Sequence[FindingView]]:
    """Return how many there are, and those of *page*, the newest first."""
    total = session.scalar(select(func.count()).select_from(FishingFinding)) or 0
    rows = session.execute(
        select(FishingFinding, Organisation.name, Professional.name, Professional.function)
        .join(Organisation, Organisation.id == FishingFinding.organisation_id)
        .outerjoin(Professional, Professional.id == FishingFinding.professional_id)
        .order_by(FishingFinding.found_at.desc(), FishingFinding.id.desc())
        .offset(page.offset)
        .limit(page.size)
    ).all()
    found = [FindingView(*row) for row in rows]
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.FINDING_READ, one.finding.id) for one in found],
        now=services.clock(),
    )
    session.commit()
    return total, found
