"""Registering involvement: from a request's rows to signals, matches and notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.errors import BlindRefused, EvaluationRefused
from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match import counters
from match.counters import Figure
from match.informing_rules import informing_faults
from match.reference_rules import new_reference, reference_fault
from match.registering import InformingFacts, Registration, register
from match.rules import Party
from match.signals import Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, Subject
from match.terms import lapse_date
from orgprofiles.domains import AgeGroup, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidParam
from verwijsindex.services import Services

_T = TypeVar("_T")


class NoBsnBasis(Exception):
    """Uw organisatie mag geen BSN gebruiken."""


class KeysDisagree(Exception):
    """De sleutels kloppen niet; er wordt niets geregistreerd tot dat is hersteld."""


class RowStatus(StrEnum):
    """What became of a row."""

    CREATED = "aangemaakt"  #: a new signal
    EXISTED = "bestond_al"  #: this contact already had one for this person
    REFUSED = "afgewezen"  #: see its faults


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
    """

    evaluation: bytes = field(repr=False)
    blind: bytes = field(repr=False)
    unit_id: UUID
    professional_key: str | None
    age_group: AgeGroup
    reference: str | None = field(repr=False)
    informing: InformingFacts
    lapses: date | None


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
class _Facts:
    """What the caller's organisation has, as far as the rows ask for it."""

    units: dict[UUID, Unit]
    professionals: dict[str, Professional]
    bases: dict[tuple[Domain, AgeGroup], LegalBasis]


def register_one(
    session: Session, services: Services, *, caller: Caller, request: SignalRequest
) -> RowResult:
    """Register one signal; matches are mailed at once.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
    """
    (result,) = _register(session, services, caller, [request], in_digest=False)
    return result


def register_batch(
    session: Session, services: Services, *, caller: Caller, requests: Sequence[SignalRequest]
) -> list[RowResult]:
    """Register up to a thousand signals; each stands or falls alone.

    A hundred at a time are committed together. What they bring about is
    mailed in digests. Sent again after a failure, what was done stays done.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
    """
    return _register(session, services, caller, requests, in_digest=True)


def try_batch(
    session: Session, services: Services, *, caller: Caller, requests: Sequence[SignalRequest]
) -> list[RowResult]:
    """Say what :func:`register_batch` would do, reading only the caller's own signals.

    Counted and audited, for it tells whether a person is registered by the
    organisation itself.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
    """
    _require_admission(caller)
    results, registrations = _check(session, services, caller, requests)
    seen: set[tuple[Pseudonym, UUID]] = set()
    deeds: list[tuple[Action, UUID | None]] = []
    for part in _parts(registrations, LOCKED_AT_ONCE_LIMIT):
        own = _own_active(session, [one.pseudonym for _, one in part])
        for position, one in part:
            contact = one.professional_id or one.party.unit_id
            known = own.get((one.pseudonym, contact))
            repeated = known is not None or (one.pseudonym, contact) in seen
            seen.add((one.pseudonym, contact))
            status = RowStatus.EXISTED if repeated else RowStatus.CREATED
            results[position] = RowResult(status, known)
            deeds.append((Action.SIGNAL_TRIED, known))
    now = services.clock()
    audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=now)
    counters.count(
        session, {(caller.organisation_id, Figure.TRIED): len(deeds)}, day=services.today()
    )
    session.commit()
    return _logged(caller, results, trial=True)


def _register(
    session: Session,
    services: Services,
    caller: Caller,
    requests: Sequence[SignalRequest],
    *,
    in_digest: bool,
) -> list[RowResult]:
    _require_admission(caller)
    results, registrations = _check(session, services, caller, requests)
    rules = services.rule_book(session, caller.rules_version)
    # Sorted over all parts, though each part is a transaction of its own: what
    # is locked together is then close together in the index.
    registrations.sort(key=lambda one: one[1].pseudonym)
    for part in _parts(registrations, LOCKED_AT_ONCE_LIMIT):
        now = services.clock()
        done = register(
            session,
            [one for _, one in part],
            rules=rules,
            epoch=services.epoch,
            now=now,
            today=services.today(),
            digest_due=services.settings.digest.due(now) if in_digest else None,
        )
        deeds = [
            (Action.SIGNAL_REGISTERED if one.is_new else Action.SIGNAL_REPEATED, one.signal_id)
            for one in done
        ]
        audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=now)
        session.commit()
        for (position, _), one in zip(part, done, strict=True):
            status = RowStatus.CREATED if one.is_new else RowStatus.EXISTED
            results[position] = RowResult(status, one.signal_id)
    return _logged(caller, results, trial=False)


def _require_admission(caller: Caller) -> None:
    if caller.bsn_basis is None:
        raise NoBsnBasis
    if not caller.keys_agree:
        raise KeysDisagree


def _check(
    session: Session, services: Services, caller: Caller, requests: Sequence[SignalRequest]
) -> tuple[list[RowResult], list[tuple[int, Registration]]]:
    """Return a result per row (refused until something becomes of it), and what may be written."""
    facts = _read_facts(session, caller, requests, services.today())
    if len(requests) > 1:
        # The cryptography of a thousand rows takes a while: not within a
        # transaction, for on SQLite that would keep everybody else waiting.
        session.commit()
    results: list[RowResult] = []
    registrations: list[tuple[int, Registration]] = []
    for position, request in enumerate(requests):
        outcome = _registration(services, caller, facts, request)
        if isinstance(outcome, Registration):
            registrations.append((position, outcome))
            outcome = RowResult(RowStatus.REFUSED)
        results.append(outcome)
    return results, registrations


