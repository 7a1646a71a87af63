"""Where each organisation is on its way in: the administrator's overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from match.counters import DailyCounter, Figure
from orgprofiles.admission import (
    AdmissionFacts,
    AdmissionStep,
    StepState,
    StepView,
    UnitFacts,
    admission_steps,
    open_steps,
)
from orgprofiles.admission_records import Admission, AdmissionRecord, Cohort
from orgprofiles.domains import Domain
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    ProfessionalStatus,
    Unit,
)
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.follow_concepts import OpenConcept, open_concepts
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_profiles import kept_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionView:
    """An organisation on its way in.

    Attributes:
        organisation: Which, with its status.
        cohort: With which it begins; None: by itself.
        waiting_since: Its place on the waiting list.
        admitting_since: When its admission began.
        active_since: When it was activated.
        steps: All of them, in the usual order.
        records: What was recorded, by step.
        trained: Active professionals whose training is over.
        untrained: Active professionals without one.
        concept: Of its profile; None: nobody works on one.
    """

    organisation: Organisation
    cohort: Cohort | None
    waiting_since: date | None
    admitting_since: date | None
    active_since: date | None
    steps: Sequence[StepView]
    records: dict[AdmissionStep, AdmissionRecord]
    trained: int
    untrained: int
    concept: OpenConcept | None = None

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(one.state is StepState.DONE for one in self.steps)

    @property
    def needed(self) -> int:
        """How many steps this organisation must do."""
        return sum(one.state is not StepState.NOT_NEEDED for one in self.steps)

    @property
    def open(self) -> list[StepView]:
        """What is still to do."""
        return open_steps(self.steps)

    @property
    def next_step(self) -> AdmissionStep | None:
        """The first step that is open."""
        return self.open[0].step if self.open else None


def list_admissions(
    session: Session,
    services: Services,
    *,
    status: OrganisationStatus | None = None,
    cohort_id: UUID | None = None,
    page: Page,
) -> tuple[int, list[AdmissionView]]:
    """Return how many organisations there are of *status* and cohort, and those of *page*.

    The waiting list comes in its order: who waits longest comes first.
    """
    wanted = select(Organisation).outerjoin(Admission, Admission.organisation_id == Organisation.id)
    if status is not None:
        wanted = wanted.where(Organisation.status == status)
    if cohort_id is not None:
        wanted = wanted.where(Admission.cohort_id == cohort_id)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    order: list[Any] = [Organisation.name]
    if status is OrganisationStatus.WAITING:
        order = [Admission.waiting_since, Organisation.id]
    found = session.scalars(wanted.order_by(*order).offset(page.offset).limit(page.size)).all()
    views = admission_views(session, services, found)
    session.commit()
    return total, views


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortView:
    """Organisations that begin together.

    Attributes:
        name: For people.
        starts_on: First day, in the Netherlands.
        organisations: How many belong to it.
        active: How many of these take part already.
    """

    name: str
    starts_on: date
    organisations: int
    active: int


def list_cohorts(session: Session) -> list[CohortView]:
    """Return all cohorts, in the order in which they begin."""
    is_active = case((Organisation.status == OrganisationStatus.ACTIVE, 1), else_=0)
    found = session.execute(
        select(
            Cohort.name,
            Cohort.starts_on,
            func.count(Organisation.id),
            func.coalesce(func.sum(is_active), 0),
        )
        .outerjoin(Admission, Admission.cohort_id == Cohort.id)
        .outerjoin(Organisation, Organisation.id == Admission.organisation_id)
        .group_by(Cohort.id, Cohort.name, Cohort.starts_on)
        .order_by(Cohort.starts_on, Cohort.name)
    )
    # Without an organisation, the outer join's only row counts as none: its id is null.
    views = [
        CohortView(name=name, starts_on=starts_on, organisations=count, active=int(active))
        for name, starts_on, count, active in found
    ]
    session.commit()
    return views


def read_admission(session: Session, services: Services, *, organisation_id: UUID) -> AdmissionView:
    """Return where an organisation is.

    Raises:
        Problem: 404 when there is none.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise Problem(404)
    (view,) = admission_views(session, services, [organisation])
    session.commit()
    return view


def still_admitting(session: Session, services: Services, *, organisation_id: UUID) -> Problem:
    """Return the refusal of what an organisation may not do yet: it says what is still open."""
    view = read_admission(session, services, organisation_id=organisation_id)
    if view.open:
        rest = "Nog te doen: " + ", ".join(one.step.value for one in view.open) + "."
    else:
        rest = "Alle stappen zijn gedaan; de beheerder kan uw organisatie activeren."
    return Problem(
        403, f"Uw organisatie is nog in toelating; dit kan pas als zij actief is. {rest}"
    )


