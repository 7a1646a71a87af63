"""How the organisations came in, for the administrator to look at: ten are done, two are not."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from match.counters import Figure, count
from orgprofiles.admission import AdmissionStep
from orgprofiles.organisations import OrganisationStatus
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.demo.profiles import profile_files
from verwijsindex.services import Services
from verwijsindex.use_cases.admit import add_organisation
from verwijsindex.use_cases.keep_admission import (
    Recorded,
    add_cohort,
    choose_cohort,
    record_step,
    set_registers,
)
from verwijsindex.use_cases.organisation_file import OrganisationFacts, read_organisation_file

WAITING = "Woningcorporatie"
ADMITTING = "Verloskundigen"
COHORT = "Eerste cohort"
_ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)
_DOCUMENTS = "https://documenten.voorbeeldstad.example"


def finish_admission(
    services: Services, *, slug: str, organisation_id: UUID, facts: OrganisationFacts
) -> None:
    """Record what nobody can tell from the facts, so that no step of *slug* is left open.

    Whoever may not use the BSN takes part as a reader.
    """
    today = services.today()
    phone = profile_files()[slug]["contact"]["telefoon"]
    steps = {
        AdmissionStep.COVENANT: Recorded(
            done_on=today - timedelta(days=90), document=f"{_DOCUMENTS}/{slug}/convenant"
        ),
        AdmissionStep.DPIA: Recorded(
            done_on=today - timedelta(days=60), document=f"{_DOCUMENTS}/{slug}/dpia"
        ),
        AdmissionStep.PRIVACY_CONTACT: Recorded(
            done_on=today - timedelta(days=60),
            contact_name="Functionaris gegevensbescherming",
            contact_email=f"privacy@{slug}.example",
            contact_phone=phone,
        ),
    }
    with services.sessions() as session:
        for step, recorded in steps.items():
            record_step(
                session,
                services,
                actor=_ADMINISTRATOR,
                organisation_id=organisation_id,
                step=step,
                recorded=recorded,
            )
        if facts.bsn_basis is None:
            set_registers(
                session,
                services,
                actor=_ADMINISTRATOR,
                organisation_id=organisation_id,
                registers=False,
            )
        else:
            # The figure that a dry run leaves; a day long past, so that today's are real.
            tried = {(organisation_id, Figure.TRIED): 1}
            count(session, tried, day=today - timedelta(days=30))
            session.commit()


def add_newcomers(services: Services) -> None:
    """Add one organisation that waits and one that has begun; neither takes part yet."""
    with services.sessions() as session:
        add_organisation(
            session, services, facts=_named(WAITING), status=OrganisationStatus.WAITING
        )
        admitting = add_organisation(
            session, services, facts=_named(ADMITTING), status=OrganisationStatus.ADMITTING
        ).id
        add_cohort(
            session,
            services,
            actor=_ADMINISTRATOR,
            name=COHORT,
            starts_on=_first_of_a_month(services.today() + timedelta(days=60)),
        )
        choose_cohort(
            session,
            services,
            actor=_ADMINISTRATOR,
            organisation_id=admitting,
            cohort_name=COHORT,
        )
        record_step(
            session,
            services,
            actor=_ADMINISTRATOR,
            organisation_id=admitting,
            step=AdmissionStep.COVENANT,
            recorded=Recorded(document=f"{_DOCUMENTS}/verloskundigen/convenant"),
        )


def _named(name: str) -> OrganisationFacts:
    return read_organisation_file(f'naam = "{name}"\n', is_complete=False)


def _first_of_a_month(day: date) -> date:
    """Return the first day of the month after that of *day*."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
