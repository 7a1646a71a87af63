"""Checking the form's meaning: may this organisation signal this, for this contact, like this?

All that is wrong with a row is found at once; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crypto.errors import BlindRefused, EvaluationRefused
from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match.informing_rules import informing_faults
from match.reference_rules import new_reference, reference_fault
from match.registering import InformingFacts, Registration
from match.rules import Party
from match.terms import lapse_date
from orgprofiles.domains import AgeGroup, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus, Unit
from orgprofiles.statements import table_of
from verwijsindex import event_log
from verwijsindex.access import Caller, may_see_unit
from verwijsindex.http.problems import InvalidParam
from verwijsindex.services import Services


class RowStatus(StrEnum):
    """What became of a row."""

    CREATED = "aangemaakt"  #: a new signal
    EXISTED = "bestond_al"  #: this contact already had one for this person
    REFUSED = "afgewezen"  #: see its faults


@dataclass(frozen=True, slots=True)
class ParentRequest:
    """A parent of the person, as :class:`SignalRequest` has the person."""

    evaluation: bytes = field(repr=False)
    blind: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRequest:
    """A signal as somebody asks for it; its form has been checked, nothing else.

    Attributes:
        evaluation: 122 bytes, sealed by the pseudonym service.
        blind: r, 32 bytes.
        unit_id: The unit that signals.
        professional_key: The contact's own key; None for the unit itself.
        age_group: Computed by the client.
        reference: None: the index makes one.
        informing: How the client was told.
        lapses: None: the default term.
        parents: For the family match; none where that is off.
    """

    evaluation: bytes = field(repr=False)
    blind: bytes = field(repr=False)
    unit_id: UUID
    professional_key: str | None
    age_group: AgeGroup
    reference: str | None = field(repr=False)
    informing: InformingFacts
    lapses: date | None
    parents: tuple[ParentRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a request.

    Attributes:
        status: In one word.
        signal_id: Of the signal that is there now.
        faults: All of them, where it was refused.
        lacks_basis: Refused only because no legal basis fits.
    """

    status: RowStatus
    signal_id: UUID | None = None
    faults: tuple[InvalidParam, ...] = ()
    lacks_basis: bool = False


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A registration with everything checked, and what its view shows besides.

    Attributes:
        registration: What is written.
        reference: In the clear, for the answer.
        professional_key: The contact's own key; None for the team.
    """

    registration: Registration
    reference: str = field(repr=False)
    professional_key: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller's organisation has, as far as the rows ask for it.

    Attributes:
        units: Rows of ``units`` by id.
        professionals: Rows of ``professionals`` by key.
        bases: Rows of ``legal_bases`` that are valid today.
    """

    units: dict[UUID, Any]
    professionals: dict[str, Any]
    bases: dict[tuple[Domain, AgeGroup], Any]


_ORGANISATION, _UNIT, _BASIS, _PROFESSIONAL = map(
    table_of, (Organisation, Unit, LegalBasis, Professional)
)
# Made once: putting these together costs more than sending them.
_OF_CLIENT = may_see_unit(bindparam("organisation_id"), bindparam("caller_id"))
_OF_PERSON = (_UNIT.c.organisation_id == bindparam("organisation_id")) & _UNIT.c.id.in_(
    bindparam("seen_units", expanding=True)
)
_UNITS_AND_BASES = (
    select(
        _UNIT.c.id,
        _UNIT.c.domain,
        _UNIT.c.independent,
        _UNIT.c.takes_part,
        _UNIT.c.name,
        _UNIT.c.phone,
        _UNIT.c.mailbox,
        _ORGANISATION.c.follow_up_days,
        _BASIS.c.id.label("basis_id"),
        _BASIS.c.age_group,
        _BASIS.c.demands,
        _BASIS.c.may_defer,
    )
    .join(_ORGANISATION, _ORGANISATION.c.id == _UNIT.c.organisation_id)
    .outerjoin(
        _BASIS,
        (_BASIS.c.organisation_id == _UNIT.c.organisation_id)
        & (_BASIS.c.domain == _UNIT.c.domain)
        & _BASIS.c.withdrawn_at.is_(None)
        & (_BASIS.c.valid_from <= bindparam("today"))
        & (_BASIS.c.valid_until.is_(None) | (_BASIS.c.valid_until >= bindparam("today"))),
    )
    .where(_UNIT.c.id.in_(bindparam("unit_ids", expanding=True)))
    .order_by(_BASIS.c.valid_from)
)
_PROFESSIONALS = (
    select(_PROFESSIONAL, _UNIT.c.independent.label("unit_independent"))
    .join(_UNIT, _UNIT.c.id == _PROFESSIONAL.c.unit_id)
    .where(_PROFESSIONAL.c.key.in_(bindparam("keys", expanding=True)))
)
_FOR_CLIENTS = (_UNITS_AND_BASES.where(_OF_CLIENT), _PROFESSIONALS.where(_OF_CLIENT))
_FOR_PEOPLE = (_UNITS_AND_BASES.where(_OF_PERSON), _PROFESSIONALS.where(_OF_PERSON))


