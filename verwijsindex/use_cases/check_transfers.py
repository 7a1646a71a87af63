"""Where signals may go: the new contact, the unit, and what each signal asks to go there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from match.informing_rules import is_enough
from match.registering import InformingFacts
from match.signals import Informing, Signal, SignalStatus
from match.transferring import taken_subjects
from orgprofiles.domains import AgeGroup, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from verwijsindex.access import Caller
from verwijsindex.http.problems import InvalidInput, InvalidParam
from verwijsindex.services import Services
from verwijsindex.use_cases.change_signal import ENDED, TELL_FIRST
from verwijsindex.use_cases.check_signals import (
    INACTIVE_PROFESSIONAL,
    NO_BASIS,
    NOT_TAKING_PART,
    NOT_TRAINED,
    UNKNOWN_PROFESSIONAL,
    WORKS_ELSEWHERE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who gets signals.

    Attributes:
        professional_key: The new contact's own key; None for the team.
        unit_id: Whose they are from now on; None: of the unit whose they are.
    """

    professional_key: str | None = None
    unit_id: UUID | None = None


_NO_UNIT = "is geen afdeling van uw organisatie"
_TAKEN = (
    "Het nieuwe contact heeft al een actief signaal over deze cliënt. Beëindig een van de twee, of"
    " kies een ander contact."
)
_OVER = "Dit signaal is vervallen. Registreer opnieuw als uw organisatie weer betrokken is."


@dataclass(frozen=True, slots=True)
class Place:
    """Where signals go.

    Attributes:
        units: Rows of units that the caller may see, by id.
        unit: The one that was asked for.
        professional: The new contact, locked against being deactivated meanwhile.
        professional_unit: Where they work.
        bases: Valid today.
    """

    units: Mapping[UUID, Unit]
    unit: Unit | None
    professional: Professional | None
    bases: Mapping[tuple[Domain, AgeGroup], LegalBasis]


def read_place(session: Session, services: Services, caller: Caller, target: Target) -> Place:
    """Return where *target* is; who gets them stays as they are until the transaction ends.

    Raises:
        InvalidInput: The unit or the professional cannot be the caller's choice.
    """
    faults: list[InvalidParam] = []
    today = services.today()
    units = {
        one.id: one
        for one in session.scalars(
            select(Unit)
            .where(caller.may_see_unit())
            # A unit's domain and independence may have changed since the transaction before.
            .execution_options(populate_existing=True)
        )
    }
    unit = None
    if target.unit_id is not None:
        unit = units.get(target.unit_id)
        if unit is None:
            faults.append(InvalidParam(name="afdeling", reason=_NO_UNIT))
    professional = None
    if target.professional_key is not None:
        professional = session.scalars(
            select(Professional)
            .where(
                Professional.organisation_id == caller.organisation_id,
                Professional.unit_id.in_(units),
                Professional.key == target.professional_key,
            )
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if reason := _unfit(professional, today):
            faults.append(InvalidParam(name="medewerker", reason=reason))
    if faults:
        session.rollback()
        raise InvalidInput(faults)
    bases = session.scalars(
        select(LegalBasis)
        .where(
            LegalBasis.organisation_id == caller.organisation_id,
            LegalBasis.withdrawn_at.is_(None),
            LegalBasis.valid_from <= today,
            or_(LegalBasis.valid_until.is_(None), LegalBasis.valid_until >= today),
        )
        .order_by(LegalBasis.valid_from)
    )
    return Place(units, unit, professional, {(one.domain, one.age_group): one for one in bases})


def _unfit(professional: Professional | None, today: date) -> str | None:
    if professional is None:
        return UNKNOWN_PROFESSIONAL
    if professional.status is not ProfessionalStatus.ACTIVE:
        return INACTIVE_PROFESSIONAL
    if professional.trained_on is None or professional.trained_on > today:
        return NOT_TRAINED
    return None


@dataclass(frozen=True, slots=True)
class LockedFacts:
    """What is known under the lock.

    Attributes:
        today: The calendar day in the Netherlands.
        taken: Per unit, the people about whom the new contact has a signal there.
        bases: On which signals rest, by id.
        told: How the client was told of signals whose unit changes.
    """

    today: date
    taken: dict[UUID, set[UUID]]
    bases: dict[UUID, LegalBasis]
    told: dict[UUID, InformingFacts]

    @classmethod
    def read(
        cls, session: Session, services: Services, place: Place, signals: Sequence[Signal]
    ) -> LockedFacts:
        """Return what is so of *signals*, whose subjects are locked."""
        subject_ids = {one.subject_id for one in signals}
        professional_id = place.professional.id if place.professional else None
        unit_ids = {place.unit.id if place.unit else one.unit_id for one in signals}
        taken = {
            unit_id: taken_subjects(
                session, subject_ids, professional_id=professional_id, unit_id=unit_id
            )
            for unit_id in unit_ids
        }
        if professional_id is not None:
            # A professional has one signal about a person, whichever unit's.
            taken = dict.fromkeys(unit_ids, set().union(*taken.values()))
        leaving = [one.id for one in signals if place.unit and place.unit.id != one.unit_id]
        bases = session.scalars(
            select(LegalBasis).where(LegalBasis.id.in_({one.legal_basis_id for one in signals}))
        )
        told = session.scalars(
            select(Informing)
            .where(Informing.signal_id.in_(leaving))
            .order_by(Informing.recorded_at, Informing.id)
        )
        return cls(
            services.today(),
            taken,
            {one.id: one for one in bases},
            {
                one.signal_id: InformingFacts(
                    reaction=one.reaction, deferral_reason=one.deferral_reason
                )
                for one in told
            },
        )


def check_transfer(
    place: Place, facts: LockedFacts, signal: Signal, unit: Unit
) -> tuple[UUID, str | None]:
    """Return on which basis *signal* rests in *unit*, and why it cannot go there, if so."""
    basis_id = signal.legal_basis_id
    reason = None
    if signal.status is not SignalStatus.ACTIVE:
        reason = ENDED
    elif signal.lapses <= facts.today:
        reason = _OVER
    elif _works_elsewhere(place, unit):
        reason = _sentence("Deze medewerker " + WORKS_ELSEWHERE)
    elif signal.subject_id in facts.taken[unit.id]:
        reason = _TAKEN
    elif unit.id != signal.unit_id:
        basis_id, reason = _basis_there(place, facts, signal, unit)
    return basis_id, reason


def _works_elsewhere(place: Place, unit: Unit) -> bool:
    professional = place.professional
    if professional is None or professional.unit_id == unit.id:
        return False
    return unit.independent or place.units[professional.unit_id].independent


def _basis_there(
    place: Place, facts: LockedFacts, signal: Signal, unit: Unit
) -> tuple[UUID, str | None]:
    current = facts.bases[signal.legal_basis_id]
    if not unit.takes_part:
        return current.id, _sentence("Deze afdeling " + NOT_TAKING_PART)
    basis = place.bases.get((unit.domain, current.age_group))
    if basis is None:
        return current.id, _sentence(NO_BASIS)
    if basis.id != current.id and not is_enough(
        facts.told[signal.id], demands=basis.demands, may_defer=basis.may_defer
    ):
        return current.id, TELL_FIRST[basis.demands].format(then="draag het signaal daarna over")
    return basis.id, None


def _sentence(reason: str) -> str:
    return reason[0].upper() + reason[1:] + "."
