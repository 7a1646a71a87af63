"""The organisations and professionals of a simulated year, admitted as real ones are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import cycle, islice
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.rules import Party
from match.terms import Terms
from orgprofiles.base import new_id
from orgprofiles.domains import AgeGroup, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Delivery, Professional, Unit
from verwijsindex.access import Caller
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role, scopes_of
from verwijsindex.audit import ActorKind
from verwijsindex.services import Services
from verwijsindex.simulation.habits import Habits, Size
from verwijsindex.use_cases.admit import add_organisation
from verwijsindex.use_cases.organisation_file import read_organisation_file

_SENSITIVE = {Domain.MENTAL_HEALTH, Domain.SAFETY}


@dataclass(slots=True)
class Colleague:
    """A professional of the city, with what they may do.

    Attributes:
        id: The professional's.
        key: Their key with their organisation.
        address: Where their mail goes.
        party: Their unit, as the rules see it.
        basis_id: On which they register adults.
        caller: Who they are to the index.
        cases: Of how many people they are contact, about.
        is_gone: They left.
    """

    id: UUID
    key: str
    address: str
    party: Party
    basis_id: UUID
    caller: Caller
    cases: float
    is_gone: bool = False


@dataclass(slots=True)
class City:
    """Everybody.

    Attributes:
        workers: All professionals, by id.
        of_organisation: The same, per organisation.
        importers: Organisations that begin with a file.
    """

    workers: dict[UUID, Colleague] = field(default_factory=dict)
    of_organisation: dict[UUID, list[Colleague]] = field(default_factory=dict)
    importers: list[UUID] = field(default_factory=list)


def build(services: Services, size: Size, habits: Habits, chance: Random) -> City:
    """Admit the organisations of a city of *size*, each with units, people and a coordinator."""
    city = City()
    domains = list(islice(cycle(Domain), size.organisations))
    shares = [chance.lognormvariate(0, 0.6) for _ in domains]
    counts = [max(3, round(size.professionals * one / sum(shares))) for one in shares]
    while sum(counts) > max(size.professionals, 3 * len(counts)):
        counts[counts.index(max(counts))] -= 1
    today = services.today()
    for number, (domain, count) in enumerate(zip(domains, counts, strict=True), start=1):
        text = _organisation(number, domain, count, today)
        with services.sessions() as session:
            made = add_organisation(session, services, facts=read_organisation_file(text))
            organisation_id = made.id
        with services.sessions.begin() as session:
            workers = _workers(session, organisation_id, habits, chance)
            _add_coordinator(session, services, organisation_id, number)
        city.of_organisation[organisation_id] = workers
        city.workers |= {one.id: one for one in workers}
    several = list(city.of_organisation)
    city.importers = chance.sample(several, round(habits.imports * len(several)))
    return city


def _organisation(number: int, domain: Domain, count: int, today: date) -> str:
    slug = f"organisatie-{number:02}"
    groups = ", ".join(f'"{one}"' for one in AgeGroup)
    lines = [
        f'naam = "Organisatie {number:02} ({domain.words})"',
        f"gevoelig = {str(domain in _SENSITIVE).lower()}",
        'bsnGrondslag = "Verzonnen wet, artikel 1"',
        f'mailBeveiligd = ["{slug}.example"]',
        "[[afdelingen]]",
        'naam = "Team"',
        f'domein = "{domain}"',
        f'postbus = "team@{slug}.example"',
        'telefoon = "010-1234567"',
        "[[grondslagen]]",
        f'domein = "{domain}"',
        'eist = "informeren"',
        'verwijzing = "Verzonnen wet, artikel 2"',
        f"leeftijdsgroepen = [{groups}]",
        "uitstelMag = true",
        f"geldigVanaf = {today}",
    ]
    for one in range(1, count + 1):
        lines += [
            "[[medewerkers]]",
            f'sleutel = "m{one}"',
            f'naam = "Medewerker {one}"',
            'functie = "consulent"',
            'afdeling = "Team"',
            f'email = "m{one}@{slug}.example"',
            'telefoon = "06-12345678"',
            f"opgeleidOp = {today}",
        ]
    return "\n".join(lines) + "\n"


def _workers(
    session: Session, organisation_id: UUID, habits: Habits, chance: Random
) -> list[Colleague]:
    unit = session.scalars(select(Unit).where(Unit.organisation_id == organisation_id)).one()
    basis = session.scalars(
        select(LegalBasis.id).where(
            LegalBasis.organisation_id == organisation_id,
            LegalBasis.age_group == AgeGroup.ADULT,
        )
    ).one()
    is_sensitive = unit.domain in _SENSITIVE
    party = Party(organisation_id, unit.id, unit.domain, unit.independent, is_sensitive)
    terms = Terms(default_months=chance.choice((6, 12)))
    workers = []
    for one in session.scalars(
        select(Professional)
        .where(Professional.organisation_id == organisation_id)
        .order_by(Professional.key)
    ):
        drawn = chance.random()
        if drawn < habits.off:
            one.delivery = Delivery.OFF
        elif drawn < habits.off + habits.daily:
            one.delivery = Delivery.DAILY
        caller = _caller(party, new_id(), terms)
        cases = chance.lognormvariate(0, 0.5)
        workers.append(Colleague(one.id, one.key, one.email, party, basis, caller, cases))
    return workers


def _caller(party: Party, account_id: UUID, terms: Terms) -> Caller:
    return Caller(
        id=account_id,
        organisation_id=party.organisation_id,
        scopes=scopes_of({Role.PROFESSIONAL}),
        sensitive=party.sensitive,
        bsn_basis="Verzonnen wet, artikel 1",
        reference_pattern=None,
        terms=terms,
        telling_ways=None,
        rules_version=1,
        keys_agree=True,
        kind=ActorKind.ACCOUNT,
        unit_ids=frozenset({party.unit_id}),
    )


def _add_coordinator(
    session: Session, services: Services, organisation_id: UUID, number: int
) -> None:
    session.add(
        Account(
            organisation_id=organisation_id,
            email=f"coordinator@organisatie-{number:02}.example",
            name="Coördinator",
            roles=[Role.COORDINATOR],
            status=AccountStatus.ACTIVE,
            created_at=services.clock(),
        )
    )