def read_facts(
    session: Session, caller: Caller, requests: Sequence[SignalRequest], today: date
) -> Facts:
    """Return what the checks of *requests* need, in two queries however many there are."""
    who: dict[str, Any] = {"organisation_id": caller.organisation_id}
    if caller.unit_ids is None:
        of_units, of_professionals = _FOR_CLIENTS
        who["caller_id"] = caller.id
    else:
        of_units, of_professionals = _FOR_PEOPLE
        who["seen_units"] = list(caller.unit_ids)
    keys = sorted({r.professional_key for r in requests if r.professional_key is not None})
    connection = session.connection()
    units = connection.execute(
        of_units,
        {**who, "today": today, "unit_ids": list({r.unit_id for r in requests})},
    ).all()
    professionals = (
        connection.execute(of_professionals, {**who, "keys": keys}).all() if keys else []
    )
    return Facts(
        {row.id: row for row in units},
        {row.key: row for row in professionals},
        {(row.domain, row.age_group): row for row in units if row.basis_id is not None},
    )


def check(
    services: Services,
    caller: Caller,
    facts: Facts,
    request: SignalRequest,
    person: Pseudonym | InvalidParam,
) -> CheckedRequest | RowResult:
    """Return what may be written for *request*, or all that is wrong with it.

    Args:
        services: Clock and keys.
        caller: Who asks.
        facts: Of the caller's organisation.
        request: What is asked.
        person: About whom, as :func:`identify` found.
    """
    faults: list[InvalidParam] = [] if isinstance(person, Pseudonym) else [person]
    today = services.today()
    parents = _parents(services, caller, request, faults)
    unit = facts.units.get(request.unit_id)
    if unit is None:
        _fault(faults, "afdeling", NO_UNIT_OF_CLIENT)
    elif not unit.takes_part:
        _fault(faults, "afdeling", NOT_TAKING_PART)
    professional = _professional(facts, request, unit, faults, today)
    reference = request.reference
    if reference is None:
        reference = new_reference()
    elif reason := reference_fault(reference, caller.reference_pattern):
        _fault(faults, "kenmerk", reason)
    lapses = lapse_date(request.lapses, request.age_group, today, caller.terms)
    if isinstance(lapses, str):
        _fault(faults, "vervaltDatum", lapses)
    basis = facts.bases.get((unit.domain, request.age_group)) if unit else None
    if basis is not None:
        for name, reason in informing_faults(
            request.informing,
            demands=basis.demands,
            may_defer=basis.may_defer,
            ways=caller.telling_ways,
            today=today,
        ):
            _fault(faults, f"geinformeerd.{name}", reason)
    lacks_basis = unit is not None and basis is None
    if lacks_basis:
        _fault(faults, "leeftijdsgroep", NO_BASIS)
    if (
        faults
        or not isinstance(person, Pseudonym)
        or unit is None
        or basis is None
        or isinstance(lapses, str)
    ):
        return RowResult(
            RowStatus.REFUSED, faults=tuple(faults), lacks_basis=lacks_basis and len(faults) == 1
        )
    registration = Registration(
        pseudonym=person,
        party=Party(
            caller.organisation_id, unit.id, unit.domain, unit.independent, caller.sensitive
        ),
        professional_id=professional.id if professional else None,
        legal_basis_id=basis.basis_id,
        lapses=lapses,
        reference_sealed=services.references.seal(caller.organisation_id, reference),
        reference_hash=services.references.lookup_hash(caller.organisation_id, reference),
        informing=request.informing,
        follow_up_days=unit.follow_up_days,
        parents=parents,
    )
    return CheckedRequest(registration, reference, request.professional_key)


