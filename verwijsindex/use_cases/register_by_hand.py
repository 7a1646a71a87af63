"""Registering one person at a screen: what the form needs to know, and how many a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from match.terms import Terms
from orgprofiles.domains import AgeGroup, Demand, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from orgprofiles.profile import Question
from verwijsindex.access import Caller
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_signals import RowResult, SignalRequest
from verwijsindex.use_cases.read_profiles import published_profiles
from verwijsindex.use_cases.read_signals import SignalView
from verwijsindex.use_cases.register_signals import register_one
from verwijsindex.use_cases.registration_limits import count_registered, seconds_until_tomorrow

#: From so many new persons a day on, lists included, an account registers nobody one by one any
#: more: who registers to find out who is known where, does not get far.
PERSONS_A_DAY = 50


@dataclass(frozen=True, slots=True)
class BasisFacts:
    """What a legal basis asks of whoever registers somebody of one age group."""

    demands: Demand
    may_defer: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be named as contact."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit that may register.

    Attributes:
        id: Of the unit.
        name: For people.
        domain: Of its work.
        bases: By age group; none for an age group: it may not be registered.
        colleagues: Who may be contact, by name.
    """

    id: UUID
    name: str
    domain: Domain
    bases: Mapping[AgeGroup, BasisFacts]
    colleagues: Sequence[Colleague]


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the form of one registration needs.

    Attributes:
        units: For which the caller may register, by name.
        questions: The profile's; asked before, never kept.
        ways: In which the organisation tells clients (words of the contract); None: any.
        terms: How long signals run.
        today: The calendar day in the Netherlands.
        may_use_bsn: False: nothing can be registered.
    """

    units: Sequence[UnitFacts]
    questions: Sequence[Question]
    ways: frozenset[str] | None
    terms: Terms
    today: date
    may_use_bsn: bool


def read_form_facts(session: Session, services: Services, *, caller: Caller) -> FormFacts:
    """Return what the form needs, in four queries however many units there are."""
    today = services.today()
    units = session.scalars(
        select(Unit).where(caller.may_see_unit(), Unit.takes_part).order_by(Unit.name)
    ).all()
    bases: dict[Domain, dict[AgeGroup, BasisFacts]] = {}
    for one in session.scalars(
        select(LegalBasis)
        .where(
            LegalBasis.organisation_id == caller.organisation_id,
            LegalBasis.withdrawn_at.is_(None),
            LegalBasis.valid_from <= today,
            or_(LegalBasis.valid_until.is_(None), LegalBasis.valid_until >= today),
        )
        .order_by(LegalBasis.valid_from)
    ):
        bases.setdefault(one.domain, {})[one.age_group] = BasisFacts(one.demands, one.may_defer)
    colleagues: dict[UUID, list[Colleague]] = {}
    for professional in session.scalars(
        select(Professional)
        .where(
            Professional.unit_id.in_([unit.id for unit in units]),
            Professional.status == ProfessionalStatus.ACTIVE,
            Professional.trained_on <= today,
        )
        .order_by(Professional.name)
    ):
        colleagues.setdefault(professional.unit_id, []).append(
            Colleague(professional.key, professional.name)
        )
    profile = next(
        (
            profile
            for version, profile in published_profiles(session, services)
            if version.organisation_id == caller.organisation_id
        ),
        None,
    )
    session.commit()
    return FormFacts(
        units=[
            UnitFacts(
                one.id,
                one.name,
                one.domain,
                bases.get(one.domain, {}),
                colleagues.get(one.id, []),
            )
            for one in units
        ],
        questions=profile.signalling.questions if profile else (),
        ways=caller.telling_ways,
        terms=caller.terms,
        today=today,
        may_use_bsn=caller.bsn_basis is not None,
    )


def register_by_hand(
    session: Session, services: Services, *, caller: Caller, request: SignalRequest
) -> tuple[RowResult, SignalView | None]:
    """Register one signal for somebody at a screen.

    Raises:
        Problem: 429 when they registered their number of persons today.
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
    """
    known = count_registered(session, services, caller)
    if known >= PERSONS_A_DAY:
        raise Problem(
            429,
            f"U hebt vandaag al {known} cliënten geregistreerd. Eén voor één kan het er tot"
            f" {PERSONS_A_DAY} op een dag. Morgen kunt u verder. Hebt u een lijst? Importeer die"
            " dan.",
            headers={"Retry-After": str(seconds_until_tomorrow(services))},
        )
    return register_one(session, services, caller=caller, request=request)
