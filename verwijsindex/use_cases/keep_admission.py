"""Bringing an organisation in, step by step, and shutting it out: the administrator's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.ending import lapse_all_of
from match.signals import Signal, SignalStatus
from orgprofiles.admission import RECORDED_STEPS, AdmissionStep
from orgprofiles.admission_records import Admission, AdmissionRecord, Cohort
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, OrganisationStatus, Unit
from orgprofiles.profile_versions import newest_published
from verwijsindex import audit, event_log
from verwijsindex.audit import Action, Actor
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.follow_admission import AdmissionView, admission_views, read_admission
from verwijsindex.use_cases.keep_profile import tell_partners


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is recorded of a step; its form has been checked, nothing else.

    Attributes:
        done_on: Day in the Netherlands; None: today.
        document: Where it is, with https.
        contact_name: Of the privacy officer.
        contact_email: Of the privacy officer.
        contact_phone: Of the privacy officer.
    """

    done_on: date | None = None
    document: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None


def admission_of(session: Session, organisation_id: UUID) -> Admission:
    """Return the row of an organisation's way in, made if it has none."""
    found = session.get(Admission, organisation_id)
    if found is None:
        found = Admission(organisation_id=organisation_id)
        session.add(found)
        session.flush()
    return found


def begin_admission(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID
) -> AdmissionView:
    """Let an organisation from the waiting list, or one that was stopped, begin its steps.

    Raises:
        Problem: 404; 409 when it is active already.
    """
    organisation = _lock(session, organisation_id)
    was = organisation.status
    if was is OrganisationStatus.ACTIVE:
        raise Problem(409, f"{organisation.name} is al actief.")
    if was is not OrganisationStatus.ADMITTING:
        _back_in_admission(session, services, actor, organisation)
    return _committed(session, services, organisation, was=was)


def activate(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID
) -> AdmissionView:
    """Let an organisation take part, from now; again changes nothing. The partners are told.

    Raises:
        Problem: 404; 409 with every open step, before its cohort begins, and
            for one that is not being admitted.
    """
    organisation = _lock(session, organisation_id)
    was = organisation.status
    if was is OrganisationStatus.ACTIVE:
        return _committed(session, services, organisation, was=was)
    if was is not OrganisationStatus.ADMITTING:
        raise Problem(
            409, f"{organisation.name} is niet in toelating; laat de toelating eerst beginnen."
        )
    (view,) = admission_views(session, services, [organisation])
    today = services.today()
    if view.open:
        params: list[InvalidParam] = [
            {"name": one.step.value, "reason": one.to_do or "ontbreekt"} for one in view.open
        ]
        raise Problem(
            409, f"{organisation.name} kan nog niet actief worden.", invalid_params=params
        )
    if view.cohort is not None and view.cohort.starts_on > today:
        raise Problem(
            409,
            f"Cohort {view.cohort.name} begint op {view.cohort.starts_on:%d-%m-%Y};"
            f" tot die dag kan {organisation.name} niet actief worden.",
        )
    admission_of(session, organisation.id).active_since = today
    _set_status(session, services, actor, organisation, OrganisationStatus.ACTIVE)
    version = newest_published(session, organisation.id)
    if version is not None:
        # Not the version's own id: a partner may have heard of that before it was stopped.
        tell_partners(session, version, event_id=new_id(), now=services.clock())
    return _committed(session, services, organisation, was=was)


def stop(session: Session, services: Services, *, actor: Actor, organisation_id: UUID) -> int:
    """Shut an organisation out at once, and lapse its signals; return how many those were.

    Its clients are out from the first commit on; the signals follow a hundred
    at a time. A registration that was under way may leave one behind: stopping
    again takes that too.

    Raises:
        Problem: 404.
    """
    organisation = _lock(session, organisation_id)
    was = organisation.status
    if was is not OrganisationStatus.STOPPED:
        _set_status(session, services, actor, organisation, OrganisationStatus.STOPPED)
    _committed(session, services, organisation, was=was)
    total = 0
    while lapsed := lapse_all_of(
        session, organisation_id, now=services.clock(), today=services.today()
    ):
        audit.record(
            session,
            services.audit_key,
            actor=actor,
            deeds=[(Action.SIGNAL_LAPSED, one) for one in lapsed],
            now=services.clock(),
        )
        session.commit()
        total += len(lapsed)
    session.commit()
    return total


def record_step(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    step: AdmissionStep,
    recorded: Recorded,
) -> AdmissionView:
    """Record that a step was done, in the place of what was recorded before.

    Raises:
        Problem: 404; 409 for a step that follows from facts; 400 with all faults.
    """
    organisation = _lock(session, organisation_id)
    if step not in RECORDED_STEPS:
        (view,) = admission_views(session, services, [organisation])
        to_do = next((one.to_do for one in view.steps if one.step is step), None)
        advice = f" Te doen: {to_do}." if to_do else ""
        raise Problem(
            409, f"De stap {step} blijkt uit wat er is; zij is niet vast te leggen.{advice}"
        )
    today = services.today()
    faults = _record_faults(step, recorded, today)
    if faults:
        raise InvalidInput(faults)
    found = session.get(AdmissionRecord, (organisation_id, step))
    if found is None:
        found = AdmissionRecord(organisation_id=organisation_id, step=step)
        session.add(found)
    found.done_on = recorded.done_on or today
    found.document = recorded.document
    found.contact_name = recorded.contact_name
    found.contact_email = recorded.contact_email
    found.contact_phone = recorded.contact_phone
    found.recorded_at = services.clock()
    session.flush()
    audit.record_deed(session, services, actor, Action.ADMISSION_RECORDED, organisation_id)
    return _committed(session, services, organisation, was=organisation.status)