NO_UNIT_OF_CLIENT = (
    "is geen afdeling waarvoor deze client mag registreren; kies een andere afdeling, of vraag uw"
    " coördinator om de beheerder van de verwijsindex dat te laten regelen"
)
NOT_TAKING_PART = (
    "doet niet mee aan de verwijsindex; kies een afdeling die wel meedoet, of vraag uw"
    " coördinator om deze in het profiel te laten meedoen"
)
NO_BASIS = (
    "voor dit domein en deze leeftijdsgroep heeft uw organisatie geen geldige grondslag;"
    " vraag uw coördinator om die in het profiel te zetten"
)
NO_BSN = (
    "Uw organisatie mag geen BSN gebruiken en kan daarom niet registreren. Staat een wet dat wel"
    " toe? Laat uw coördinator die BSN-grondslag in het profiel zetten."
)


def identify(
    services: Services,
    caller: Caller,
    requests: Sequence[SignalRequest | ParentRequest],
    kind: SubjectKind = SubjectKind.PERSON,
) -> list[Pseudonym | InvalidParam]:
    """Return about whom each request is, or what is wrong with its evaluation or its blind.

    All at once: each by itself would take a third longer.
    """
    found: list[Pseudonym | InvalidParam] = []
    for one in services.unblinder.pseudonyms(
        [(request.evaluation, request.blind) for request in requests],
        organisation_id=caller.organisation_id,
        kind=kind,
        now=services.clock(),
    ):
        if isinstance(one, Pseudonym):
            found.append(one)
            continue
        fault = _refusal(one)
        found.append(fault)
        event_log.log(
            event_log.EVALUATION_REFUSED,
            organisation_id=caller.organisation_id,
            reason=fault["name"],
        )
    return found


def _refusal(refused: EvaluationRefused | BlindRefused) -> InvalidParam:
    if isinstance(refused, BlindRefused):
        return {"name": "blindering", "reason": "is geen geldige blindering"}
    is_default = str(refused) == EvaluationRefused.__doc__
    reason = "is niet door de pseudoniemendienst gemaakt" if is_default else str(refused)
    return {"name": "evaluatie", "reason": reason}


def _parents(
    services: Services, caller: Caller, request: SignalRequest, faults: list[InvalidParam]
) -> tuple[Pseudonym, ...]:
    found: list[Pseudonym] = []
    for place, one in enumerate(identify(services, caller, request.parents, SubjectKind.PARENT)):
        at = f"gezin[{place}]"
        if not isinstance(one, Pseudonym):
            _fault(faults, f"{at}.{one['name']}", one["reason"])
        elif one in found:
            _fault(faults, at, "is dezelfde ouder als een eerdere; noem elke ouder één keer")
        else:
            found.append(one)
    return tuple(found)


def _professional(
    facts: Facts,
    request: SignalRequest,
    unit: Any | None,
    faults: list[InvalidParam],
    today: date,
) -> Any | None:
    """Return the contact's row.

    An independent unit's contact works there, and nowhere else: one active
    signal per contact and person would otherwise tell one unit of the other's.
    """
    if request.professional_key is None:
        return None
    professional = facts.professionals.get(request.professional_key)
    if professional is None:
        _fault(faults, "contact.medewerker", UNKNOWN_PROFESSIONAL)
    elif professional.status is not ProfessionalStatus.ACTIVE:
        _fault(faults, "contact.medewerker", INACTIVE_PROFESSIONAL)
    elif (
        unit is not None
        and professional.unit_id != unit.id
        and (unit.independent or professional.unit_independent)
    ):
        _fault(faults, "contact.medewerker", WORKS_ELSEWHERE)
    elif professional.trained_on is None or professional.trained_on > today:
        _fault(faults, "contact.medewerker", NOT_TRAINED)
    return professional


UNKNOWN_PROFESSIONAL = (
    "is niet bekend bij uw organisatie; leg de medewerker eerst vast, of kies een ander contact"
)
INACTIVE_PROFESSIONAL = (
    "is niet meer actief; kies een ander contact, of laat uw coördinator de medewerker weer actief"
    " maken"
)
WORKS_ELSEWHERE = (
    "werkt niet bij deze zelfstandige afdeling; kies een contact dat daar werkt, of het team"
)
NOT_TRAINED = (
    "heeft de training nog niet gehad; kies een ander contact, of laat uw coördinator de datum"
    " van de training vastleggen"
)


def _fault(faults: list[InvalidParam], name: str, reason: str) -> None:
    faults.append({"name": name, "reason": reason})