def admission_views(
    session: Session, services: Services, organisations: Sequence[Organisation]
) -> list[AdmissionView]:
    """Return where *organisations* are, in eight queries however many there are."""
    ids = [one.id for one in organisations]
    admissions = {
        row.Admission.organisation_id: row
        for row in session.execute(
            select(Admission, Cohort)
            .outerjoin(Cohort, Cohort.id == Admission.cohort_id)
            .where(Admission.organisation_id.in_(ids))
        )
    }
    records: dict[UUID, dict[AdmissionStep, AdmissionRecord]] = defaultdict(dict)
    for record in session.scalars(
        select(AdmissionRecord).where(AdmissionRecord.organisation_id.in_(ids))
    ):
        records[record.organisation_id][record.step] = record
    found = _Facts(session, services, ids)
    concepts = open_concepts(session, ids, today=services.today())
    views = []
    for organisation in organisations:
        facts = found.of(organisation, records[organisation.id])
        row = admissions.get(organisation.id)
        admission = row.Admission if row else None
        views.append(
            AdmissionView(
                organisation=organisation,
                cohort=row.Cohort if row else None,
                waiting_since=admission.waiting_since if admission else None,
                admitting_since=admission.admitting_since if admission else None,
                active_since=admission.active_since if admission else None,
                steps=admission_steps(facts),
                records=records[organisation.id],
                trained=facts.trained,
                untrained=facts.untrained,
                concept=concepts.get(organisation.id),
            )
        )
    return views


class _Facts:
    """What the database has of some organisations, gathered by organisation."""

    def __init__(self, session: Session, services: Services, ids: Sequence[UUID]) -> None:
        self._services = services
        today = services.today()
        self._units: dict[UUID, list[UnitFacts]] = defaultdict(list)
        for unit in session.scalars(
            select(Unit).where(Unit.organisation_id.in_(ids)).order_by(Unit.name)
        ):
            self._units[unit.organisation_id].append(
                UnitFacts(unit.name, unit.domain, unit.takes_part)
            )
        self._domains: dict[UUID, set[Domain]] = defaultdict(set)
        for basis in session.scalars(select(LegalBasis).where(LegalBasis.organisation_id.in_(ids))):
            if basis.is_valid_on(today):
                self._domains[basis.organisation_id].add(basis.domain)
        self._versions = {one.organisation_id: one for one in session.scalars(_newest(ids))}
        is_trained = func.coalesce(Professional.trained_on <= today, False)
        self._professionals: dict[UUID, dict[bool, int]] = defaultdict(dict)
        for organisation_id, trained, count in session.execute(
            select(Professional.organisation_id, is_trained, func.count())
            .where(
                Professional.organisation_id.in_(ids),
                Professional.status == ProfessionalStatus.ACTIVE,
            )
            .group_by(Professional.organisation_id, is_trained)
        ):
            self._professionals[organisation_id][bool(trained)] = count
        tried = session.execute(
            select(DailyCounter.organisation_id, func.min(DailyCounter.day))
            .where(
                DailyCounter.organisation_id.in_(ids),
                DailyCounter.figure == Figure.TRIED,
                DailyCounter.amount > 0,
            )
            .group_by(DailyCounter.organisation_id)
        )
        self._tried: dict[UUID, date] = {row[0]: row[1] for row in tried}

    def of(
        self, organisation: Organisation, records: dict[AdmissionStep, AdmissionRecord]
    ) -> AdmissionFacts:
        """Return the facts of one organisation."""
        version = self._versions.get(organisation.id)
        published = version.published_at if version else None
        professionals = self._professionals[organisation.id]
        return AdmissionFacts(
            registers=organisation.registers,
            recorded={step: one.done_on for step, one in records.items()},
            profile=kept_profile(self._services, version) if version else None,
            published_on=published.astimezone(AMSTERDAM).date() if published else None,
            units=self._units[organisation.id],
            domains_with_basis=frozenset(self._domains[organisation.id]),
            trained=professionals.get(True, 0),
            untrained=professionals.get(False, 0),
            tried_on=self._tried.get(organisation.id),
        )


def _newest(ids: Sequence[UUID]) -> Select[ProfileVersion]:
    newest = (
        select(ProfileVersion.organisation_id, func.max(ProfileVersion.number).label("number"))
        .where(
            ProfileVersion.organisation_id.in_(ids),
            ProfileVersion.state == ProfileState.PUBLISHED,
        )
        .group_by(ProfileVersion.organisation_id)
        .subquery()
    )
    return select(ProfileVersion).join(
        newest,
        (newest.c.organisation_id == ProfileVersion.organisation_id)
        & (newest.c.number == ProfileVersion.number),
    )
