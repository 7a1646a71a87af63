"""Registering involvement: from a request's rows to signals, matches and notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.pseudonym import Pseudonym
from match import counters
from match.counters import Figure
from match.registering import Registered, register
from match.signals import Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, Subject, is_among_persons
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.services import Services
from verwijsindex.use_cases.check_signals import (
    CheckedRequest,
    RowResult,
    RowStatus,
    SignalRequest,
    check,
    identify,
    read_facts,
)
from verwijsindex.use_cases.read_signals import SignalView, view_of, view_of_new
from verwijsindex.use_cases.registration_limits import (
    is_limited,
    note_new,
    registered_today,
    require_import_room,
    require_room,
)

_T = TypeVar("_T")


class NoBsnBasis(Exception):
    """Uw organisatie mag geen BSN gebruiken."""


class KeysDisagree(Exception):
    """De sleutels kloppen niet; er wordt niets geregistreerd tot dat is hersteld."""


def register_one(
    session: Session, services: Services, *, caller: Caller, request: SignalRequest
) -> tuple[RowResult, SignalView | None]:
    """Register one signal; return what became of it, and the signal that is there now.

    Matches are mailed at once. What is shown is read in the same transaction:
    it is what was true when the signal came in.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
        Problem: 429 when the organisation registered its number of persons today.
    """
    require_admission(caller)
    require_room(session, services, caller)
    facts = read_facts(session, caller, [request], services.today())
    (person,) = identify(services, caller, [request])
    checked = check(services, caller, facts, request, person)
    if isinstance(checked, RowResult):
        return _logged(caller, [checked], trial=False)[0], None
    now = services.clock()
    (done,) = write_checked(session, services, caller, [checked], now=now)
    if done.is_new:
        view = view_of_new(session, caller, checked, done, now)
        result = RowResult(RowStatus.CREATED, done.signal_id)
    else:
        view = view_of(session, services, caller, session.get_one(Signal, done.signal_id))
        result = RowResult(RowStatus.EXISTED, done.signal_id)
    if view.match is not None:
        _audit(session, services, caller, [(Action.MATCH_READ, view.match.match_id)])
    session.commit()
    return _logged(caller, [result], trial=False)[0], view


def register_batch(
    session: Session, services: Services, *, caller: Caller, requests: Sequence[SignalRequest]
) -> list[RowResult]:
    """Register up to a thousand signals; each stands or falls alone.

    A hundred at a time are committed together. What they bring about is
    mailed in digests. Sent again after a failure, what was done stays done.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
        Problem: 429 when the organisation, or who imports at a screen, registered their number
            of persons today; nothing of the batch is registered then.
    """
    require_admission(caller)
    require_room(session, services, caller)
    results, checked = _check(session, services, caller, requests)
    if is_limited(caller):
        new = _new_among(session, services, caller, [one for _, one in checked])
        require_import_room(session, services, caller, coming=new)
    # Sorted over all parts, though each part is a transaction of its own: what
    # is locked together is then close together in the index.
    checked.sort(key=lambda one: one[1].registration.pseudonym)
    for part in parts_of(checked, weight=subjects_of):
        now = services.clock()
        due = services.settings.digest.due(now)
        rows = [one for _, one in part]
        done = write_checked(session, services, caller, rows, now=now, digest_due=due)
        session.commit()
        for (position, _), one in zip(part, done, strict=True):
            status = RowStatus.CREATED if one.is_new else RowStatus.EXISTED
            results[position] = RowResult(status, one.signal_id)
    return _logged(caller, results, trial=False)


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
    require_admission(caller)
    results, checked = _check(session, services, caller, requests)
    seen: set[tuple[Pseudonym, UUID]] = set()
    deeds: list[tuple[Action, UUID | None]] = []
    pseudonyms = [one.registration.pseudonym for _, one in checked]
    own = _own_active(session, caller, pseudonyms, today=services.today())
    for position, one in checked:
        key = (one.registration.pseudonym, one.registration.contact_id)
        known = own.get(key)
        status = RowStatus.EXISTED if known or key in seen else RowStatus.CREATED
        seen.add(key)
        results[position] = RowResult(status, known)
        deeds.append((Action.SIGNAL_TRIED, known))
    _audit(session, services, caller, deeds)
    counters.count(
        session, {(caller.organisation_id, Figure.TRIED): len(deeds)}, day=services.today()
    )
    session.commit()
    return _logged(caller, results, trial=True)


def write_checked(
    session: Session,
    services: Services,
    caller: Caller,
    checked: Sequence[CheckedRequest],
    *,
    now: datetime,
    digest_due: datetime | None = None,
) -> list[Registered]:
    """Write what was checked, with its audit rows; at most a hundred. The caller commits."""
    done, lapsed = register(
        session,
        [one.registration for one in checked],
        rules=services.rule_book(session, caller.rules_version),
        epoch=services.epoch,
        now=now,
        today=services.today(),
        digest_due=digest_due,
        registered_today=0 if digest_due is None else registered_today(session, services, caller),
    )
    deeds = [
        (Action.SIGNAL_REGISTERED if one.is_new else Action.SIGNAL_REPEATED, one.signal_id)
        for one in done
    ]
    deeds += [(Action.SIGNAL_LAPSED, signal_id) for signal_id in lapsed]
    _audit(session, services, caller, deeds)
    note_new(services, caller, sum(one.is_new for one in done))
    return done


def _audit(
    session: Session,
    services: Services,
    caller: Caller,
    deeds: Sequence[tuple[Action, UUID | None]],
) -> None:
    audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=services.clock())


def require_admission(caller: Caller) -> None:
    """Let only those go on who may register now.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
    """
    if caller.bsn_basis is None:
        raise NoBsnBasis
    if not caller.keys_agree:
        raise KeysDisagree


def _check(
    session: Session, services: Services, caller: Caller, requests: Sequence[SignalRequest]
) -> tuple[list[RowResult], list[tuple[int, CheckedRequest]]]:
    """Return a result per row (refused until something becomes of it), and what may be written."""
    facts = read_facts(session, caller, requests, services.today())
    # The cryptography of a thousand rows takes a while: not within a
    # transaction, for on SQLite that would keep everybody else waiting.
    session.commit()
    results: list[RowResult] = []
    checked: list[tuple[int, CheckedRequest]] = []
    people = identify(services, caller, requests)
    for position, (request, person) in enumerate(zip(requests, people, strict=True)):
        outcome = check(services, caller, facts, request, person)
        if isinstance(outcome, CheckedRequest):
            checked.append((position, outcome))
            outcome = RowResult(RowStatus.REFUSED)
        results.append(outcome)
    return results, checked


def _own_active(
    session: Session, caller: Caller, pseudonyms: Iterable[Pseudonym], *, today: date
) -> dict[tuple[Pseudonym, UUID], UUID]:
    """Return the caller's active signals of these people by pseudonym and contact."""
    rows = session.execute(
        select(Subject.pseudonym, Signal.id, Signal.professional_id, Signal.unit_id)
        .join(Signal, Signal.subject_id == Subject.id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(
            caller.may_see_unit(),
            is_among_persons(session, pseudonyms),
            Signal.status == fixed(SignalStatus.ACTIVE),
            Signal.lapses > today,
        )
    )
    return {
        (Pseudonym(bytes(row.pseudonym)), row.professional_id or row.unit_id): row.id
        for row in rows
    }


def _new_among(
    session: Session, services: Services, caller: Caller, checked: Sequence[CheckedRequest]
) -> int:
    """Return how many of *checked* are no signals of the caller's yet."""
    asked = {(one.registration.pseudonym, one.registration.contact_id) for one in checked}
    own = _own_active(session, caller, {person for person, _ in asked}, today=services.today())
    return len(asked - own.keys())


def parts_of(
    items: Sequence[_T],
    size: int = LOCKED_AT_ONCE_LIMIT,
    *,
    weight: Callable[[_T], int] = lambda _one: 1,
) -> Iterator[Sequence[_T]]:
    """Return *items* in parts of *size* at most: by default, as many as may be locked at once."""
    part: list[_T] = []
    left = size
    for one in items:
        if weight(one) > left:
            yield part
            part, left = [], size
        part.append(one)
        left -= weight(one)
    if part:
        yield part


def subjects_of(row: tuple[object, CheckedRequest]) -> int:
    """Return how many subjects are locked to register a row: the person, and the parents."""
    return len(row[1].registration.subjects)


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