def set_registers(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID, registers: bool
) -> AdmissionView:
    """Say whether an organisation is to register; one that is not skips the steps for that.

    An active one that is to register from now on is back in admission: it
    skipped steps that it needs now.

    Raises:
        Problem: 404; 409 while it has active signals, which it could neither
            keep nor end any more.
    """
    organisation = _lock(session, organisation_id)
    was = organisation.status
    if organisation.registers is not registers:
        _require_no_signals(session, organisation)
        organisation.registers = registers
        session.flush()
        audit.record_deed(session, services, actor, Action.ORGANISATION_REGISTERS, organisation_id)
        if registers and organisation.status is OrganisationStatus.ACTIVE:
            _back_in_admission(session, services, actor, organisation)
    return _committed(session, services, organisation, was=was)


def add_cohort(
    session: Session, services: Services, *, actor: Actor, name: str, starts_on: date
) -> Cohort:
    """Make a cohort, or move the day on which it begins.

    Raises:
        Problem: 409 when one of its organisations is active already.
    """
    cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one_or_none()
    if cohort is None:
        cohort = Cohort(id=new_id(), name=name, starts_on=starts_on)
        session.add(cohort)
    elif cohort.starts_on != starts_on:
        begun = session.scalar(
            select(Organisation.name)
            .join(Admission, Admission.organisation_id == Organisation.id)
            .where(
                Admission.cohort_id == cohort.id, Organisation.status == OrganisationStatus.ACTIVE
            )
            .limit(1)
        )
        if begun is not None:
            raise Problem(409, f"Cohort {name} is al begonnen: {begun} is actief.")
        cohort.starts_on = starts_on
    session.flush()
    audit.record_deed(session, services, actor, Action.COHORT_ADDED, cohort.id)
    session.commit()
    return cohort


def choose_cohort(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    cohort_name: str | None,
) -> AdmissionView:
    """Let an organisation begin with a cohort; with None: by itself.

    Raises:
        Problem: 404 for organisation or cohort.
    """
    organisation = _lock(session, organisation_id)
    cohort_id = None
    if cohort_name is not None:
        cohort_id = session.scalar(select(Cohort.id).where(Cohort.name == cohort_name))
        if cohort_id is None:
            raise Problem(404, f"Er is geen cohort met de naam {cohort_name}.")
    admission_of(session, organisation_id).cohort_id = cohort_id
    session.flush()
    audit.record_deed(session, services, actor, Action.COHORT_CHOSEN, organisation_id)
    return _committed(session, services, organisation, was=organisation.status)


def _require_no_signals(session: Session, organisation: Organisation) -> None:
    count = session.scalar(
        select(func.count())
        .select_from(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Unit.organisation_id == organisation.id, Signal.status == SignalStatus.ACTIVE)
    )
    if count:
        raise Problem(
            409,
            f"Of {organisation.name} registreert, kan niet veranderen zolang zij actieve signalen"
            f" heeft (nu {count}). Laat haar die eerst beëindigen, of stop de organisatie:"
            " dan vervallen ze.",
        )


def _record_faults(step: AdmissionStep, recorded: Recorded, today: date) -> list[InvalidParam]:
    faults: list[InvalidParam] = []
    if recorded.done_on is not None and recorded.done_on > today:
        faults.append({"name": "datum", "reason": "ligt in de toekomst"})
    wants_contact = step is AdmissionStep.PRIVACY_CONTACT
    given = {
        "document": recorded.document,
        "contact.naam": recorded.contact_name,
        "contact.email": recorded.contact_email,
        "contact.telefoon": recorded.contact_phone,
    }
    for name, value in given.items():
        wanted = wants_contact is (name != "document")
        if wanted and value is None:
            faults.append({"name": name, "reason": "ontbreekt"})
        elif not wanted and value is not None:
            faults.append({"name": name, "reason": "hoort niet bij deze stap"})
    return faults


def _lock(session: Session, organisation_id: UUID) -> Organisation:
    """Return the organisation, locked: one change of its admission at a time.

    Its registrations go on meanwhile: they write counters, whose foreign key
    takes the weakest of locks here.
    """
    found = session.scalars(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise Problem(404)
    return found


_DEEDS = {
    OrganisationStatus.ADMITTING: Action.ORGANISATION_ADMITTING,
    OrganisationStatus.ACTIVE: Action.ORGANISATION_ACTIVATED,
    OrganisationStatus.STOPPED: Action.ORGANISATION_STOPPED,
}


def _back_in_admission(
    session: Session, services: Services, actor: Actor, organisation: Organisation
) -> None:
    admission_of(session, organisation.id).admitting_since = services.today()
    _set_status(session, services, actor, organisation, OrganisationStatus.ADMITTING)


def _set_status(
    session: Session,
    services: Services,
    actor: Actor,
    organisation: Organisation,
    status: OrganisationStatus,
) -> None:
    organisation.status = status
    session.flush()
    audit.record_deed(session, services, actor, _DEEDS[status], organisation.id)


def _committed(
    session: Session, services: Services, organisation: Organisation, *, was: OrganisationStatus
) -> AdmissionView:
    organisation_id, status = organisation.id, organisation.status
    session.commit()
    if status is not was:
        event_log.log(
            event_log.ORGANISATION_STATUS, organisation_id=organisation_id, status=status.value
        )
    return read_admission(session, services, organisation_id=organisation_id)