def _read_facts(
    session: Session, caller: Caller, requests: Sequence[SignalRequest], today: date
) -> _Facts:
    units = session.scalars(
        select(Unit).where(Unit.id.in_({r.unit_id for r in requests}), caller.may_see_unit())
    )
    keys = {r.professional_key for r in requests if r.professional_key is not None}
    professionals: list[Professional] = []
    for part in _parts(sorted(keys), 500):
        professionals += session.scalars(
            select(Professional)
            .join(Unit, Unit.id == Professional.unit_id)
            .where(caller.may_see_unit(), Professional.key.in_(part))
        )
    bases = session.scalars(
        select(LegalBasis)
        .where(LegalBasis.organisation_id == caller.organisation_id)
        .order_by(LegalBasis.valid_from)
    )
    return _Facts(
        {unit.id: unit for unit in units},
        {professional.key: professional for professional in professionals},
        {(one.domain, one.age_group): one for one in bases if one.is_valid_on(today)},
    )


def _registration(
    services: Services, caller: Caller, facts: _Facts, request: SignalRequest
) -> Registration | RowResult:
    """Return what may be written for *request*, or all that is wrong with it."""
    faults: list[InvalidParam] = []
    today = services.today()
    pseudonym = _pseudonym(services, caller, request, faults)
    unit = facts.units.get(request.unit_id)
    if unit is None:
        _fault(faults, "afdeling", "is geen afdeling waarvoor deze client mag registreren")
    elif not unit.takes_part:
        _fault(faults, "afdeling", "doet niet mee aan de verwijsindex")
    professional = _professional(facts, request, faults)
    reference = request.reference
    if reference is None:
        reference = new_reference()
    elif reason := reference_fault(reference, caller.reference_pattern):
        _fault(faults, "kenmerk", reason)
    lapses = lapse_date(request.lapses, request.age_group, today)
    if isinstance(lapses, str):
        _fault(faults, "vervaltDatum", lapses)
    basis = facts.bases.get((unit.domain, request.age_group)) if unit else None
    if basis is not None:
        for name, reason in informing_faults(
            request.informing, demands=basis.demands, may_defer=basis.may_defer, today=today
        ):
            _fault(faults, f"geinformeerd.{name}", reason)
    lacks_basis = unit is not None and basis is None
    if lacks_basis:
        _fault(faults, "leeftijdsgroep", NO_BASIS)
    if faults or pseudonym is None or unit is None or basis is None or isinstance(lapses, str):
        return RowResult(
            RowStatus.REFUSED, faults=tuple(faults), lacks_basis=lacks_basis and len(faults) == 1
        )
    return Registration(
        pseudonym=pseudonym,
        party=Party(
            caller.organisation_id, unit.id, unit.domain, unit.independent, caller.sensitive
        ),
        professional_id=professional.id if professional else None,
        legal_basis_id=basis.id,
        lapses=lapses,
        reference_sealed=services.references.seal(caller.organisation_id, reference),
        reference_hash=services.references.lookup_hash(caller.organisation_id, reference),
        informing=request.informing,
    )


NO_BASIS = (
    "voor dit domein en deze leeftijdsgroep heeft uw organisatie geen geldige grondslag;"
    " vraag de beheerder van de verwijsindex om die vast te leggen"
)


def _pseudonym(
    services: Services, caller: Caller, request: SignalRequest, faults: list[InvalidParam]
) -> Pseudonym | None:
    try:
        return services.unblinder.pseudonym(
            request.evaluation,
            request.blind,
            organisation_id=caller.organisation_id,
            kind=SubjectKind.PERSON,
            now=services.clock(),
        )
    except EvaluationRefused as refused:
        reason = "is niet door de pseudoniemendienst gemaakt"
        _fault(faults, "evaluatie", reason if _is_default(refused) else str(refused))
    except BlindRefused:
        _fault(faults, "blindering", "is geen geldige blindering")
    return None


def _is_default(refused: EvaluationRefused) -> bool:
    return str(refused) == EvaluationRefused.__doc__


def _professional(
    facts: _Facts, request: SignalRequest, faults: list[InvalidParam]
) -> Professional | None:
    if request.professional_key is None:
        return None
    professional = facts.professionals.get(request.professional_key)
    if professional is None:
        _fault(faults, "contact.medewerker", "is niet bekend bij uw organisatie")
    elif professional.status is not ProfessionalStatus.ACTIVE:
        _fault(faults, "contact.medewerker", "is niet meer actief")
    return professional


def _fault(faults: list[InvalidParam], name: str, reason: str) -> None:
    faults.append({"name": name, "reason": reason})


def _own_active(
    session: Session, pseudonyms: Iterable[Pseudonym]
) -> dict[tuple[Pseudonym, UUID], UUID]:
    """Return the active signals of these people by pseudonym and contact."""
    rows = session.execute(
        select(Subject.pseudonym, Signal.id, Signal.professional_id, Signal.unit_id)
        .join(Signal, Signal.subject_id == Subject.id)
        .where(
            Subject.kind == SubjectKind.PERSON,
            Subject.pseudonym.in_({one.value for one in pseudonyms}),
            Signal.status == SignalStatus.ACTIVE,
        )
    )
    return {
        (Pseudonym(bytes(row.pseudonym)), row.professional_id or row.unit_id): row.id
        for row in rows
    }


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _logged(caller: Caller, results: list[RowResult], *, trial: bool) -> list[RowResult]:
    counts = Counter(result.status for result in results)
    event_log.log(
        event_log.SIGNALS_REGISTERED,
        organisation_id=caller.organisation_id,
        created=counts[RowStatus.CREATED],
        existing=counts[RowStatus.EXISTED],
        refused=counts[RowStatus.REFUSED],
        trial=trial,
    )
    return results
